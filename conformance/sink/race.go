package sink

import (
	"sync"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

const racers = 6

// race makes the calls at once and is their results.
func (e *env) race(calls []sink.Call) []sink.Result {
	results := make([]sink.Result, len(calls))
	var ready, all sync.WaitGroup
	ready.Add(len(calls))
	for i := range calls {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			results[i] = e.do(calls[i])
		})
	}
	all.Wait()
	return results
}

// winners counts the results that are Done; the rest must end in one of the ways.
func (e *env) winners(results []sink.Result, others ...outcome.Outcome) int {
	e.Helper()
	n := 0
	for _, r := range results {
		allowed := r.Outcome == outcome.Done
		for _, o := range others {
			allowed = allowed || r.Outcome == o
		}
		if !allowed {
			e.Fatalf("a call ended %v", r.Outcome)
		}
		if r.Outcome == outcome.Done {
			n++
		}
	}
	return n
}

// raceRules are what several copies may do at the same moment.
func raceRules() []rule {
	return []rule{
		{"H-20/race/one-count-one-opening", func(e *env) {
			calls := make([]sink.Call, racers)
			for i := range calls {
				calls[i] = open(uint64(i)+1, 1, 0)
			}
			if n := e.winners(e.race(calls), outcome.Mismatch); n != 1 {
				e.Fatalf("%d of %d openings that saw the same count succeeded", n, racers)
			}
			e.expect(open(99, 1, 1), opened(2, at(0)))
		}},
		{"H-21/race/one-progress-one-write", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			var want []relation.Update
			for round := range frontier.Timestamp(8) {
				calls := make([]sink.Call, racers)
				for i := range calls {
					calls[i] = write(1, at(round), at(round+1), row(string('a'+rune(i)), round, 1))
				}
				results := e.race(calls)
				if n := e.winners(results, outcome.Mismatch); n != 1 {
					e.Fatalf("%d of %d writes from the same progress succeeded", n, racers)
				}
				for i, r := range results {
					if r.Outcome == outcome.Done {
						want = append(want, calls[i].Updates...)
					}
				}
			}
			e.holds(want...)
		}},
		{"H-21/race/writing-while-another-copy-opens", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			var want []relation.Update
			progress := frontier.Timestamp(0)
			for round := range uint64(8) {
				c := write(round+1, at(progress), at(progress+1), row("a", progress, 1))
				results := e.race([]sink.Call{c, open(round+2, 1, round+1)})
				if results[1].Outcome != outcome.Done {
					e.Fatalf("the opening ended %v", results[1].Outcome)
				}
				switch results[0].Outcome {
				case outcome.Done:
					want = append(want, c.Updates...)
					progress++
				case outcome.Fenced:
				default:
					e.Fatalf("the write ended %v", results[0].Outcome)
				}
				e.expect(open(round+2, 1, 0), opened(round+2, at(progress)))
			}
			e.holds(want...)
		}},
	}
}
