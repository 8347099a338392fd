package stash

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// fate is what became of a transaction. The numbers are durable.
type fate uint8

const (
	fateNone      fate = 0
	fateCommitted fate = 1
	fateAbandoned fate = 2
)

// owner is the row that says whose the store is.
type owner struct {
	epoch, nonce uint64
	// takenBy is the transaction that established the epoch.
	takenBy stash.TxnID
}

// found is what a transaction reads before it is decided.
type found struct {
	owner
	// version is that of the schema.
	version int64
	// fate of the call's own transaction.
	fate fate
	// now is what the store's clock shows.
	now clock.Wall
}

// changes are what a transaction does before it commits.
type changes struct {
	// record the transaction id under this fate and the epoch that holds then, first
	// of all (T-2); fateNone: it is there already.
	record fate
	id     stash.TxnID
	now    clock.Wall
	// takeOver: it establishes the owner, which is stored.
	takeOver bool
	owner    owner
	// writes to apply, and those whose inserts' values are to be read then.
	writes, read []stash.Write
}

// decide says how the call ends if what it changes is committed, and reports whether
// there is anything to change or to read. What it finds is locked: it is so until
// the commit.
func decide(c *stash.Call, f *found, r *stash.Result, what *changes) bool {
	what.id, what.now, what.owner = c.Txn, f.now, f.owner
	if c.Op == stash.OpTakeOver {
		return decideTakeOver(c, f, r, what)
	}
	if !owns(c, f, r) {
		return false
	}
	if f.fate == fateNone {
		what.record = fateAbandoned
		if c.Op == stash.OpCommit {
			what.record, what.writes = fateCommitted, c.Writes
		}
	}
	if f.fate == fateAbandoned || what.record == fateAbandoned {
		r.Outcome = outcome.NotDone
		return what.record != fateNone
	}
	what.read = c.Writes
	r.Outcome, r.ServerTime = outcome.Done, f.now
	return what.record != fateNone || len(what.read) > 0
}

// decideTakeOver is T-1. A take-over that is repeated is known by its transaction
// for as long as it is the current one; later it is as late as any other of its
// epoch.
func decideTakeOver(c *stash.Call, f *found, r *stash.Result, what *changes) bool {
	switch {
	case !known(f, r):
		return false
	case f.fate == fateAbandoned:
		r.Outcome = outcome.NotDone
		return false
	case f.fate == fateCommitted && c.Txn != f.takenBy:
		r.Outcome, r.Epoch = outcome.Fenced, f.epoch
		return false
	case f.fate == fateNone:
		what.record, what.takeOver = fateCommitted, true
		what.owner = owner{f.epoch + 1, c.Nonce, c.Txn}
	}
	r.Outcome, r.Epoch, r.ServerTime = outcome.Done, what.owner.epoch, f.now
	return what.takeOver
}

// owns reports whether the call is the present owner's; if it is not, r says so.
func owns(c *stash.Call, f *found, r *stash.Result) bool {
	if !known(f, r) {
		return false
	}
	if c.Epoch != f.epoch || c.Nonce != f.nonce {
		r.Outcome, r.Epoch = outcome.Fenced, f.epoch
		return false
	}
	return true
}

// known reports whether this program may write to the store: a newer one may have
// migrated it since it was opened (T-5).
func known(f *found, r *stash.Result) bool {
	if f.version > schemaVersion {
		r.Outcome, r.Reason = outcome.Invalid, stash.ReasonNewerSchema
		return false
	}
	return true
}
