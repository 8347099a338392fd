package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
)

// metrics is what Prometheus is told; docs/operations.md has the list.
type metrics struct {
	d        *daemon
	registry *prometheus.Registry
	calls    *prometheus.HistogramVec
	effects  *prometheus.HistogramVec
	repeats  *prometheus.CounterVec
	steps    *prometheus.HistogramVec
	emitted  prometheus.Counter
	faults   *prometheus.CounterVec
	journal  prometheus.Counter
	problems prometheus.Counter

	mu sync.Mutex
	// failing are the drivers whose latest call did not succeed, since when.
	failing map[string]time.Time
}

// seconds are the limits of the histograms' buckets: 100 µs to 27 s.
var seconds = prometheus.ExponentialBuckets(100e-6, 3.5, 11)

func newMetrics(d *daemon) *metrics {
	m := &metrics{
		d: d, registry: prometheus.NewRegistry(), failing: map[string]time.Time{},
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tidemark_request_seconds", Help: "How long calls of the API took, by call and code.", Buckets: seconds,
		}, []string{"call", "code"}),
		effects: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tidemark_effect_seconds", Help: "How long calls of stores and hosts took, by driver, operation and outcome.", Buckets: seconds,
		}, []string{"driver", "op", "outcome"}),
		repeats: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tidemark_effect_retries_total", Help: "Calls of stores and hosts that ended not done or unknown, which the controller makes again.",
		}, []string{"driver", "op"}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tidemark_step_seconds", Help: "How long steps of the controller took, by kind of input.",
			Buckets: prometheus.ExponentialBuckets(1e-6, 4, 11),
		}, []string{"input"}),
		emitted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tidemark_effects_total", Help: "Calls of stores and hosts, and responses, that steps have led to.",
		}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tidemark_driver_faults_total", Help: "Calls in which a driver panicked, or from which it did not come back.",
		}, []string{"driver", "op", "fault"}),
		journal: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tidemark_journal_failures_total", Help: "Times at which the journal could not be written.",
		}),
	}
	m.problems = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "tidemark_shard_problems_total", Help: "Times at which something that shards had stored was missing or was not what was put there.",
	})
	m.registry.MustRegister(m.problems, m.calls, m.effects, m.repeats, m.steps, m.emitted, m.faults, m.journal, (*state)(d),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

func (m *metrics) called(call, code string, took time.Duration) {
	m.calls.WithLabelValues(call, code).Observe(took.Seconds())
}

// effect notes how a call of a driver ended.
func (m *metrics) effect(driver, op string, ended outcome.Outcome, took time.Duration) {
	m.effects.WithLabelValues(driver, op, ended.String()).Observe(took.Seconds())
	if repeated(ended) {
		m.repeats.WithLabelValues(driver, op).Inc()
	}
}

// repeated reports whether the machine makes a call again that ended so.
func repeated(o outcome.Outcome) bool { return o == outcome.Unknown || o == outcome.NotDone }

// failed notes whether a driver's latest call succeeded. It reports whether that is
// news, and since when it failed.
func (m *metrics) failed(driver string, failed bool) (news bool, since time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	since, was := m.failing[driver]
	switch {
	case failed && !was:
		since = time.Now()
		m.failing[driver] = since
	case !failed && was:
		delete(m.failing, driver)
	}
	return failed != was, since
}

// trouble says which drivers are failing, as the end of a message.
func (m *metrics) trouble() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if since, ok := m.failing["stash"]; ok {
		return fmt.Sprintf(", which has not answered for %s; see the log", time.Since(since).Round(time.Second))
	}
	return ""
}

// state is what a scrape reads of the controller.
type state daemon

var (
	collectionLabels = []string{"id", "kind"}
	descUpper        = desc("tidemark_collection_upper_seconds", "Upper of a collection, as a Unix time; no sample if it is closed.", collectionLabels)
	descSince        = desc("tidemark_collection_since_seconds", "Since of a collection, as a Unix time; no sample if it is empty.", collectionLabels)
	descLag          = desc("tidemark_collection_lag_seconds", "How far a collection's upper is behind this machine's clock; no sample before its first write.", collectionLabels)
	descSpan         = desc("tidemark_collection_span_seconds", "How far a collection can be read back: upper minus since.", collectionLabels)
	descDurableSince = desc("tidemark_collection_durable_since_seconds", "Since that a collection's shard was last heard to have.", collectionLabels)
	descHolds        = desc("tidemark_collection_holds", "What holds a collection back besides its policy.", collectionLabels)
	descQueued       = desc("tidemark_collection_queued_appends", "Appends that wait behind the one that is being written.", collectionLabels)
	descShard        = desc("tidemark_collection_shard", "1 for the phase that a collection's shard is in: opening, open, failed.", []string{"id", "phase"})
	descExportUpper  = desc("tidemark_export_upper_seconds", "Every change before this time is out, as a Unix time.", []string{"id", "from"})
	descExportLag    = desc("tidemark_export_lag_seconds", "How far an export is behind this machine's clock.", []string{"id", "from"})
	descConnected    = desc("tidemark_host_connected", "1 if there is a session with the host.", []string{"host"})
	descObjects      = desc("tidemark_host_objects", "What a host runs (live) and what has not confirmed its end (ending).", []string{"host", "state"})
	descPhase        = desc("tidemark_phase", "1 for the phase that the controller is in: new, take-over, load, running, halted.", []string{"phase"})
	descEpoch        = desc("tidemark_epoch", "Epoch of the controller; 0 before it has taken over.", nil)
	descQueue        = desc("tidemark_queue_length", "What waits: inputs of the loop, open requests, control operations, requests that wait for those, calls that are out.", []string{"queue"})
	descIgnored      = desc("tidemark_ignored_completions_total", "Completions that matched nothing any more.", nil)
	descAlarms       = desc("tidemark_clock_alarms_total", "Data times that had to be bounded, because this machine's clock is ahead of the metadata store's.", nil)
)

