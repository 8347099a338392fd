package invariants

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// stored is a comparison of what is stored with what it must be.
func (s *script) stored(stored, model ShardState) {
	s.observe(Observation{Kind: ShardStored, Before: &stored, After: &model})
}

// told is an answer of a call while which the shard went from before to after.
func (s *script) told(op persist.Op, r, expected *persist.Result, before, after ShardState) {
	s.observe(Observation{Kind: ShardAnswered, PersistCall: &persist.Call{Op: op}, PersistResult: r,
		Expected: expected, Before: &before, After: &after})
}

func shardStories() []story {
	early, late := ShardState{Since: at(1), Upper: at(5)}, ShardState{Since: at(2), Upper: at(8)}
	done := func(since, upper frontier.Timestamp) *persist.Result {
		return &persist.Result{Outcome: outcome.Done, Since: at(since), Upper: at(upper)}
	}
	fine := func(s *script) {
		s.stored(late, late)
		s.told(persist.OpFetchUpper, done(1, 5), nil, early, late)
		s.told(persist.OpFetchUpper, done(2, 8), nil, early, late)
		s.told(persist.OpCompareAndAppend, &persist.Result{Outcome: outcome.Done, Upper: at(3)}, nil, early, late)
		s.told(persist.OpOpenLeasedReader, done(2, 8), done(2, 8), early, late)
	}
	return []story{
		{"an upper that is stored is not what appends have made it", "S17", func(s *script) {
			fine(s)
			s.stored(early, late)
		}},
		{"a finalized shard goes on", "S17", func(s *script) {
			gone := ShardState{Since: frontier.Frontier{Empty: true}, Upper: frontier.Frontier{Empty: true}, Finalized: true}
			forgotten, kept := gone, gone
			kept.HasCritical, kept.CriticalSince = true, frontier.Frontier{Empty: true}
			s.stored(forgotten, kept)
			s.stored(late, gone)
		}},
		{"a lease ends when it should not", "S17", func(s *script) {
			renewed, shortened := late, late
			renewed.Leases, shortened.Leases = 1, 2
			s.stored(renewed, renewed)
			s.silent()
			s.stored(shortened, renewed)
		}},
		{"an upper is told that had passed", "S17", func(s *script) {
			fine(s)
			s.told(persist.OpFetchUpper, done(1, 4), nil, early, late)
		}},
		{"a since is told that is still to come", "S17", func(s *script) {
			fine(s)
			s.told(persist.OpOpenWriter, done(3, 8), nil, early, late)
		}},
		{"a lost race is told with an upper that had passed", "S17", func(s *script) {
			s.told(persist.OpCompareAndAppend, &persist.Result{Outcome: outcome.Mismatch, Upper: at(4)}, nil, early, late)
		}},
		{"who listens hears what is not complete", "S17", func(s *script) {
			r := done(2, 8)
			r.Updates = []relation.Update{{Time: 7, Diff: 1}}
			s.told(persist.OpListen, r, nil, early, late)
			r.Updates = []relation.Update{{Time: 8, Diff: 1}}
			s.told(persist.OpListen, r, nil, early, late)
		}},
		{"a snapshot tells times", "S17", func(s *script) {
			r := done(2, 8)
			r.Updates = []relation.Update{{Time: 1, Diff: 1}}
			s.told(persist.OpSnapshot, r, nil, early, late)
		}},
		{"a commit is answered with another since", "S17", func(s *script) {
			fine(s)
			s.told(persist.OpOpenLeasedReader, done(1, 8), done(2, 8), early, late)
		}},
	}
}
