package invariants_test

import (
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// lie is one way in which an observation can be falsified before it reaches the
// judges, as if the controller had done it. It reports whether it applied.
type lie struct {
	name string
	tell func(o *invariants.Observation) bool
}

func lies() []lie {
	type key struct {
		life uint32
		id   core.GlobalID
	}
	open := map[key]uint64{}
	rows := map[core.RequestID]bool{}
	appended := func(o *invariants.Observation) bool {
		if o.Kind == invariants.Requested && o.Request.Op == core.RequestAppend && len(o.Request.Appends) == 1 {
			// Rows that only one append writes, so that their sum is not zero.
			u := o.Request.Appends[0].Updates
			rows[o.Request.ID] = len(u) == 1 && u[0].Diff != 0
		}
		return o.Kind == invariants.Responded && rows[o.Response.Request]
	}
	return []lie{
		{"nothing", func(*invariants.Observation) bool { return false }},
		{"upper ahead", func(o *invariants.Observation) bool {
			v := viewOf(o)
			if v == nil || v.Upper.Empty || v.Kind != core.KindTable {
				return false
			}
			v.Upper.T += 1 << 50
			o.Collection = v
			return true
		}},
		{"since back", func(o *invariants.Observation) bool {
			v := viewOf(o)
			if v == nil {
				return false
			}
			k := key{o.Incarnation, v.ID}
			since := open[k]
			open[k] = uint64(v.Since.T)
			if since == 0 || v.Since.Empty {
				return false
			}
			v.Since.T, v.Implied.T, v.Implied.Empty = 0, 0, false
			o.Collection = v
			return true
		}},
		{"row lost", func(o *invariants.Observation) bool {
			if o.Kind != invariants.Responded || len(o.Response.Rows) == 0 {
				return false
			}
			r := *o.Response
			r.Rows = r.Rows[1:]
			o.Response = &r
			return true
		}},
		{"row doubled", func(o *invariants.Observation) bool {
			if o.Kind != invariants.Responded || len(o.Response.Rows) == 0 {
				return false
			}
			r := *o.Response
			r.Rows = append([]relation.RowCount(nil), r.Rows...)
			r.Rows[0].Diff++
			o.Response = &r
			return true
		}},
		{"lost append acknowledged", func(o *invariants.Observation) bool {
			if !appended(o) || o.Response.Err.Code != core.InvalidUppers || !o.Response.Err.Definite {
				return false
			}
			r := *o.Response
			r.Err = core.Error{}
			o.Response = &r
			return true
		}},
		{"append denied", func(o *invariants.Observation) bool {
			if !appended(o) || o.Response.Err.Code != core.Ok {
				return false
			}
			r := *o.Response
			r.Err = core.Error{Code: core.NotAppendable, Definite: true}
			o.Response = &r
			return true
		}},
		{"other request", func(o *invariants.Observation) bool {
			if o.Kind != invariants.Responded {
				return false
			}
			r := *o.Response
			r.Request ^= 1 << 55
			o.Response = &r
			return true
		}},
		{"other shard", func(o *invariants.Observation) bool {
			v := viewOf(o)
			if v == nil || v.Data.Hi == 0 {
				return false
			}
			v.Data.Hi ^= 1
			o.Collection = v
			return true
		}},
	}
}

// viewOf is a copy of the view of an open collection that an observation holds.
func viewOf(o *invariants.Observation) *core.CollectionView {
	if o.Kind != invariants.Moved || o.Gone || o.Collection.Phase != core.ShardOpen {
		return nil
	}
	v := *o.Collection
	return &v
}

// known are the invariants that the dumb judge knows.
var known = []string{"S2", "S3", "S4", "S5", "S7", "S9", "S12"}

// The online judges and the dumb one come to the same verdict about every history,
// the true one and one with a lie in it.
func TestRecheckAgrees(t *testing.T) {
	w := sim.NewWorld()
	rapid.Check(t, func(t *rapid.T) {
		all := lies()
		profile := rapid.SampledFrom([]string{"tiny", "calm"}).Draw(t, "profile")
		seed := rapid.Uint64Range(1, 400).Draw(t, "seed")
		l := all[rapid.IntRange(0, len(all)-1).Draw(t, "lie")]
		after := rapid.IntRange(0, 40).Draw(t, "after")
		p, err := plan.Generate(profile, seed, plan.NewSeedDraws(seed))
		if err != nil {
			t.Fatal(err)
		}
		j := invariants.New()
		told, over := false, false
		sim.RunIn(w, p, sim.Options{OnObserve: func(o *invariants.Observation) {
			if over {
				return
			}
			lied := *o
			if !told && l.tell(&lied) {
				after--
				told = after < 0
			}
			if !told {
				lied = *o
			}
			j.Observe(&lied)
			// What follows upon a lie follows from it: one is enough.
			over = told
		}})
		failed := j.Failed()
		dumb := j.Rejudge()
		online := map[string]bool{}
		for _, v := range j.Violations() {
			online[v.Invariant] = true
		}
		if failed != told {
			t.Fatalf("lie %q told: %v, but found: %v", l.name, told, online)
		}
		for _, name := range known {
			if dumb[name] && !online[name] {
				t.Fatalf("lie %q: %s is found by the dumb judge only (online %v)", l.name, name, online)
			}
		}
		if told && len(dumb) == 0 && j.Recorded() {
			t.Fatalf("lie %q: the dumb judge finds nothing, online %v", l.name, j.Violations())
		}
	})
}

// On correct code no judge speaks.
func TestSilence(t *testing.T) {
	w := sim.NewWorld()
	for _, profile := range []string{"calm", "default", "tiny", "hostile"} {
		for seed := uint64(1); seed <= 15; seed++ {
			p, err := plan.Generate(profile, seed, plan.NewSeedDraws(seed))
			if err != nil {
				t.Fatal(err)
			}
			if r := sim.RunIn(w, p, sim.Options{Judged: true}); len(r.Violations) > 0 {
				t.Errorf("%s %d: %+v", profile, seed, r.Violations)
			}
		}
	}
}
