package consensus

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// sound is the model as a store, with a lock that its broken versions may let go.
type sound struct {
	sync.Mutex
	keys model
	// stale is what the store held a while ago, and reads counts the reads since.
	stale model
	reads int
}

func (s *sound) apply(c *consensus.Call) consensus.Result {
	if !c.Valid() {
		return consensus.Result{Outcome: outcome.Invalid}
	}
	return s.keys.apply(*c)
}

func (s *sound) head(key string) consensus.Entry {
	if list := s.keys[key]; len(list) > 0 {
		return list[len(list)-1]
	}
	return consensus.Entry{}
}

// step makes a call of the store, which it has locked, in its own way.
type step = func(s *sound, c *consensus.Call) consensus.Result

// factory makes stores that make calls in this way.
func factory(each step) Factory {
	return func(conformance.T) *Store {
		s := &sound{keys: model{}}
		return &Store{Do: func(c *consensus.Call, r *consensus.Result) {
			s.Lock()
			defer s.Unlock()
			*r = each(s, c)
		}}
	}
}

func TestSoundStorePasses(t *testing.T) {
	Run(conformance.Of(t), factory((*sound).apply))
}

// on makes calls of one kind differently, if they are valid.
func on(op consensus.Op, other step) step {
	return func(s *sound, c *consensus.Call) consensus.Result {
		if c.Op == op && c.Valid() {
			return other(s, c)
		}
		return s.apply(c)
	}
}

// changed makes calls of one kind with other arguments.
func changed(op consensus.Op, change func(s *sound, c *consensus.Call)) step {
	return on(op, func(s *sound, c *consensus.Call) consensus.Result {
		k := *c
		change(s, &k)
		return s.apply(&k)
	})
}

// keyed makes all calls of another key.
func keyed(change func(key string) string) step {
	return func(s *sound, c *consensus.Call) consensus.Result {
		k := *c
		if c.Valid() {
			k.Key = change(c.Key)
		}
		return s.apply(&k)
	}
}

// answered changes the answers to calls of one kind.
func answered(op consensus.Op, change func(c *consensus.Call, r *consensus.Result)) step {
	return on(op, func(s *sound, c *consensus.Call) consensus.Result {
		r := s.apply(c)
		change(c, &r)
		return r
	})
}

// expecting lets a compare-and-set through that should be refused.
func expecting(pass func(s *sound, c *consensus.Call) bool) step {
	return changed(consensus.OpCompareAndSet, func(s *sound, c *consensus.Call) {
		if pass(s, c) {
			c.Expected = s.head(c.Key).Seqno
		}
	})
}

// elsewhere lets others in, as between two statements.
func (s *sound) elsewhere() {
	s.Unlock()
	time.Sleep(50 * time.Microsecond)
	s.Lock()
}

// checkThenAct compares, and adds a moment later whatever happened since, unless
// refuse has something against it.
func checkThenAct(refuse func(s *sound, c *consensus.Call) bool) step {
	return on(consensus.OpCompareAndSet, func(s *sound, c *consensus.Call) consensus.Result {
		if head := s.head(c.Key); head.Seqno != c.Expected {
			return mismatch(head.Seqno, head.Data)
		}
		s.elsewhere()
		if refuse(s, c) {
			return mismatch(0, "")
		}
		s.keys[c.Key] = append(s.keys[c.Key], entry(c.New, c.Data))
		return done()
	})
}

// numberTaken is what a primary key refuses.
func numberTaken(s *sound, c *consensus.Call) bool {
	return slices.ContainsFunc(s.keys[c.Key], func(e consensus.Entry) bool { return e.Seqno == c.New })
}

// staleReads shows what was there a few reads ago.
func staleReads(s *sound, c *consensus.Call) consensus.Result {
	if s.stale == nil || s.reads > 20 {
		s.stale, s.reads = model{}, 0
		for key, list := range s.keys {
			s.stale[key] = slices.Clone(list)
		}
	}
	s.reads++
	return s.stale.apply(*c)
}

// forgetful deletes what it was told to, and a moment later the head if that was
// asked for by then.
func forgetful(s *sound, c *consensus.Call) consensus.Result {
	head := s.head(c.Key)
	s.elsewhere()
	if c.Before > head.Seqno {
		s.keys[c.Key] = nil
		return mismatch(head.Seqno, head.Data)
	}
	return s.apply(c)
}

