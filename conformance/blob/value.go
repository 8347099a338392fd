package blob

import (
	"strings"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

// everyByte is a value that has each byte once.
func everyByte() string {
	var every strings.Builder
	for i := range 256 {
		every.WriteByte(byte(i))
	}
	return every.String()
}

// valueRules are what getting, setting and deleting promise one caller.
func valueRules() []rule {
	return []rule{
		{"get/of-nothing-is-not-found", func(e *env) {
			e.expect(get(e.key("a")), done())
			e.expect(get(e.key("a/b/c")), done())
			e.fill("b")
			e.expect(get(e.key("b/c")), done())
			e.expect(get(e.key("b/c/d")), done())
		}},
		{"get/the-beginning-of-a-key-is-not-a-key", func(e *env) {
			e.fill("a/b/c")
			e.expect(get(e.key("a")), done())
			e.expect(get(e.key("a/b")), done())
			e.expect(remove(e.key("a/b")), done())
			e.expect(remove(e.key("a")), done())
			e.expect(get(e.key("a/b/c")), value("a/b/c"))
		}},
		{"set/overwrites", func(e *env) {
			for _, data := range []string{"x", "longer than that", "", "y"} {
				e.expect(set(e.key("a/b"), data), done())
				e.expect(get(e.key("a/b")), value(data))
			}
		}},
		{"set/data-is-kept-byte-for-byte", func(e *env) {
			for name, data := range map[string]string{
				"empty": "", "zero": "\x00", "every": everyByte(), "large": strings.Repeat(everyByte(), 40_000),
			} {
				e.expect(set(e.key(name), data), done())
				e.expect(get(e.key(name)), value(data))
			}
		}},
		{"set/keys-are-told-apart", func(e *env) {
			names := []string{"a", "a.", "a-", "a_", "0", "00", "a.b", "b/a", "b/a.", "c/b/a", "c/b.a"}
			e.fill(names...)
			for _, name := range names {
				e.expect(get(e.key(name)), value(name))
			}
		}},
		{"set/under-a-key", func(e *env) {
			e.fill("a", "b/c")
			for _, c := range []blob.Call{set(e.key("a/b"), "x"), set(e.key("b"), "x")} {
				want := outcome.NotDone
				if e.store.Bytewise {
					want = outcome.Done
				}
				r := garbage()
				if e.store.Do(&c, &r); r.Outcome != want {
					e.Fatalf("set of %q beside %q and %q: %v, want %v", c.Key, e.key("a"), e.key("b/c"), r.Outcome, want)
				}
			}
			e.expect(get(e.key("a")), value("a"))
			e.expect(get(e.key("b/c")), value("b/c"))
		}},
		{"delete/removes-one-key", func(e *env) {
			e.fill("a", "b", "c/a", "c/b")
			e.expect(remove(e.key("a")), done())
			e.expect(remove(e.key("c/b")), done())
			e.expect(get(e.key("a")), done())
			e.expect(get(e.key("c/b")), done())
			e.listed(list(e.prefix, "", 0), "b", "c/a")
		}},
		{"delete/again-and-of-nothing-is-done", func(e *env) {
			e.fill("a")
			for _, name := range []string{"a", "a", "never", "no/such/place", "a/b"} {
				e.expect(remove(e.key(name)), done())
			}
			e.listed(list(e.prefix, "", 0))
		}},
		{"delete/a-key-can-be-set-again", func(e *env) {
			for range 3 {
				e.fill("a/b")
				e.expect(get(e.key("a/b")), value("a/b"))
				e.expect(remove(e.key("a/b")), done())
				e.expect(get(e.key("a/b")), done())
			}
		}},
	}
}
