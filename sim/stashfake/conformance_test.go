package stashfake

import (
	"flag"
	"slices"
	"sync"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/stash"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// step stands between the suite and the store.
type step = func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result)

// underTest is a store behind a lock, as the suite wants it.
func underTest(do step) suite.Factory {
	return func(conformance.T) *suite.Store {
		var (
			lock  sync.Mutex
			wall  clock.Wall
			store Store
		)
		return &suite.Store{
			Do: func(c *stash.Call, r *stash.Result) {
				lock.Lock()
				defer lock.Unlock()
				do(&store, wall, c, r)
			},
			SetServerTime: func(now clock.Wall) { wall = now },
		}
	}
}

func TestConformance(t *testing.T) { suite.Run(conformance.Of(t), underTest((*Store).Apply)) }

// A store that is replaced by a copy of itself before every call is the same
// store, and what its copies do is nothing to it.
func TestConformanceOfCopies(t *testing.T) {
	suite.Run(conformance.Of(t), underTest(func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
		var other, back Store
		other.CopyFrom(s)
		back.CopyFrom(&other)
		s.Reset()
		s.CopyFrom(&back)
		s.Apply(now, c, r)
		var elsewhere stash.Result
		for n := range uint64(3) {
			strange := stash.Call{Op: stash.OpTakeOver, Txn: stash.TxnID{Hi: 9, Lo: n + 1}, Nonce: 9}
			other.Apply(now, &strange, &elsewhere)
			strange = stash.Call{
				Op: stash.OpCommit, Epoch: elsewhere.Epoch, Nonce: 9, Txn: stash.TxnID{Hi: 10, Lo: n + 1},
				Writes: []stash.Write{
					{Kind: stash.WriteUpsert, Collection: stash.CollectionMetadata, Key: "u1", Value: "strange"},
					{Kind: stash.WriteDelete, Collection: stash.CollectionPolicies, Key: "u1"},
				},
			}
			other.Apply(now, &strange, &elsewhere)
		}
	}))
}

