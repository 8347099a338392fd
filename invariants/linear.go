package invariants

import (
	"github.com/anishathalye/porcupine"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// linearKind is what an operation of a history did, as its client knows it.
type linearKind uint8

const (
	linearAppend  linearKind = iota // acknowledged
	linearRefused                   // InvalidUppers
	linearUnknown                   // may have happened, may happen later
	linearSnapshot
	linearRead
)

// never is the end of an operation that had none.
const never = uint64(1<<63 - 1)

// linearOp is one operation of one collection's history. Times are the world's
// steps.
type linearOp struct {
	kind      linearKind
	slot      int32
	life      uint32
	call, end uint64
	upper     frontier.Frontier
	least     frontier.Timestamp
	asOf      frontier.Timestamp
	content   print128
	updates   []relation.Update
}

// Bounds of what is given to the checker.
const (
	mostLinear     = 40  // operations of one history
	mostChecked    = 160 // operations of one run
	mostUndecided  = 6   // operations without an end in one history
	mostConcurrent = 8   // operations open at once
)

// linear collects histories until they are too long to be checked.
type linear struct {
	ops    log[linearOp]
	pool   pagePool[linearOp]
	counts []int32 // by slot, up to one more than mostLinear
}

func (s *linear) reset() {
	s.ops.reset(&s.pool)
	s.pool.lent = false
	s.counts = s.counts[:0]
}

func (s *linear) copyFrom(src *linear) {
	s.pool.lent, src.pool.lent = true, true
	s.ops.copyFrom(&src.ops)
	s.counts = append(s.counts[:0], src.counts...)
}

func (s *linear) add(op linearOp) {
	for len(s.counts) <= int(op.slot) {
		s.counts = append(s.counts, 0)
	}
	if s.counts[op.slot] > mostLinear {
		return
	}
	s.counts[op.slot]++
	if s.counts[op.slot] <= mostLinear {
		s.ops.push(&s.pool, op)
	}
}

// s16Finish gives the complete histories of the run to the checker, as many as its
// budget allows.
func (j *Judges) s16Finish() {
	for i := range j.requests {
		if q := &j.requests[i]; q.used {
			j.s16Lost(q)
		}
	}
	n := len(j.linear.counts)
	budget := mostChecked
	for i := 0; i < n; i++ {
		slot := (i + int(j.step)) % n
		c := int(j.linear.counts[slot])
		s := j.dataShard(int32(slot))
		if c < 2 || c > mostLinear || c > budget || s == nil || s.foreign || j.managed(s.slot) || s.now.Finalized && !s.ended {
			continue
		}
		h := j.linear.historyOf(int32(slot))
		if !h.worth() {
			continue
		}
		budget -= c
		j.checked[s16]++
		j.met[s16]++
		if !h.linearizable() {
			j.violate(s16, Foreign, "%v: no order of its %d appends, snapshots and frontier reads agrees with real time and with every answer", idOf(j, int32(slot)), c)
		}
	}
}

// linearHistory is one collection's history.
type linearHistory struct {
	ops []linearOp
	// sums[s][a] is what append a contributes to snapshot s.
	sums [][]print128
	// alone: one incarnation did everything, so it knew every upper.
	alone bool
}

func (s *linear) historyOf(slot int32) *linearHistory {
	h := &linearHistory{alone: true}
	for p := range s.ops.pages {
		list := s.ops.span(p)
		for i := range list {
			if list[i].slot == slot {
				h.ops = append(h.ops, list[i])
			}
		}
	}
	for i := range h.ops {
		h.alone = h.alone && h.ops[i].life == h.ops[0].life && h.ops[i].kind != linearUnknown
	}
	return h
}

// worth reports a history that has something to find and is cheap to check: some
// operations overlap, not too many at once.
func (h *linearHistory) worth() bool {
	undecided, overlaps := 0, false
	for i := range h.ops {
		a := &h.ops[i]
		if a.end == never {
			undecided++
		}
		open := 0
		for k := range h.ops {
			b := &h.ops[k]
			if k != i && b.call <= a.call && a.call <= b.end {
				open++
			}
		}
		overlaps = overlaps || open > 0
		if open > mostConcurrent {
			return false
		}
	}
	return overlaps && undecided <= mostUndecided
}

// linearState is a collection as a sequential client would see it: its upper and
// which of the history's appends are in it.
type linearState struct {
	upper frontier.Frontier
	in    uint64
}

func (h *linearHistory) linearizable() bool {
	h.sum()
	ops := make([]porcupine.Operation, len(h.ops))
	for i := range h.ops {
		ops[i] = porcupine.Operation{ClientId: i, Input: i, Call: int64(h.ops[i].call), Return: int64(h.ops[i].end)}
	}
	return porcupine.CheckOperations(porcupine.Model{
		Init:  func() any { return linearState{} },
		Step:  func(state, input, _ any) (bool, any) { return h.step(state.(linearState), input.(int)) },
		Equal: func(a, b any) bool { return a.(linearState) == b.(linearState) },
		Hash:  func(s any) uint64 { v := s.(linearState); return scramble(v.in, uint64(v.upper.T)) },
	}, ops)
}

func (h *linearHistory) sum() {
	h.sums = make([][]print128, len(h.ops))
	for s := range h.ops {
		if h.ops[s].kind != linearSnapshot {
			continue
		}
		h.sums[s] = make([]print128, len(h.ops))
		for a := range h.ops {
			for i := range h.ops[a].updates {
				if u := &h.ops[a].updates[i]; u.Time <= h.ops[s].asOf {
					h.sums[s][a].add(u.Data, u.Diff)
				}
			}
		}
	}
}

// step is the sequential specification. An append of unknown outcome always may
// come: one that did not happen comes last, where nobody sees it.
func (h *linearHistory) step(s linearState, i int) (bool, any) {
	op := &h.ops[i]
	fits := len(op.updates) == 0 || !complete(s.upper, op.least)
	switch op.kind {
	case linearAppend:
		return fits, s.with(op, i)
	case linearUnknown:
		if fits {
			return true, s.with(op, i)
		}
		return true, s
	case linearRefused:
		return len(op.updates) > 0 && (complete(s.upper, op.least) || before(op.upper, s.upper)), s
	case linearRead:
		return atMost(op.upper, s.upper) && (!h.alone || op.upper == s.upper), s
	case linearSnapshot:
		return complete(s.upper, op.asOf) && h.holds(s, i), s
	}
	return false, s
}

func (s linearState) with(op *linearOp, i int) linearState {
	return linearState{upper: later(s.upper, op.upper), in: s.in | 1<<uint(i)}
}

func (h *linearHistory) holds(s linearState, i int) bool {
	var sum print128
	for a := range h.ops {
		if s.in>>uint(a)&1 == 1 {
			sum.sum(h.sums[i][a])
		}
	}
	return sum == h.ops[i].content
}