func desc(name, help string, labels []string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (*state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descUpper, descSince, descLag, descSpan, descDurableSince, descHolds, descQueued, descShard, descExportUpper, descExportLag,
		descConnected, descObjects, descPhase, descEpoch, descQueue, descIgnored, descAlarms,
	} {
		ch <- d
	}
}

// scrapeWithin bounds how long a scrape waits for the controller's loop.
const scrapeWithin = 5 * time.Second

// Collect implements prometheus.Collector.
func (s *state) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	s.collectStatus(ch)
	s.collectCollections(ctx, ch)
	s.collectExports(ctx, ch)
	s.collectHosts(ctx, ch)
}

func gauge(ch chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (s *state) collectStatus(ch chan<- prometheus.Metric) {
	st := s.gate.Status()
	for p := core.PhaseNew; p <= core.PhaseHalted; p++ {
		is := 0.0
		if p == st.Phase {
			is = 1
		}
		gauge(ch, descPhase, is, p.String())
	}
	gauge(ch, descEpoch, float64(st.Epoch))
	gauge(ch, descQueue, float64(st.Queued), "inputs")
	gauge(ch, descQueue, float64(st.OpenRequests), "requests")
	gauge(ch, descQueue, float64(st.QueuedControl), "control")
	gauge(ch, descQueue, float64(st.WaitingRequests), "waiting")
	gauge(ch, descQueue, float64(st.OpenEffects), "effects")
	ch <- prometheus.MustNewConstMetric(descIgnored, prometheus.CounterValue, float64(st.Ignored))
	ch <- prometheus.MustNewConstMetric(descAlarms, prometheus.CounterValue, float64(st.ClockAlarms))
}

// frontierGauge is a frontier in seconds; nothing if it is empty.
func frontierGauge(ch chan<- prometheus.Metric, d *prometheus.Desc, f frontier.Frontier, labels ...string) {
	if t, ok := f.AsOption(); ok {
		gauge(ch, d, float64(t)/1000, labels...)
	}
}

// lag is how far a time is behind the clock, in seconds.
func lag(t frontier.Timestamp) float64 { return float64(time.Now().UnixMilli())/1000 - float64(t)/1000 }

func (s *state) collectCollections(ctx context.Context, ch chan<- prometheus.Metric) {
	list, err := s.gate.Collections(ctx, true)
	if err != nil {
		return // the phase says so
	}
	for i := range list {
		c := &list[i]
		if !c.ID.Valid() || c.Dropped {
			continue
		}
		id, kind := c.ID.String(), c.Kind.String()
		frontierGauge(ch, descUpper, c.Upper, id, kind)
		frontierGauge(ch, descSince, c.Since, id, kind)
		frontierGauge(ch, descDurableSince, c.DurableSince, id, kind)
		upper, open := c.Upper.AsOption()
		since, readable := c.Since.AsOption()
		if open && upper > 0 {
			gauge(ch, descLag, lag(upper), id, kind)
		}
		if open && readable {
			gauge(ch, descSpan, float64(upper)/1000-float64(since)/1000, id, kind)
		}
		gauge(ch, descHolds, float64(len(c.Holds)), id, kind)
		gauge(ch, descQueued, float64(c.QueuedAppends), id, kind)
		gauge(ch, descShard, 1, id, c.Phase.String())
	}
}

func (s *state) collectExports(ctx context.Context, ch chan<- prometheus.Metric) {
	list, err := s.gate.Exports(ctx)
	if err != nil {
		return
	}
	for i := range list {
		e := &list[i]
		if e.Dropped {
			continue
		}
		id, from := e.ID.String(), e.From.String()
		frontierGauge(ch, descExportUpper, e.Upper, id, from)
		if upper, open := e.Upper.AsOption(); open && upper > 0 {
			gauge(ch, descExportLag, lag(upper), id, from)
		}
	}
}

func (s *state) collectHosts(ctx context.Context, ch chan<- prometheus.Metric) {
	list, err := s.gate.Hosts(ctx)
	if err != nil {
		return
	}
	for i := range list {
		h, name := &list[i], list[i].ID.String()
		connected := 0.0
		if h.Connected {
			connected = 1
		}
		gauge(ch, descConnected, connected, name)
		gauge(ch, descObjects, float64(h.Live), name, "live")
		gauge(ch, descObjects, float64(h.Ending), name, "ending")
	}
}
