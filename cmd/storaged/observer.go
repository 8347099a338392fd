package main

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/realdrivers/runtime"
)

// observer hears of steps and calls, for metrics and the log.
type observer struct {
	log     *slog.Logger
	metrics *metrics

	mu sync.Mutex
	// failing are the drivers whose latest call did not succeed, since when.
	failing map[string]time.Time
}

var _ runtime.Observer = (*observer)(nil)

// Stepped implements runtime.Observer.
func (o *observer) Stepped(input string, took time.Duration, _, _ int) {
	o.metrics.steps.WithLabelValues(input).Observe(took.Seconds())
}

// Called implements runtime.Observer. Of shards that begin to fail, or work again,
// the log hears once; what is wrong with one of many sources and sinks is in the
// connectors' own lines.
func (o *observer) Called(driver, op string, ended outcome.Outcome, took time.Duration) {
	o.metrics.effects.WithLabelValues(driver, op, ended.String()).Observe(took.Seconds())
	if driver != "persist" {
		return
	}
	failed := ended == outcome.Unknown || ended == outcome.NotDone
	o.mu.Lock()
	defer o.mu.Unlock()
	since, was := o.failing[driver]
	switch {
	case failed && !was:
		o.failing[driver] = time.Now()
		o.log.Warn("calls fail; the host repeats them until they succeed", "driver", driver, "op", op, "outcome", ended.String())
	case !failed && was:
		delete(o.failing, driver)
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

// JournalFailed implements runtime.Observer. Hosts keep no journal.
func (o *observer) JournalFailed(*runtime.JournalError) {}
