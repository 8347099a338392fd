package main

import (
	"fmt"
	"log/slog"
	"time"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/realdrivers/runtime"
)

// observer hears of steps and calls, for metrics, traces and the log.
type observer struct {
	log     *slog.Logger
	metrics *metrics
	traces  *traces
}

var _ runtime.Observer = (*observer)(nil)

// Stepped implements runtime.Observer.
func (o *observer) Stepped(input string, took time.Duration, effects, _ int) {
	o.metrics.steps.WithLabelValues(input).Observe(took.Seconds())
	o.metrics.emitted.Add(float64(effects))
}

// Called implements runtime.Observer. Of a driver that begins to fail, or works
// again, the log hears once; why each call failed is in the driver's own lines.
func (o *observer) Called(driver, op string, ended outcome.Outcome, took time.Duration) {
	o.metrics.effect(driver, op, ended, took)
	o.traces.add(driver+" "+op, ended.String(), took)
	if driver == "host" || driver == "orchestrator" {
		return // which of many hosts is in trouble is for its own lines to say
	}
	news, since := o.metrics.failed(driver, repeated(ended))
	switch {
	case !news:
	case repeated(ended):
		o.log.Warn("calls fail; the controller repeats them until they succeed", "driver", driver, "op", op, "outcome", ended.String())
	default:
		o.log.Info("calls succeed again", "driver", driver, "after", time.Since(since).Round(time.Millisecond))
	}
}

// Panicked implements runtime.Observer.
func (o *observer) Panicked(driver, op string, value any, stack []byte) {
	o.metrics.faults.WithLabelValues(driver, op, "panic").Inc()
	o.log.Error("a driver panicked; please report this", "driver", driver, "op", op, "panic", fmt.Sprint(value), "stack", string(stack))
}

// Abandoned implements runtime.Observer.
func (o *observer) Abandoned(driver, op string, after time.Duration) {
	o.metrics.faults.WithLabelValues(driver, op, "abandoned").Inc()
	o.log.Error("a driver has not come back from a call", "driver", driver, "op", op, "after", after)
}

// JournalFailed implements runtime.Observer.
func (o *observer) JournalFailed(err *runtime.JournalError) {
	o.metrics.journal.Inc()
	o.log.Error("the journal has a gap", "error", err)
}
