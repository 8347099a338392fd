package consensus

import (
	"strings"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// env is one test's own keys in the store.
type env struct {
	conformance.T
	store *Store
	// prefix is what the test's own keys begin with.
	prefix string
}

// key is a key of the test's own.
func (e *env) key(name string) string { return e.prefix + name }

// attempts bounds how often a call that was not done is made again.
const attempts = 1000

// do makes the call. A store may answer that this attempt certainly did nothing
// (Postgres when transactions meet); then the call is made again. That it does not
// know is no answer of a store that is well.
func (e *env) do(c consensus.Call) consensus.Result {
	e.Helper()
	r, ok := attempt(e.store.Do, c)
	if !ok {
		e.Fatalf("%v of %q: %v", c.Op, c.Key, r.Outcome)
	}
	return r
}

// attempt makes the call until it has an effect that is known.
func attempt(do func(*consensus.Call, *consensus.Result), c consensus.Call) (consensus.Result, bool) {
	var r consensus.Result
	for range attempts {
		r = garbage()
		do(&c, &r)
		if r.Outcome != outcome.NotDone {
			return r, r.Outcome != outcome.Unknown && r.Outcome != outcome.None
		}
	}
	return r, false
}

// garbage is what a result holds before the call: all of it must be overwritten.
func garbage() consensus.Result {
	return consensus.Result{
		Outcome: outcome.Fenced, Head: consensus.Entry{Seqno: 77, Data: "old"},
		Entries: []consensus.Entry{{Seqno: 78}}, Keys: []string{"old"},
	}
}

// expect makes the call and demands exactly this result. Of a mismatch the head may
// be left out.
func (e *env) expect(c consensus.Call, want consensus.Result) {
	e.Helper()
	if diff := difference(want, e.do(c)); diff != "" {
		e.Fatalf("%v of %q (-want +got):\n%s", c.Op, c.Key, diff)
	}
}

// difference between two results, "" if there is none that matters.
func difference(want, got consensus.Result) string {
	if want.Outcome == outcome.Mismatch && got.Head == (consensus.Entry{}) {
		want.Head = got.Head
	}
	return gocmp.Diff(plain(want), plain(got))
}

// plain makes empty lists equal, and data short enough to be printed.
func plain(r consensus.Result) consensus.Result {
	r.Head.Data = short(r.Head.Data)
	entries := make([]consensus.Entry, len(r.Entries))
	for i, entry := range r.Entries {
		entries[i] = consensus.Entry{Seqno: entry.Seqno, Data: short(entry.Data)}
	}
	r.Entries = entries
	r.Keys = append([]string{}, r.Keys...)
	return r
}

// short is data with its middle replaced by a sum of it.
func short(data string) string {
	if len(data) <= 100 {
		return data
	}
	sum := uint64(len(data))
	for i := range len(data) {
		sum = sum*1099511628211 + uint64(data[i])
	}
	return data[:20] + "…" + strings.Repeat("#", int(sum%7)) + decimal(sum) + "…" + data[len(data)-20:]
}

func decimal(n uint64) string {
	var digits []byte
	for ; n > 0; n /= 10 {
		digits = append(digits, '0'+byte(n%10))
	}
	return string(digits)
}

func head(key string) consensus.Call { return consensus.Call{Op: consensus.OpHead, Key: key} }

func cas(key string, expected, next consensus.Seqno, data string) consensus.Call {
	return consensus.Call{Op: consensus.OpCompareAndSet, Key: key, Expected: expected, New: next, Data: data}
}

func scan(key string, from consensus.Seqno, limit uint32) consensus.Call {
	return consensus.Call{Op: consensus.OpScan, Key: key, From: from, Limit: limit}
}

func truncate(key string, before consensus.Seqno) consensus.Call {
	return consensus.Call{Op: consensus.OpTruncate, Key: key, Before: before}
}

func keys(after string, limit uint32) consensus.Call {
	return consensus.Call{Op: consensus.OpKeys, Key: after, Limit: limit}
}

func entry(seqno consensus.Seqno, data string) consensus.Entry {
	return consensus.Entry{Seqno: seqno, Data: data}
}

func done() consensus.Result { return consensus.Result{Outcome: outcome.Done} }

func headIs(seqno consensus.Seqno, data string) consensus.Result {
	return consensus.Result{Outcome: outcome.Done, Head: entry(seqno, data)}
}

func entriesAre(list ...consensus.Entry) consensus.Result {
	return consensus.Result{Outcome: outcome.Done, Entries: list}
}

func mismatch(seqno consensus.Seqno, data string) consensus.Result {
	return consensus.Result{Outcome: outcome.Mismatch, Head: entry(seqno, data)}
}

func invalid() consensus.Result { return consensus.Result{Outcome: outcome.Invalid} }

// fill adds these entries to a key that does not exist.
func (e *env) fill(key string, list ...consensus.Entry) {
	e.Helper()
	var expected consensus.Seqno
	for _, entry := range list {
		e.expect(cas(key, expected, entry.Seqno, entry.Data), done())
		expected = entry.Seqno
	}
}

// holds demands that the key has exactly these entries.
func (e *env) holds(key string, list ...consensus.Entry) {
	e.Helper()
	e.expect(scan(key, 0, 0), entriesAre(list...))
	want := consensus.Result{Outcome: outcome.Done}
	if n := len(list); n > 0 {
		want.Head = list[n-1]
	}
	e.expect(head(key), want)
}
