package core_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/relation"
)

// Creating and dropping leaves nothing in the state but ranges of ids (C-28): none
// that grows if the ids come in a row, one per id if they do not.
func TestDroppedIDsLeaveNothing(t *testing.T) {
	for _, c := range []struct {
		name      string
		apart     uint64
		perID, in int
	}{
		{"in a row", 1, 0, 16},
		{"apart", 2, 16, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := newClient(t, core.DefaultConfig().Limits)
			cl.settle()
			cl.pass(core.DefaultConfig().HoldLease + core.DefaultConfig().ClockMargin)
			before, effects := len(cl.c.AppendCanonical(nil)), cl.effects()
			const cycles, ids = 40, 5
			for k := range uint64(cycles) {
				cl.cycle(1+k*ids*c.apart, ids, c.apart)
			}
			if n := cl.c.Collections(); n != 0 {
				t.Errorf("%d collections are left", n)
			}
			after := len(cl.c.AppendCanonical(nil))
			if after > before+c.in+c.perID*cycles*ids {
				t.Errorf("the state grew from %d to %d bytes over %d ids", before, after, cycles*ids)
			}
			if cl.effects() != effects {
				t.Errorf("%d calls are out, %d before", cl.effects(), effects)
			}
		})
	}
}

func (cl *client) effects() int {
	var v core.View
	cl.c.View(&v)
	return v.OpenEffects
}

// pass lets time pass, completing every call.
func (cl *client) pass(d clock.Duration) {
	for end := cl.now.Mono.Add(d); cl.now.Mono < end; {
		cl.now.Mono = min(max(cl.c.NextWake(), cl.now.Mono+1), end)
		cl.step(&core.Input{Kind: core.InputWake})
		cl.settle()
	}
}

// cycle creates and drops n collections.
func (cl *client) cycle(first, n, apart uint64) {
	create, drop := core.Request{Op: core.RequestCreate}, core.Request{Op: core.RequestDrop}
	for i := range n {
		id := user(first + i*apart)
		schema := relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Int64}}}
		create.Collections = append(create.Collections, core.CollectionSpec{ID: id, Description: core.Description{Kind: core.KindTable, Schema: schema}})
		drop.IDs = append(drop.IDs, id)
	}
	for _, r := range []core.Request{create, drop} {
		cl.accepted(r)
	}
	cl.settle()
}
