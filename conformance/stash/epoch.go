package stash

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// epochRules are T-1: who may write.
func epochRules() []rule {
	return []rule{
		{"T-1/take-over-raises-the-epoch-by-one", func(e *env) {
			for epoch := uint64(1); epoch <= 4; epoch++ {
				e.takeOver(epoch)
			}
		}},
		{"T-1/older-epoch-is-fenced", func(e *env) {
			old := e.takeOver(1)
			e.expect(old.commit(e.txn(), upsert(policies, "u1", "a")), done())
			now := e.takeOver(2)
			late := e.txn()
			e.expect(old.commit(late, upsert(policies, "u1", "b"), upsert(policies, "u2", "c")), fenced(2))
			e.expect(old.peek(policies), fenced(2))
			e.expect(old.resolve(e.txn()), fenced(2))
			e.expect(now.peek(policies), done(entry(policies, "u1", "a")))
			e.expect(now.resolve(late), notDone())
		}},
		{"T-1/empty-transaction-is-fenced-too", func(e *env) {
			old := e.takeOver(1)
			e.expect(old.commit(e.txn()), done())
			e.takeOver(2)
			e.expect(old.commit(e.txn()), fenced(2))
		}},
		{"T-1/nonce-tells-owners-of-one-epoch-apart", func(e *env) {
			mine := e.takeOver(1)
			twin := owner{mine.epoch, mine.nonce + 1}
			e.expect(twin.commit(e.txn(), upsert(policies, "u1", "b")), fenced(1))
			e.expect(twin.peek(policies), fenced(1))
			e.expect(twin.resolve(e.txn()), fenced(1))
			e.expect(mine.peek(policies), done())
		}},
		{"T-1/epoch-of-the-future-is-fenced", func(e *env) {
			mine := e.takeOver(1)
			next := owner{2, mine.nonce}
			e.expect(next.commit(e.txn(), upsert(policies, "u1", "b")), fenced(1))
			e.expect(mine.peek(policies), done())
		}},
		{"T-1/nobody-writes-before-a-take-over", func(e *env) {
			e.expect(owner{1, 1}.commit(e.txn()), fenced(0))
			e.takeOver(1)
		}},
		{"T-1/contents-survive-a-take-over", func(e *env) {
			e.expect(e.takeOver(1).commit(e.txn(), insert(metadata, "u1", "x")), done(entry(metadata, "u1", "x")))
			e.expect(e.takeOver(2).peek(metadata), done(entry(metadata, "u1", "x")))
		}},
		{"T-1/repeated-take-over-is-the-same-one", func(e *env) {
			e.takeOver(1)
			txn := e.txn()
			e.expect(takeOver(txn, 77), taken(2))
			e.expect(takeOver(txn, 77), taken(2))
			e.expect(owner{2, 77}.commit(e.txn(), upsert(policies, "u1", "a")), done())
			e.expect(takeOver(txn, 77), taken(2))
			e.expect(owner{2, 77}.peek(policies), done(entry(policies, "u1", "a")))
		}},
		{"T-1/take-over-repeated-after-the-next-one-is-fenced", func(e *env) {
			first := e.txn()
			e.expect(takeOver(first, 77), stash.Result{Outcome: outcome.Done, Epoch: 1})
			now := e.takeOver(2)
			e.expect(takeOver(first, 77), fenced(2))
			e.expect(now.commit(e.txn()), done())
		}},
		{"T-1/malformed", func(e *env) {
			mine := e.takeOver(1)
			e.expect(takeOver(e.txn(), 0), invalid(stash.ReasonMalformed))
			e.expect(takeOver(stash.TxnID{}, 5), invalid(stash.ReasonMalformed))
			e.expect(stash.Call{}, invalid(stash.ReasonMalformed))
			e.expect(stash.Call{Op: stash.OpResolve + 1}, invalid(stash.ReasonMalformed))
			e.expect(owner{0, 5}.commit(e.txn()), invalid(stash.ReasonMalformed))
			e.expect(mine.commit(stash.TxnID{}), invalid(stash.ReasonMalformed))
			e.expect(mine.resolve(stash.TxnID{}), invalid(stash.ReasonMalformed))
			e.takeOver(2)
		}},
	}
}
