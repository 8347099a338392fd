package consensus

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

func cas(key string, expected, next consensus.Seqno) *consensus.Call {
	return &consensus.Call{Op: consensus.OpCompareAndSet, Key: key, Expected: expected, New: next, Data: "data"}
}

// outcomeOf makes the call over a result that holds something else.
func outcomeOf(ctx context.Context, s Store, c *consensus.Call) outcome.Outcome {
	r := consensus.Result{Outcome: outcome.Fenced}
	s.Do(ctx, c, &r)
	return r.Outcome
}

func TestOpenByLocation(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.db")
	for _, text := range []string{"sqlite://" + file, "mem://"} {
		l, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), l, Options{})
		opened(t, s, err)
		if got := outcomeOf(t.Context(), s, cas("a", 0, 1)); got != outcome.Done {
			t.Errorf("%s: %v", text, got)
		}
	}
	for _, text := range []string{"file:///tmp/x", "s3://bucket", "etcd://host", "sqlite://relative"} {
		if l, err := Parse(text); err == nil {
			t.Errorf("%v is a location of states", l)
		}
	}
}

func TestSQLiteThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{dir, filepath.Join(dir, "none", "x.db")} {
		l, err := Parse("sqlite://" + file)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := Open(t.Context(), l, Options{}); err == nil || s != nil {
			t.Errorf("%s was opened: %v, %v", file, s, err)
		}
	}
}

