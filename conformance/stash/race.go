package stash

import (
	"sync"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

const racers = 8

// race runs the transactions at once and is their results.
func (e *env) race(calls []stash.Call) []stash.Result {
	results := make([]stash.Result, len(calls))
	var ready, all sync.WaitGroup
	ready.Add(len(calls))
	for i := range calls {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			for range attempts {
				results[i] = stash.Result{}
				e.store.Do(&calls[i], &results[i])
				if results[i].Outcome != outcome.Unknown {
					return
				}
			}
		})
	}
	all.Wait()
	return results
}

// raceRules are what several controllers may do at the same moment.
func raceRules() []rule {
	return []rule{
		{"T-1/race/every-take-over-has-its-own-epoch", func(e *env) {
			calls := make([]stash.Call, racers)
			for i := range calls {
				calls[i] = takeOver(e.txn(), uint64(i)+1)
			}
			owners := map[uint64]uint64{}
			for i, r := range e.race(calls) {
				if r.Outcome != outcome.Done || r.Epoch < 1 || r.Epoch > racers || owners[r.Epoch] != 0 {
					e.Fatalf("take-over %d: %v, epoch %d; taken before: %v", i, r.Outcome, r.Epoch, owners)
				}
				owners[r.Epoch] = calls[i].Nonce
			}
			for epoch := uint64(1); epoch <= racers; epoch++ {
				r := e.do(owner{epoch, owners[epoch]}.commit(e.txn()))
				if want := epoch == racers; (r.Outcome == outcome.Done) != want {
					e.Fatalf("epoch %d of %d: %v", epoch, racers, r.Outcome)
				}
			}
		}},
		{"T-3/race/first-insert-wins", func(e *env) {
			mine := e.takeOver(1)
			calls := make([]stash.Call, racers)
			for i := range calls {
				calls[i] = mine.commit(e.txn(), insert(metadata, "u1", string(rune('a'+i))))
			}
			results := e.race(calls)
			stored := e.do(mine.peek(metadata)).Entries
			if len(stored) != 1 {
				e.Fatalf("stored: %v", stored)
			}
			for i, r := range results {
				if diff := e.difference(done(stored...), r); diff != "" {
					e.Fatalf("insert %d (-want +got):\n%s", i, diff)
				}
			}
		}},
		{"T-2/race/commit-and-resolve-agree", func(e *env) {
			mine := e.takeOver(1)
			for range 20 {
				txn := e.txn()
				key := insert(metadata, string(rune('A'+e.serial)), "v")
				var calls []stash.Call
				for range racers / 2 {
					calls = append(calls, mine.commit(txn, key), mine.resolve(txn, key))
				}
				applied := 0
				for _, entry := range e.do(mine.peek(metadata)).Entries {
					if entry.Key == key.Key {
						e.Fatal("the key is there already")
					}
				}
				results := e.race(calls)
				for _, entry := range e.do(mine.peek(metadata)).Entries {
					if entry.Key == key.Key {
						applied++
					}
				}
				want := outcome.NotDone
				if applied == 1 {
					want = outcome.Done
				}
				for i, r := range results {
					if r.Outcome != want {
						e.Fatalf("%v: %v, but applied %d times", calls[i].Op, r.Outcome, applied)
					}
				}
			}
		}},
	}
}
