package plan

import "sort"

// Loop is an operation that is repeated at a fixed period. It says in one line
// what a long run would otherwise need a hundred thousand operations for.
type Loop struct {
	ID int `json:"id"`
	// The k-th run (from 0) is at StartMs + k × PeriodMs, as long as that is before
	// UntilMs (0: the end of the chaos phase).
	StartMs  int64 `json:"start_ms"`
	UntilMs  int64 `json:"until_ms,omitempty"`
	PeriodMs int64 `json:"period_ms"`
	// Slots > 0 moves the slot of every part on by one with each run, around the
	// ring 1…Slots; Holds > 0 does the same with the operation's hold.
	Slots int `json:"slots,omitempty"`
	Holds int `json:"holds,omitempty"`
	// Op is the operation; its ID and AtMs are zero.
	Op Operation `json:"op"`
}

// Limits of loops, chosen so that the ids of all their runs fit into 31 bits
// beside those of plain operations.
const (
	maxLoopID   = 1<<10 - 1
	maxLoopRuns = 1 << 20
	firstLoopOp = 1 << 30
)

// Runs is how often the loop runs in a plan whose chaos phase lasts chaosMs.
func (l *Loop) Runs(chaosMs int64) int64 {
	until := l.UntilMs
	if until == 0 {
		until = chaosMs
	}
	if l.PeriodMs <= 0 || until <= l.StartMs {
		return 0
	}
	return (until - l.StartMs + l.PeriodMs - 1) / l.PeriodMs
}

// AtMs is when the k-th run is due.
func (l *Loop) AtMs(k int64) int64 { return l.StartMs + k*l.PeriodMs }

// Expand fills op with the k-th run, reusing op's list of parts. Its ID is unique
// among all operations and runs of the plan and depends on the loop's ID and k
// only.
func (l *Loop) Expand(k int64, op *Operation) {
	parts := append(op.Parts[:0], l.Op.Parts...)
	*op = l.Op
	op.ID = firstLoopOp + l.ID*maxLoopRuns + int(k)
	op.AtMs = l.AtMs(k)
	op.Parts = parts
	if l.Slots > 0 {
		for i := range parts {
			parts[i].Slot = around(parts[i].Slot, k, l.Slots)
		}
	}
	if l.Holds > 0 {
		op.Hold = around(op.Hold, k, l.Holds)
	}
}

// Unroll replaces the i-th loop by its runs, as operations with the ids that the
// runs have, so that everything keyed by them stays what it was.
func (p *Plan) Unroll(i int) {
	l := p.Loops[i]
	for k := range l.Runs(p.ChaosMs) {
		var op Operation
		l.Expand(k, &op)
		p.Ops = append(p.Ops, op)
	}
	p.Loops = append(p.Loops[:i:i], p.Loops[i+1:]...)
	sort.SliceStable(p.Ops, func(i, j int) bool { return p.Ops[i].AtMs < p.Ops[j].AtMs })
}

// around is first moved on by k in the ring 1…n.
func around(first int, k int64, n int) int {
	return 1 + int((int64(first)-1+k)%int64(n))
}
