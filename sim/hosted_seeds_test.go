package sim

import (
	"maps"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/plan"
)

// filled is a collection that a source fills, as the plan has it.
type filled struct{ slot, source, output int }

// filledOnce lists the collections that exactly one create of the plan makes, and
// whose rows have their source's schema.
func filledOnce(p *plan.Plan) []filled {
	made := map[int]int{}
	for i := range p.Ops {
		for _, v := range p.Ops[i].Parts {
			if p.Ops[i].Kind == plan.OpCreate {
				made[v.Slot]++
			}
		}
	}
	var list []filled
	for i := range p.Ops {
		if p.Ops[i].Kind != plan.OpCreate {
			continue
		}
		for _, v := range p.Ops[i].Parts {
			source := v.Source
			for _, main := range p.Ops[i].Parts {
				if v.Kind == plan.KindSubsource && main.Slot == v.Of {
					source = main.Source
				}
				if main.Odd != plan.OddNone {
					made[v.Slot]++ // its source may be none that there is
				}
			}
			if made[v.Slot] == 1 && source > 0 && (source+v.Output)%4 == v.Schema {
				list = append(list, filled{v.Slot, source, v.Output})
			}
		}
	}
	return list
}

// poisons reports whether the plan makes shards unusable.
func poisons(p *plan.Plan) bool {
	for i := range p.Faults {
		if p.Faults[i].Kind == plan.FaultPoisonShard {
			return true
		}
	}
	return false
}

// TestSourcesArriveWhole runs seeds with hosts in all kinds of trouble and wants, once
// all is quiet, every live collection to hold what its source said: the dumb version
// of S15, by a net sum.
func TestSourcesArriveWhole(t *testing.T) {
	w := NewWorld()
	checked, rows := 0, 0
	for seed := uint64(1); seed <= 80; seed++ {
		p := generated(t, "hosts", seed)
		if p.BeyondBudget() != "" || poisons(p) {
			continue
		}
		p.CalmMs = 100_000
		RunIn(w, p, Options{})
		live := map[uint64]core.CollectionView{}
		for n := range w.nodes {
			nd := &w.nodes[n]
			if !nd.up || nd.halted || nd.epoch != w.stash.Epoch() {
				continue
			}
			var v core.CollectionView
			for i := 0; i < nd.core.Collections(); i++ {
				if nd.core.CollectionAt(i, &v); !v.Dropped && v.Phase == core.ShardOpen && v.ID.Kind == core.IDUser {
					live[v.ID.N] = v
				}
			}
		}
		for _, f := range filledOnce(p) {
			v, ok := live[uint64(f.slot)]
			if !ok {
				continue
			}
			said, finished, _ := w.hosting.sources.Said(plan.SourceConnection(f.source), w.nowUs)
			var want []relation.Update
			for _, r := range said {
				if int(r.Output) == f.output {
					want = append(want, relation.Update{Data: r.Data, Diff: r.Diff})
				}
			}
			got := w.persist.AppendUpdates(nil, v.Data)
			checked++
			rows += len(got)
			if !maps.Equal(net(got), net(want)) || finished != v.Upper.Empty {
				t.Errorf("seed %d: %v holds net %d rows up to %v, output %d of source %d said net %d, finished %v",
					seed, v.ID, len(net(got)), v.Upper, f.output, f.source, len(net(want)), finished)
			}
		}
	}
	if checked < 40 || rows < 1000 {
		t.Errorf("only %d collections and %d rows were checked", checked, rows)
	}
}
