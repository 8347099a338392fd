package sim

import (
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/plan"
)

// Controllers are tried like shard machines and hosts: in worlds of their own in which much
// happens to little. Such a world is that of a plan like any other, which is what is told,
// drawn and shrunk if it fails.

// denseTrials is how many of them there are at the end of each run.
const denseTrials = 2

// tryControllers runs the dense worlds that belong to the run's seed, until one fails.
func (w *World) tryControllers() {
	for i := range uint64(denseTrials) {
		if w.failsDensely(mix(mix(w.plan.Seed, 'c'), i)>>32) || w.ending.interrupted {
			return
		}
	}
}

// failsDensely runs the dense world of a seed, and ends the run with what goes wrong there.
func (w *World) failsDensely(seed uint64) bool {
	t := plan.Trial{Of: plan.TrialOfControllers, Seed: seed}
	if w.trials.dense == nil {
		w.trials.dense = NewWorld()
	}
	r := RunIn(w.trials.dense, w.plan.OfTrial(t), Options{Judged: true, Stop: w.o.Stop})
	w.ending.interrupted = w.ending.interrupted || r.Interrupted
	if len(r.Violations) == 0 {
		return false
	}
	w.endAs(&t, r.Violations[0])
	return true
}

// endAs ends the run with what went wrong in a trial, unless it has ended already.
func (w *World) endAs(t *plan.Trial, v invariants.Violation) {
	if w.pace.broken {
		return
	}
	w.pace.broken, w.pace.violation = true, v
	w.ending.trial = t
}
