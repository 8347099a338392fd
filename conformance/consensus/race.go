package consensus

import (
	"slices"
	"strconv"
	"sync"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

const racers = 8

// at is the i-th way to the store.
func (e *env) at(i int) func(*consensus.Call, *consensus.Result) {
	if i %= len(e.store.Others) + 1; i > 0 {
		return e.store.Others[i-1]
	}
	return e.store.Do
}

// together runs f for 0 to n-1 at once and waits for all.
func together(n int, f func(i int)) {
	var ready, all sync.WaitGroup
	ready.Add(n)
	for i := range n {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			f(i)
		})
	}
	all.Wait()
}

// race makes the calls at once and is their results.
func (e *env) race(calls []consensus.Call) []consensus.Result {
	e.Helper()
	results := make([]consensus.Result, len(calls))
	definite := make([]bool, len(calls))
	together(len(calls), func(i int) { results[i], definite[i] = attempt(e.at(i), calls[i]) })
	for i, ok := range definite {
		if !ok {
			e.Fatalf("%v of %q: %v", calls[i].Op, calls[i].Key, results[i].Outcome)
		}
	}
	return results
}

// oneWinner races compare-and-sets that expect the same head; next gives the number
// that the i-th would add. It is the number that was added.
func (e *env) oneWinner(key string, expected consensus.Seqno, next func(i int) consensus.Seqno) consensus.Seqno {
	e.Helper()
	calls := make([]consensus.Call, racers)
	for i := range calls {
		calls[i] = cas(key, expected, next(i), "by "+strconv.Itoa(i))
	}
	var winners []int
	results := e.race(calls)
	for i, r := range results {
		if r.Outcome == outcome.Done {
			winners = append(winners, i)
		}
	}
	if len(winners) != 1 {
		e.Fatalf("%d of %d compare-and-sets that expect %d succeeded: %v", len(winners), racers, expected, winners)
	}
	won := calls[winners[0]]
	e.expect(head(key), headIs(won.New, won.Data))
	for i, r := range results {
		if i != winners[0] && difference(mismatch(won.New, won.Data), r) != "" &&
			(r.Outcome != outcome.Mismatch || r.Head.Seqno != expected) {
			e.Fatalf("a loser was told %v, head %d; %d had won", r.Outcome, r.Head.Seqno, won.New)
		}
	}
	e.expect(scan(key, expected+1, 0), entriesAre(entry(won.New, won.Data)))
	return won.New
}

// raceRules are what several callers may do at the same moment.
func raceRules() []rule {
	return []rule{
		{"race/one-head-one-winner", func(e *env) {
			head := consensus.Seqno(0)
			for range 40 {
				head = e.oneWinner(e.key("a"), head, func(int) consensus.Seqno { return head + 1 })
			}
		}},
		{"race/one-head-one-winner-whatever-its-number", func(e *env) {
			head := consensus.Seqno(0)
			for range 40 {
				head = e.oneWinner(e.key("a"), head, func(i int) consensus.Seqno { return head + 1 + consensus.Seqno(i) })
			}
		}},
		{"race/one-creates-whatever-its-number", func(e *env) {
			for n := range 40 {
				e.oneWinner(e.key(strconv.Itoa(n)), 0, func(i int) consensus.Seqno { return 1 + consensus.Seqno(i) })
			}
		}},
		{"race/every-addition-follows-the-one-before", func(e *env) { e.chains(1, 400, false) }},
		{"race/every-addition-follows-the-one-before-under-truncation", func(e *env) { e.chains(1, 400, true) }},
		{"race/many-keys-at-once", func(e *env) { e.chains(16, 800, true) }},
		{"race/the-head-outlives-truncation", raceTruncations},
		{"race/reads-never-go-back", raceReads},
	}
}

// link is a compare-and-set that was done.
type link struct {
	key            string
	expected, next consensus.Seqno
}

