package sinkfake

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/sink"
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

// step stands between the suite and the store.
type step = func(s *Store, c *sink.Call, r *sink.Result)

func underTest(each step) suite.Factory {
	return func(conformance.T) *suite.Sink {
		var lock sync.Mutex
		var store Store
		return &suite.Sink{
			Do: func(c *sink.Call, r *sink.Result) {
				lock.Lock()
				defer lock.Unlock()
				each(&store, c, r)
			},
			Connection: func(n int) string { return fmt.Sprintf("sink-%d", n) },
			Output: func(connection string, export core.GlobalID) []relation.Update {
				var list []relation.Update
				for _, c := range store.Log() {
					if c.Export == export {
						list = append(list, c.Updates...)
					}
				}
				return list
			},
		}
	}
}

func TestConformance(t *testing.T) {
	suite.Run(conformance.Of(t), underTest((*Store).Apply))
}

// changed applies a call with something changed before.
func changed(change func(e *export, c *sink.Call)) step {
	return func(s *Store, c *sink.Call, r *sink.Result) {
		k := *c
		if wellFormed(c) {
			change(s.use(c), &k)
		}
		s.Apply(&k, r)
	}
}

// broken lists stores that break one rule each, and the test that must see it.
func broken() []struct {
	name, caught string
	do           step
} {
	return []struct {
		name, caught string
		do           step
	}{
		{"nobody is fenced", "H-20/opening-shuts-older-copies-out", changed(func(e *export, c *sink.Call) {
			if c.Op == sink.OpWrite || c.Op == sink.OpProgress {
				c.Fence = e.Fence
			}
		})},
		{"epochs are ignored", "H-20/lower-epoch-is-fenced", changed(func(e *export, c *sink.Call) {
			if c.Op == sink.OpOpen {
				c.Epoch = max(c.Epoch, e.Epoch)
			}
		})},
		{"counts are ignored", "H-20/opening-that-comes-late-fences-nobody", changed(func(e *export, c *sink.Call) {
			c.Seen = e.Count
		})},
		{"a repeated opening counts", "H-20/repeated-opening-is-done", changed(func(e *export, c *sink.Call) {
			if c.Op == sink.OpOpen && e.Fence == c.Fence {
				e.Fence = sink.Fence{}
			}
		})},
		{"the count is compared before the epoch", "H-20/lower-epoch-is-fenced", func(s *Store, c *sink.Call, r *sink.Result) {
			if e := s.use(c); c.Op == sink.OpOpen && c.Epoch > 0 && e.Fence != c.Fence && e.Count != c.Seen {
				*r = sink.Result{Outcome: outcome.Mismatch, Count: e.Count}
				return
			}
			s.Apply(c, r)
		}},
		{"progress is not compared", "H-21/repeat-is-a-mismatch", changed(func(e *export, c *sink.Call) {
			if c.Op == sink.OpWrite && !e.Progress.Empty {
				e.Progress = c.From
			}
		})},
		{"progress is compared before the fence", "H-21/fence-before-progress", func(s *Store, c *sink.Call, r *sink.Result) {
			if e := s.use(c); c.Op == sink.OpWrite && wellFormed(c) && e.Progress != c.From {
				*r = sink.Result{Outcome: outcome.Mismatch, Progress: e.Progress}
				return
			}
			s.Apply(c, r)
		}},
		{"output is written without its progress", "H-21/repeat-is-a-mismatch", func(s *Store, c *sink.Call, r *sink.Result) {
			before := s.use(c).Progress
			s.Apply(c, r)
			if c.Op == sink.OpWrite && r.Outcome == outcome.Done {
				s.use(c).Progress = before
			}
		}},
		{"progress without changes is not kept", "H-21/progress-without-changes", func(s *Store, c *sink.Call, r *sink.Result) {
			before := s.use(c).Progress
			s.Apply(c, r)
			if c.Op == sink.OpWrite && r.Outcome == outcome.Done && len(c.Updates) == 0 {
				s.use(c).Progress = before
			}
		}},
		{"output is written again", "H-21/writes-follow-each-other", changed(func(_ *export, c *sink.Call) {
			if c.Op == sink.OpWrite && len(c.Updates) == 1 {
				c.Updates = append(slices.Clone(c.Updates), c.Updates...)
				c.Updates[1].Data += "x"
			}
		})},
		{"a mismatch writes anyway", "H-21/repeat-is-a-mismatch", func(s *Store, c *sink.Call, r *sink.Result) {
			s.Apply(c, r)
			if c.Op == sink.OpWrite && r.Outcome == outcome.Mismatch {
				s.log = append(s.log, Commit{Export: c.Export, Updates: c.Updates})
			}
		}},
		{"closing ends nothing", "H-20/closing-ends-the-fence", func(s *Store, c *sink.Call, r *sink.Result) {
			if c.Op == sink.OpClose {
				s.use(c).Count++
				*r = sink.Result{Outcome: outcome.Done}
				return
			}
			s.Apply(c, r)
		}},
		{"closing does not count", "H-20/closing-counts", func(s *Store, c *sink.Call, r *sink.Result) {
			if s.Apply(c, r); c.Op == sink.OpClose && r.Outcome == outcome.Done {
				s.use(c).Count--
			}
		}},
		{"closing ends whoever writes", "H-20/closing-what-is-fenced-counts-too", changed(func(e *export, c *sink.Call) {
			if c.Op == sink.OpClose {
				c.Fence = e.Fence
				if c.Fence == (sink.Fence{}) {
					c.Fence.Lo = 99
				}
			}
		})},
		{"the end is not the end", "H-21/empty-progress-is-the-end", func(s *Store, c *sink.Call, r *sink.Result) {
			if e := s.use(c); e.Progress.Empty {
				e.Progress.Empty = false
			}
			s.Apply(c, r)
		}},
		{"malformed writes are taken", "form/malformed-calls", func(s *Store, c *sink.Call, r *sink.Result) {
			if c.Op == sink.OpWrite && c.Fence == s.use(c).Fence {
				*r = sink.Result{}
				s.write(s.use(c), c, r)
				return
			}
			s.Apply(c, r)
		}},
		{"nothing is taken for something", "H-20/first-opening-finds-nothing", func(s *Store, c *sink.Call, r *sink.Result) {
			if s.Apply(c, r); c.Op == sink.OpOpen && r.Count == 1 && r.Outcome == outcome.Done && !r.Progress.Empty {
				r.Progress.T++
			}
		}},
		{"an epoch opens once", "H-20/same-epoch-may-open", func(s *Store, c *sink.Call, r *sink.Result) {
			if c.Op == sink.OpOpen && wellFormed(c) {
				if e := s.use(c); e.Count > 0 && e.Fence != c.Fence && e.Epoch == c.Epoch {
					*r = sink.Result{Outcome: outcome.Fenced, Epoch: e.Epoch}
					return
				}
			}
			s.Apply(c, r)
		}},
		{"a text ends with its line", "H-21/any-text", changed(func(_ *export, c *sink.Call) {
			c.Updates = slices.Clone(c.Updates)
			for i := range c.Updates {
				line, _, _ := strings.Cut(string(c.Updates[i].Data), "\n")
				c.Updates[i].Data = relation.Row(line)
			}
		})},
		{"an export without a connection is open", "form/no-export-or-connection", func(s *Store, c *sink.Call, r *sink.Result) {
			if s.Apply(c, r); c.Op == sink.OpOpen && c.Connection == "" {
				*r = sink.Result{Outcome: outcome.Done, Count: 1}
			}
		}},
	}
}

// A rule that no store breaks may be one that cannot fail.
func TestEveryRuleCanFail(t *testing.T) {
	var all []*conformance.Recorder
	for _, b := range broken() {
		all = append(all, recorded(b.do))
	}
	conformance.EveryRuleFails(t, recorded((*Store).Apply), all)
}

// recorded is what the suite says of a store.
func recorded(do step) *conformance.Recorder {
	return conformance.Record("suite", func(r conformance.T) { suite.Rules(r, underTest(do)) })
}

func TestBrokenSinksFailTheirRule(t *testing.T) {
	for _, b := range broken() {
		t.Run(b.name, func(t *testing.T) {
			conformance.Caught(t, recorded(b.do), b.caught)
		})
	}
}
