package core_test

import (
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/internal/draws"
)

// life draws a controller's life and calls after each step's end, at the same
// moment, what a test wants to try.
func life(t *rapid.T, each func(d *drawn)) {
	d := &drawn{t: t, seen: map[digest.Sum]string{}}
	cfg := core.DefaultConfig()
	cfg.HoldLease, cfg.ClockMargin = 10*clock.Second, 0
	if rapid.Bool().Draw(t, "tight") {
		cfg.Limits = core.Limits{OpenRequests: 3, QueuedAppends: 2, QueuedBytes: 40, HoldsPerOwner: 2, IDsPerRequest: 2}
	}
	d.step(&core.Input{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{1, 2, 3, 4}, Config: cfg}})
	if rapid.IntRange(0, 3).Draw(t, "unsettled") < 3 {
		d.settle()
	}
	for n := rapid.IntRange(1, 40).Draw(t, "steps"); n > 0; n-- {
		d.now.Mono += clock.Instant(rapid.SampledFrom([]int{0, 1, 1000, 1_000_000, 40_000_000}).Draw(t, "pass"))
		d.now.Wall = clock.Wall(d.now.Mono / 1000)
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0, 1, 2, 3:
			d.step(&core.Input{Kind: core.InputRequest, Request: d.request(), Cause: core.Cause(n)})
		case 4:
			d.step(&core.Input{Kind: core.InputCancel, Cancel: core.RequestID(rapid.IntRange(1, 30).Draw(t, "cancel"))})
		default:
			d.step(d.complete())
		}
		each(d)
	}
}

// rest wakes the controller until it wants no more at this moment.
func (d *drawn) rest() {
	for range 50 {
		if d.m.NextWake() > d.now.Mono {
			return
		}
		d.step(&core.Input{Kind: core.InputWake})
	}
	d.t.Fatalf("woken 50 times at %d, it wants to be woken at %d", d.now.Mono, d.m.NextWake())
}

// try steps a copy at the same moment.
func (d *drawn) try(in *core.Input) (c *core.Controller, out *core.Effects) {
	c, out = new(core.Controller), new(core.Effects)
	c.CopyFrom(&d.m)
	c.Step(d.now, in, out)
	return c, out
}

// TestWakesEnd: a controller that is woken when it asks for it comes to rest at
// every moment, whatever happened before; and a wake for which nothing is due, or
// that comes again, does nothing.
func TestWakesEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		life(t, func(d *drawn) {
			d.rest()
			c, out := d.try(&core.Input{Kind: core.InputWake})
			if out.Len() > 0 || string(c.AppendCanonical(nil)) != string(d.m.AppendCanonical(nil)) {
				t.Fatalf("a wake at %d for which nothing is due led to\n%s", d.now.Mono, renderEffects(out))
			}
			if c.NextWake() != d.m.NextWake() {
				t.Fatalf("a wake for which nothing is due moves the next one from %d to %d", d.m.NextWake(), c.NextWake())
			}
		})
	})
}

// TestRefusalLeavesNoTrace: a request that is answered with an error at once has
// changed nothing, to the byte, and sent nothing (C-4). Not so what is judged at its
// turn, although that may come at once (control operations, and appends by the
// upper): these have been open and so have used up a number.
func TestRefusalLeavesNoTrace(t *testing.T) {
	refused := map[string]int{}
	var ops []string
	for op := core.RequestAppend; op < core.RequestOpCount; op++ {
		if !judgedInTurn(op) && op != core.RequestDump {
			ops = append(ops, op.String())
		}
	}
	draws.Until(t, func() []string { return draws.Unmet(refused, ops...) }, func(t *rapid.T) {
		life(t, func(d *drawn) {
			d.rest()
			r := d.request()
			c, out := d.try(&core.Input{Kind: core.InputRequest, Request: r})
			if judgedInTurn(r.Op) || out.Len() == 0 || out.At(0).Kind != core.EffectRespond {
				return
			}
			err := &out.At(0).Response.Err
			if err.Code == core.Ok || err.Code == core.InvalidUppers {
				return
			}
			if !err.Definite {
				t.Fatalf("%v is refused at once with an unknown outcome: %v", r.Op, err)
			}
			refused[r.Op.String()]++
			if out.Len() > 1 || string(c.AppendCanonical(nil)) != string(d.m.AppendCanonical(nil)) {
				t.Fatalf("%+v is refused (%v) and has changed the state, or sent something:\n%s", r, err, renderEffects(out))
			}
		})
	})
}

func judgedInTurn(op core.RequestOp) bool {
	switch op {
	case core.RequestCreate, core.RequestDrop, core.RequestAlter,
		core.RequestCreateExports, core.RequestAlterExports, core.RequestDropExports:
		return true
	}
	return false
}

// TestStrangersAreIgnored: completions that match nothing, cancels of what is not
// open, and inputs of no kind are counted and change nothing else (C-4, C-5).
func TestStrangersAreIgnored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		life(t, func(d *drawn) {
			d.rest()
			var before, after core.View
			d.m.View(&before)
			for _, in := range []*core.Input{
				{Kind: core.InputPersistDone, Effect: 1 << 40},
				{Kind: core.InputPersistDone},
				{Kind: core.InputStashDone, Effect: 1 << 40},
				{Kind: core.InputStashDone},
				{Kind: core.InputCancel, Cancel: 1 << 40},
				{Kind: core.InputNone},
				{Kind: core.InputKindCount},
				{Kind: core.InputKindCount + 7},
				{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{9}, Config: core.DefaultConfig()}},
			} {
				c, out := d.try(in)
				c.View(&after)
				if out.Len() > 0 || string(c.AppendCanonical(nil)) != string(d.m.AppendCanonical(nil)) {
					t.Fatalf("%+v led to\n%s", in, renderEffects(out))
				}
				if after.Ignored != before.Ignored+1 {
					t.Fatalf("%+v: %d ignored, want %d", in, after.Ignored, before.Ignored+1)
				}
			}
		})
	})
}
