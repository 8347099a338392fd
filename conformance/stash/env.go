package stash

import (
	gocmp "github.com/google/go-cmp/cmp"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// env is one test with a store of its own.
type env struct {
	conformance.T
	store  *Store
	serial uint64
	// server is what the store's clock shows, if the test has set it.
	server clock.Wall
}

func newEnv(t conformance.T, store *Store) *env {
	e := &env{T: t, store: store}
	if store.SetServerTime != nil {
		e.setTime(start)
	}
	return e
}

// start is what the store's clock shows first, in milliseconds.
const start clock.Wall = 1_700_000_000_000

// owner is whoever took the store over: what its transactions carry.
type owner struct{ epoch, nonce uint64 }

// attempts bounds how often a call without a definite outcome is made again.
const attempts = 100

// do runs one transaction. A real store may answer that it does not know: every
// transaction but a peek carries its own id, so it may be sent again (T-2).
func (e *env) do(c stash.Call) stash.Result {
	e.Helper()
	var r stash.Result
	for range attempts {
		r = stash.Result{}
		e.store.Do(&c, &r)
		if r.Outcome != outcome.Unknown {
			return r
		}
	}
	e.Fatalf("%v: no definite outcome in %d attempts", c.Op, attempts)
	return r
}

// expect demands exactly this result. The server's time must be there if the
// transaction is done, and right if the test has set the server's clock.
func (e *env) expect(c stash.Call, want stash.Result) {
	e.Helper()
	if diff := e.difference(want, e.do(c)); diff != "" {
		e.Fatalf("%v (-want +got):\n%s", c.Op, diff)
	}
}

func (e *env) difference(want, got stash.Result) string {
	if want.Outcome == outcome.Done {
		want.ServerTime = e.server
		if e.server == 0 && got.ServerTime != 0 {
			got.ServerTime = 0
		} else if e.server == 0 {
			return "the server's time is missing"
		}
	}
	if len(want.Entries) == 0 {
		want.Entries = nil
	}
	if len(got.Entries) == 0 {
		got.Entries = nil
	}
	return gocmp.Diff(want, got)
}

// setTime sets the store's clock, if it can be set.
func (e *env) setTime(now clock.Wall) {
	if e.store.SetServerTime == nil {
		e.Skip("this store's clock cannot be set")
	}
	e.server = now
	e.store.SetServerTime(now)
}

// txn is a transaction id that has not been used.
func (e *env) txn() stash.TxnID {
	e.serial++
	return stash.TxnID{Hi: 0x7465737473, Lo: e.serial}
}

// takeOver takes the store over and is the new owner; it must be of this epoch.
func (e *env) takeOver(epoch uint64) owner {
	e.Helper()
	nonce := 1000 + epoch
	e.expect(takeOver(e.txn(), nonce), taken(epoch))
	return owner{epoch, nonce}
}

func takeOver(txn stash.TxnID, nonce uint64) stash.Call {
	return stash.Call{Op: stash.OpTakeOver, Txn: txn, Nonce: nonce}
}

func taken(epoch uint64) stash.Result { return stash.Result{Outcome: outcome.Done, Epoch: epoch} }

func (o owner) commit(txn stash.TxnID, writes ...stash.Write) stash.Call {
	return stash.Call{Op: stash.OpCommit, Epoch: o.epoch, Nonce: o.nonce, Txn: txn, Writes: writes}
}

func (o owner) resolve(txn stash.TxnID, writes ...stash.Write) stash.Call {
	return stash.Call{Op: stash.OpResolve, Epoch: o.epoch, Nonce: o.nonce, Txn: txn, Writes: writes}
}

func (o owner) peek(collections ...stash.Collection) stash.Call {
	return stash.Call{Op: stash.OpPeek, Epoch: o.epoch, Nonce: o.nonce, Collections: collections}
}

// The two collections that most tests use, in their order.
const (
	metadata = stash.CollectionMetadata
	policies = stash.CollectionPolicies
)

func insert(k stash.Collection, key, value string) stash.Write {
	return stash.Write{Kind: stash.WriteInsert, Collection: k, Key: key, Value: value}
}

func upsert(k stash.Collection, key, value string) stash.Write {
	return stash.Write{Kind: stash.WriteUpsert, Collection: k, Key: key, Value: value}
}

func remove(k stash.Collection, key string) stash.Write {
	return stash.Write{Kind: stash.WriteDelete, Collection: k, Key: key}
}

func entry(k stash.Collection, key, value string) stash.Entry {
	return stash.Entry{Collection: k, Key: key, Value: value}
}

func done(entries ...stash.Entry) stash.Result {
	return stash.Result{Outcome: outcome.Done, Entries: entries}
}

func notDone() stash.Result { return stash.Result{Outcome: outcome.NotDone} }

func fenced(epoch uint64) stash.Result { return stash.Result{Outcome: outcome.Fenced, Epoch: epoch} }

func invalid(reason stash.Reason) stash.Result {
	return stash.Result{Outcome: outcome.Invalid, Reason: reason}
}
