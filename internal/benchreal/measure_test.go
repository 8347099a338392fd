package benchreal

import (
	"cmp"
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

// load has so many clients make calls, each one after the other, for a while.
func load(t *testing.T, clients int, during time.Duration, op operation) sample {
	t.Helper()
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
	elapsed := time.Since(began)
	list := slices.Concat(took...)
	slices.Sort(list)
	if len(list) == 0 {
		t.Fatal("no call was done")
	}
	return sample{
		rate: float64(len(list)) / elapsed.Seconds(), ops: len(list),
		p50: list[len(list)/2], p99: list[len(list)*99/100],
	}
}

// subject is one way to do something, with what it is compared to.
type subject struct {
	name    string
	clients int
	op      operation
	// against is the subject that it is a ratio of; nil for those that are bare.
	against *subject
	samples []sample
	// statements counts what was sent to a database so far; nil: nobody does.
	statements func() uint64
	sent       uint64
	done       int
}

// race loads the subjects in turns, so that a slow minute of the machine is
// everybody's.
func race(t *testing.T, rounds int, slice time.Duration, subjects ...*subject) {
	t.Helper()
	for range rounds {
		for _, s := range subjects {
			before := s.count()
			got := load(t, s.clients, slice, s.op)
			s.samples = append(s.samples, got)
			s.sent += s.count() - before
			s.done += got.ops
		}
	}
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
		list = append(list, what(one)/what(s.against.samples[i]))
	}
	return median(list)
}
