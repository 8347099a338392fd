package sourcefake

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/source"
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
)

// spoken is a content with gaps, and some records at the same offset; one comes into
// being each microsecond.
func spoken(records int, finished bool) Content {
	c := Content{Finished: finished, FinishUs: int64(records)}
	offset, at := source.Offset(0), int64(0)
	for i := range records {
		if i%3 > 0 { // the others stand where the one before stands
			offset, at = offset+source.Offset(1+i%4), int64(i)
		}
		c.Records = append(c.Records, source.Record{
			Offset: offset, Output: uint32(i % 2), Data: relation.Row(fmt.Sprintf("\x05%d\x00", i)), Diff: 1,
		})
		c.AtUs = append(c.AtUs, at)
	}
	return c
}

// step stands between the suite and the store.
type step = func(s *Store, nowUs int64, c *source.Call, r *source.Result)

func underTest(ends bool, each step) suite.Factory {
	return func(conformance.T) *suite.Source {
		var lock sync.Mutex
		var store Store
		now := map[string]int64{}
		s := &suite.Source{
			Do: func(c *source.Call, r *source.Result) {
				lock.Lock()
				defer lock.Unlock()
				each(&store, now[c.Connection], c, r)
			},
			Connection: func(n int) string {
				connection := fmt.Sprintf("source-%d", n)
				if ends {
					store.Add(connection, spoken(60, true))
					now[connection] = 1000
				} else {
					store.Add(connection, spoken(600, false))
				}
				return connection
			},
			Patience: time.Second,
			Ends:     ends,
		}
		if !ends {
			s.More = func(connection string, records int) { now[connection] += int64(records) + 3 }
		}
		return s
	}
}

func TestConformance(t *testing.T) {
	t.Run("endless", func(t *testing.T) { suite.Run(conformance.Of(t), underTest(false, (*Store).Apply)) })
	t.Run("finished", func(t *testing.T) { suite.Run(conformance.Of(t), underTest(true, (*Store).Apply)) })
}

// after changes the result of what was done.
func after(change func(c *source.Call, r *source.Result)) step {
	return func(s *Store, nowUs int64, c *source.Call, r *source.Result) {
		if s.Apply(nowUs, c, r); r.Outcome == outcome.Done && c.Op == source.OpPoll {
			r.Records = slices.Clone(r.Records)
			change(c, r)
		}
	}
}

// forgetful answers a poll of what is gone as if nothing had ever been there.
func forgetful(s *Store, nowUs int64, c *source.Call, r *source.Result) {
	if s.Apply(nowUs, c, r); r.Outcome == outcome.Mismatch {
		*r = source.Result{Outcome: outcome.Done, Upto: r.Upto}
	}
}

