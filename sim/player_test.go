package sim

import (
	"fmt"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/invariants"
)

// What every controller of a world was told, played again without the world, leads to
// the same states, and nobody who judges it cries wolf.
func TestControllersPlayAlone(t *testing.T) {
	for _, profile := range []string{"default", "hosts", "churn", "dense", "hostile"} {
		for seed := range uint64(20) {
			t.Run(fmt.Sprintf("%s-%d", profile, seed), func(t *testing.T) {
				playAlone(t, profile, seed)
			})
		}
	}
}

type told struct {
	atUs   int64
	now    clock.Now
	input  core.Input
	digest digest.Sum
}

func playAlone(t *testing.T, profile string, seed uint64) {
	lives := map[uint32][]told{}
	last := uint32(0)
	var input core.Input
	record := func(r *Record) {
		switch {
		case r.Node < 0:
		case r.Kind == RecordInput:
			input = *r.Input
		case r.Kind == RecordStepped:
			lives[r.Incarnation] = append(lives[r.Incarnation], told{atUs: r.AtUs, now: r.Now, input: input, digest: r.Core.Digest()})
			last = max(last, r.Incarnation)
		}
	}
	if r := RunIn(NewWorld(), generated(t, profile, seed), Options{Judged: true, Record: record}); len(r.Violations) > 0 {
		t.Fatalf("the world itself fails: %+v", r.Violations)
	}
	player := NewPlayer(Options{Judged: true})
	var empty core.Controller
	for life := uint32(1); life <= last; life++ {
		steps := lives[life]
		if len(steps) == 0 {
			continue
		}
		if err := player.Begin(steps[0].atUs, empty.AppendCanonical(nil)); err != nil {
			t.Fatal(err)
		}
		for i := range steps {
			if _, panicked := player.Step(steps[i].atUs, steps[i].now, &steps[i].input); panicked != "" {
				t.Fatalf("step %d of life %d panics: %s", i, life, panicked)
			}
			if player.Machine().Digest() != steps[i].digest {
				t.Fatalf("step %d of life %d, %v, leads to another state", i, life, steps[i].input.Kind)
			}
		}
	}
	for _, v := range player.Result().Violations {
		t.Errorf("%+v", v)
	}
}

// What cannot be judged of a controller alone does not drown what can.
func TestPlayerFinds(t *testing.T) {
	player := NewPlayer(Options{Judged: true})
	var empty core.Controller
	cfg := core.DefaultConfig()
	if err := player.Begin(0, empty.AppendCanonical(nil)); err != nil {
		t.Fatal(err)
	}
	player.Step(1, clock.Now{}, &core.Input{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{1}, Config: cfg}})
	id := core.GlobalID{Kind: core.IDUser, N: 1}
	for n := range core.RequestID(200) { // answers of appends that nothing durable explains
		o := player.w.observation(invariants.Requested, 0)
		o.RequestID, o.Request = n+1, &core.Request{ID: n + 1, Op: core.RequestAppend, Appends: []core.Append{{
			ID: id, Updates: []relation.Update{{Data: "x", Time: 5, Diff: 1}}, Upper: frontier.At(6),
		}}}
		player.observe(o)
		o = player.w.observation(invariants.Responded, 0)
		o.Response = &core.Response{Request: n + 1}
		player.observe(o)
	}
	o := player.w.observation(invariants.Panicked, 0)
	o.Message = "at the end"
	player.observe(o)
	for _, v := range player.Result().Violations {
		if v.Invariant == "S12" && v.Message == "the core panicked: at the end" {
			return
		}
	}
	t.Error("a panic behind much else is not found")
}
