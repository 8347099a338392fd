package blob

import (
	"strings"

	"example.com/tidemark/core/persist/blob"
)

// limitRules are about the largest of everything but values, which are as large as
// a disk.
func limitRules() []rule {
	return []rule{
		{"limits/longest-key", func(e *env) {
			segment := strings.Repeat("x", blob.MaxSegment)
			left := blob.MaxKey - len(e.prefix) - 2*(blob.MaxSegment+1) - 1
			long := segment + "/" + segment + "/" + strings.Repeat("y", left)
			short := segment[1:] + "-"
			e.fill(long+"a", long+"b", short)
			e.expect(get(e.key(long+"b")), value(long+"b"))
			e.listed(list(e.key("x"), "", 0), short, long+"a", long+"b")
			e.expect(remove(e.key(long+"a")), done())
			e.listed(list(e.key(long), "", 0), long+"b")
		}},
		{"limits/deepest-key", func(e *env) {
			deep := strings.Repeat("a/", (blob.MaxKey-len(e.prefix))/2-1) + "b"
			e.fill(deep)
			e.expect(get(e.key(deep)), value(deep))
			e.listed(list(e.key("a/a/"), "", 0), deep)
		}},
		{"limits/large-value", func(e *env) {
			large := strings.Repeat("0123456789abcdef", 2<<20)
			e.expect(set(e.key("a"), large), done())
			e.expect(get(e.key("a")), value(large))
			e.expect(set(e.key("a"), "small"), done())
			e.expect(get(e.key("a")), value("small"))
		}},
	}
}

// invalidRules are about calls that can never succeed: they are told so and nothing
// has happened.
func invalidRules() []rule {
	return []rule{
		{"invalid/refused-and-nothing-changes", func(e *env) {
			e.fill("a/b")
			bad := []string{
				"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a", ".tmp/a", "a/.b", "A", "a b", "a\x00", "a\\b",
				"é", "\xff", "a:b", "a%2e", strings.Repeat("x", blob.MaxSegment+1), strings.Repeat("a/", blob.MaxKey),
			}
			for _, name := range bad {
				keys := []string{name}
				if name != "" {
					keys = append(keys, e.key(name))
				}
				for _, key := range keys {
					e.expect(get(key), invalid())
					e.expect(set(key, "x"), invalid())
					e.expect(remove(key), invalid())
				}
			}
			for _, c := range []blob.Call{
				{}, {Key: e.key("a")}, {Op: blob.OpCount, Key: e.key("a")}, {Op: 255, Key: e.key("a")},
				list("A", "", 0), list("é", "", 0), list("\x00", "", 0), list(e.prefix, "B", 0), list(e.prefix, "\n", 0),
				list(strings.Repeat("x", blob.MaxKey+1), "", 0),
			} {
				e.expect(c, invalid())
			}
			e.listed(list(e.prefix, "", 0), "a/b")
			e.expect(get(e.key("a/b")), value("a/b"))
		}},
	}
}
