package orchestratorfake

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
)

func managed(n, size int) core.HostID {
	return core.HostID{Object: core.GlobalID{Kind: core.IDUser, N: uint64(n)}, Size: uint32(size)}
}

func do(s *Store, op core.OrchestratorOp, h core.HostID, epoch uint64) core.OrchestratorResult {
	var r core.OrchestratorResult
	s.Apply(&core.OrchestratorCall{Op: op, Host: h, Epoch: epoch}, &r)
	return r
}

// The recorded epoch fences older calls atomically, also for a service that was
// stopped, and never goes back.
func TestOlderEpochIsFenced(t *testing.T) {
	for _, newer := range []core.OrchestratorOp{core.OrchestratorEnsure, core.OrchestratorStop} {
		for _, older := range []core.OrchestratorOp{core.OrchestratorEnsure, core.OrchestratorStop} {
			var s Store
			h := managed(7, 1)
			do(&s, newer, h, 3)
			wanted := s.Wanted(h)
			if r := do(&s, older, h, 2); r.Outcome != outcome.Fenced || r.Epoch != 3 {
				t.Errorf("%v of epoch 2 after %v of epoch 3: %+v", older, newer, r)
			}
			if s.Wanted(h) != wanted || s.Epoch(h) != 3 {
				t.Errorf("%v of epoch 2 after %v of epoch 3 changed the service", older, newer)
			}
			if r := do(&s, older, h, 3); r.Outcome != outcome.Done || s.Wanted(h) != (older == core.OrchestratorEnsure) {
				t.Errorf("%v of the same epoch: %+v", older, r)
			}
			if r := do(&s, newer, managed(7, 2), 1); r.Outcome != outcome.Done {
				t.Errorf("another size of the object is another service: %+v", r)
			}
		}
	}
}

func TestMalformedCalls(t *testing.T) {
	var s Store
	for _, c := range []core.OrchestratorCall{
		{},
		{Op: core.OrchestratorEnsure, Host: managed(1, 1)},
		{Op: core.OrchestratorEnsure, Epoch: 1},
		{Op: core.OrchestratorEnsure, Epoch: 1, Host: managed(1, 0)},
		{Op: core.OrchestratorStop, Epoch: 1, Host: core.HostID{Address: "somewhere"}},
		{Op: core.OrchestratorList, Epoch: 1, Host: managed(1, 1)},
		{Op: core.OrchestratorOpCount, Epoch: 1, Host: managed(1, 1)},
	} {
		var r core.OrchestratorResult
		if s.Apply(&c, &r); r.Outcome != outcome.Invalid || s.Services() != 0 {
			t.Errorf("%+v: %+v", c, r)
		}
	}
}

// model is the same table as plain maps.
type model struct {
	epoch   map[core.HostID]uint64
	wanted  map[core.HostID]bool
	running map[core.HostID]int
}

func (m *model) clone() *model {
	c := newModel()
	for h, v := range m.epoch {
		c.epoch[h] = v
	}
	for h, v := range m.wanted {
		c.wanted[h] = v
	}
	for h, v := range m.running {
		c.running[h] = v
	}
	return c
}

func newModel() *model {
	return &model{map[core.HostID]uint64{}, map[core.HostID]bool{}, map[core.HostID]int{}}
}

// TestAgainstMaps: stores and copies of them behave like maps, their lists are
// sorted, complete and never change after they were given out.
func TestAgainstMaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stores [2]Store
		models := [2]*model{newModel(), newModel()}
		type given struct{ list, was []core.Service }
		var lists []given
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			i := rapid.IntRange(0, 1).Draw(t, "store")
			s, m := &stores[i], models[i]
			h := managed(rapid.IntRange(1, 3).Draw(t, "object"), rapid.IntRange(1, 2).Draw(t, "size"))
			epoch := uint64(rapid.IntRange(1, 4).Draw(t, "epoch"))
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0, 1:
				r := do(s, core.OrchestratorEnsure, h, epoch)
				if (r.Outcome == outcome.Done) != (epoch >= m.epoch[h]) {
					t.Fatalf("ensure of epoch %d over %d: %+v", epoch, m.epoch[h], r)
				}
				if epoch >= m.epoch[h] {
					m.epoch[h], m.wanted[h] = epoch, true
				}
			case 2:
				do(s, core.OrchestratorStop, h, epoch)
				if epoch >= m.epoch[h] {
					m.epoch[h], m.wanted[h] = epoch, false
				}
			case 3:
				s.Started(h)
				m.running[h]++
			case 4:
				if m.running[h] > 0 {
					s.Ended(h)
					m.running[h]--
				}
			case 5:
				r := do(s, core.OrchestratorList, core.HostID{}, epoch)
				lists = append(lists, given{r.Services, slices.Clone(r.Services)})
				n := 0
				for o := 1; o <= 3; o++ {
					for size := 1; size <= 2; size++ {
						v := managed(o, size)
						if !m.wanted[v] && m.running[v] == 0 {
							continue
						}
						if n >= len(r.Services) || r.Services[n] != (core.Service{Host: v, Epoch: m.epoch[v]}) {
							t.Fatalf("list %v lacks %v", r.Services, v)
						}
						n++
					}
				}
				if n != len(r.Services) {
					t.Fatalf("list %v has more than %d", r.Services, n)
				}
			case 6:
				stores[1-i].CopyFrom(s)
				models[1-i] = m.clone()
			}
			if s.Wanted(h) != m.wanted[h] || s.Epoch(h) != m.epoch[h] || s.Running(h) != m.running[h] {
				t.Fatalf("%v differs from the model", h)
			}
		}
		for _, l := range lists {
			if !slices.Equal(l.list, l.was) {
				t.Fatal("a list changed after it was given out")
			}
		}
	})
}

func TestNoAllocationsInSteadyState(t *testing.T) {
	var s, other Store
	c := core.OrchestratorCall{Op: core.OrchestratorEnsure, Epoch: 2}
	var r core.OrchestratorResult
	step := func() {
		for n := 1; n < 9; n++ {
			c.Host = managed(n, 1)
			c.Op = core.OrchestratorEnsure
			s.Apply(&c, &r)
			s.Started(c.Host)
			c.Op = core.OrchestratorStop
			s.Apply(&c, &r)
			s.Ended(c.Host)
		}
		other.CopyFrom(&s)
	}
	step()
	if n := testing.AllocsPerRun(100, step); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
