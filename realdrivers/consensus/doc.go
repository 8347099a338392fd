// Package consensus drives the stores that shards' states are committed to
// (core/persist/consensus; P-30 in docs/semantics.md): Postgres, SQLite, and one in
// memory for tests. All of them pass the suite in conformance/consensus.
//
// Compare-and-sets that wait at the same moment are carried by one commit, each with
// its own outcome: that is what makes a store faster than one commit at a time. One that
// finds nothing in its way is made by its caller's goroutine: to wake up another one,
// and to be woken up by it, takes longer than many a commit's own work. In
// Postgres at most one compare-and-set of a key is under way, so that writers of one
// key queue here and not at its row.
//
// A driver decides nothing and repeats nothing. NotDone is answered only if it is
// certain that the call did nothing and never will: it was given up before it was
// sent, the statement could not be sent, or the database said that it was rolled
// back. Everything else that went wrong is Unknown. Why is in the log.
package consensus
