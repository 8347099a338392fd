package consensus

import (
	"strings"

	"example.com/tidemark/core/persist/consensus"
)

// limitRules are about the largest of everything.
func limitRules() []rule {
	return []rule{
		{"limits/longest-key", func(e *env) {
			long := e.prefix + strings.Repeat("x", consensus.MaxKey-len(e.prefix)-1)
			e.fill(long+"a", entry(1, "a"))
			e.fill(long+"b", entry(1, "b"), entry(2, "c"))
			e.holds(long+"a", entry(1, "a"))
			e.holds(long+"b", entry(1, "b"), entry(2, "c"))
		}},
		{"limits/highest-number", func(e *env) {
			a := e.key("a")
			const top = consensus.MaxSeqno
			e.fill(a, entry(top-1, "x"), entry(top, "y"))
			e.holds(a, entry(top-1, "x"), entry(top, "y"))
			e.expect(scan(a, top, 0), entriesAre(entry(top, "y")))
			e.expect(truncate(a, top), done())
			e.holds(a, entry(top, "y"))
		}},
		{"limits/largest-entry", func(e *env) {
			a := e.key("a")
			large := strings.Repeat("0123456789abcdef", consensus.MaxData/16)
			e.expect(cas(a, 0, 1, large), done())
			e.expect(head(a), headIs(1, large))
			e.expect(cas(a, 1, 2, "small"), done())
			e.expect(truncate(a, 2), done())
		}},
		{"limits/many-entries", func(e *env) {
			a := e.key("a")
			var want []consensus.Entry
			for i := range consensus.Seqno(300) {
				want = append(want, entry(i+1, decimal(uint64(i+1))))
			}
			e.fill(a, want...)
			e.expect(scan(a, 0, 0), entriesAre(want...))
			e.expect(scan(a, 101, 50), entriesAre(want[100:150]...))
			e.expect(truncate(a, 300), done())
			e.holds(a, want[299])
		}},
	}
}

// invalidRules are about calls that can never succeed: they are told so and nothing
// has happened.
func invalidRules() []rule {
	return []rule{
		{"invalid/refused-and-nothing-changes", func(e *env) {
			a := e.key("a")
			e.fill(a, entry(1, "x"), entry(4, "y"))
			const beyond = consensus.MaxSeqno + 1
			for _, c := range []consensus.Call{
				{},
				{Key: a},
				{Op: consensus.OpCount, Key: a},
				{Op: 255, Key: a},
				cas(a, 4, 4, "z"),
				cas(a, 4, 3, "z"),
				cas(a, 4, 0, "z"),
				cas(a, 4, beyond, "z"),
				cas(a, beyond, beyond+1, "z"),
				cas("", 0, 1, "z"),
				cas(e.key("with space"), 0, 1, "z"),
				cas(e.key("zero\x00"), 0, 1, "z"),
				cas(e.key("line\n"), 0, 1, "z"),
				cas(e.key("é"), 0, 1, "z"),
				cas(e.key("\xff"), 0, 1, "z"),
				cas(e.key(strings.Repeat("x", consensus.MaxKey)), 0, 1, "z"),
				cas(a, 4, 5, strings.Repeat("z", consensus.MaxData+1)),
				head(""), head(e.key("\x00")),
				scan("", 0, 0), scan(a, beyond, 0), scan(e.key("é"), 0, 0),
				truncate("", 0), truncate(a, beyond), truncate(e.key("é"), 0),
				keys("é", 0), keys(strings.Repeat("x", consensus.MaxKey+1), 0),
			} {
				e.expect(c, invalid())
			}
			e.holds(a, entry(1, "x"), entry(4, "y"))
			e.listed(keys(e.prefix, 0), "a")
		}},
	}
}