// broken lists stores that break one rule each, and the test that must see it.
func broken() []struct {
	name, caught string
	do           step
} {
	return []struct {
		name, caught string
		do           step
	}{
		{"take-over does not raise the epoch", "T-1/take-over-raises-the-epoch-by-one", sameEpoch},
		{"take-over jumps two epochs", "T-1/take-over-raises-the-epoch-by-one", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			old := s.epoch
			s.Apply(now, c, r)
			if s.epoch > old {
				s.epoch++
				r.Epoch++
			}
		}},
		{"an older epoch goes on writing", "T-1/older-epoch-is-fenced", changed(func(s *Store, c *stash.Call) {
			if c.Epoch > 0 && c.Epoch < s.epoch {
				c.Epoch, c.Nonce = s.epoch, s.nonce
			}
		})},
		{"an older epoch goes on reading", "T-1/older-epoch-is-fenced", changed(func(s *Store, c *stash.Call) {
			if c.Op == stash.OpPeek && c.Epoch > 0 && c.Epoch < s.epoch {
				c.Epoch, c.Nonce = s.epoch, s.nonce
			}
		})},
		{"an empty transaction is not fenced", "T-1/empty-transaction-is-fenced-too", changed(func(s *Store, c *stash.Call) {
			if c.Op == stash.OpCommit && len(c.Writes) == 0 && c.Epoch > 0 {
				c.Epoch, c.Nonce = s.epoch, s.nonce
			}
		})},
		{"the nonce is ignored", "T-1/nonce-tells-owners-of-one-epoch-apart", changed(func(s *Store, c *stash.Call) {
			if c.Op != stash.OpTakeOver {
				c.Nonce = s.nonce
			}
		})},
		{"a higher epoch is believed", "T-1/epoch-of-the-future-is-fenced", changed(func(s *Store, c *stash.Call) {
			c.Epoch = min(c.Epoch, max(s.epoch, 1))
		})},
		{"the fenced are not told the epoch", "T-1/older-epoch-is-fenced", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			s.Apply(now, c, r)
			if r.Outcome == outcome.Fenced {
				r.Epoch = 0
			}
		}},
		{"take-over forgets the contents", "T-1/contents-survive-a-take-over", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			if c.Op == stash.OpTakeOver {
				s.collections = [stash.CollectionCount]collection{}
			}
			s.Apply(now, c, r)
		}},
		{"a repeated take-over takes over again", "T-1/repeated-take-over-is-the-same-one", freshTakeOver},
		{"an old take-over comes true again", "T-1/take-over-repeated-after-the-next-one-is-fenced", freshTakeOver},
		{"a repeated commit applies again", "T-2/repeated-commit-applies-once", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			again := s.Committed(c.Txn)
			s.Apply(now, c, r)
			if again && r.Outcome == outcome.Done && c.Op == stash.OpCommit {
				s.write(c.Writes)
				r.Entries = s.inserted(c.Writes)
			}
		}},
		{"resolve does not abandon", "T-2/resolve-of-what-did-not-abandons-it", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			known := s.txns.find(c.Txn) != fateNone
			s.Apply(now, c, r)
			if c.Op == stash.OpResolve && !known {
				forget(&s.txns, c.Txn)
			}
		}},
		{"resolve guesses that it committed", "T-2/resolve-of-what-did-not-abandons-it", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			s.Apply(now, c, r)
			if c.Op == stash.OpResolve && r.Outcome == outcome.NotDone {
				*r = stash.Result{Outcome: outcome.Done, ServerTime: now}
			}
		}},
		{"resolve guesses that it did not", "T-2/resolve-of-what-committed", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			s.Apply(now, c, r)
			if c.Op == stash.OpResolve && r.Outcome == outcome.Done {
				*r = stash.Result{Outcome: outcome.NotDone}
			}
		}},
		{"transactions are forgotten with their epoch", "T-2/committed-for-ever", forgetful},
		{"abandoned transactions come back with an epoch", "T-2/abandoned-for-ever", forgetful},
		{"an insert overwrites", "T-3/insert-does-not-overwrite", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			k := *c
			k.Writes = slices.Clone(c.Writes)
			for i := range k.Writes {
				if k.Writes[i].Kind == stash.WriteInsert {
					k.Writes[i].Kind = stash.WriteUpsert
				}
			}
			s.Apply(now, &k, r)
			if r.Outcome == outcome.Done && c.Op != stash.OpPeek {
				r.Entries = s.inserted(c.Writes)
			}
		}},
		{"an insert returns what was proposed", "T-3/race/first-insert-wins", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			s.Apply(now, c, r)
			if c.Op == stash.OpCommit && r.Outcome == outcome.Done {
				n := 0
				for _, w := range c.Writes {
					if w.Kind == stash.WriteInsert {
						r.Entries[n].Value = w.Value
						n++
					}
				}
			}
		}},
		{"a delete is forgotten", "T-3/upsert-and-delete", changed(func(_ *Store, c *stash.Call) {
			c.Writes = slices.DeleteFunc(slices.Clone(c.Writes), func(w stash.Write) bool { return w.Kind == stash.WriteDelete })
		})},
		{"only the first write counts", "T-3/several-collections-in-one-transaction", changed(func(_ *Store, c *stash.Call) {
			c.Writes = c.Writes[:min(1, len(c.Writes))]
		})},
		{"a refused transaction applies what came first", "T-3/same-key-twice-is-refused-whole", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			s.Apply(now, c, r)
			if c.Op == stash.OpCommit && r.Reason == stash.ReasonDuplicateKey {
				s.write(c.Writes[:1])
			}
		}},
		{"the same key twice is accepted", "T-3/same-key-twice-is-refused-whole", changed(func(_ *Store, c *stash.Call) {
			c.Writes = slices.CompactFunc(slices.Clone(c.Writes), func(a, b stash.Write) bool {
				return a.Collection == b.Collection && a.Key == b.Key
			})
		})},
		{"the server's time stands still", "T-2/server-time", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			s.Apply(now, c, r)
			r.ServerTime = min(r.ServerTime, 1_700_000_000_500)
		}},
		{"a refused transaction is applied all the same", "T-7/refused-transactions-leave-nothing", func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
			s.Apply(now, c, r)
			if c.Op == stash.OpCommit && r.Outcome == outcome.NotDone {
				s.write(c.Writes)
			}
		}},
		{"a peek is cached", "T-7/read-your-writes", staleReads()},
		{"collections share their keys", "T-4/collections-are-apart", changed(func(_ *Store, c *stash.Call) {
			c.Writes = slices.Clone(c.Writes)
			for i := range c.Writes {
				if c.Writes[i].Collection == stash.CollectionDropped {
					c.Writes[i].Collection = stash.CollectionPolicies
				}
			}
		})},
	}
}

