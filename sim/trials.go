package sim

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/hosttrial"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/shardtrial"
)

// Trials are put to shard machines, hosts and controllers of their own at the end of a run, as
// rehearsals are: much happens in them to little, which in a world is the other way round.
// One that fails is a plan of its own (plan.Trial), which is told, drawn and shrunk without
// the world that it came after.

// trials is what they are made with.
type trials struct {
	shard shardtrial.Trial
	host  hosttrial.Trial
	// dense is the world in which controllers are tried, nil before the first time.
	dense *World
}

// tried is a trial that has been made.
type tried interface {
	Acts() []int
	Now() clock.Instant
	Steps() int
}

// How many are made at the end of each run.
const (
	shardTrials = 1
	hostTrials  = 3
)

// try makes the trials that belong to the run's seed, until one fails.
func (w *World) try() {
	for i := range uint64(hostTrials) {
		if w.failsIn(&plan.Trial{Of: plan.TrialOfHosts, Seed: mix(mix(w.plan.Seed, 'h'), i)}) {
			return
		}
	}
	for i := range uint64(shardTrials) {
		if w.failsIn(&plan.Trial{Of: plan.TrialOfShards, Seed: mix(mix(w.plan.Seed, 's'), i)}) {
			return
		}
	}
	w.tryControllers()
}

// tryAlone makes the plan's trial, which is all that happens.
func (w *World) tryAlone() {
	t := &w.trials
	if w.tracing() {
		t.host.Watcher, t.shard.Watcher = &hostRetelling{w}, &shardRetelling{w}
	}
	w.failsIn(w.plan.Trial)
	t.host.Watcher, t.shard.Watcher = nil, nil
	one := t.of(w.plan.Trial)
	w.nowUs, w.step, w.events = int64(one.Now()), uint64(one.Steps()), uint64(one.Steps())
	w.hash.U64(w.step)
	w.hash.U64(uint64(w.nowUs))
	w.over, w.ending.finished = true, true
}

func (t *trials) of(p *plan.Trial) tried {
	if p.Of == plan.TrialOfShards {
		return &t.shard
	}
	return &t.host
}

// failsIn makes a trial, and accuses the machine if it fails.
func (w *World) failsIn(p *plan.Trial) bool {
	rule, why := "S17", ""
	if p.Of == plan.TrialOfShards {
		why = w.trials.shard.Run(p.Seed, p.Acts)
	} else {
		rule, why = w.trials.host.Run(p.Seed, p.Acts)
	}
	if why == "" {
		return false
	}
	one := w.trials.of(p)
	w.endAs(&plan.Trial{Of: p.Of, Seed: p.Seed, Acts: one.Acts()}, invariants.Violation{
		Invariant: rule, Step: uint64(one.Steps()), AtUs: int64(one.Now()), Node: nobody, Message: why,
	})
	return true
}
