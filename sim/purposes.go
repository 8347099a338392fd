package sim

import (
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// Purposes of draws. The first ones are the rates of a plan, in the order and
// with the names of plan.Rates.Each; they index the rates in force and the counts
// of faults as well.
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
	rateCount
)

// Purposes that are no rates: how long, which, when.
const (
	drawLatency = rateCount + iota
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
	purposeCount
)

// purposeNames are the names of the purposes in pins. Those of rates are the
// rates' own.
func purposeNames() []string {
	var names []string
	var none plan.Rates
	for _, r := range none.Each() {
		names = append(names, r.Name)
	}
	return append(names,
		"latency", "takes_effect", "late", "landed", "twice_after", "entropy_0", "entropy_1",
		"entropy_2", "entropy_3", "clogged", "noticed", "cancel_after", "repeat_after",
		"retry_after", "gives_up", "row_time", "spurious_after", "restart_after", "phase", "variant")
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
