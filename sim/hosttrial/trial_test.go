package hosttrial

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

var (
	trials = flag.Int("trials", 300, "how many trials TestCorrectHostsPass makes")
	first  = flag.Uint64("first", 1, "the seed of the first of them")
)

// TestCorrectHostsPass: nothing is said of the host as it is, and a trial is the same
// whatever was tried before it.
func TestCorrectHostsPass(t *testing.T) {
	var trial Trial
	for n := range uint64(*trials) {
		seed := *first + n
		if rule, why := trial.Run(seed, nil); why != "" {
			t.Errorf("trial %d: %s %s", seed, rule, why)
		}
		// Judged at every call instead of at the end, nothing is wrong either.
		trial.eager = n%16 == 3
		if rule, why := trial.run(seed, nil); trial.eager && why != "" {
			t.Errorf("trial %d, judged at every call: %s %s", seed, rule, why)
		}
		trial.eager = false
		if n%100 == 7 {
			var again Trial
			if again.Run(seed, nil); again.steps != trial.steps || again.now != trial.now || again.dice != trial.dice {
				t.Errorf("trial %d: %d steps until %d µs, and %d until %d in another's memory", seed, again.steps, again.now, trial.steps, trial.now)
			}
		}
	}
}

// TestWrongHostsAreAccused: each way of going wrong is found, by an invariant that it
// breaks.
func TestWrongHostsAreAccused(t *testing.T) {
	for _, c := range []struct {
		what, rule, why string
		tamper          func(e *storaged.Effect)
	}{
		{"an upper is reported that is not durable", "S4", "is reported, durable is", reports(func(r *core.Report) {
			for i := range r.Uppers {
				if u := &r.Uppers[i].Upper; !u.Empty {
					u.T += 10
				}
			}
		})},
		{"the end of what has finished is not told", "L6", "", reports(func(r *core.Report) {
			r.Uppers = slices.DeleteFunc(r.Uppers, func(u core.UpperReport) bool { return u.Upper.Empty })
		})},
		{"nothing is told", "L6", "", reports(func(r *core.Report) { r.Uppers = nil })},
		{"a drop is not answered", "S13", "this session asked", reports(func(r *core.Report) { r.Dropped = nil })},
		{"a drop is not answered for good", "L2", "is not reported", reports(func(r *core.Report) { r.Dropped = nil })},
		{"a drop is answered twice", "S13", "this session asked", reports(func(r *core.Report) { r.Dropped = append(r.Dropped, r.Dropped...) })},
		{"a record is lost", "S15", "it lacks", calls(persist.OpCompareAndAppend, func(c *persist.Call) {
			if c.Shard.Hi == 1 && len(c.Updates) > 1 {
				c.Updates = c.Updates[:1]
			}
		})},
		{"a record is written at another time", "S15", "the first that differs", calls(persist.OpCompareAndAppend, func(c *persist.Call) {
			if c.Shard.Hi == 1 && len(c.Updates) > 0 && c.Updates[0].Time > c.Expected.T {
				c.Updates = slices.Clone(c.Updates)
				c.Updates[0].Time = c.Expected.T
			}
		})},
		{"a reader lets go of what is needed", "S10", "lets go of", calls(persist.OpDowngradeSince, func(c *persist.Call) { c.Since.T += 500 })},
		{"a reader lets go of nothing", "L1", "its reader keeps", calls(persist.OpDowngradeSince, func(c *persist.Call) { c.Op, c.Since.T = persist.OpHeartbeat, 0 })},
		{"a lease is not renewed", "L8", "its reader is", calls(persist.OpOpenLeasedReader, func(c *persist.Call) { c.Lease = 1 })},
		{"readers are not closed", "L7", "is kept, with which nobody reads", calls(persist.OpCloseReader, func(c *persist.Call) { c.Op = persist.OpHeartbeat })},
		{"times run ahead", "S15", "is chosen", calls(persist.OpCompareAndAppend, func(c *persist.Call) {
			if c.Shard == remapShard && !c.Upper.Empty {
				c.Upper.T += 5000
			}
		})},
		{"an append is not repeated as it was", "S13", "is followed by another", calls(persist.OpCompareAndAppend, func(c *persist.Call) { c.Writer.Lo += changing() })},
		{"the source is not told what is written", "L7", "the source may forget", func(e *storaged.Effect) {
			if e.Kind == storaged.EffectSource && e.Source.Op == source.OpConfirm {
				e.Source.From = 0
			}
		}},
		{"a change is not out", "S10", "it lacks", func(e *storaged.Effect) {
			if e.Kind == storaged.EffectSink && e.Sink.Op == sink.OpWrite {
				e.Sink.Updates = nil
			}
		}},
		{"a write has no fence", "S10", "without a fence", func(e *storaged.Effect) { e.Sink.Fence = sink.Fence{} }},
		{"an older controller is obeyed", "S13", "does not refuse", func(e *storaged.Effect) {
			if e.Kind == storaged.EffectRefuse {
				e.Kind = storaged.EffectClose
			}
		}},
		{"a status is not told", "S13", "the latest row of its status", calls(persist.OpCompareAndAppend, func(c *persist.Call) {
			if c.Shard == statusShard {
				c.Updates = nil
			}
		})},
	} {
		t.Run(c.what, func(t *testing.T) {
			trial := Trial{Tamper: c.tamper}
			said := ""
			for seed := range uint64(600) {
				rule, why := trial.Run(seed+1, nil)
				if rule == c.rule && strings.Contains(why, c.why) {
					return
				}
				if why != "" {
					said += rule + " " + why + "\n"
				}
			}
			t.Errorf("600 trials do not say %s %q: %.600s", c.rule, c.why, said)
		})
	}
}

// changing is another number each time.
var changes uint64

func changing() uint64 {
	changes++
	return changes
}

// reports changes reports, whose lists are copied first.
func reports(change func(r *core.Report)) func(e *storaged.Effect) {
	return func(e *storaged.Effect) {
		if e.Kind == storaged.EffectReport {
			e.Report.Uppers, e.Report.Dropped = slices.Clone(e.Report.Uppers), slices.Clone(e.Report.Dropped)
			change(&e.Report)
		}
	}
}

// calls changes calls of shards.
func calls(op persist.Op, change func(c *persist.Call)) func(e *storaged.Effect) {
	return func(e *storaged.Effect) {
		if e.Kind == storaged.EffectPersist && e.Persist.Op == op {
			change(&e.Persist)
		}
	}
}
