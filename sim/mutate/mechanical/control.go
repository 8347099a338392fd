package mechanical

import (
	"context"
	"fmt"
	"time"
)

// span is seeds from First to Last, both included.
type span struct{ First, Last uint64 }

// trial is a span of silent seeds and what a campaign with them counts with no
// mutant on.
type trial struct {
	seeds  span
	counts string
}

// slack is how much more processor time than the control a mutant may need.
const (
	slackFactor = 20
	slackFixed  = 3 * time.Second
)

// Control runs every stage with no mutant on: which seeds are silent, and how long
// they take. It returns the seeds that are not silent.
func (l *Lab) Control(ctx context.Context) (noisy []uint64, err error) {
	l.trials, l.allowed = nil, nil
	first := uint64(1)
	for _, last := range l.Stages {
		r := l.campaign(ctx, 0, span{first, last}, limits{memory: l.Memory}, false)
		if r.verdict != Killed && r.verdict != Survived {
			return nil, fmt.Errorf("the unchanged source gives no verdict on the seeds %d..%d: %s: %s", first, last, r.verdict, r.detail)
		}
		var trials []trial
		for _, seeds := range silentSpans(first, last, r.failing) {
			counts := r.counts
			if len(r.failing) > 0 {
				counts = l.campaign(ctx, 0, seeds, limits{memory: l.Memory}, false).counts
			}
			trials = append(trials, trial{seeds, counts})
		}
		l.trials = append(l.trials, trials)
		l.allowed = append(l.allowed, slackFactor*r.processor+slackFixed)
		noisy = append(noisy, r.failing...)
		first = last + 1
	}
	return noisy, nil
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
