package sim

import (
	"slices"
	"strings"
	"testing"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/sim/plan"
)

// TestTrialThatFails: a machine that goes wrong in a trial at the end of a run is accused,
// with a plan of the trial alone, which fails in the same way with fewer acts too, and
// whose trace ends with what is wrong.
func TestTrialThatFails(t *testing.T) {
	loses := func(e *storaged.Effect) {
		if c := &e.Persist; e.Kind == storaged.EffectPersist && c.Op == persist.OpCompareAndAppend && c.Shard.Hi == 1 && len(c.Updates) > 0 {
			c.Updates = c.Updates[1:]
		}
	}
	forgets := func(e *shard.Effect) {
		if e.Kind == shard.EffectRespond && e.Result.Outcome == outcome.Done && len(e.Result.Updates) > 0 {
			e.Result.Updates = e.Result.Updates[1:]
		}
	}
	for _, c := range []struct {
		of, rule, last, within string
		tamper                 func(w *World)
	}{
		{plan.TrialOfHosts, "S15", "shard compare-and-append s1-", "host#1 <- boot", func(w *World) { w.trials.host.Tamper = loses }},
		{plan.TrialOfShards, "S17", "-> respond#", "consensus compare-and-set", func(w *World) { w.trials.shard.Tamper = forgets }},
	} {
		w := NewWorld()
		c.tamper(w)
		found := false
		for seed := uint64(1); seed < 40 && !found; seed++ {
			p := generated(t, "tiny", seed)
			world := RunIn(w, p, Options{Judged: true})
			if world.Trial == nil || world.Trial.Of != c.of || world.Violations[0].Invariant != c.rule {
				continue
			}
			found = true
			var lines []string
			var records int
			o := Options{Judged: true, Trace: func(line string) { lines = append(lines, line) }, Record: func(*Record) { records++ }}
			alone := RunIn(w, p.OfTrial(*world.Trial), o)
			if len(alone.Violations) != 1 || alone.Violations[0] != world.Violations[0] {
				t.Errorf("%s: by itself it is %v, and was %v", c.of, alone.Violations, world.Violations)
			}
			if alone.Events == 0 || records != len(lines) || alone.TraceHash == (RunIn(w, p, Options{Judged: true}).TraceHash) {
				t.Errorf("%s: %d events, %d records of %d lines", c.of, alone.Events, records, len(lines))
			}
			if story := alone.Story; len(story) == 0 || story[len(story)-1] != lines[len(lines)-1] || !strings.Contains(lines[len(lines)-1], c.last) {
				t.Errorf("%s: the last line is %q, not one with %q", c.of, lines[len(lines)-1], c.last)
			}
			if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, c.within) }) {
				t.Errorf("%s: no line has %q", c.of, c.within)
			}
		}
		if !found {
			t.Errorf("%s: no trial finds it", c.of)
		}
	}
}

// TestTrialIsReproduced: a trial by itself is the same each time, whoever listens, and
// finds nothing wrong with the machines as they are.
func TestTrialIsReproduced(t *testing.T) {
	w := NewWorld()
	for seed := range uint64(20) {
		for _, of := range []string{plan.TrialOfHosts, plan.TrialOfShards} {
			p := generated(t, "tiny", 1).OfTrial(plan.Trial{Of: of, Seed: seed})
			quiet, heard := RunIn(w, p, Options{Judged: true}), 0
			told := Run(p, Options{Judged: true, Trace: func(string) { heard++ }})
			if len(quiet.Violations)+len(told.Violations) > 0 || quiet.TraceHash != told.TraceHash || quiet.Events != told.Events {
				t.Errorf("trial %d of %s: %v %v, %d and %d events", seed, of, quiet.Violations, told.Violations, quiet.Events, told.Events)
			}
			if heard < int(told.Events) {
				t.Errorf("trial %d of %s: %d lines about %d steps", seed, of, heard, told.Events)
			}
		}
	}
}
