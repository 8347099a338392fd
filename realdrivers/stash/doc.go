// Package stash is the durable metadata store: the contract of core/stash over
// Postgres or SQLite (rules T-1 to T-8 in docs/semantics.md).
//
// Every call is one transaction. It locks the one row that says whose the store is,
// reads what became of the call's own id, decides by that (decide.go, the same for
// both stores), and records the id before anything else that it changes. Nothing is
// cached and nothing is tried twice: what a call may do after a failure is for its
// caller to find out.
//
// A call is NotDone if its COMMIT was never sent, or if the store says that it was
// rolled back, in the words of a short list (postgres_errors.go, sqlite_errors.go).
// All else is Unknown. What went wrong is logged, without secrets, with what to do
// about it.
package stash
