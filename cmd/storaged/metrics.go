package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"example.com/tidemark/core/frontier"
)

// metrics is what Prometheus is told; docs/operations.md has the list.
type metrics struct {
	registry *prometheus.Registry
	effects  *prometheus.HistogramVec
	steps    *prometheus.HistogramVec
	faults   *prometheus.CounterVec
}

// seconds are the limits of the histograms' buckets: 100 µs to 27 s.
var seconds = prometheus.ExponentialBuckets(100e-6, 3.5, 11)

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		effects: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tidemark_host_effect_seconds", Help: "How long calls of shards, sources and sinks took, by driver, operation and outcome.", Buckets: seconds,
		}, []string{"driver", "op", "outcome"}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tidemark_host_step_seconds", Help: "How long steps of the host took, by kind of input.",
			Buckets: prometheus.ExponentialBuckets(1e-6, 4, 11),
		}, []string{"input"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tidemark_host_driver_faults_total", Help: "Calls in which a driver panicked, or from which it did not come back.",
		}, []string{"driver", "op", "fault"}),
	}
	m.registry.MustRegister(m.effects, m.steps, m.faults, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

var (
	descFrontier = prometheus.NewDesc("tidemark_host_object_frontier_seconds",
		"How far an ingestion or export has come, as a Unix time; no sample if it has finished.", []string{"id", "kind"}, nil)
	descLag = prometheus.NewDesc("tidemark_host_object_lag_seconds",
		"How far an ingestion or export is behind this machine's clock.", []string{"id", "kind"}, nil)
	descCondition = prometheus.NewDesc("tidemark_host_object_condition",
		"1 for the condition that an ingestion or export is in: starting, running, fenced, finished, failed, ending.", []string{"id", "kind", "condition"}, nil)
	descBuffered = prometheus.NewDesc("tidemark_host_object_buffered_records",
		"Records of an ingestion that are not written everywhere yet.", []string{"id", "kind"}, nil)
	descSession = prometheus.NewDesc("tidemark_host_session",
		"1 if a controller has a session and has told everything that is to run.", nil, nil)
	descEpoch = prometheus.NewDesc("tidemark_host_epoch",
		"Epoch of the controller that the host obeys.", nil, nil)
	descOpen = prometheus.NewDesc("tidemark_host_open_effects",
		"Calls of shards, sources and sinks that are out.", nil, nil)
)

// Describe implements prometheus.Collector.
func (d *daemon) Describe(ch chan<- *prometheus.Desc) {
	for _, one := range []*prometheus.Desc{descFrontier, descLag, descCondition, descBuffered, descSession, descEpoch, descOpen} {
		ch <- one
	}
}

// Collect implements prometheus.Collector.
func (d *daemon) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), lookWithin)
	defer cancel()
	s, err := d.status(ctx)
	if err != nil {
		return
	}
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	ready := 0.0
	if s.Ready {
		ready = 1
	}
	gauge(descSession, ready)
	gauge(descEpoch, float64(s.Epoch))
	gauge(descOpen, float64(s.OpenEffects))
	now := float64(time.Now().UnixMilli()) / 1000
	for _, o := range s.Objects {
		gauge(descCondition, 1, o.ID, o.Kind, o.Condition)
		gauge(descBuffered, float64(o.Buffered), o.ID, o.Kind)
		if t, ok := o.frontier.AsOption(); ok && o.frontier != frontier.Minimum() {
			gauge(descFrontier, float64(t)/1000, o.ID, o.Kind)
			gauge(descLag, now-float64(t)/1000, o.ID, o.Kind)
		}
	}
}
