package main

import (
	"errors"
	"runtime"
	"time"

	"example.com/tidemark/sim"
	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
)

// bench measures the world of the reference plan.
type bench struct {
	chaosMs      int64
	rounds       int
	shards       *shardKind
	chaos, quiet *plan.Plan
	world, other *sim.World
	interrupted  func() bool
	log          func(format string, arguments ...any)
}

const (
	shortEvents = 10_000
	shortSeeds  = 60
	cloneRounds = 400
)

func newBench(chaosMs int64, rounds int, shards *shardKind) (*bench, error) {
	p, err := reference(1, chaosMs, shards)
	if err != nil {
		return nil, err
	}
	return &bench{chaosMs: chaosMs, rounds: rounds, shards: shards, chaos: p, quiet: p.Quiet(),
		world: sim.NewWorld(), other: sim.NewWorld()}, nil
}

// reference is the plan of a seed of profile reference, cut to a length.
func reference(seed uint64, chaosMs int64, shards *shardKind) (*plan.Plan, error) {
	p, err := plan.Generate("reference", seed, plan.NewSeedDraws(seed))
	if err != nil {
		return nil, err
	}
	p.ChaosMs = chaosMs
	shards.apply(p)
	return p, nil
}

var errInterrupted = errors.New("interrupted before anything was measured to the end")

func (b *bench) run() (*benchLine, error) {
	line := &benchLine{}
	var kernelRates, unjudged, judged, simChaos, simQuiet []float64
	for round := range b.rounds {
		b.log("round %d of %d", round+1, b.rounds)
		kernelRates = append(kernelRates, kernelRate())
		free := b.time(b.chaos, false)
		full := b.time(b.chaos, true)
		calm := b.time(b.quiet, true)
		if b.interrupted() {
			return nil, errInterrupted
		}
		for _, one := range []*timed{full, calm} {
			if err := checkWorld(one.result); err != nil {
				return line, err
			}
		}
		unjudged = append(unjudged, free.events())
		judged = append(judged, full.events())
		simChaos, simQuiet = append(simChaos, full.simulated()), append(simQuiet, calm.simulated())
	}
	line.Kernel, line.Unjudged, line.Judged = median(kernelRates), median(unjudged), median(judged)
	line.SimWallChaos, line.SimWallQuiet = median(simChaos), median(simQuiet)
	b.log("allocations, clones and the mix of events")
	line.Allocs, line.CloneUs = b.steady()
	line.EventMix = b.mix()
	b.log("short seeds, one worker and two")
	var err error
	line.ShortSeeds, line.Jobs2, err = b.shortSeeds()
	return line, err
}

// timed is one run and how long it took.
type timed struct {
	result *sim.Result
	wall   time.Duration
}

func (t *timed) events() float64    { return float64(t.result.Events) / t.wall.Seconds() }
func (t *timed) simulated() float64 { return float64(t.result.SimMs) / 1000 / t.wall.Seconds() }

func (b *bench) time(p *plan.Plan, judged bool) *timed {
	runtime.GC()
	start := time.Now()
	result := sim.RunIn(b.world, p, sim.Options{Judged: judged, Stop: b.interrupted})
	return &timed{result, time.Since(start)}
}

// steady measures allocations per event of a judged run once it is warm, and the time
// to clone the world in the middle of it into one that was cloned into before.
func (b *bench) steady() (allocs, cloneUs float64) {
	b.world.Reset(b.chaos, sim.Options{Judged: true, Stop: b.interrupted})
	steps := 0
	for b.world.Next() {
		steps++
	}
	b.world.Reset(b.chaos, sim.Options{Judged: true, Stop: b.interrupted})
	for range steps / 10 {
		b.world.Next()
	}
	var before, after runtime.MemStats
	eventsBefore := b.world.Events()
	runtime.ReadMemStats(&before)
	for range steps * 4 / 10 {
		b.world.Next()
	}
	runtime.ReadMemStats(&after)
	if events := b.world.Events() - eventsBefore; events > 0 {
		allocs = float64(after.Mallocs-before.Mallocs) / float64(events)
	}
	b.other.CopyFrom(b.world)
	var clones []float64
	for range cloneRounds {
		start := time.Now()
		b.other.CopyFrom(b.world)
		clones = append(clones, float64(time.Since(start).Nanoseconds())/1000)
		b.world.Next() // so that the copies are of a world that goes on
	}
	return allocs, median(clones)
}

// shortSeeds runs seeds of 10,000 events, each in a fresh world of recycled memory: how
// much slower they are per event than one long run, and how much faster two workers
// are than one.
func (b *bench) shortSeeds() (ratio, speedup float64, err error) {
	p, err := reference(1, min(b.chaosMs, 10*60_000), b.shards)
	if err != nil {
		return 0, 0, err
	}
	var long, one, two []float64
	for range b.rounds {
		full := b.time(p, true)
		long = append(long, full.events())
		one = append(one, b.seeds(p, 1))
		two = append(two, b.seeds(p, 2))
	}
	if b.interrupted() {
		return 0, 0, errInterrupted
	}
	return median(one) / median(long), median(two) / median(one), nil
}

// seeds is how many events per second so many workers do in short seeds.
func (b *bench) seeds(p *plan.Plan, jobs int) float64 {
	runtime.GC()
	start := time.Now()
	sum := campaign.Run(campaign.Options{
		First: 1, Last: shortSeeds, Jobs: jobs, Interrupted: b.interrupted,
		NewRunner: func() campaign.Runner {
			world, own := sim.NewWorld(), *p
			return func(seed uint64, giveUp func() bool) *sim.Result {
				own.Seed = seed
				r := sim.RunIn(world, &own, sim.Options{Judged: true, MaxEvents: shortEvents, Stop: giveUp})
				r.Interrupted = false // reaching so many events is what was asked for
				return r
			}
		},
	})
	return float64(sum.Events) / time.Since(start).Seconds()
}
