// Package persist is the real store of shards: the contract of core/persist, kept by
// the machines of core/persist/shard over a consensus store and a blob store.
//
// A few machines share the shards of a process; each is stepped by one goroutine at a
// time, by whoever brings it something (machine.go), who then makes the first call of a
// store that came of it. What else the machine wants done below runs concurrently
// (effects.go), and batches are encoded and checked there, outside the machine
// (batches.go, package batch). Compare-and-sets of many shards that wait at the same
// time are carried by one commit, which is the consensus store's doing.
//
// The driver decides nothing: retries, deadlines, leases, compaction, the pace of
// collecting garbage are the machine's. A call whose caller gives up is NotDone if
// no machine has seen it, and Unknown otherwise; it goes on without its caller.
//
// What is stored and is not what was put there is never served. It is a
// *ProblemError, which names the shard, the key, what was expected and found, and
// what to do; it is logged and given to Options.Problem.
package persist
