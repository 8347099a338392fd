package consensus

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/internal/testpg"
)

// attempt is a compare-and-set that was tried, and what was said of it.
type attempt struct {
	call consensus.Call
	told outcome.Outcome
}

// writer adds to keys that others add to, too, and remembers all that it was told.
type writer struct {
	name  int
	store Store
	// tried counts the attempts of all writers, doubtful those of unknown outcome.
	tried, doubtful *atomic.Uint64
	attempts        []attempt
}

const killedKeys = 12

// work adds until ctx ends.
func (w *writer) work(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		key := "k" + strconv.Itoa((w.name+n*(w.name%5+1))%killedKeys)
		var head consensus.Result
		w.store.Do(ctx, &consensus.Call{Op: consensus.OpHead, Key: key}, &head)
		if head.Outcome != outcome.Done {
			time.Sleep(5 * time.Millisecond) // while there is no server
			continue
		}
		call := *cas(key, head.Head.Seqno, head.Head.Seqno+1+consensus.Seqno(w.name%2))
		call.Data = fmt.Sprintf("%d.%d", w.name, len(w.attempts))
		var r consensus.Result
		w.store.Do(ctx, &call, &r)
		w.attempts = append(w.attempts, attempt{call, r.Outcome})
		if r.Outcome == outcome.Unknown {
			w.doubtful.Add(1)
		}
		w.tried.Add(1)
	}
}

// A server is killed again and again while writers race. Then what was done is there,
// in a chain, and what was not done is not: no outcome was a lie.
func TestPostgresKilledUnderTraffic(t *testing.T) {
	server := testpg.Start(t, testpg.Options{Durable: true})
	url := server.Database(t)
	stores := []Store{newPostgres(t, url), newPostgres(t, url)}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var tried, doubtful atomic.Uint64
	var all sync.WaitGroup
	writers := make([]*writer, 16)
	for i := range writers {
		writers[i] = &writer{name: i, store: stores[i%2], tried: &tried, doubtful: &doubtful}
		all.Go(func() { writers[i].work(ctx) })
	}
	kills := 0
	// A kill may find no write under way, but not all of so many.
	for ; kills < 4 || doubtful.Load() == 0 && kills < 40; kills++ {
		for until := tried.Load() + 300; tried.Load() < until; {
			time.Sleep(time.Millisecond)
		}
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	all.Wait()
	counts := truthful(t, newPostgres(t, url), writers)
	t.Logf("%d kills: %v", kills, counts)
	if counts[outcome.Done] < 300 || counts[outcome.Unknown] == 0 {
		t.Errorf("the server was not killed under traffic: %v", counts)
	}
}

// truthful demands that everything that writers were told is so, and counts it.
func truthful(t *testing.T, s Store, writers []*writer) map[outcome.Outcome]int {
	t.Helper()
	there := map[string]consensus.Seqno{}
	for key := range killedKeys {
		var r consensus.Result
		s.Do(t.Context(), &consensus.Call{Op: consensus.OpScan, Key: "k" + strconv.Itoa(key)}, &r)
		if r.Outcome != outcome.Done || !slices.IsSortedFunc(r.Entries, func(a, b consensus.Entry) int { return int(a.Seqno - b.Seqno) }) {
			t.Fatalf("key %d: %v", key, r.Outcome)
		}
		for _, e := range r.Entries {
			there[e.Data] = e.Seqno
		}
		oneChain(t, r.Entries, writers)
	}
	counts := map[outcome.Outcome]int{}
	for _, w := range writers {
		for _, a := range w.attempts {
			counts[a.told]++
			seqno, found := there[a.call.Data]
			switch {
			case a.told == outcome.Done && seqno != a.call.New:
				t.Errorf("%+v was done, and is not there", a.call)
			case a.told != outcome.Done && a.told != outcome.Unknown && found:
				t.Errorf("%+v was %v, and is there", a.call, a.told)
			}
		}
	}
	return counts
}

// oneChain demands that each entry of a key was added to the one before it.
func oneChain(t *testing.T, entries []consensus.Entry, writers []*writer) {
	t.Helper()
	before := consensus.Seqno(0)
	for _, e := range entries {
		name, number, _ := strings.Cut(e.Data, ".")
		i, _ := strconv.Atoi(name)
		n, _ := strconv.Atoi(number)
		call := writers[i].attempts[n].call
		if call.Expected != before || call.New != e.Seqno {
			t.Errorf("%+v follows %d and is %d", call, before, e.Seqno)
		}
		before = e.Seqno
	}
}

// A statement that the server ends is of unknown outcome, and the store goes on with
// other connections.
func TestPostgresConnectionsThatEnd(t *testing.T) {
	server := testpg.Shared(t)
	p := newPostgres(t, server.Database(t))
	told := map[outcome.Outcome]int{}
	for n := range consensus.Seqno(20) {
		if n%5 == 4 {
			if err := server.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark'`); err != nil {
				t.Fatal(err)
			}
		}
		told[outcomeOf(t.Context(), p, cas("k"+strconv.Itoa(int(n)), 0, 1))]++
	}
	if told[outcome.Done] < 10 || told[outcome.Done]+told[outcome.Unknown]+told[outcome.NotDone] != 20 {
		t.Errorf("%v", told)
	}
}

// A call that waits for another's lock is given up by its caller, and then does not
// happen later without having been Unknown.
func TestPostgresGivesUp(t *testing.T) {
	server := testpg.Shared(t)
	url := server.Database(t)
	p := newPostgres(t, url)
	if got := outcomeOf(t.Context(), p, cas("a", 0, 1)); got != outcome.Done {
		t.Fatal(got)
	}
	tx, err := p.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT FROM consensus_head FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan outcome.Outcome, 2)
	go func() { got <- outcomeOf(ctx, p, cas("a", 1, 2)) }()
	for waits := false; !waits; time.Sleep(time.Millisecond) {
		if err := tx.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	// This one waits for the first, which has its key.
	go func() { got <- outcomeOf(ctx, p, cas("a", 1, 3)) }()
	cancel()
	a, b := <-got, <-got
	if a == b || a != outcome.NotDone && b != outcome.NotDone || a != outcome.Unknown && b != outcome.Unknown {
		t.Errorf("%v and %v", a, b)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(t.Context(), p, cas("b", 0, 1)); got != outcome.Done {
		t.Errorf("afterwards %v", got)
	}
}
