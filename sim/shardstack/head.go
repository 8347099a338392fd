package shardstack

import (
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/sim/consensusfake"
)

// Head is a shard's state with all that other entries have of it, or what is wrong
// with one of them.
func Head(store *consensusfake.Store, id persist.ShardID) (*shard.State, shard.Problem) {
	head := store.Head(shard.StateKey(id))
	s, problem := shard.Decode(id, head)
	if problem != shard.ProblemNone || s.Base == 0 {
		return s, problem
	}
	var r consensus.Result
	store.Apply(&consensus.Call{Op: consensus.OpScan, Key: shard.StateKey(id), From: s.Base}, &r)
	return shard.Chain(id, nil, r.Entries...)
}
