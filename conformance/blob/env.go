package blob

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
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
const attempts = 100

// attempt makes the call until it has an effect that is known. A store may answer
// that this attempt certainly did nothing; that it does not know is no answer of a
// store that is well.
func attempt(do func(*blob.Call, *blob.Result), c blob.Call) (blob.Result, bool) {
	var r blob.Result
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
func garbage() blob.Result {
	return blob.Result{Outcome: outcome.Fenced, Found: true, Data: "old", Keys: []string{"old"}}
}

// expect makes the call and demands exactly this result.
func (e *env) expect(c blob.Call, want blob.Result) {
	e.Helper()
	r, ok := attempt(e.store.Do, c)
	if !ok {
		e.Fatalf("%v of %q: %v", c.Op, c.Key, r.Outcome)
	}
	if diff := difference(want, r); diff != "" {
		e.Fatalf("%v of %q (-want +got):\n%s", c.Op, c.Key, diff)
	}
}

// difference between two results, "" if there is none.
func difference(want, got blob.Result) string { return gocmp.Diff(plain(want), plain(got)) }

// plain makes empty lists equal, and data short enough to be printed.
func plain(r blob.Result) blob.Result {
	if len(r.Data) > 100 {
		hash := fnv.New64a()
		_, _ = hash.Write([]byte(r.Data))
		r.Data = r.Data[:20] + "…" + strconv.Itoa(len(r.Data)) + " bytes " + strconv.FormatUint(hash.Sum64(), 16)
	}
	r.Keys = append([]string{}, r.Keys...)
	return r
}

func get(key string) blob.Call    { return blob.Call{Op: blob.OpGet, Key: key} }
func remove(key string) blob.Call { return blob.Call{Op: blob.OpDelete, Key: key} }

func set(key, data string) blob.Call { return blob.Call{Op: blob.OpSet, Key: key, Data: data} }

func list(prefix, after string, limit uint32) blob.Call {
	return blob.Call{Op: blob.OpList, Key: prefix, After: after, Limit: limit}
}

func done() blob.Result    { return blob.Result{Outcome: outcome.Done} }
func invalid() blob.Result { return blob.Result{Outcome: outcome.Invalid} }

func value(data string) blob.Result {
	return blob.Result{Outcome: outcome.Done, Found: true, Data: data}
}

// fill sets each of the names to itself.
func (e *env) fill(names ...string) {
	e.Helper()
	for _, name := range names {
		e.expect(set(e.key(name), name), done())
	}
}

// listed demands exactly these of the test's own keys, in this order.
func (e *env) listed(c blob.Call, names ...string) {
	e.Helper()
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = e.key(name)
	}
	e.expect(c, blob.Result{Outcome: outcome.Done, Keys: keys})
}

// own are those of the keys that are the test's own, without their prefix.
func (e *env) own(keys []string) []string {
	var names []string
	for _, key := range keys {
		if name, mine := strings.CutPrefix(key, e.prefix); mine {
			names = append(names, name)
		}
	}
	return names
}

// sorted are the names in order of their bytes.
func sorted(names ...string) []string {
	slices.Sort(names)
	return names
}
