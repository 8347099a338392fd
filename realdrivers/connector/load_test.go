package connector

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/source"
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
)

func sourcesUnderTest(connection string, ends bool) suite.Factory {
	return func(conformance.T) *suite.Source {
		sources := NewSources(Config{})
		return &suite.Source{
			Do:         func(c *source.Call, r *source.Result) { sources.Do(context.Background(), c, r) },
			Connection: func(n int) string { return fmt.Sprintf(connection, n) },
			Restart:    func() { sources = NewSources(Config{}) },
			Ends:       ends,
		}
	}
}

func TestLoadConformance(t *testing.T) {
	for name, connection := range map[string]string{
		"counter":             "load:counter?rate=0&keep=%d",
		"key-value":           "load:kv?rate=0&keys=7&seed=%d",
		"one key":             "load:kv?rate=0&keys=1&deletes=50&seed=%d",
		"at a rate":           "load:counter?rate=20000&keep=%d",
		"finished, counter":   "load:counter?rate=0&count=100&keep=%d",
		"finished, key-value": "load:kv?rate=100000&count=100&seed=%d",
	} {
		t.Run(name, func(t *testing.T) {
			suite.Run(conformance.Of(t), sourcesUnderTest(connection, name[0] == 'f'))
		})
	}
}

// generated is what a generator says at the first offsets.
func generated(t *testing.T, connection string, offsets source.Offset) []source.Record {
	s := NewSources(Config{})
	var list []source.Record
	for from := source.Offset(0); from < offsets; {
		var r source.Result
		s.Do(t.Context(), &source.Call{
			Op: source.OpPoll, Connection: connection, Ingestion: core.GlobalID{Kind: core.IDUser, N: 1}, From: from, Max: 1,
		}, &r)
		if r.Outcome != outcome.Done {
			t.Fatalf("%s: %v", connection, r.Outcome)
		}
		list, from = append(list, r.Records...), r.Upto
	}
	return list
}

// A counter that keeps some numbers is always that large.
func TestCounterKeeps(t *testing.T) {
	var sum, held int64
	for _, r := range generated(t, "load:counter?rate=0&keep=10", 500) {
		values, _ := r.Data.Unpack(nil)
		sum += r.Diff * int64(values[0].Bits)
		if held += r.Diff; held < 0 || held > 10 {
			t.Fatalf("%d numbers are held", held)
		}
	}
	if want := int64(10*500 - 45); sum != want || held != 10 {
		t.Errorf("%d numbers with the sum %d, want 10 with %d", held, sum, want)
	}
}

// What a key was is taken back before it gets a new value, and no key is there twice:
// all changes together are a map.
func TestKeyValueIsAMap(t *testing.T) {
	for _, connection := range []string{
		"load:kv?rate=0&keys=13", "load:kv?rate=0&keys=1", "load:kv?rate=0&keys=12&deletes=100", "load:kv?rate=0&keys=64&deletes=40&seed=9",
	} {
		held := map[int64]relation.Row{}
		inserted, updated, deleted := 0, 0, 0
		for _, r := range generated(t, connection, 400) {
			values, _ := r.Data.Unpack(nil)
			key := int64(values[0].Bits)
			was, there := held[key]
			switch {
			case r.Diff == -1 && there && was == r.Data:
				delete(held, key)
				deleted++
			case r.Diff == 1 && !there:
				held[key] = r.Data
				inserted++
			default:
				t.Fatalf("%s: at %d: %+d of key %d; there is %q", connection, r.Offset, r.Diff, key, was)
			}
			updated++
		}
		if connection == "load:kv?rate=0&keys=64&deletes=40&seed=9" && (inserted < 100 || deleted < 100) {
			t.Errorf("%d insertions and %d deletions", inserted, deleted)
		}
	}
}

// What generators say is frozen: collections that were filled before an upgrade go on
// after it.
func TestGeneratorsAreFrozen(t *testing.T) {
	list := generated(t, "load:kv?rate=0&keys=3&seed=5&bytes=8&deletes=20", 9)
	text := ""
	for _, r := range list {
		values, _ := r.Data.Unpack(nil)
		text += fmt.Sprintf("%d %+d %d %s\n", r.Offset, r.Diff, int64(values[0].Bits), values[1].Text)
	}
	const want = `0 +1 1 2vxk2v5h
4 +1 2 b5xuw5kz
5 -1 1 2vxk2v5h
5 +1 1 usxtoplt
6 -1 1 usxtoplt
6 +1 1 wcb0ekq3
7 -1 2 b5xuw5kz
8 +1 0 ful0413x
`
	if text != want {
		t.Errorf("got\n%swant\n%s", text, want)
	}
}

// A generator with a rate says nothing at once, and never more than its rate allows
// since it was asked first.
func TestRateIsKept(t *testing.T) {
	s := NewSources(Config{})
	call := source.Call{Op: source.OpPoll, Connection: "load:counter?rate=1000", Ingestion: core.GlobalID{Kind: core.IDUser, N: 1}, From: 500, Max: 1 << 20}
	began := time.Now()
	var r source.Result
	if s.Do(t.Context(), &call, &r); r.Upto > 500+source.Offset(time.Since(began)/time.Millisecond) {
		t.Errorf("the first poll reaches %d", r.Upto)
	}
	for r.Upto < 520 {
		s.Do(t.Context(), &call, &r)
		if most := 501 + source.Offset(time.Since(began)/time.Millisecond); r.Upto > most {
			t.Fatalf("a poll reaches %d, at most %d", r.Upto, most)
		}
	}
}

func TestWrongConnectionsAreSaid(t *testing.T) {
	for connection, ok := range map[string]bool{
		"load:counter": true, "load://counter?rate=5": true, "load:kv?keys=10&deletes=5": true,
		"load:count": false, "load:counter?rat=5": false, "load:kv?keys=0": false, "": false, "counter": false, "other:counter": false,
	} {
		if err := CheckSource(connection); (err == nil) != ok {
			t.Errorf("%q: %v", connection, err)
		}
	}
	if err := CheckSink("jsonl:out.jsonl"); err != nil {
		t.Error(err)
	}
	if err := CheckSink("load:counter"); err == nil {
		t.Error("a generator is taken for a sink")
	}
}
