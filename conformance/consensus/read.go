package consensus

import (
	"slices"
	"strings"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// scanRules are what reading a key's entries promises.
func scanRules() []rule {
	list := []consensus.Entry{entry(2, "a"), entry(3, "b"), entry(7, "c"), entry(8, "d")}
	return []rule{
		{"scan/of-nothing-is-empty", func(e *env) {
			e.expect(scan(e.key("a"), 0, 0), entriesAre())
			e.expect(scan(e.key("a"), 5, 3), entriesAre())
		}},
		{"scan/from-a-number-on-in-order", func(e *env) {
			a := e.key("a")
			e.fill(a, list...)
			for from := consensus.Seqno(0); from < 10; from++ {
				var want []consensus.Entry
				for _, entry := range list {
					if entry.Seqno >= from {
						want = append(want, entry)
					}
				}
				e.expect(scan(a, from, 0), entriesAre(want...))
			}
			e.expect(scan(a, 1<<62, 0), entriesAre())
		}},
		{"scan/no-more-than-its-limit", func(e *env) {
			a := e.key("a")
			e.fill(a, list...)
			for limit := uint32(1); limit < 6; limit++ {
				e.expect(scan(a, 3, limit), entriesAre(list[1:min(1+limit, 4)]...))
			}
			e.expect(scan(a, 0, 1<<32-1), entriesAre(list...))
		}},
	}
}

// truncateRules are what deleting old entries promises.
func truncateRules() []rule {
	list := []consensus.Entry{entry(2, "a"), entry(3, "b"), entry(7, "c")}
	return []rule{
		{"truncate/deletes-what-is-before", func(e *env) {
			a := e.key("a")
			e.fill(a, list...)
			e.expect(truncate(a, 3), done())
			e.holds(a, list[1:]...)
			e.expect(truncate(a, 5), done())
			e.holds(a, list[2:]...)
		}},
		{"truncate/again-and-of-less-is-done", func(e *env) {
			a := e.key("a")
			e.fill(a, list...)
			for _, before := range []consensus.Seqno{0, 1, 2, 3, 3, 1, 0} {
				e.expect(truncate(a, before), done())
			}
			e.holds(a, list[1:]...)
		}},
		{"truncate/never-the-head", func(e *env) {
			a := e.key("a")
			e.fill(a, list...)
			e.expect(truncate(a, 7), done())
			e.holds(a, list[2])
			for _, before := range []consensus.Seqno{8, 9, consensus.MaxSeqno} {
				e.expect(truncate(a, before), mismatch(7, "c"))
			}
			e.holds(a, list[2])
		}},
		{"truncate/beyond-the-head-deletes-nothing", func(e *env) {
			a := e.key("a")
			e.fill(a, list...)
			e.expect(truncate(a, 8), mismatch(7, "c"))
			e.holds(a, list...)
		}},
		{"truncate/of-nothing", func(e *env) {
			a := e.key("a")
			e.expect(truncate(a, 0), done())
			e.expect(truncate(a, 1), mismatch(0, ""))
			e.holds(a)
		}},
		{"truncate/leaves-other-keys-alone", func(e *env) {
			e.fill(e.key("a"), list...)
			e.fill(e.key("b"), list...)
			e.expect(truncate(e.key("a"), 7), done())
			e.holds(e.key("b"), list...)
		}},
		{"truncate/the-key-goes-on-after-it", func(e *env) {
			a := e.key("a")
			e.fill(a, list...)
			e.expect(truncate(a, 7), done())
			e.expect(cas(a, 0, 8, "x"), mismatch(7, "c"))
			e.expect(cas(a, 3, 8, "x"), mismatch(7, "c"))
			e.expect(cas(a, 7, 8, "x"), done())
			e.holds(a, list[2], entry(8, "x"))
		}},
	}
}

// keysRules are what listing keys promises.
func keysRules() []rule {
	// These are in order of bytes, and in no language's order.
	names := []string{"!", "-a", "/", "A", "B", "Z", "_", "a", "a-", "a/", "aa", "b", "~"}
	filled := func(e *env) {
		for _, i := range []int{4, 9, 0, 12, 7, 1, 3, 2, 11, 10, 5, 6, 8} {
			e.fill(e.key(names[i]), entry(1, "x"), entry(2, "y"))
		}
	}
	return []rule{
		{"keys/each-once-in-order-of-bytes", func(e *env) {
			filled(e)
			e.listed(keys(e.prefix, 0), names...)
		}},
		{"keys/only-greater-ones", func(e *env) {
			filled(e)
			for i, name := range names {
				e.listed(keys(e.key(name), 0), names[i+1:]...)
			}
			e.listed(keys(e.key("C"), 0), names[5:]...)
		}},
		{"keys/no-more-than-its-limit", func(e *env) {
			filled(e)
			for limit := 1; limit <= len(names); limit++ {
				r := e.do(keys(e.key("-"), uint32(limit)))
				if want := min(limit, len(names)-1); len(r.Keys) > limit || len(e.own(r.Keys)) != want {
					e.Fatalf("limit %d: %q", limit, r.Keys)
				}
			}
		}},
		{"keys/truncated-ones-are-there", func(e *env) {
			filled(e)
			e.expect(truncate(e.key("a"), 2), done())
			e.listed(keys(e.prefix, 0), names...)
		}},
		{"keys/one-that-was-only-asked-for-is-not-there", func(e *env) {
			e.expect(head(e.key("a")), done())
			e.expect(cas(e.key("b"), 1, 2, ""), mismatch(0, ""))
			e.expect(truncate(e.key("c"), 0), done())
			e.listed(keys(e.prefix, 0))
		}},
	}
}

// own are those of the keys that are the test's own, without their prefix.
func (e *env) own(list []string) []string {
	var out []string
	for _, key := range list {
		if name, mine := strings.CutPrefix(key, e.prefix); mine {
			out = append(out, name)
		}
	}
	return out
}

// listed demands that of the test's own keys exactly these are listed, in order.
func (e *env) listed(c consensus.Call, names ...string) {
	e.Helper()
	r := e.do(c)
	if r.Outcome != outcome.Done || !slices.Equal(e.own(r.Keys), names) {
		e.Fatalf("keys after %q: %v %q, want %q", c.Key, r.Outcome, e.own(r.Keys), names)
	}
	if !slices.IsSorted(r.Keys) || len(r.Head.Data) != 0 || len(r.Entries) != 0 {
		e.Fatalf("keys after %q: %+v", c.Key, r)
	}
}
