package sim

import (
	"example.com/tidemark/core/stash"
	"example.com/tidemark/invariants"
	simclock "example.com/tidemark/sim/clock"
	"example.com/tidemark/sim/kernel"
)

// calmClock is a right clock, or what is left of a wrong one when the chaos is over:
// clocks that differ by more than a lease would keep every reader from its work for
// ever, so that healing sets them, to within an eighth of a lease.
func (w *World) calmClock() simclock.Clock {
	return simclock.Clock{CalmUs: w.calmUs, CalmSkewMs: w.plan.Config.ReaderLeaseMs / 8}
}

// heal ends the chaos: no rate fires any more, no window is open, clocks are set.
// Only what is down is started again; what was paused comes back as it is, and
// zombies, late calls and all state stay. From now on everything that was asked
// must finish.
func (w *World) heal() {
	w.healed = true
	w.draws.Calm()
	clear(w.rates[:])
	w.net.Heal()
	w.endForeignReaders()
	w.windows = w.windows[:0]
	for n := range w.nodes {
		w.nodes[n].armed = w.nodes[n].armed[:0]
		w.thaw(n)
	}
	w.healHosts()
	w.startOneIfNone()
	if w.tracing() {
		w.traceHealed()
	}
	if w.observing() {
		o := w.observation(invariants.Healed, nobody)
		w.observe(o)
	}
	w.push(kernel.Event{AtUs: w.nowUs + second, Kind: evPoll})
}

// startOneIfNone starts a controller if none runs; planned restarts of others are
// off, because from now on one is enough.
func (w *World) startOneIfNone() {
	least := -1
	for n := range w.slots {
		nd := &w.nodes[n]
		if nd.up && !nd.halted {
			least = -1
			break
		}
		if !nd.up && (least < 0 || nd.startsUs < w.nodes[least].startsUs) {
			least = n
		}
	}
	for n := range w.slots {
		if n != least {
			w.unschedule(n)
		}
	}
	if least >= 0 {
		w.schedule(least, w.nowUs)
	}
}

// poll looks once per simulated second whether everything that was asked for is
// done. Rest must last one more fetch period, in which late news of uppers arrive,
// or longer if the plan wants leases to lapse meanwhile.
func (w *World) poll() {
	w.ending.waiting = w.unsettled()
	switch {
	case w.ending.waiting == "" && w.ending.restUs == 0:
		w.ending.restUs = w.nowUs + w.restUs
	case w.ending.waiting == "" && w.nowUs >= w.ending.restUs:
		w.finish(false)
		return
	}
	if w.nowUs >= max(w.calmUs, w.ending.workUs)+w.boundUs {
		w.finish(true)
		return
	}
	w.push(kernel.Event{AtUs: w.nowUs + second, Kind: evPoll})
}

// unsettled is what the world is waiting for, in words.
func (w *World) unsettled() string {
	if why := w.clientWork(); why != "" {
		return why
	}
	if w.o.Judged {
		return w.judges.Unsettled()
	}
	return ""
}

// finish ends a run that came to its end of itself: at rest, or stuck.
func (w *World) finish(stuck bool) {
	w.ending.stuck = stuck
	w.end()
}

func (w *World) interrupt() {
	w.ending.interrupted = true
	w.end()
}

// end lets the judges have their last word.
func (w *World) end() {
	w.over = true
	if w.ending.finished {
		return
	}
	w.ending.finished = true
	if w.o.Judged && !w.judges.Failed() {
		w.lookInside()
	}
	if w.o.Judged && w.stacked() && !w.judges.Failed() {
		w.compareContents()
	}
	if w.o.Judged {
		// A run that ended early cannot be judged for what it did not get round to.
		// Nor can one that exceeds what anybody can cope with.
		early := w.ending.interrupted || w.pace.broken || w.judges.Failed() || w.plan.BeyondBudget() != ""
		w.judges.Finish(&invariants.End{
			AtUs: w.nowUs, Stuck: w.ending.stuck, Interrupted: early, BoundUs: w.boundUs,
			Collections: w.held(), Entries: w.stored(),
		})
	}
}

// held is how many collections the controller of the newest epoch holds state of.
func (w *World) held() int {
	for n := range w.nodes {
		nd := &w.nodes[n]
		if nd.up && !nd.halted && nd.core.Epoch() == w.stash.Epoch() {
			return nd.core.Collections()
		}
	}
	return 0
}

// stored is how many entries the stash has.
func (w *World) stored() int {
	n := 0
	for k := stash.CollectionNone + 1; k < stash.CollectionCount; k++ {
		n += len(w.stash.Entries(k))
	}
	return n
}
