package blob

import (
	"fmt"
	"slices"

	"example.com/tidemark/core/outcome"
)

// listRules are what listing keys promises while nobody changes them.
func listRules() []rule {
	// '/' comes after '-' and '.', and before digits and letters: keys are in another
	// order than a tree of directories.
	names := sorted("a", "a-b", "a.b", "a0", "b/a", "b/b", "b-/a", "b./a", "b0/a", "b/b-/c", "b/b./c", "b/b0", "c/c/c/c", "c/c/d", "z", "0", "_")
	return []rule{
		{"list/of-nothing-is-empty", func(e *env) {
			e.listed(list(e.prefix, "", 0))
			e.listed(list(e.prefix+"no/such/", "", 3))
		}},
		{"list/each-once-in-order-of-bytes", func(e *env) {
			for i := range names {
				e.fill(names[(i*7+3)%len(names)])
			}
			e.listed(list(e.prefix, "", 0), names...)
		}},
		{"list/only-what-begins-with-the-prefix", func(e *env) {
			e.fill(names...)
			e.listed(list(e.key("b"), "", 0), "b-/a", "b./a", "b/a", "b/b", "b/b-/c", "b/b./c", "b/b0", "b0/a")
			e.listed(list(e.key("b/"), "", 0), "b/a", "b/b", "b/b-/c", "b/b./c", "b/b0")
			e.listed(list(e.key("b/b"), "", 0), "b/b", "b/b-/c", "b/b./c", "b/b0")
			e.listed(list(e.key("c/c/"), "", 0), "c/c/c/c", "c/c/d")
			e.listed(list(e.key("c/c/c/c"), "", 0), "c/c/c/c")
			e.listed(list(e.key("z"), "", 0), "z")
			e.listed(list(e.key("zz"), "", 0))
			e.listed(list(e.key("z/"), "", 0))
		}},
		{"list/only-greater-keys", func(e *env) {
			e.fill(names...)
			for i, name := range names {
				e.listed(list(e.prefix, e.key(name), 0), names[i+1:]...)
			}
			for _, between := range []string{"b", "b/", "b.", "c/", "c/c/c/d", "a00"} {
				i, _ := slices.BinarySearch(names, between)
				e.listed(list(e.prefix, e.key(between), 0), names[i:]...)
			}
			e.listed(list(e.prefix, e.key("zz"), 0))
			e.listed(list(e.prefix, e.prefix, 0), names...)
			e.listed(list(e.key("b/"), e.key("b/b"), 0), "b/b-/c", "b/b./c", "b/b0")
			e.listed(list(e.key("c/"), e.key("b/b"), 0), "c/c/c/c", "c/c/d")
			e.listed(list(e.key("b/"), e.key("c"), 0))
		}},
		{"list/no-more-than-its-limit", func(e *env) {
			e.fill(names...)
			for limit := 1; limit <= len(names)+1; limit++ {
				e.listed(list(e.prefix, "", uint32(limit)), names[:min(limit, len(names))]...)
			}
			e.listed(list(e.prefix, e.key("a0"), 2), "b-/a", "b./a")
			e.listed(list(e.prefix, "", 1<<32-1), names...)
		}},
		{"list/pages-are-the-whole", func(e *env) {
			var want []string
			for i := range 60 {
				want = append(want, fmt.Sprintf("%02d/x", i), fmt.Sprintf("%02d/y", i))
			}
			e.fill(want...)
			var all []string
			after := ""
			for range len(want) + 1 {
				r, _ := attempt(e.store.Do, list(e.prefix, after, 7))
				if len(r.Keys) == 0 {
					break
				}
				all = append(all, e.own(r.Keys)...)
				after = r.Keys[len(r.Keys)-1]
			}
			if diff := difference(value(fmt.Sprint(want)), value(fmt.Sprint(all))); diff != "" {
				e.Fatalf("page by page: %q", all)
			}
		}},
		{"list/what-was-deleted-is-not-there", func(e *env) {
			e.fill(names...)
			e.expect(remove(e.key("b/a")), done())
			e.expect(remove(e.key("c/c/c/c")), done())
			e.expect(remove(e.key("c/c/d")), done())
			e.listed(list(e.key("b/"), "", 0), "b/b", "b/b-/c", "b/b./c", "b/b0")
			e.listed(list(e.key("c"), "", 0))
		}},
		{"list/of-everything", func(e *env) {
			e.fill("a", "b")
			r, ok := attempt(e.store.Do, list("", "", 0))
			if own := e.own(r.Keys); !ok || r.Outcome != outcome.Done || len(own) != 2 || own[0] != "a" || own[1] != "b" {
				e.Fatalf("all keys: %v %q", r.Outcome, r.Keys)
			}
		}},
	}
}