// broken lists sources that break one rule each, and the test that must see it.
func broken() []struct {
	name, caught string
	do           step
} {
	polls := 0
	return []struct {
		name, caught string
		do           step
	}{
		{"a record depends on when it is read", "H-12/again-from-the-beginning", after(func(_ *source.Call, r *source.Result) {
			polls++
			for i := range r.Records {
				r.Records[i].Data = relation.Row(fmt.Sprint(polls))
			}
		})},
		{"a record is given twice", "H-12/again-from-anywhere", after(func(c *source.Call, r *source.Result) {
			if len(r.Records) > 0 && c.From > 0 {
				r.Records = append(r.Records[:1], r.Records...)
			}
		})},
		{"the last record of a poll is left out", "H-12/an-offset-is-not-parted", after(func(c *source.Call, r *source.Result) {
			if n := len(r.Records); n > 0 && c.Max == 1 {
				r.Records = r.Records[:n-1]
			}
		})},
		{"an offset is parted", "H-12/an-offset-is-not-parted", after(func(c *source.Call, r *source.Result) {
			if len(r.Records) > int(c.Max) {
				r.Records = r.Records[:c.Max]
			}
		})},
		{"records stand beyond the end", "H-12/again-from-the-beginning", after(func(_ *source.Call, r *source.Result) {
			if n := len(r.Records); n > 0 {
				r.Upto = r.Records[n-1].Offset
			}
		})},
		{"confirming forgets too much", "H-12/confirming-keeps-what-follows", func(s *Store, nowUs int64, c *source.Call, r *source.Result) {
			k := *c
			if c.Op == source.OpConfirm {
				k.From += 3
			}
			s.Apply(nowUs, &k, r)
		}},
		{"what is gone is left out", "H-12/what-is-gone-is-said", forgetful},
		{"a confirmation is everybody's", "H-12/what-others-confirm-stays", func(s *Store, nowUs int64, c *source.Call, r *source.Result) {
			k := *c
			k.Ingestion.N %= 500
			s.Apply(nowUs, &k, r)
		}},
		{"a release is everybody's", "H-15/others-are-not-concerned", func(s *Store, nowUs int64, c *source.Call, r *source.Result) {
			k := *c
			if s.Apply(nowUs, c, r); c.Op == source.OpRelease && c.Ingestion.N > 500 {
				k.Ingestion.N -= 500
				s.Apply(nowUs, &k, r)
			}
		}},
		{"what was released is empty", "H-15/what-was-released-is-as-it-was-or-gone", func(s *Store, nowUs int64, c *source.Call, r *source.Result) {
			if s.Apply(nowUs, c, r); r.Outcome == outcome.Mismatch && r.Upto == ^source.Offset(0) {
				*r = source.Result{Outcome: outcome.Done, Upto: c.From + 1}
			}
		}},
		{"it can be released once", "H-15/of-one-that-never-polled", func(s *Store, nowUs int64, c *source.Call, r *source.Result) {
			k, v := *c, source.Result{}
			k.Op, k.From, k.Max = source.OpPoll, 0, 1
			if c.Op == source.OpRelease {
				s.Apply(nowUs, &k, &v)
			}
			if s.Apply(nowUs, c, r); v.Outcome == outcome.Mismatch {
				r.Outcome = outcome.Invalid
			}
		}},
		{"it speaks after the end", "H-12/finished-is-the-end", after(func(_ *source.Call, r *source.Result) {
			if r.Finished && len(r.Records) == 0 {
				r.Records = append(r.Records, source.Record{Offset: r.Upto, Diff: 1})
				r.Upto++
			}
		})},
		{"the end is forgotten", "H-12/finished-is-the-end", after(func(_ *source.Call, r *source.Result) {
			r.Finished = r.Finished && len(r.Records) > 0
		})},
		{"malformed calls are taken", "form/malformed-calls", func(s *Store, nowUs int64, c *source.Call, r *source.Result) {
			if c.Op == source.OpPoll && c.Max == 0 && c.Ingestion != (core.GlobalID{}) {
				*r = source.Result{Outcome: outcome.Done, Upto: c.From}
				return
			}
			s.Apply(nowUs, c, r)
		}},
		{"where there is nothing new the end goes back", "H-11/nothing-new", after(func(_ *source.Call, r *source.Result) {
			if len(r.Records) == 0 && r.Upto > 0 && !r.Finished {
				r.Upto--
			}
		})},
		{"nobody is asked who polls", "form/no-ingestion-or-connection", func(s *Store, nowUs int64, c *source.Call, r *source.Result) {
			if s.Apply(nowUs, c, r); c.Op == source.OpPoll && c.Ingestion == (core.GlobalID{}) {
				*r = source.Result{Outcome: outcome.Done, Upto: c.From}
			}
		}},
	}
}

// suites runs the suite on a source that ends, and on one that goes on when it is
// told to: some rules are about one of them only.
func suites(do step) (tests, failures []string) {
	for _, ends := range []bool{true, false} {
		recorded := conformance.Record("suite", func(r conformance.T) { suite.Run(r, underTest(ends, do)) })
		tests, failures = append(tests, recorded.Tests()...), append(failures, recorded.Failures()...)
	}
	return tests, failures
}

func TestBrokenSourcesFailTheirRule(t *testing.T) {
	left, _ := suites((*Store).Apply)
	for _, b := range broken() {
		_, failures := suites(b.do)
		if !slices.Contains(failures, b.caught) {
			t.Errorf("%s: %s did not fail; what failed: %q", b.name, b.caught, failures)
		}
		left = slices.DeleteFunc(left, func(name string) bool { return slices.Contains(failures, name) })
	}
	if len(left) > 0 {
		t.Errorf("no source breaks %q", left)
	}
}
