package benchreal

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// sample is what came of a load: operations per second, and how long they took.
type sample struct {
	rate     float64
	p50, p99 time.Duration
	ops      int
}

// operation makes the client's n-th call, and says whether it did what it was for:
// others are not counted, but cost time.
type operation func(client, n int) bool

// run is what a load did: how long each call took that did what it was for, and how
// long all of it.
type run struct {
	took    []time.Duration
	elapsed time.Duration
}

// load has so many clients make calls, each one after the other, for a while.
func load(clients int, during time.Duration, op operation) run {
	took := make([][]time.Duration, clients)
	var ended atomic.Bool
	var all sync.WaitGroup
	began := time.Now()
	for client := range clients {
		all.Go(func() {
			for n := 0; !ended.Load(); n++ {
				start := time.Now()
				if op(client, n) {
					took[client] = append(took[client], time.Since(start))
				}
			}
		})
	}
	time.Sleep(during)
	ended.Store(true)
	all.Wait()
	return run{slices.Concat(took...), time.Since(began)}
}

// summary is the sample of one load that was made in pieces.
func summary(t *testing.T, pieces ...run) sample {
	t.Helper()
	var all run
	for _, one := range pieces {
		all.took = append(all.took, one.took...)
		all.elapsed += one.elapsed
	}
	if len(all.took) == 0 {
		t.Fatal("no call was done")
	}
	slices.Sort(all.took)
	n := len(all.took)
	return sample{float64(n) / all.elapsed.Seconds(), all.took[n/2], all.took[n*99/100], n}
}

// subject is one way to do something, with what it is compared to.
type subject struct {
	name    string
	clients int
	op      operation
	// against is the subject that it is a ratio of; nil for those that are bare.
	against *subject
	samples []sample
	// bare are the samples of against, one for each of its own.
	bare []sample
	// statements counts what was sent to a database so far; nil: nobody does.
	statements func() uint64
	sent       uint64
	done       int
}

// rest is how long nothing is done between two loads, so that what one of them has
// left for later is not the next one's.
const rest = 20 * time.Millisecond

// race loads the subjects that are compared to others, a slice for each in every
// round. Each comes between two slices of what it is compared to, so that a slow moment
// of the machine is everybody's, and in another order in each round, so that nobody
// always comes after the same. All slices are of one length: stores are faster in the
// first tenths of a second after a rest.
func race(t *testing.T, rounds int, slice time.Duration, subjects ...*subject) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	for range rounds {
		for _, i := range random.Perm(len(subjects)) {
			if s := subjects[i]; s.against != nil {
				before := s.against.load(slice)
				own := s.load(slice)
				s.bare = append(s.bare, summary(t, before, s.against.load(slice)))
				s.samples = append(s.samples, summary(t, own))
			}
		}
	}
	for _, s := range subjects {
		if s.against != nil {
			s.against.samples = append(s.against.samples, s.bare...)
		}
	}
}

// load loads the subject for a while.
func (s *subject) load(during time.Duration) run {
	time.Sleep(rest)
	before := s.count()
	got := load(s.clients, during, s.op)
	s.sent += s.count() - before
	s.done += len(got.took)
	return got
}

func (s *subject) count() uint64 {
	if s.statements == nil {
		return 0
	}
	return s.statements()
}

// median of what the rounds had.
func median[T cmp.Ordered](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

func of[T cmp.Ordered](s *subject, what func(sample) T) T {
	var list []T
	for _, one := range s.samples {
		list = append(list, what(one))
	}
	return median(list)
}

// ratio is the median, over the rounds, of what s had by what it is compared to.
func (s *subject) ratio(what func(sample) float64) float64 {
	var list []float64
	for i, one := range s.samples {
		list = append(list, what(one)/what(s.bare[i]))
	}
	return median(list)
}
