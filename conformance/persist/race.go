package persist

import (
	"sync"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

const racers = 8

// race makes n calls at once and is their results.
func (e *env) race(calls []persist.Call) []persist.Result {
	results := make([]persist.Result, len(calls))
	var ready, all sync.WaitGroup
	ready.Add(len(calls))
	for i := range calls {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			c := calls[i]
			c.Shard = e.shard
			for range attempts {
				results[i] = persist.Result{}
				e.store.Do(&c, &results[i])
				if o := results[i].Outcome; o != outcome.Unknown && o != outcome.NotDone {
					return
				}
			}
		})
	}
	all.Wait()
	return results
}

// raceRules are what several processes may do to one shard at the same moment.
func raceRules() []rule {
	return []rule{
		{"P-11/race/one-expected-upper-one-winner", func(e *env) {
			e.openLeased(1, longLease)
			var want []relation.Update
			for round := range frontier.Timestamp(10) {
				calls := make([]persist.Call, racers)
				for i := range calls {
					data := relation.Row([]byte{'a' + byte(i)})
					n := uint64(round)*racers + uint64(i) + 1
					calls[i] = appendCall(uint64(i)+1, n, at(round), at(round+1), row(data, round, 1))
				}
				winners := 0
				for i, r := range e.race(calls) {
					switch r.Outcome {
					case outcome.Done:
						winners++
						want = append(want, calls[i].Updates...)
					case outcome.Mismatch:
						if r.Upper != at(round+1) {
							e.Fatalf("the loser was told %v", r.Upper)
						}
					default:
						e.Fatalf("an append ended %v", r.Outcome)
					}
				}
				if winners != 1 {
					e.Fatalf("%d of %d appends that expect the same upper succeeded", winners, racers)
				}
				for i := range want {
					want[i].Time = round
				}
				e.contents(1, round, sum(want)...)
			}
		}},
		{"P-12/race/one-token-applies-once", func(e *env) {
			e.openLeased(1, longLease)
			c := appendCall(1, 1, minimum(), at(3), row("a", 1, 1))
			calls := make([]persist.Call, racers)
			for i := range calls {
				calls[i] = c
			}
			for _, r := range e.race(calls) {
				if diff := difference(&c, done(at(3)), r); diff != "" {
					e.Fatalf("a repeat (-want +got):\n%s", diff)
				}
			}
			e.contents(1, 2, row("a", 0, 1))
		}},
		{"P-15/race/one-expected-opaque-one-owner", func(e *env) {
			none := opaque(0, 0)
			calls := make([]persist.Call, racers)
			for i := range calls {
				calls[i] = swap(1, none, opaque(1, uint64(i)+1), minimum())
			}
			winners := 0
			for _, r := range e.race(calls) {
				switch r.Outcome {
				case outcome.Done:
					winners++
				case outcome.Mismatch:
				default:
					e.Fatalf("a take-over ended %v", r.Outcome)
				}
			}
			if winners != 1 {
				e.Fatalf("%d of %d take-overs from the same value succeeded", winners, racers)
			}
		}},
		{"P-1/race/no-downgrade-is-lost", func(e *env) {
			calls := make([]persist.Call, racers)
			for i := range calls {
				e.openLeased(uint64(i)+1, longLease)
				calls[i] = downgrade(uint64(i)+1, at(frontier.Timestamp(i)+5))
			}
			for _, r := range e.race(calls) {
				if r.Outcome != outcome.Done {
					e.Fatalf("a downgrade ended %v", r.Outcome)
				}
			}
			e.holds(at(5), minimum())
		}},
	}
}