// chains lets racers add to n keys, each as it sees them, with gaps, until about so
// many compare-and-sets were tried; then what was done must be one chain for each
// key, which ends at its head: nothing was lost, nothing overtaken.
func (e *env) chains(n, tries int, truncating bool) {
	links := make([][]link, racers)
	bad := make([]consensus.Result, racers)
	together(racers, func(i int) {
		for try := range tries / racers {
			key := e.key(strconv.Itoa((i + try*(i%3+1)) % n))
			seen, ok := attempt(e.at(i), head(key))
			c := cas(key, seen.Head.Seqno, seen.Head.Seqno+1+consensus.Seqno((i+try)%3), strconv.Itoa(i)+"."+strconv.Itoa(try))
			r, definite := attempt(e.at(i+try), c)
			if !ok || !definite || r.Outcome != outcome.Done && r.Outcome != outcome.Mismatch {
				bad[i] = r
				return
			}
			if r.Outcome == outcome.Done {
				links[i] = append(links[i], link{key, c.Expected, c.New})
			}
			if truncating && try%2 == 0 {
				attempt(e.at(i+1), truncate(key, c.Expected))
			}
		}
	})
	for i, r := range bad {
		if r.Outcome != outcome.None {
			e.Fatalf("racer %d: %v", i, r.Outcome)
		}
	}
	for k := range n {
		e.oneChain(e.key(strconv.Itoa(k)), slices.Concat(links...))
	}
}

// oneChain demands that what was done to the key is one chain from nothing to its
// head.
func (e *env) oneChain(key string, links []link) {
	e.Helper()
	var mine []link
	for _, l := range links {
		if l.key == key {
			mine = append(mine, l)
		}
	}
	slices.SortFunc(mine, func(a, b link) int { return int(int64(a.expected) - int64(b.expected)) })
	at := consensus.Seqno(0)
	for _, l := range mine {
		if l.expected != at {
			e.Fatalf("%q: %d follows %d, but the one before it is %d", key, l.next, l.expected, at)
		}
		at = l.next
	}
	if r := e.do(head(key)); r.Head.Seqno != at {
		e.Fatalf("%q: the last addition was %d, the head is %d", key, at, r.Head.Seqno)
	}
}

// raceTruncations has everybody truncate at the head, and beyond it, while one adds.
func raceTruncations(e *env) {
	a := e.key("a")
	e.fill(a, entry(1, "x"))
	lost := make([]bool, racers)
	together(racers, func(i int) {
		for n := consensus.Seqno(1); n < 60; n++ {
			if i == 0 {
				attempt(e.at(0), cas(a, n, n+1, "x"))
				continue
			}
			attempt(e.at(i), truncate(a, n+consensus.Seqno(i%3)))
			r, ok := attempt(e.at(i+1), head(a))
			lost[i] = lost[i] || !ok || r.Head.Data != "x"
		}
	})
	if i := slices.Index(lost, true); i >= 0 {
		e.Fatalf("racer %d found the key without a head", i)
	}
	e.expect(truncate(a, 60), done())
	e.holds(a, entry(60, "x"))
}

// raceReads demands that a read which begins when something is known sees it.
func raceReads(e *env) {
	a := e.key("a")
	var lock sync.Mutex
	var known consensus.Seqno
	floor := func() consensus.Seqno {
		lock.Lock()
		defer lock.Unlock()
		return known
	}
	raise := func(n consensus.Seqno) {
		lock.Lock()
		defer lock.Unlock()
		known = max(known, n)
	}
	wrong := make([]string, racers)
	together(racers, func(i int) {
		for range 60 {
			before := floor()
			var seen consensus.Seqno
			switch i % 3 {
			case 0:
				r, _ := attempt(e.at(i), cas(a, before, before+1, "x"))
				if seen = r.Head.Seqno; r.Outcome == outcome.Done {
					seen = before + 1
				} else if r.Outcome == outcome.Mismatch && seen == 0 {
					continue
				}
			case 1:
				r, _ := attempt(e.at(i), head(a))
				seen = r.Head.Seqno
			default:
				r, _ := attempt(e.at(i), scan(a, 0, 0))
				seen = consensus.Seqno(len(r.Entries))
			}
			if seen < before {
				wrong[i] = "saw " + decimal(uint64(seen)) + " after " + decimal(uint64(before)) + " was known"
			}
			raise(seen)
		}
	})
	for _, w := range wrong {
		if w != "" {
			e.Fatal(w)
		}
	}
}
