package core_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// TestOddInputs: what means nothing, in any phase, is counted once and changes nothing
// (C-4, C-93).
func TestOddInputs(t *testing.T) {
	done := outcome.Done
	unmatched := func(id core.EffectID) []core.Input {
		return []core.Input{
			{},
			{Kind: core.InputKindCount},
			{Kind: core.InputKindCount + 1},
			{Kind: core.InputCancel, Cancel: 77},
			{Kind: core.InputPersistDone, Effect: id, Persist: persist.Result{Outcome: done}},
			{Kind: core.InputStashDone, Effect: id, Stash: stash.Result{Outcome: done}},
			{Kind: core.InputHostDone, Effect: id, HostResult: core.HostResult{Outcome: done}},
			{Kind: core.InputOrchestratorDone, Effect: id, Orchestrator: core.OrchestratorResult{Outcome: done}},
			{Kind: core.InputReport, Host: core.HostID{Address: "far:1"}, Session: core.Session{Epoch: 1, Nonce: 1}},
			{Kind: core.InputSessionLost, Host: core.HostID{Address: "far:1"}, Session: core.Session{Epoch: 1, Nonce: 1}},
		}
	}
	check := func(t *testing.T, cl *client, odd []core.Input) {
		t.Helper()
		for i := range odd {
			var before, after core.View
			cl.c.View(&before)
			kept, open, wake := cl.c.Kept(), len(cl.open), cl.c.NextWake()
			responses := cl.step(&odd[i])
			cl.c.View(&after)
			if after.Ignored != before.Ignored+1 {
				t.Errorf("%v (%d): %d ignored, before it %d", odd[i].Kind, i, after.Ignored, before.Ignored)
			}
			after.Ignored = before.Ignored
			if after != before || cl.c.Kept() != kept || len(cl.open) != open || cl.c.NextWake() != wake || len(responses) > 0 {
				t.Errorf("%v (%d) changes something: %+v, then %+v", odd[i].Kind, i, before, after)
			}
		}
	}
	boot := core.Input{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{5}, Config: core.DefaultConfig()}}
	t.Run("before the boot", func(t *testing.T) {
		check(t, &client{t: t}, append(unmatched(0), unmatched(1)...))
	})
	t.Run("booting", func(t *testing.T) {
		cl := &client{t: t}
		cl.step(&boot)
		check(t, cl, append(unmatched(0), append(unmatched(2), boot)...))
		open := cl.open[0].ID
		// A completion of another kind than the call answers nothing.
		check(t, cl, []core.Input{
			{Kind: core.InputPersistDone, Effect: open, Persist: persist.Result{Outcome: done}},
			{Kind: core.InputHostDone, Effect: open, HostResult: core.HostResult{Outcome: done}},
			{Kind: core.InputOrchestratorDone, Effect: open, Orchestrator: core.OrchestratorResult{Outcome: done}},
		})
	})
	t.Run("running", func(t *testing.T) {
		cl := newClient(t, core.DefaultConfig().Limits)
		cl.accepted(createTables(1))
		for cl.open[0].Kind != core.EffectPersist {
			cl.step(answered(&cl.open[0], done, cl.open[0].Persist.Upper, nil))
			cl.open = cl.open[1:]
		}
		open := cl.open[0].ID
		check(t, cl, append(unmatched(0), append(unmatched(open+100), boot)...))
		check(t, cl, []core.Input{
			{Kind: core.InputStashDone, Effect: open, Stash: stash.Result{Outcome: done}},
			{Kind: core.InputHostDone, Effect: open, HostResult: core.HostResult{Outcome: done}},
			{Kind: core.InputOrchestratorDone, Effect: open, Orchestrator: core.OrchestratorResult{Outcome: done}},
		})
		cl.settle()
		// What was answered is answered once.
		check(t, cl, []core.Input{{Kind: core.InputPersistDone, Effect: open, Persist: persist.Result{Outcome: done}}})
		// The clock cannot go back.
		cl.now.Mono = clock.Instant(clock.Minute)
		cl.step(&core.Input{Kind: core.InputWake})
		wake := cl.c.NextWake()
		cl.now.Mono = 0
		cl.step(&core.Input{Kind: core.InputWake})
		if cl.c.NextWake() < wake {
			t.Errorf("wants to be woken at %v, and before the clock went back at %v", cl.c.NextWake(), wake)
		}
	})
	t.Run("halted", func(t *testing.T) {
		cl := newClient(t, core.DefaultConfig().Limits)
		cl.accepted(createTables(1))
		cl.step(&core.Input{Kind: core.InputStashDone, Effect: cl.open[0].ID, Stash: stash.Result{Outcome: outcome.Fenced, Epoch: 9}})
		if cl.c.Phase() != core.PhaseHalted {
			t.Fatal("it goes on")
		}
		cl.open = nil
		check(t, cl, append(unmatched(0), append(unmatched(3), boot)...))
		if got := cl.step(&core.Input{Kind: core.InputWake}); len(got) != 0 || cl.c.NextWake() != clock.Never {
			t.Errorf("a halted controller wakes: %v", got)
		}
	})
}
