package main

import (
	"testing"

	"example.com/tidemark/sim/campaign"
)

// benchSeeds is how many seeds of each profile a round of BenchmarkWorld runs.
const benchSeeds = 150

// BenchmarkWorld is what simrun spends its time with: seeds of worlds with and without
// hosts; half an hour of the reference with faults, judged and unjudged, and six quiet
// hours. "make pgo" profiles it.
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
	var runners []campaign.Runner
	for _, name := range []string{"default", "hosts"} {
		runners = append(runners, campaign.WorldRunner(worlds{&profile{name}, &shardKind{}}.plan))
	}
	b.ReportAllocs()
	var events uint64
	for b.Loop() {
		for _, one := range []*timed{
			chaos.time(chaos.chaos, true), quiet.time(quiet.quiet, true), chaos.time(chaos.chaos, false),
		} {
			events += one.result.Events
		}
		for _, run := range runners {
			for seed := range uint64(benchSeeds) {
				events += run(seed+1, chaos.interrupted).Events
			}
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