func folded(r *consensus.Result) {
	slices.SortStableFunc(r.Keys, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
}

// defect is a store that breaks one rule, and the test that must see it.
type defect struct {
	name, caught string
	do           step
}

// broken lists stores that break one rule each.
func broken() []defect {
	truncated := map[string]bool{}
	nothing := func(*sound, *consensus.Call) bool { return false }
	return []defect{
		{"a key that does not exist has a head", "head/of-nothing-is-zero", answered(consensus.OpHead, func(_ *consensus.Call, r *consensus.Result) {
			if r.Head.Seqno == 0 {
				r.Head.Data = "old"
			}
		})},
		{"the head is the oldest entry", "head/is-the-newest-entry", on(consensus.OpHead, func(s *sound, c *consensus.Call) consensus.Result {
			r := s.apply(c)
			if r.Head.Seqno > 0 {
				r.Head = s.keys[c.Key][0]
			}
			return r
		})},
		{"zero expects anything", "cas/zero-expects-that-there-is-nothing", expecting(func(s *sound, c *consensus.Call) bool {
			return c.Expected == 0 && c.New > s.head(c.Key).Seqno
		})},
		{"the same again is done", "cas/the-same-again-is-a-mismatch", on(consensus.OpCompareAndSet, func(s *sound, c *consensus.Call) consensus.Result {
			if s.head(c.Key) == entry(c.New, c.Data) {
				return done()
			}
			return s.apply(c)
		})},
		{"nothing is whatever is expected", "cas/nothing-is-not-what-is-expected", expecting(func(s *sound, c *consensus.Call) bool {
			return s.head(c.Key).Seqno == 0
		})},
		{"any entry may be expected", "cas/an-older-entry-is-not-the-head", expecting(func(s *sound, c *consensus.Call) bool {
			return c.New > s.head(c.Key).Seqno && slices.ContainsFunc(s.keys[c.Key], func(e consensus.Entry) bool { return e.Seqno == c.Expected })
		})},
		{"a number beyond the head may be expected", "cas/a-number-beyond-the-head-is-not-the-head", expecting(func(s *sound, c *consensus.Call) bool {
			return c.Expected > s.head(c.Key).Seqno
		})},
		{"numbers have no gaps", "cas/numbers-may-leave-gaps", on(consensus.OpCompareAndSet, func(s *sound, c *consensus.Call) consensus.Result {
			if c.Expected > 0 && c.New > c.Expected+100 {
				return mismatch(s.head(c.Key).Seqno, "")
			}
			return s.apply(c)
		})},
		{"data ends at a zero byte", "cas/data-is-kept-byte-for-byte", changed(consensus.OpCompareAndSet, func(_ *sound, c *consensus.Call) {
			c.Data, _, _ = strings.Cut(c.Data, "\x00")
		})},
		{"data is text", "cas/data-is-kept-byte-for-byte", changed(consensus.OpCompareAndSet, func(_ *sound, c *consensus.Call) {
			c.Data = strings.ToValidUTF8(c.Data, "?")
		})},
		{"keys differ by their letters only", "cas/keys-are-told-apart", keyed(strings.ToLower)},
		{"a percent sign is another sign", "cas/keys-are-told-apart", keyed(func(key string) string {
			return strings.ReplaceAll(key, "%", "_")
		})},
		{"a scan of nothing fails", "scan/of-nothing-is-empty", answered(consensus.OpScan, func(_ *consensus.Call, r *consensus.Result) {
			if len(r.Entries) == 0 {
				r.Outcome = outcome.Mismatch
			}
		})},
		{"a scan begins after its number", "scan/from-a-number-on-in-order", changed(consensus.OpScan, func(_ *sound, c *consensus.Call) { c.From++ })},
		{"a scan is in no order", "scan/from-a-number-on-in-order", answered(consensus.OpScan, func(_ *consensus.Call, r *consensus.Result) {
			slices.Reverse(r.Entries)
		})},
		{"a scan has no limit", "scan/no-more-than-its-limit", changed(consensus.OpScan, func(_ *sound, c *consensus.Call) { c.Limit = 0 })},
		{"a scan is limited from its end", "scan/no-more-than-its-limit", on(consensus.OpScan, func(s *sound, c *consensus.Call) consensus.Result {
			k := *c
			k.Limit = 0
			r := s.apply(&k)
			if n := len(r.Entries); c.Limit > 0 {
				r.Entries = r.Entries[max(0, n-int(c.Limit)):]
			}
			return r
		})},
		{"truncating does nothing", "truncate/deletes-what-is-before", changed(consensus.OpTruncate, func(s *sound, c *consensus.Call) {
			if c.Before <= s.head(c.Key).Seqno {
				c.Before = 0
			}
		})},
		{"truncating again fails", "truncate/again-and-of-less-is-done", on(consensus.OpTruncate, func(s *sound, c *consensus.Call) consensus.Result {
			if list := s.keys[c.Key]; len(list) > 0 && c.Before > 0 && c.Before <= list[0].Seqno {
				return mismatch(s.head(c.Key).Seqno, s.head(c.Key).Data)
			}
			return s.apply(c)
		})},
		{"truncating beyond the head deletes the key", "truncate/never-the-head", on(consensus.OpTruncate, func(s *sound, c *consensus.Call) consensus.Result {
			if c.Before > s.head(c.Key).Seqno {
				delete(s.keys, c.Key)
				return done()
			}
			return s.apply(c)
		})},
		{"truncating beyond the head goes up to it", "truncate/beyond-the-head-deletes-nothing", on(consensus.OpTruncate, func(s *sound, c *consensus.Call) consensus.Result {
			r := s.apply(c)
			if r.Outcome == outcome.Mismatch && r.Head.Seqno > 0 {
				s.keys[c.Key] = s.keys[c.Key][len(s.keys[c.Key])-1:]
			}
			return r
		})},
		{"truncating nothing is done", "truncate/of-nothing", on(consensus.OpTruncate, func(s *sound, c *consensus.Call) consensus.Result {
			if s.head(c.Key).Seqno == 0 {
				return done()
			}
			return s.apply(c)
		})},
		{"truncating one key truncates all", "truncate/leaves-other-keys-alone", on(consensus.OpTruncate, func(s *sound, c *consensus.Call) consensus.Result {
			r := s.apply(c)
			for key, list := range s.keys {
				if r.Outcome == outcome.Done && list[len(list)-1].Seqno >= c.Before {
					s.keys.apply(truncate(key, c.Before))
				}
			}
			return r
		})},
		{"a truncated key begins anew", "truncate/the-key-goes-on-after-it", func(s *sound, c *consensus.Call) consensus.Result {
			k := *c
			if c.Op == consensus.OpCompareAndSet && truncated[c.Key] && c.Expected == 0 && c.New > s.head(c.Key).Seqno {
				k.Expected = s.head(c.Key).Seqno
			}
			r := s.apply(&k)
			truncated[c.Key] = truncated[c.Key] || c.Op == consensus.OpTruncate && r.Outcome == outcome.Done
			return r
		}},
		{"keys are in a language's order", "keys/each-once-in-order-of-bytes", answered(consensus.OpKeys, func(_ *consensus.Call, r *consensus.Result) { folded(r) })},
		{"keys are listed for each entry", "keys/each-once-in-order-of-bytes", on(consensus.OpKeys, func(s *sound, c *consensus.Call) consensus.Result {
			r := s.apply(c)
			var keys []string
			for _, key := range r.Keys {
				keys = append(keys, slices.Repeat([]string{key}, len(s.keys[key]))...)
			}
			r.Keys = keys
			return r
		})},
		{"keys begin at the given one", "keys/only-greater-ones", on(consensus.OpKeys, func(s *sound, c *consensus.Call) consensus.Result {
			r := s.apply(c)
			if s.head(c.Key).Seqno > 0 {
				r.Keys = append([]string{c.Key}, r.Keys...)
			}
			return r
		})},
		{"keys have no limit", "keys/no-more-than-its-limit", changed(consensus.OpKeys, func(_ *sound, c *consensus.Call) { c.Limit = 0 })},
		{"truncated keys are not listed", "keys/truncated-ones-are-there", on(consensus.OpKeys, func(s *sound, c *consensus.Call) consensus.Result {
			r := s.apply(c)
			r.Keys = slices.DeleteFunc(r.Keys, func(key string) bool { return s.keys[key][0].Seqno > 1 })
			return r
		})},
		{"asking makes a key", "keys/one-that-was-only-asked-for-is-not-there", on(consensus.OpHead, func(s *sound, c *consensus.Call) consensus.Result {
			if s.head(c.Key).Seqno == 0 {
				s.keys[c.Key] = nil
			}
			return s.apply(c)
		})},
		{"keys are cut", "limits/longest-key", keyed(func(key string) string { return key[:min(len(key), consensus.MaxKey-1)] })},
		{"numbers are floats", "limits/highest-number", func(s *sound, c *consensus.Call) consensus.Result {
			k := *c
			if c.Valid() {
				k.Expected, k.New = consensus.Seqno(float64(c.Expected)), consensus.Seqno(float64(c.New))
			}
			return s.keys.apply(k)
		}},
		{"a large entry is refused", "limits/largest-entry", on(consensus.OpCompareAndSet, func(s *sound, c *consensus.Call) consensus.Result {
			if len(c.Data) > 1<<24 {
				return invalid()
			}
			return s.apply(c)
		})},
		{"an answer has a hundred entries", "limits/many-entries", answered(consensus.OpScan, func(_ *consensus.Call, r *consensus.Result) {
			r.Entries = r.Entries[:min(len(r.Entries), 100)]
		})},
		{"nothing is invalid", "invalid/refused-and-nothing-changes", func(s *sound, c *consensus.Call) consensus.Result { return s.keys.apply(*c) }},
		{"invalid calls are mismatches", "invalid/refused-and-nothing-changes", func(s *sound, c *consensus.Call) consensus.Result {
			r := s.apply(c)
			if r.Outcome == outcome.Invalid {
				r.Outcome = outcome.Mismatch
			}
			return r
		}},
		{"comparing and setting are two steps", "race/one-head-one-winner", checkThenAct(nothing)},
		{"only numbers are unique", "race/one-head-one-winner-whatever-its-number", checkThenAct(numberTaken)},
		{"only the first numbers are unique", "race/one-creates-whatever-its-number", checkThenAct(func(s *sound, c *consensus.Call) bool {
			return numberTaken(s, c) || c.Expected > 0 && s.head(c.Key).Seqno != c.Expected
		})},
		{"additions overtake each other", "race/every-addition-follows-the-one-before", checkThenAct(numberTaken)},
		{"additions overtake each other under truncation", "race/every-addition-follows-the-one-before-under-truncation", checkThenAct(numberTaken)},
		{"additions overtake each other on many keys", "race/many-keys-at-once", checkThenAct(nothing)},
		{"the head is deleted for a moment", "race/the-head-outlives-truncation", on(consensus.OpTruncate, forgetful)},
		{"heads are old", "race/reads-never-go-back", on(consensus.OpHead, staleReads)},
		{"scans are old", "race/reads-never-go-back", on(consensus.OpScan, staleReads)},
		{"the store does not know", "head/of-nothing-is-zero", answered(consensus.OpHead, func(_ *consensus.Call, r *consensus.Result) { r.Outcome = outcome.Unknown })},
	}
}

// tries is how often a defect may escape: whether callers meet is the scheduler's to
// say.
const tries = 50

// Each of these must fail the test that is named after what it breaks.
func TestBrokenStoresAreCaught(t *testing.T) {
	for _, b := range broken() {
		t.Run(b.name, func(t *testing.T) {
			for range tries {
				r := conformance.Record("suite", func(t conformance.T) {
					rules(t, factory(b.do), func(name string) bool { return name == b.caught })
				})
				if slices.Contains(r.Failures(), "P-30/"+b.caught) {
					return
				}
			}
			t.Errorf("P-30/%s passed", b.caught)
		})
	}
}

// A rule that no store breaks may be one that cannot fail.
func TestEveryRuleCanFail(t *testing.T) {
	for _, r := range slices.Concat(families()...) {
		if !slices.ContainsFunc(broken(), func(d defect) bool { return d.caught == r.name }) {
			t.Errorf("no store breaks %s", r.name)
		}
	}
}

// What breaks a rule for single callers is found by random sequences, too.
func TestRandomFindsBrokenStores(t *testing.T) {
	for _, name := range []string{
		"zero expects anything", "any entry may be expected", "a scan begins after its number", "a scan has no limit",
		"truncating does nothing", "truncating again fails", "truncating beyond the head deletes the key",
		"truncating beyond the head goes up to it", "truncating one key truncates all", "keys are listed for each entry",
		"keys have no limit", "the head is the oldest entry",
	} {
		i := slices.IndexFunc(broken(), func(d defect) bool { return d.name == name })
		t.Run(name, func(t *testing.T) {
			for range tries {
				r := conformance.Record("suite", func(t conformance.T) {
					t.Run("random", func(t conformance.T) { Random(t, factory(broken()[i].do)) })
				})
				if len(r.Failures()) > 0 {
					return
				}
			}
			t.Error("not found")
		})
	}
}
