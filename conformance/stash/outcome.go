package stash

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/stash"
)

// outcomeRules are T-2: what became of a transaction.
func outcomeRules() []rule {
	return []rule{
		{"T-2/repeated-commit-applies-once", func(e *env) {
			mine := e.takeOver(1)
			txn := e.txn()
			c := mine.commit(txn, upsert(policies, "u1", "a"))
			e.expect(c, done())
			e.expect(mine.commit(e.txn(), upsert(policies, "u1", "b")), done())
			e.expect(c, done())
			e.expect(mine.peek(policies), done(entry(policies, "u1", "b")))
		}},
		{"T-2/repeated-commit-returns-what-is-stored", func(e *env) {
			mine := e.takeOver(1)
			c := mine.commit(e.txn(), insert(metadata, "u1", "a"))
			e.expect(c, done(entry(metadata, "u1", "a")))
			e.expect(mine.commit(e.txn(), upsert(metadata, "u1", "b")), done())
			e.expect(c, done(entry(metadata, "u1", "b")))
		}},
		{"T-2/resolve-of-what-committed", func(e *env) {
			mine := e.takeOver(1)
			txn := e.txn()
			writes := []stash.Write{insert(metadata, "u1", "a"), upsert(policies, "u1", "p")}
			e.expect(mine.commit(txn, writes...), done(entry(metadata, "u1", "a")))
			e.expect(mine.resolve(txn, writes...), done(entry(metadata, "u1", "a")))
			e.expect(mine.resolve(txn), done())
		}},
		{"T-2/resolve-of-what-did-not-abandons-it", func(e *env) {
			mine := e.takeOver(1)
			txn := e.txn()
			c := mine.commit(txn, insert(metadata, "u1", "a"))
			e.expect(mine.resolve(txn, c.Writes...), notDone())
			e.expect(c, notDone())
			e.expect(mine.resolve(txn, c.Writes...), notDone())
			e.expect(mine.peek(metadata), done())
			e.expect(mine.commit(e.txn(), c.Writes...), done(entry(metadata, "u1", "a")))
		}},
		{"T-2/abandoned-for-ever", func(e *env) {
			txn := e.txn()
			e.expect(e.takeOver(1).resolve(txn), notDone())
			next := e.takeOver(2)
			e.expect(next.commit(txn, upsert(policies, "u1", "a")), notDone())
			e.expect(next.peek(policies), done())
		}},
		{"T-2/committed-for-ever", func(e *env) {
			txn := e.txn()
			e.expect(e.takeOver(1).commit(txn, upsert(policies, "u1", "a")), done())
			next := e.takeOver(2)
			e.expect(next.resolve(txn), done())
			e.expect(next.commit(txn, upsert(policies, "u1", "b")), done())
			e.expect(next.peek(policies), done(entry(policies, "u1", "a")))
		}},
		{"T-2/abandoned-take-over-is-refused", func(e *env) {
			mine := e.takeOver(1)
			txn := e.txn()
			e.expect(mine.resolve(txn), notDone())
			e.expect(takeOver(txn, 5), notDone())
			e.expect(mine.commit(e.txn()), done())
		}},
		{"T-2/many-transactions-are-told-apart", func(e *env) {
			mine := e.takeOver(1)
			var txns []stash.TxnID
			for range 200 {
				txns = append(txns, e.txn())
			}
			for i, txn := range txns {
				if i%3 == 0 {
					e.expect(mine.resolve(txn), notDone())
				} else {
					e.expect(mine.commit(txn), done())
				}
			}
			for i, txn := range txns {
				want := done()
				if i%3 == 0 {
					want = notDone()
				}
				e.expect(mine.resolve(txn), want)
			}
		}},
		{"T-2/server-time", func(e *env) {
			e.setTime(start + 500)
			mine := e.takeOver(1)
			for i := range clock.Wall(5) {
				e.setTime(start + i*i*1000)
				e.expect(mine.commit(e.txn()), done())
				e.expect(mine.peek(policies), done())
			}
			e.setTime(start - 100_000)
			e.takeOver(2)
		}},
	}
}
