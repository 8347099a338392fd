package sim

import (
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// Purposes of draws. The first ones are the rates of a plan that are about
// controllers, stores and clients, in the order and with the names of
// plan.Rates.Each; those about hosts come last, so that a purpose, once given, keeps
// its number and with it what it draws.
const (
	drawPersistUnknownLanded kernel.Purpose = iota
	drawPersistUnknownLost
	drawPersistUnknownLate
	drawPersistNotDone
	drawPersistSlow
	drawPersistNeverAnswered
	drawSnapshotUnsorted
	drawStashUnknownLanded
	drawStashUnknownLost
	drawStashUnknownLate
	drawStashNotDone
	drawStashSlow
	drawStashNeverAnswered
	drawRequestLost
	drawReplyLost
	drawRequestTwice
	drawMessageLate
	drawSessionReset
	drawCompletionTwice
	drawWakeSpurious
	drawWakeLate
	drawClientCancel
	drawClientRepeat
	clientRates
)

// Purposes that are no rates: how long, which, when.
const (
	drawLatency = clientRates + iota
	drawTakesEffect
	drawLate
	drawLanded
	drawTwiceAfter
	drawEntropy0
	drawEntropy1
	drawEntropy2
	drawEntropy3
	drawClogged
	drawNoticed
	drawCancelAfter
	drawRepeatAfter
	drawRetryAfter
	drawGivesUp
	drawRowTime
	drawSpuriousAfter
	drawRestartAfter
	drawPhase
	drawVariant
	hostRatesFrom
)

// Rates about hosts, the orchestrator and external systems, in the order of
// plan.Rates.Each, and the other purposes about them.
const (
	drawOrchestratorUnknownLanded = hostRatesFrom + iota
	drawOrchestratorUnknownLost
	drawOrchestratorUnknownLate
	drawOrchestratorNotDone
	drawOrchestratorSlow
	drawOrchestratorNeverAnswered
	drawOrchestratorTwice
	drawOrchestratorOrphan
	drawOrchestratorLateStop
	drawHostSlowStart
	drawHelloLost
	drawHelloLate
	drawHelloUnanswered
	drawHostSessionLost
	drawReportStale
	drawSourceUnknownLanded
	drawSourceUnknownLost
	drawSourceUnknownLate
	drawSourceNotDone
	drawSourceSlow
	drawSourceNeverAnswered
	drawSinkUnknownLanded
	drawSinkUnknownLost
	drawSinkUnknownLate
	drawSinkNotDone
	drawSinkSlow
	drawSinkNeverAnswered
	hostRatesTo
)

// Other purposes about hosts.
const (
	drawStart = hostRatesTo + iota
	drawWhichCopy
	drawRefused
	drawPrefix
	drawNoticedByHost
	drawNoticedByController
	drawLinger
	drawImpatience
	purposeCount
)

// rateCount is the number of rates: those of plan.Rates.Each.
const rateCount = clientRates + hostRatesTo - hostRatesFrom

// rateOf is the purpose of the i-th rate.
func rateOf(i int) kernel.Purpose {
	if i < int(clientRates) {
		return kernel.Purpose(i)
	}
	return hostRatesFrom + kernel.Purpose(i) - clientRates
}

// countOf is where the firing of a rate is counted.
func countOf(p kernel.Purpose) fault {
	if p < clientRates {
		return p
	}
	return p - hostRatesFrom + clientRates
}

// purposeNames are the names of the purposes in pins. Those of rates are the
// rates' own.
func purposeNames() []string {
	rates := rateNames()
	names := append(rates[:clientRates:clientRates],
		"latency", "takes_effect", "late", "landed", "twice_after", "entropy_0", "entropy_1",
		"entropy_2", "entropy_3", "clogged", "noticed", "cancel_after", "repeat_after",
		"retry_after", "gives_up", "row_time", "spurious_after", "restart_after", "phase", "variant")
	names = append(names, rates[clientRates:]...)
	return append(names, "start", "which_copy", "refused", "prefix", "noticed_by_host",
		"noticed_by_controller", "linger", "impatience")
}

// rateNames are the names of the rates, as plan.Rates.Each has them.
func rateNames() []string {
	var names []string
	var none plan.Rates
	for _, r := range none.Each() {
		names = append(names, r.Name)
	}
	return names
}

// kernelPins translates a plan's pins; those with a purpose that does not exist
// (any more) are left out.
func kernelPins(dst []kernel.Pin, names []string, pins []plan.Pin) []kernel.Pin {
	for i := range pins {
		for p := range names {
			if names[p] == pins[i].Purpose {
				dst = append(dst, kernel.Pin{Purpose: kernel.Purpose(p), Node: pins[i].Node,
					Cause: pins[i].Cause, Nth: pins[i].Nth, Value: pins[i].Value})
			}
		}
	}
	return dst
}

// planPins is the way back.
func planPins(names []string, pins []kernel.Pin) []plan.Pin {
	out := make([]plan.Pin, 0, len(pins))
	for _, p := range pins {
		out = append(out, plan.Pin{Purpose: names[p.Purpose], Node: p.Node, Cause: p.Cause, Nth: p.Nth, Value: p.Value})
	}
	return out
}