// What was done is there for whoever opens the file next.
func TestSQLiteKeepsItsContents(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.db")
	for n := range consensus.Seqno(3) {
		s, err := OpenSQLite(t.Context(), file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := outcomeOf(t.Context(), s, cas("a", n, n+1)); got != outcome.Done {
			t.Fatalf("opened for the %d. time: %v", n+1, got)
		}
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClosedStoreDoesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "c.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	mem := new(Mem)
	for _, s := range []Store{s, mem} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*consensus.Call{cas("a", 0, 1), {Op: consensus.OpHead, Key: "a"}, {Op: consensus.OpTruncate, Key: "a"}} {
			if got := outcomeOf(t.Context(), s, c); got != outcome.NotDone {
				t.Errorf("%T closed: %v is %v", s, c.Op, got)
			}
		}
	}
}

// Whoever closes does not leave callers behind, and what they are told is so.
func TestCloseUnderCalls(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	file := filepath.Join(t.TempDir(), "c.db")
	s, err := OpenSQLite(t.Context(), file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const callers = 40
	outcomes := make([]outcome.Outcome, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { outcomes[i] = outcomeOf(t.Context(), s, cas("k"+strconv.Itoa(i), 0, 1)) })
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	s = newSQLite(t, file)
	for i, told := range outcomes {
		var r consensus.Result
		s.Do(t.Context(), &consensus.Call{Op: consensus.OpHead, Key: "k" + strconv.Itoa(i)}, &r)
		if there := r.Head.Seqno == 1; told == outcome.Done != there || told == outcome.Unknown {
			t.Errorf("caller %d was told %v; there: %v", i, told, there)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestEndedContextIsNotBegun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, s := range []Store{newSQLite(t, filepath.Join(t.TempDir(), "c.db")), new(Mem)} {
		for _, c := range []*consensus.Call{cas("a", 0, 1), {Op: consensus.OpHead, Key: "a"}} {
			if got := outcomeOf(ctx, s, c); got != outcome.NotDone {
				t.Errorf("%T: %v after the end is %v", s, c.Op, got)
			}
		}
		if got := outcomeOf(t.Context(), s, cas("a", 0, 1)); got != outcome.Done {
			t.Errorf("%T: afterwards %v", s, got)
		}
	}
}

// While another process writes, a call waits for it, and no longer than its caller.
func TestSQLiteWaitsForAnotherProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.db")
	s := newSQLite(t, file)
	if got := outcomeOf(t.Context(), s, cas("a", 0, 1)); got != outcome.Done {
		t.Fatal(got)
	}
	other, err := sql.Open("sqlite", sqliteName(file, "rw"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	locked, err := other.Begin() // immediate
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Rollback()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if got := outcomeOf(ctx, s, cas("a", 1, 2)); got != outcome.NotDone && got != outcome.Unknown {
		t.Errorf("while another process writes: %v", got)
	}
	waiting := make(chan outcome.Outcome, 1)
	go func() { waiting <- outcomeOf(t.Context(), s, cas("b", 0, 1)) }()
	select {
	case got := <-waiting:
		t.Fatalf("a call did not wait for another process: %v", got)
	case <-time.After(100 * time.Millisecond):
	}
	if err := locked.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := <-waiting; got != outcome.Done {
		t.Errorf("after another process had written: %v", got)
	}
}

// quiet is a log that nobody reads.
var quiet = slog.New(slog.DiscardHandler)

// A call that its caller gives up while another group is under way never happens;
// one that was taken may.
func TestQueueGivesUp(t *testing.T) {
	var q queue
	q.init(quiet, 2, true)
	begin := func() (context.CancelFunc, chan outcome.Outcome) {
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan outcome.Outcome, 1)
		go func() { got <- q.do(ctx, cas("a", 0, 1)).Outcome }()
		return cancel, got
	}
	cancel, got := begin()
	first := q.next(nil)
	cancel()
	if o := <-got; o != outcome.Unknown {
		t.Errorf("a call that is under way was given up: %v", o)
	}
	cancel, got = begin()
	cancel()
	if o := <-got; o != outcome.NotDone {
		t.Errorf("a call that waits was given up: %v", o)
	}
	q.finish(first)
	cancel, got = begin()
	defer cancel()
	second := q.next(nil)
	answer(second, []consensus.Result{{Outcome: outcome.Done}})
	if o := <-got; o != outcome.Done || len(second) != 1 {
		t.Errorf("%v, in a group of %d", o, len(second))
	}
	q.close()
	if group := q.next(second); len(group) != 0 {
		t.Errorf("a closed queue has %d calls", len(group))
	}
}

func TestQueueKeepsKeysApart(t *testing.T) {
	var q queue
	q.init(quiet, 2, true)
	for _, key := range []string{"a", "b", "a", "c", "b"} {
		q.add(&write{call: *cas(key, 0, 1), answer: make(chan consensus.Result, 1)})
	}
	keys := func(group []*write) (all string) {
		for _, w := range group {
			all += w.call.Key
		}
		return all
	}
	first := q.next(nil)
	if got := keys(first); got != "abc" {
		t.Errorf("the first group has %s", got)
	}
	if got := keys(q.take(nil)); got != "" {
		t.Errorf("%s is in two groups at once", got)
	}
	q.finish(first)
	if got := keys(q.next(nil)); got != "ab" {
		t.Errorf("the second group has %s", got)
	}
}

// A caller carries its own call if nothing is in its way: no place is taken, nobody
// waits, its key is free.
func TestQueueLetsCallsGoAlone(t *testing.T) {
	var q queue
	q.init(quiet, 2, true)
	call := func(key string) *write { return &write{call: *cas(key, 0, 1), answer: make(chan consensus.Result, 1)} }
	a, b := call("a"), call("b")
	if !q.alone(a) || q.alone(call("a")) {
		t.Fatal("a call is not alone with its key")
	}
	if !q.alone(b) || q.alone(call("c")) {
		t.Fatal("two places are not two")
	}
	q.add(call("c"))
	if group := q.take(nil); len(group) != 0 {
		t.Fatal("a group has no place")
	}
	q.finish([]*write{a})
	if q.alone(call("d")) {
		t.Fatal("a call overtakes one that waits")
	}
	if group := q.next(nil); len(group) != 1 {
		t.Fatalf("a group of %d", len(group))
	}
	q.finish([]*write{b})
	q.close()
	if q.alone(call("e")) {
		t.Fatal("a closed queue lets a call go")
	}
}

func TestQueueBoundsGroups(t *testing.T) {
	var q queue
	q.init(quiet, 1, false)
	large := string(make([]byte, maxGroupData/2+1))
	sizes := func(data string, n int) (sizes []int) {
		for range n {
			c := cas("a", 0, 1)
			c.Data = data
			q.add(&write{call: *c})
		}
		for left := n; left > 0; {
			group := q.next(nil)
			q.finish(group)
			sizes = append(sizes, len(group))
			left -= len(group)
		}
		return sizes
	}
	if got := sizes("", 2*maxGroup+1); len(got) != 3 || got[0] != maxGroup {
		t.Errorf("groups of %v", got)
	}
	if got := sizes(large, 3); len(got) != 3 {
		t.Errorf("groups of %v", got)
	}
}

// Calls that arrive together share commits.
func TestSQLiteGroups(t *testing.T) {
	s := newSQLite(t, filepath.Join(t.TempDir(), "c.db"))
	var all sync.WaitGroup
	const callers = 32
	for i := range callers {
		all.Go(func() {
			for n := range consensus.Seqno(20) {
				if got := outcomeOf(t.Context(), s, cas("k"+strconv.Itoa(i), n, n+1)); got != outcome.Done {
					t.Errorf("caller %d: %v", i, got)
				}
			}
		})
	}
	all.Wait()
	stats := s.Stats()
	if stats.Writes != callers*20 || stats.Statements != stats.Writes || stats.Groups >= stats.Writes {
		t.Errorf("%d writers at once: %+v", callers, stats)
	}
}