func TestBrokenStoresFailTheirRule(t *testing.T) {
	for _, b := range broken() {
		t.Run(b.name, func(t *testing.T) {
			conformance.Caught(t, recorded(b.do), b.caught)
		})
	}
}

// A rule that no store breaks may be one that cannot fail.
func TestEveryRuleCanFail(t *testing.T) {
	var all []*conformance.Recorder
	for _, b := range broken() {
		all = append(all, recorded(b.do))
	}
	conformance.EveryRuleFails(t, recorded((*Store).Apply), all)
}

// recorded is what the suite says of a store.
func recorded(do step) *conformance.Recorder {
	return conformance.Record("suite", func(r conformance.T) { suite.Rules(r, underTest(do)) })
}

// The random sequences find most of them, too, without knowing any rule's name.
func TestBrokenStoresFailRandomSequences(t *testing.T) {
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "0s", "rapid.checks": "200"} {
		f := flag.Lookup(name)
		old := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(old) })
	}
	found := 0
	for _, b := range broken() {
		if conformance.Record("random", func(r conformance.T) { suite.Random(r, underTest(b.do)) }).Failed() {
			found++
			continue
		}
		t.Logf("not found: %s", b.name)
	}
	if all := len(broken()); found < all*3/4 {
		t.Errorf("random sequences found %d of %d broken stores", found, all)
	}
}

// changed applies a call with one argument changed.
func changed(change func(s *Store, c *stash.Call)) step {
	return func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
		k := *c
		change(s, &k)
		s.Apply(now, &k, r)
	}
}

func sameEpoch(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
	old := s.epoch
	s.Apply(now, c, r)
	if s.epoch > old && old > 0 {
		s.epoch = old
		r.Epoch = old
	}
}

func freshTakeOver(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
	if c.Op == stash.OpTakeOver {
		forget(&s.txns, c.Txn)
		s.takenBy = stash.TxnID{}
	}
	s.Apply(now, c, r)
}

func forgetful(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
	if c.Op == stash.OpTakeOver {
		s.txns = txns{}
	}
	s.Apply(now, c, r)
}

// staleReads answers every other peek of the same owner from what it saw before.
func staleReads() step {
	var cached []stash.Entry
	peeks := 0
	return func(s *Store, now clock.Wall, c *stash.Call, r *stash.Result) {
		s.Apply(now, c, r)
		if c.Op != stash.OpPeek || r.Outcome != outcome.Done {
			return
		}
		if peeks++; peeks%2 == 0 {
			r.Entries = cached
		}
		cached = r.Entries
	}
}

// forget makes a transaction unknown again.
func forget(t *txns, id stash.TxnID) {
	old := t.places
	*t = txns{}
	for _, x := range old {
		if x.fate != fateNone && x.id != id {
			t.add(x.id, x.fate)
		}
	}
}
