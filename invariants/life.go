package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
)

// life is one incarnation of a controller.
type life struct {
	node   int
	epoch  uint64 // 0 until its take-over took effect
	nonce  uint64
	opaque persist.Opaque // of its critical handles, once seen
	config core.Config
	mono   clock.Instant // what it was told last
	// known: the completion of its take-over was delivered.
	known bool
	// maybeKnown: it was told so at the call's deadline or later and may not listen.
	maybeKnown bool
	// graceEnds is the earliest, graceLast the latest instant at which C-48's time may
	// be over.
	graceEnds, graceLast clock.Instant
	provedAt             clock.Instant // when the latest proof of leadership was asked for
	provedTold           clock.Instant // when it was told of one last
	proved               bool
	// provedSurely leaves out proofs that came at or after their deadline.
	provedSurely clock.Instant
	saidHalted   bool // it answered Halted in this step
	halted       bool
	ended        bool // crashed or followed by another on its node
	// fence: an answer told it of a newer epoch; since then it must halt.
	fence    bool
	mustHalt bool
	haltStep uint64
	served   bool // it has answered something with its epoch
	open     int32
	// controls counts the open drops and set-policies: they wait for the stash alone.
	controls int32
	// over are the exports that it knows for certain to have ended everywhere, and whose
	// records the stash has.
	over int32
	// running: a collection's shard was opened, so the boot is over.
	running bool
	// idleAt is since when the stash is left alone although a control operation is open.
	idleAt clock.Instant
	// withdrawn: a queued control operation was cancelled; its place in the queue, and
	// what waits behind it, may remain until a later one is answered.
	withdrawn   bool
	withdrawnAt uint64
	queued      int64 // append entries not answered
	bytes       int64
	burstFrom   int64
	burst       int32
	clock       learnedClock // what it may go by (C-55)
	wall        clock.Wall   // what it was told last
	wallPeak    clock.Wall   // the latest that it was ever told
	stash       try          // its latest stash call
	listing     try          // of services
	troubled    bool
	troubledAt  clock.Instant // when a stash call last failed or came late
	sure        sureQueue
	pulse       pulse
	toldStep    uint64 // when it was given anything but a wake
	wokeStep    uint64 // when it last did something because it was woken
	seen        marks
	rehosted    bool // what runs on hosts was durably changed, and it may not know so yet
	services    servicesListed
}

// grace reports that C-48's time after boot still runs.
func (l *life) grace() bool { return !l.known || l.mono < l.graceEnds }

// node is one controller process slot with what its present life believes.
type node struct {
	life    uint32
	beliefs []belief
	// remaps are its own numbers of remap shards, in this life.
	remapLife uint32
	remaps    []numbered
}

// nodeAt makes room for a node.
func (j *Judges) nodeAt(n int) *node {
	for len(j.nodes) <= n {
		if len(j.nodes) < cap(j.nodes) {
			j.nodes = j.nodes[:len(j.nodes)+1]
			k := &j.nodes[len(j.nodes)-1]
			k.life, k.beliefs = 0, k.beliefs[:0]
			k.remapLife, k.remaps = 0, k.remaps[:0]
		} else {
			j.nodes = append(j.nodes, node{})
		}
	}
	return &j.nodes[n]
}

// lifeOf is the incarnation concerned; nil for whoever is not a controller.
func (j *Judges) lifeOf(incarnation uint32) *life {
	if incarnation == 0 || int(incarnation) >= len(j.lives) {
		return nil
	}
	return &j.lives[incarnation]
}

// beginLife makes room for an incarnation and ends its predecessor on the node.
func (j *Judges) beginLife(o *Observation) {
	n := j.nodeAt(o.Node)
	if old := j.lifeOf(n.life); old != nil && !old.ended {
		j.endLife(n.life)
	}
	for len(j.lives) <= int(o.Incarnation) {
		j.lives = append(j.lives, life{ended: true})
	}
	l := &j.lives[o.Incarnation]
	*l = life{node: o.Node, mono: o.Now.Mono}
	if o.Config != nil {
		l.config = *o.Config
	}
	n.life = o.Incarnation
}

// endLife forgets what only this incarnation's memory held. What it sent can
// still take effect.
func (j *Judges) endLife(incarnation uint32) {
	l := j.lifeOf(incarnation)
	if l == nil || l.ended {
		return
	}
	l.ended = true
	j.dropRequests(incarnation)
	j.dropFlights(incarnation)
	j.dropHolds(l.node)
	j.dropOwnReads(incarnation)
	j.dropTokens(incarnation)
	j.dropTalks(incarnation)
	j.outside = slices.DeleteFunc(j.outside, func(c outsideCall) bool { return c.life == incarnation })
	j.orphanBatches(incarnation)
	l.controls, l.over, l.open, l.queued, l.bytes, l.sure = 0, 0, 0, 0, 0, sureQueue{}
	if n := &j.nodes[l.node]; n.life == incarnation {
		n.beliefs, n.remaps = n.beliefs[:0], n.remaps[:0] // nothing of it is asked for again
	}
}

// leader is the running incarnation with the newest epoch that is the stash's, or
// nil while there is none.
func (j *Judges) leader() (uint32, *life) {
	for i := range j.nodes {
		l := j.lifeOf(j.nodes[i].life)
		if l != nil && !l.ended && !l.halted && l.known && l.epoch == j.stashEpoch {
			return j.nodes[i].life, l
		}
	}
	return 0, nil
}
