// Package shard is the real shard: its durable state, what every call of
// core/persist does to it, and the machine that commits it by compare-and-set.
//
// A shard is one key of a consensus store. The value at its head is the whole
// State but for its bulk data, which lies in blobs that never change. Whoever
// wants to change the shard computes the next state and adds it under the next
// number; whoever was slower computes again from what it finds there. So the
// transitions (apply.go and the files beside it) are plain functions, and all that
// can go wrong is in one place, the Machine.
//
// A Machine serves all shards that one process uses. It does no I/O: calls, what
// came of its own calls below, and wakes go in; answers, calls of the consensus
// store and calls about batches come out. What it promises:
//
//   - An answer is linearizable: it was the shard's at some moment of the call. An
//     answer without a commit is never given from the cached head alone.
//   - NotDone is answered only if the call has not taken effect and never will; if
//     that cannot be found out, the answer is Unknown (P-12).
//   - Calls that wait for one shard are committed together, by one compare-and-set.
//   - Nothing is repeated for ever: a call goes through a bounded number of rounds.
//     Backoff and deadlines are its caller's.
//
// What it leaves to its driver: making the calls, encoding batches (BatchCall has
// updates, not bytes), and reporting every Problem to a person.
//
// docs/persist-format.md describes the durable format and why collecting garbage is
// safe. Tested by conformance/persist over in-memory stores with every fault, by
// several machines on the same stores, and by worlds that run on it.
package shard
