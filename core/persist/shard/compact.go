package shard

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/relation"
)

// merge is the one merge of a shard that a machine has under way, or that waits to
// be part of a commit (ready).
type merge struct {
	running, ready bool
	// due: the next commit is made at once. Otherwise the merge waits a while for one
	// that is made anyway.
	due bool
	// all: somebody asked for everything to be merged.
	all    bool
	inputs []Batch
	// The merge read the first tail updates of the tail that is called tailFrom.
	tail     int
	tailFrom consensus.Seqno
	// blob names what was put, result what came of it.
	blob   BlobID
	result Batch
	kept   []relation.Update
}

// compact starts a merge if the shard is in need of one. It moves the tail to a blob,
// together with the newest batches if there are tier of about one size, so that each
// update is merged about as often as the logarithm of the shard's size.
func (m *Machine) compact(at uint32) {
	s := m.slots.At(at)
	if s.head.Finalized || s.merge.running || s.merge.ready || m.merging >= m.config.MaxMerges {
		return
	}
	if s.head.tailBytes >= m.config.SpillAt || m.small(s.head) > int(m.config.MaxBatches) {
		m.startMerge(at, false)
	}
}

// small counts the batches, from the newest on, that one merge could read.
func (m *Machine) small(s *State) int {
	sum := uint64(0)
	for i := len(s.Batches) - 1; i >= 0; i-- {
		if sum += s.Batches[i].Bytes; sum > m.config.MergeBytes {
			return len(s.Batches) - 1 - i
		}
	}
	return len(s.Batches)
}

// tier is how many batches that are not much larger than what is newer than they are
// make one merge, with that.
const tier = 3

// mergeFrom is the position of the first batch to be merged. As many remain as there
// may be, at most.
func (m *Machine) mergeFrom(s *State) int {
	from, sum := len(s.Batches), s.tailBytes
	most := from - m.small(s)
	if sum < m.config.SpillAt && from > most {
		sum = max(sum, s.Batches[from-1].Bytes)
	}
	for at, all := from, sum; at > most && s.Batches[at-1].Bytes <= 2*sum; {
		at--
		all += s.Batches[at].Bytes
		if from-at >= tier {
			from, sum = at, all
		}
	}
	if from-most >= int(m.config.MaxBatches) {
		from = most + int(m.config.MaxBatches)/2
	}
	return from
}

// startMerge merges what compact says, or everything.
func (m *Machine) startMerge(at uint32, all bool) {
	s := m.slots.At(at)
	from := 0
	if !all {
		from = m.mergeFrom(s.head)
	}
	inputs := s.head.Batches[from:]
	if len(inputs) == 0 && len(s.head.Tail) == 0 || s.head.Finalized {
		return
	}
	g := &s.merge
	*g = merge{running: true, all: all, inputs: inputs, tail: len(s.head.Tail), tailFrom: s.head.TailFrom}
	g.blob.Until = s.head.Seqno + consensus.Seqno(m.config.MergeWindow)
	g.blob.Hi, g.blob.Lo = m.mint()
	m.merging++
	m.handle(flight{purpose: forMerge, slot: at}, 0, &BatchCall{
		Op: BatchMerge, Key: g.blob.Key(s.id), Inputs: inputs, Updates: s.head.Tail,
		Batch: Batch{Blob: g.blob, Lower: lowest(inputs, s.head.Tail), Upper: s.head.Upper},
		Since: s.head.Since, Keep: m.config.InlineMax,
	})
}

// lowest is a frontier that none of the updates is before.
func lowest(batches []Batch, updates []relation.Update) frontier.Frontier {
	f := frontier.Empty()
	for i := range batches {
		f = f.Meet(batches[i].Lower)
	}
	for i := range updates {
		f = f.Meet(frontier.At(updates[i].Time))
	}
	return f
}

// mergeDone has a merge become part of the next commit. If somebody waits for it, or
// nobody commits anything for a while, that is made for the merge alone.
func (m *Machine) mergeDone(at uint32, r *BatchResult) {
	s := m.slots.At(at)
	m.merging--
	g := &s.merge
	g.running = false
	if r.Outcome != outcome.Done {
		if r.Problem != ProblemNone && r.Problem != ProblemMissing {
			m.report(s.id, r.Key, r.Problem)
		}
		*g = merge{}
		return
	}
	g.ready, g.result = true, r.Batch
	if r.Batch.Blob == (BlobID{}) {
		g.kept = r.Updates
	}
	if s.wanted || g.all {
		g.due = true
		return
	}
	s.busy++
	m.lingering.Push(lingering{at, g.blob, m.now.Mono.Add(m.config.MergeLinger)})
}

// lingering is a merge that waits for a commit until an instant; it is known by the
// blob that was made for it.
type lingering struct {
	slot uint32
	blob BlobID
	at   clock.Instant
}

// stopLingering commits the merges that have waited long enough.
func (m *Machine) stopLingering() {
	for m.lingering.Len() > 0 && m.lingering.At(0).at <= m.now.Mono {
		l := m.lingering.Pop()
		s := m.slots.At(l.slot)
		s.busy--
		if s.merge.ready && s.merge.blob == l.blob {
			s.merge.due = true
		}
		m.advance(l.slot)
	}
}

// mergeLost forgets a merge that can never become part of a state, and its blob.
func (m *Machine) mergeLost(at uint32) {
	s := m.slots.At(at)
	if s.merge.result.Blob != (BlobID{}) {
		m.doom(at, s.merge.result.Blob)
	}
	s.merge = merge{}
}

// install puts a merge in the place of what it merged, if all of that is there and
// its blob may still enter the state.
func (s *State) install(a *applying, g *merge) bool {
	if s.Finalized || g.tail > 0 && (s.TailFrom != g.tailFrom || len(s.Tail) < g.tail) {
		return false
	}
	if g.result.Blob != (BlobID{}) && !g.result.Blob.enters(a.next) {
		return false
	}
	at := len(s.Batches)
	for i := range g.inputs {
		where := s.findBatch(g.inputs[i].Blob)
		if where < 0 {
			return false
		}
		at = min(at, where)
	}
	kept := make([]Batch, 0, len(s.Batches)+1)
	for i := range s.Batches {
		if i == at && g.result.Blob != (BlobID{}) {
			kept = append(kept, g.result)
		}
		if !contains(g.inputs, s.Batches[i].Blob) {
			kept = append(kept, s.Batches[i])
		}
	}
	if at == len(s.Batches) && g.result.Blob != (BlobID{}) {
		kept = append(kept, g.result)
	}
	s.Batches = kept
	s.Tail = append(append(make([]relation.Update, 0, len(g.kept)+len(s.Tail)-g.tail), g.kept...), s.Tail[g.tail:]...)
	s.tailBytes, s.TailFrom = Size(s.Tail), a.next
	return true
}

func (s *State) findBatch(id BlobID) int {
	for i := range s.Batches {
		if s.Batches[i].Blob == id {
			return i
		}
	}
	return -1
}

func contains(batches []Batch, id BlobID) bool {
	for i := range batches {
		if batches[i].Blob == id {
			return true
		}
	}
	return false
}
