package consensus

import (
	"strings"

	"example.com/tidemark/core/persist/consensus"
)

// headRules are what reading the newest entry promises.
func headRules() []rule {
	return []rule{
		{"head/of-nothing-is-zero", func(e *env) {
			e.expect(head(e.key("a")), done())
		}},
		{"head/is-the-newest-entry", func(e *env) {
			a := e.key("a")
			for i, data := range []string{"x", "y", "z"} {
				n := consensus.Seqno(i)
				e.expect(cas(a, n, n+1, data), done())
				e.expect(head(a), headIs(n+1, data))
			}
		}},
	}
}

// casRules are what compare-and-set promises one caller.
func casRules() []rule {
	return []rule{
		{"cas/zero-expects-that-there-is-nothing", func(e *env) {
			a := e.key("a")
			e.expect(cas(a, 0, 1, "x"), done())
			e.expect(cas(a, 0, 2, "y"), mismatch(1, "x"))
			e.holds(a, entry(1, "x"))
		}},
		{"cas/the-same-again-is-a-mismatch", func(e *env) {
			a := e.key("a")
			e.expect(cas(a, 0, 1, "x"), done())
			e.expect(cas(a, 0, 1, "x"), mismatch(1, "x"))
			e.holds(a, entry(1, "x"))
		}},
		{"cas/nothing-is-not-what-is-expected", func(e *env) {
			a := e.key("a")
			e.expect(cas(a, 3, 4, "x"), mismatch(0, ""))
			e.holds(a)
		}},
		{"cas/an-older-entry-is-not-the-head", func(e *env) {
			a := e.key("a")
			e.fill(a, entry(1, "x"), entry(5, "y"), entry(9, "z"))
			e.expect(cas(a, 5, 10, "w"), mismatch(9, "z"))
			e.expect(cas(a, 5, 7, "w"), mismatch(9, "z"))
			e.expect(cas(a, 5, 9, "w"), mismatch(9, "z"))
			e.holds(a, entry(1, "x"), entry(5, "y"), entry(9, "z"))
		}},
		{"cas/a-number-beyond-the-head-is-not-the-head", func(e *env) {
			a := e.key("a")
			e.fill(a, entry(1, "x"), entry(5, "y"))
			e.expect(cas(a, 6, 7, "w"), mismatch(5, "y"))
			e.expect(cas(a, 3, 4, "w"), mismatch(5, "y"))
			e.holds(a, entry(1, "x"), entry(5, "y"))
		}},
		{"cas/numbers-may-leave-gaps", func(e *env) {
			a := e.key("a")
			list := []consensus.Entry{entry(7, "x"), entry(8, "y"), entry(1000, "z"), entry(1<<40, "w")}
			e.fill(a, list...)
			e.holds(a, list...)
		}},
		{"cas/data-is-kept-byte-for-byte", func(e *env) {
			a := e.key("a")
			var every strings.Builder
			for i := range 256 {
				every.WriteByte(byte(i))
			}
			list := []consensus.Entry{
				entry(1, ""), entry(2, "\x00"), entry(3, every.String()), entry(4, "\\x41"), entry(5, "é\xff"), entry(6, ""),
				entry(7, strings.Repeat(every.String(), 1000)),
			}
			e.fill(a, list...)
			e.holds(a, list...)
			e.expect(cas(a, 6, 8, ""), mismatch(7, list[6].Data))
		}},
		{"cas/keys-are-told-apart", func(e *env) {
			names := []string{"a", "A", "a/", "a//", "a%", "a_", "a'", "a\"", "a\\", "';--", "aa", "~", "!", "$1"}
			for i, name := range names {
				e.expect(head(e.key(name)), done())
				e.expect(cas(e.key(name), 0, consensus.Seqno(i)+1, name), done())
			}
			for i, name := range names {
				e.holds(e.key(name), entry(consensus.Seqno(i)+1, name))
			}
		}},
	}
}
