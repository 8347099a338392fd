package main

import (
	"testing"
)

// BenchmarkWorld is what simrun spends its time with: half an hour of the reference with
// faults, judged and unjudged, and six quiet hours. "make pgo" profiles it.
func BenchmarkWorld(b *testing.B) {
	chaos, err := newBench(30*60_000, 1, &shardKind{})
	if err != nil {
		b.Fatal(err)
	}
	quiet, err := newBench(6*3600_000, 1, &shardKind{})
	if err != nil {
		b.Fatal(err)
	}
	chaos.interrupted = func() bool { return false }
	quiet.interrupted = chaos.interrupted
	b.ReportAllocs()
	var events uint64
	for b.Loop() {
		for _, one := range []*timed{
			chaos.time(chaos.chaos, true), quiet.time(quiet.quiet, true), chaos.time(chaos.chaos, false),
		} {
			events += one.result.Events
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
