package sim

import (
	"example.com/tidemark/sim/hosttrial"
	"example.com/tidemark/sim/shardtrial"
)

// Trials are put to shard machines and to hosts of their own at the end of a run, as
// rehearsals are: much happens in them to little, which in a world is the other way round.

// trials is what they are made with.
type trials struct {
	shard shardtrial.Trial
	host  hosttrial.Trial
}

// How many are made at the end of each run.
const (
	shardTrials = 1
	hostTrials  = 3
)

// try makes the trials that belong to the run's seed, and tells what goes wrong.
func (w *World) try() {
	for i := range uint64(hostTrials) {
		if rule, why := w.trials.host.Run(mix(mix(w.plan.Seed, 'h'), i)); why != "" {
			w.accuseOf(rule, nobody, "%s", why)
			return
		}
	}
	for i := range uint64(shardTrials) {
		if why := w.trials.shard.Run(mix(mix(w.plan.Seed, 's'), i)); why != "" {
			w.accuseStack(nobody, "%s", why)
			return
		}
	}
}
