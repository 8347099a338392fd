package stash

import (
	"strconv"

	"example.com/tidemark/core/stash"
)

// writeRules are T-3: what a transaction does.
func writeRules() []rule {
	return []rule{
		{"T-3/insert-does-not-overwrite", func(e *env) {
			mine := e.takeOver(1)
			e.expect(mine.commit(e.txn(), insert(metadata, "u1", "a")), done(entry(metadata, "u1", "a")))
			e.expect(mine.commit(e.txn(), insert(metadata, "u1", "b"), insert(metadata, "u2", "c")),
				done(entry(metadata, "u1", "a"), entry(metadata, "u2", "c")))
			e.expect(mine.peek(metadata), done(entry(metadata, "u1", "a"), entry(metadata, "u2", "c")))
		}},
		{"T-3/empty-value-is-a-value", func(e *env) {
			mine := e.takeOver(1)
			e.expect(mine.commit(e.txn(), insert(metadata, "u1", "")), done(entry(metadata, "u1", "")))
			e.expect(mine.commit(e.txn(), insert(metadata, "u1", "b")), done(entry(metadata, "u1", "")))
			e.expect(mine.peek(metadata), done(entry(metadata, "u1", "")))
		}},
		{"T-3/upsert-and-delete", func(e *env) {
			mine := e.takeOver(1)
			e.expect(mine.commit(e.txn(), upsert(policies, "u1", "a"), upsert(policies, "u2", "b")), done())
			e.expect(mine.commit(e.txn(), upsert(policies, "u1", "c"), remove(policies, "u2"), remove(policies, "u3")), done())
			e.expect(mine.peek(policies), done(entry(policies, "u1", "c")))
			e.expect(mine.commit(e.txn(), insert(policies, "u2", "d")), done(entry(policies, "u2", "d")))
			e.expect(mine.peek(policies), done(entry(policies, "u1", "c"), entry(policies, "u2", "d")))
		}},
		{"T-3/several-collections-in-one-transaction", func(e *env) {
			mine := e.takeOver(1)
			e.expect(mine.commit(e.txn(), insert(metadata, "u1", "m"), upsert(policies, "u1", "p"),
				insert(stash.CollectionDropped, "u9", "")),
				done(entry(metadata, "u1", "m"), entry(stash.CollectionDropped, "u9", "")))
			e.expect(mine.peek(metadata, policies, stash.CollectionDropped), done(
				entry(metadata, "u1", "m"), entry(policies, "u1", "p"), entry(stash.CollectionDropped, "u9", "")))
		}},
		{"T-3/same-key-twice-is-refused-whole", func(e *env) {
			mine := e.takeOver(1)
			txn := e.txn()
			e.expect(mine.commit(txn, insert(metadata, "u0", "z"), insert(metadata, "u1", "a"), insert(metadata, "u1", "b")),
				invalid(stash.ReasonDuplicateKey))
			e.expect(mine.commit(txn, insert(metadata, "u1", "a"), remove(metadata, "u1")), invalid(stash.ReasonDuplicateKey))
			e.expect(mine.peek(metadata), done())
			e.expect(mine.commit(txn, insert(metadata, "u1", "a")), done(entry(metadata, "u1", "a")))
		}},
		{"T-3/same-key-in-two-collections-is-two-keys", func(e *env) {
			mine := e.takeOver(1)
			e.expect(mine.commit(e.txn(), upsert(metadata, "u1", "a"), upsert(policies, "u1", "b")), done())
			e.expect(mine.peek(metadata, policies), done(entry(metadata, "u1", "a"), entry(policies, "u1", "b")))
		}},
		{"T-3/malformed-writes-are-refused-whole", func(e *env) {
			mine := e.takeOver(1)
			good := insert(metadata, "u1", "a")
			for _, bad := range [][]stash.Write{
				{good, insert(metadata, "", "a")},
				{insert(stash.CollectionNone, "u1", "a")},
				{good, insert(stash.CollectionCount, "u2", "a")},
				{good, {Kind: stash.WriteNone, Collection: metadata, Key: "u2"}},
				{good, {Kind: stash.WriteDelete + 1, Collection: metadata, Key: "u2"}},
				{insert(metadata, "u2", "a"), good},
				{upsert(policies, "u1", "a"), good},
			} {
				e.expect(mine.commit(e.txn(), bad...), invalid(stash.ReasonMalformed))
				e.expect(mine.resolve(e.txn(), bad...), invalid(stash.ReasonMalformed))
			}
			e.expect(mine.peek(metadata, policies), done())
		}},
		{"T-3/large-transaction", func(e *env) {
			mine := e.takeOver(1)
			var writes []stash.Write
			var want []stash.Entry
			for i := range 2000 {
				key := strconv.Itoa(10_000 + i)
				writes = append(writes, insert(metadata, key, "v"+key))
				want = append(want, entry(metadata, key, "v"+key))
			}
			e.expect(mine.commit(e.txn(), writes...), done(want...))
			e.expect(mine.peek(metadata), done(want...))
		}},
	}
}

// readRules are T-4 and T-7: what a peek sees.
func readRules() []rule {
	return []rule{
		{"T-4/collections-are-apart", func(e *env) {
			mine := e.takeOver(1)
			for k := stash.CollectionNone + 1; k < stash.CollectionCount; k++ {
				e.expect(mine.commit(e.txn(), upsert(k, "key", strconv.Itoa(int(k)))), done())
			}
			for k := stash.CollectionNone + 1; k < stash.CollectionCount; k++ {
				e.expect(mine.peek(k), done(entry(k, "key", strconv.Itoa(int(k)))))
			}
		}},
		{"T-4/peek-is-in-key-order", func(e *env) {
			mine := e.takeOver(1)
			for _, key := range []string{"u2", "u10", "t1", "u1", "s9", "\x00", "\xff", "U"} {
				e.expect(mine.commit(e.txn(), upsert(policies, key, "")), done())
			}
			var want []stash.Entry
			for _, key := range []string{"\x00", "U", "s9", "t1", "u1", "u10", "u2", "\xff"} {
				want = append(want, entry(policies, key, ""))
			}
			e.expect(mine.peek(policies), done(want...))
		}},
		{"T-4/malformed-peek", func(e *env) {
			mine := e.takeOver(1)
			e.expect(mine.peek(), invalid(stash.ReasonMalformed))
			e.expect(mine.peek(policies, stash.CollectionNone), invalid(stash.ReasonMalformed))
			e.expect(mine.peek(stash.CollectionCount), invalid(stash.ReasonMalformed))
			e.expect(owner{0, 1}.peek(policies), invalid(stash.ReasonMalformed))
		}},
		{"T-7/read-your-writes", func(e *env) {
			mine := e.takeOver(1)
			for i := range 20 {
				value := strconv.Itoa(i)
				e.expect(mine.commit(e.txn(), upsert(policies, "u1", value)), done())
				e.expect(mine.peek(policies), done(entry(policies, "u1", value)))
			}
		}},
		{"T-7/refused-transactions-leave-nothing", func(e *env) {
			mine := e.takeOver(1)
			e.expect(mine.commit(e.txn(), upsert(policies, "u1", "a")), done())
			abandoned := e.txn()
			e.expect(mine.resolve(abandoned), notDone())
			e.expect(mine.commit(abandoned, remove(policies, "u1")), notDone())
			e.expect(owner{1, 9}.commit(e.txn(), remove(policies, "u1")), fenced(1))
			e.expect(mine.peek(policies), done(entry(policies, "u1", "a")))
		}},
	}
}
