package mechanical

import (
	"context"
	"fmt"
	"time"
)

// span is seeds from First to Last, both included.
type span struct{ First, Last uint64 }

// World is a kind of world that a mutant is shown to: its profile, and what shards are.
type World struct{ Profile, Shards string }

// trial is a span of silent seeds in a kind of world, what a campaign with them counts
// with no mutant on, and how much processor time a mutant has for it.
type trial struct {
	world   World
	seeds   span
	counts  string
	allowed time.Duration
}

// Kinds of shards: the model of their contract, and the real machine.
const (
	onModel = "model"
	onStack = "stack"
)

func (w World) String() string { return "profile " + w.Profile + ", shards " + w.Shards }

// slack is how much more processor time than the control a mutant may need.
const (
	slackFactor = 20
	slackFixed  = 3 * time.Second
)

// Control runs every stage with no mutant on: which seeds are silent, and how long
// they take. It returns the seeds that are not silent.
func (l *Lab) Control(ctx context.Context) (noisy []uint64, err error) {
	l.trials = map[string][]trial{}
	for _, shards := range []string{onModel, onStack} {
		first := uint64(1)
		for _, last := range l.Stages {
			for _, profile := range l.Profiles {
				bad, err := l.control(ctx, World{profile, shards}, first, last)
				if err != nil {
					return nil, err
				}
				noisy = append(noisy, bad...)
			}
			first = last + 1
		}
	}
	return noisy, nil
}

func (l *Lab) control(ctx context.Context, w World, first, last uint64) ([]uint64, error) {
	r := l.campaign(ctx, 0, trial{world: w, seeds: span{first, last}}, false)
	if r.verdict != Killed && r.verdict != Survived {
		return nil, fmt.Errorf("the unchanged source gives no verdict on the seeds %d..%d of %s: %s: %s", first, last, w, r.verdict, r.detail)
	}
	for _, seeds := range silentSpans(first, last, r.failing) {
		t := trial{world: w, seeds: seeds, counts: r.counts, allowed: slackFactor*r.processor + slackFixed}
		if len(r.failing) > 0 {
			t.counts = l.campaign(ctx, 0, t, false).counts
		}
		l.trials[w.Shards] = append(l.trials[w.Shards], t)
	}
	return r.failing, nil
}

// silentSpans are the seeds of first..last that are not in bad, which is ascending.
func silentSpans(first, last uint64, bad []uint64) []span {
	var spans []span
	for _, seed := range bad {
		if seed > first {
			spans = append(spans, span{first, seed - 1})
		}
		first = seed + 1
	}
	if first <= last {
		spans = append(spans, span{first, last})
	}
	return spans
}
