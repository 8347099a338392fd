// Package stash is the contract of the durable metadata store: transactional
// collections of key → value, fenced by epoch, one writer epoch at a time (rules
// T-1 to T-8 in docs/semantics.md). Calls and results are data; a fake is
// Apply(state, now, *Call, *Result), a driver Do(ctx, *Call, *Result), and both
// sign the one suite in conformance/stash.
package stash

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
)

// Collection names one keyed collection of the stash.
type Collection uint8

// The stash's collections (T-4). Their names are durable.
const (
	CollectionNone Collection = iota
	// CollectionMetadata: GlobalID → its shards. Never overwritten.
	CollectionMetadata
	// CollectionDescriptions: GlobalID → current description.
	CollectionDescriptions
	// CollectionPolicies: GlobalID → read policy.
	CollectionPolicies
	// CollectionDropped: GlobalID → nothing. An entry here is final (C-28).
	CollectionDropped
	// CollectionFinalize: shard → nothing; shards to finalize. Written by drops (C-29).
	CollectionFinalize
	// CollectionExports: GlobalID → an export's description.
	CollectionExports
	// CollectionExportAsOf: GlobalID → initial as_of and snapshot flag (C-33).
	CollectionExportAsOf
	// CollectionCount is one more than the last collection.
	CollectionCount
)

// String is the collection's durable name.
func (c Collection) String() string {
	switch c {
	case CollectionMetadata:
		return "storage-collection-metadata"
	case CollectionDescriptions:
		return "storage-collection-descriptions"
	case CollectionPolicies:
		return "storage-collection-policies"
	case CollectionDropped:
		return "storage-dropped"
	case CollectionFinalize:
		return "storage-shards-to-finalize"
	case CollectionExports:
		return "storage-export-descriptions"
	case CollectionExportAsOf:
		return "storage-export-metadata-u64"
	case CollectionNone, CollectionCount:
	}
	return "collection?"
}

// TxnID names one transaction for ever (T-2).
type TxnID struct{ Hi, Lo uint64 }

// Op is the operation of a Call.
type Op uint8

// Operations. Each runs as one transaction.
const (
	OpNone Op = iota
	// OpTakeOver raises the epoch by one and stores Nonce (T-1). Repeating it with
	// the same Txn is Done while that take-over is still the current one, and
	// Fenced (Result.Epoch the current epoch) otherwise. Done: Epoch, ServerTime.
	OpTakeOver
	// OpPeek reads Collections, in key order. Requires (Epoch, Nonce); read-only, so
	// it needs no Txn. Done: Entries, ServerTime.
	OpPeek
	// OpCommit applies Writes, all or none. Requires (Epoch, Nonce) and Txn. A Txn
	// that was committed before is Done again with nothing applied; one that was
	// abandoned is NotDone. Done: Entries (for every insert of Writes, in order, the
	// value that is stored now), ServerTime.
	OpCommit
	// OpResolve finds out what became of Txn: Done if it committed (Entries as for
	// OpCommit, read now, for the keys of the inserts in Writes), NotDone if it did
	// not, in which case it is abandoned and never will (T-2). Requires (Epoch, Nonce).
	// The two are about Txn: a resolve that did not run itself is Unknown.
	OpResolve
)

// String is the operation's name as it appears in traces and statistics.
func (o Op) String() string {
	switch o {
	case OpNone:
		return "none"
	case OpTakeOver:
		return "take-over"
	case OpPeek:
		return "peek"
	case OpCommit:
		return "commit"
	case OpResolve:
		return "resolve"
	}
	return "op?"
}

// WriteKind is what a Write does.
type WriteKind uint8

// Kinds of write.
const (
	WriteNone WriteKind = iota
	// WriteInsert inserts without overwriting: the first value wins (T-3).
	WriteInsert
	// WriteUpsert sets the value.
	WriteUpsert
	// WriteDelete removes the key if it is there.
	WriteDelete
)

// Write is one change of one key. Values are protobuf messages (T-5).
type Write struct {
	Kind       WriteKind
	Collection Collection
	Key, Value string
}

// Entry is a stored key with its value.
type Entry struct {
	Collection Collection
	Key, Value string
}

// Call is one transaction, with everything a driver needs to run it.
type Call struct {
	Op    Op
	Epoch uint64
	Nonce uint64
	Txn   TxnID
	// Collections to peek at. Frozen.
	Collections []Collection
	// Writes of a commit, sorted by (Collection, Key), each key at most once. Frozen.
	Writes []Write
}

// Reason says why a call is Invalid.
type Reason uint8

// Reasons for outcome.Invalid.
const (
	ReasonNone Reason = iota
	// ReasonDuplicateKey: one transaction names the same key twice (T-3).
	ReasonDuplicateKey
	// ReasonMalformed: an argument that the operation needs is missing.
	ReasonMalformed
	// ReasonNewerSchema: the store was written by a newer version (T-5).
	ReasonNewerSchema
)

// String is the reason in words.
func (r Reason) String() string {
	switch r {
	case ReasonNone:
		return "none"
	case ReasonDuplicateKey:
		return "one transaction names the same key twice"
	case ReasonMalformed:
		return "malformed call"
	case ReasonNewerSchema:
		return "the store was written by a newer version"
	}
	return "reason?"
}

// Result is how a call ended. Entries are frozen.
type Result struct {
	Outcome outcome.Outcome
	Reason  Reason
	// Epoch after a take-over; the stored epoch when Fenced.
	Epoch uint64
	// ServerTime is the store's own clock when the transaction ran (C-55).
	ServerTime clock.Wall
	Entries    []Entry
}

// CheckArguments judges a call by its arguments alone. ReasonNone means that it
// may be sent.
func CheckArguments(c *Call) Reason {
	switch c.Op {
	case OpTakeOver:
		if c.Txn == (TxnID{}) || c.Nonce == 0 {
			return ReasonMalformed
		}
	case OpPeek:
		if c.Epoch == 0 || len(c.Collections) == 0 {
			return ReasonMalformed
		}
		for _, k := range c.Collections {
			if k == CollectionNone || k >= CollectionCount {
				return ReasonMalformed
			}
		}
	case OpCommit, OpResolve:
		if c.Epoch == 0 || c.Txn == (TxnID{}) {
			return ReasonMalformed
		}
		return checkWrites(c.Writes)
	case OpNone:
		return ReasonMalformed
	default:
		return ReasonMalformed
	}
	return ReasonNone
}

// checkWrites wants the writes sorted by (collection, key), so that a key that
// comes twice is seen in one pass.
func checkWrites(writes []Write) Reason {
	for i := range writes {
		w := &writes[i]
		if w.Kind < WriteInsert || w.Kind > WriteDelete || w.Key == "" ||
			w.Collection == CollectionNone || w.Collection >= CollectionCount {
			return ReasonMalformed
		}
		if i == 0 {
			continue
		}
		v := &writes[i-1]
		switch {
		case v.Collection == w.Collection && v.Key == w.Key:
			return ReasonDuplicateKey
		case v.Collection > w.Collection || v.Collection == w.Collection && v.Key > w.Key:
			return ReasonMalformed
		}
	}
	return ReasonNone
}
