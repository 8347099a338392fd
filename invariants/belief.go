package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// belief is what one incarnation believes of one collection, and what it must
// keep for its clients. It is void once its node has another incarnation.
type belief struct {
	life    uint32
	present bool
	// since is the step in which it was taken up.
	since  uint64
	opened bool
	gone   bool
	view   core.CollectionView
	// movedStep is the step in which the view changed last. The view before it is in
	// Judges.moves at was, until the next step: several answers of one step see it on
	// its way. wasPhase is that view's phase.
	movedStep uint64
	was       int32
	wasPhase  core.ShardPhase
	// servedStep is the latest step in which a request that names it succeeded.
	servedStep uint64
	// allowed is how far the policies ever let the implied capability go.
	allowed frontier.Frontier
	// holds, snapshots and entries head lists in the arenas of that name.
	holds, snapshots        int32
	firstEntry, lastEntry   int32
	landed                  uint64
	counts                  [3]int64          // of the view when it was last judged
	lingering               int64             // reads that may go on for requests that were answered
	reported                frontier.Frontier // latest upper that a client reported
	learned                 frontier.Frontier // upper that a completion told in this step
	hasLearned              bool
	dirty                   bool
	control                 int32  // creates and drops that name it and are not answered
	policyMixed             bool   // several of them were open at once
	policyOpen              int32  // set-policies that name it and are not answered
	policyBy                uint64 // the request that changed it
	downgradeAt             clock.Instant
	fetchAt, fetchDeadline  clock.Instant // of the latest fetch; no deadline once it ended
	downgraded, downgradeOK bool
	tries                   tries // the latest shard calls
	own                     ownUpper
	lostTick                lostTick
	wroteStep               uint64 // the step in which a write of appends went out last
	strangerLapsed          bool   // a reader lapsed of which nobody knows whose it was: a fresh one may follow it
	lostRows                uint64 // the step in which a write of rows of its own met another upper
}

// beliefAt is the present life's belief of the collection at slot on the node.
func (j *Judges) beliefAt(n int, slot int32) *belief {
	k := &j.nodes[n]
	for len(k.beliefs) <= int(slot) {
		k.beliefs = append(k.beliefs, belief{})
	}
	b := &k.beliefs[slot]
	if b.life != k.life {
		*b = belief{life: k.life, holds: -1, snapshots: -1, firstEntry: -1, lastEntry: -1}
	}
	return b
}

// touch has the belief checked when the step is over.
func (j *Judges) touch(n int, slot int32, b *belief) {
	if !b.dirty {
		b.dirty = true
		j.dirty = append(j.dirty, place{int32(n), slot})
	}
}

// place is a collection at a node.
type place struct{ node, slot int32 }

// holdsBack is the earliest time that something outstanding holds, other than the
// implied capability; and the earliest that must still live for certain.
func (j *Judges) holdsBack(b *belief, now clock.Instant) (all, certain frontier.Frontier) {
	all, certain = frontier.Frontier{Empty: true}, frontier.Frontier{Empty: true}
	for i := b.holds; i >= 0; i = j.holds[i].next {
		h := &j.holds[i]
		all = earlier(all, at(h.time))
		if h.lives(now) {
			certain = earlier(certain, at(h.time))
		}
	}
	reads := j.readsBack(b)
	return earlier(all, reads), earlier(certain, reads)
}

// readsBack is the earliest time at which a snapshot that was let in reads.
func (j *Judges) readsBack(b *belief) frontier.Frontier {
	least := frontier.Frontier{Empty: true}
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		if q := &j.requests[i]; q.admitted {
			least = earlier(least, at(q.r.AsOf))
		}
	}
	return least
}

// viewBefore is the view as the present step found it.
func (j *Judges) viewBefore(b *belief) *core.CollectionView {
	if b.movedStep == j.step {
		return &j.moves[b.was]
	}
	return &b.view
}

// moving keeps the view that a belief has before the present step changes it.
func (j *Judges) moving(b *belief) {
	if b.movedStep == j.step {
		return
	}
	if j.movesStep != j.step {
		j.moves, j.movesStep = j.moves[:0], j.step
	}
	b.was, b.movedStep, b.wasPhase = int32(len(j.moves)), j.step, b.view.Phase
	j.moves = append(j.moves, b.view)
}
