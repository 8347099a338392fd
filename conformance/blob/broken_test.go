package blob

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

// sound is the model as a store, with a lock that its broken versions may let go.
type sound struct {
	sync.Mutex
	values model
	// stale is what the store held a while ago, and reads counts the reads since.
	stale model
	reads int
}

func (s *sound) apply(c *blob.Call) blob.Result {
	if !c.Valid() {
		return invalid()
	}
	return s.values.apply(*c)
}

// elsewhere lets others in, as between two requests.
func (s *sound) elsewhere() {
	s.Unlock()
	time.Sleep(50 * time.Microsecond)
	s.Lock()
}

// step makes a call of the store, which it has locked, in its own way.
type step = func(s *sound, c *blob.Call) blob.Result

// factory makes stores that make calls in this way.
func factory(each step) Factory {
	return func(conformance.T) *Store {
		s := &sound{values: model{}}
		return &Store{Bytewise: true, Do: func(c *blob.Call, r *blob.Result) {
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
func on(op blob.Op, other step) step {
	return func(s *sound, c *blob.Call) blob.Result {
		if c.Op == op && c.Valid() {
			return other(s, c)
		}
		return s.apply(c)
	}
}

// changed makes calls of one kind with other arguments.
func changed(op blob.Op, change func(c *blob.Call)) step {
	return on(op, func(s *sound, c *blob.Call) blob.Result {
		k := *c
		change(&k)
		return s.values.apply(k)
	})
}

// answered changes the answers to calls of one kind.
func answered(op blob.Op, change func(c *blob.Call, r *blob.Result)) step {
	return on(op, func(s *sound, c *blob.Call) blob.Result {
		r := s.apply(c)
		change(c, &r)
		return r
	})
}

// keyed makes all calls of another key.
func keyed(change func(key string) string) step {
	return func(s *sound, c *blob.Call) blob.Result {
		k := *c
		if c.Valid() {
			k.Key = change(c.Key)
		}
		return s.apply(&k)
	}
}

// piecemeal sets a value in two halves.
func piecemeal(s *sound, c *blob.Call) blob.Result {
	s.values[c.Key] = c.Data[:len(c.Data)/2]
	s.elsewhere()
	s.values[c.Key] = c.Data
	return done()
}

// staleGet shows what was there a few reads ago.
func staleGet(s *sound, c *blob.Call) blob.Result {
	if s.stale == nil || s.reads > 30 {
		s.stale, s.reads = model{}, 0
		for key, data := range s.values {
			s.stale[key] = data
		}
	}
	s.reads++
	return s.stale.apply(*c)
}

// place is a key's directory.
func place(key string) string { return key[:strings.LastIndexByte(key, '/')+1] }

// placeFirst makes a place for its first key, and forgets who did so meanwhile.
func placeFirst(s *sound, c *blob.Call) blob.Result {
	before := s.values.apply(list(place(c.Key), "", 1))
	if len(before.Keys) == 0 {
		s.elsewhere()
		for _, key := range s.values.apply(list(place(c.Key), "", 0)).Keys {
			delete(s.values, key)
		}
	}
	return s.apply(c)
}

// deleteSeen deletes what it saw a moment before, and says so if it has gone.
func deleteSeen(s *sound, c *blob.Call) blob.Result {
	_, before := s.values[c.Key]
	s.elsewhere()
	if _, after := s.values[c.Key]; before && !after {
		return blob.Result{Outcome: outcome.Unknown}
	}
	return s.apply(c)
}

// listSlowly lists a page at a time, by position.
func listSlowly(s *sound, c *blob.Call) blob.Result {
	const page = 4
	r := done()
	for {
		all := s.apply(c).Keys
		if len(all) <= len(r.Keys) {
			return r
		}
		r.Keys = append(r.Keys, all[len(r.Keys):min(len(all), len(r.Keys)+page)]...)
		s.elsewhere()
	}
}

// defect is a store that breaks one rule, and the test that must see it.
type defect struct {
	name, caught string
	do           step
}

// broken lists stores that break one rule each.
func broken() []defect {
	return []defect{
		{"nothing is an empty value", "get/of-nothing-is-not-found", answered(blob.OpGet, func(_ *blob.Call, r *blob.Result) { r.Found = true })},
		{"the store does not know", "get/of-nothing-is-not-found", answered(blob.OpGet, func(_ *blob.Call, r *blob.Result) { r.Outcome = outcome.Unknown })},
		{"deleting deletes what is below", "get/the-beginning-of-a-key-is-not-a-key", on(blob.OpDelete, func(s *sound, c *blob.Call) blob.Result {
			for _, key := range s.values.apply(list(c.Key, "", 0)).Keys {
				delete(s.values, key)
			}
			return done()
		})},
		{"what is there is not set again", "set/overwrites", on(blob.OpSet, func(s *sound, c *blob.Call) blob.Result {
			if _, there := s.values[c.Key]; there {
				return done()
			}
			return s.apply(c)
		})},
		{"a longer value is written over", "set/overwrites", on(blob.OpSet, func(s *sound, c *blob.Call) blob.Result {
			k := *c
			if old := s.values[c.Key]; len(old) > len(c.Data) {
				k.Data += old[len(c.Data):]
			}
			return s.apply(&k)
		})},
		{"an empty value is none", "set/data-is-kept-byte-for-byte", on(blob.OpSet, func(s *sound, c *blob.Call) blob.Result {
			r := s.apply(c)
			if c.Data == "" {
				delete(s.values, c.Key)
			}
			return r
		})},
		{"data is text", "set/data-is-kept-byte-for-byte", changed(blob.OpSet, func(c *blob.Call) { c.Data = strings.ToValidUTF8(c.Data, "?") })},
		{"data is cut", "set/data-is-kept-byte-for-byte", changed(blob.OpSet, func(c *blob.Call) { c.Data = c.Data[:min(len(c.Data), 1<<20)] })},
		{"dots at the end of a key are lost", "set/keys-are-told-apart", keyed(func(key string) string { return strings.TrimRight(key, ".") })},
		{"slashes are dots", "set/keys-are-told-apart", keyed(func(key string) string { return strings.ReplaceAll(key, "/", ".") })},
		{"a key below another replaces it", "set/under-a-key", on(blob.OpSet, func(s *sound, c *blob.Call) blob.Result {
			delete(s.values, strings.TrimSuffix(place(c.Key), "/"))
			return s.apply(c)
		})},
		{"deleting does nothing", "delete/removes-one-key", on(blob.OpDelete, func(*sound, *blob.Call) blob.Result { return done() })},
		{"deleting empties", "delete/removes-one-key", on(blob.OpDelete, func(s *sound, c *blob.Call) blob.Result {
			s.values[c.Key] = ""
			return done()
		})},
		{"deleting nothing is not done", "delete/again-and-of-nothing-is-done", on(blob.OpDelete, func(s *sound, c *blob.Call) blob.Result {
			if _, there := s.values[c.Key]; !there {
				return blob.Result{Outcome: outcome.NotDone}
			}
			return s.apply(c)
		})},
		{"a deleted key stays deleted", "delete/a-key-can-be-set-again", func() step {
			deleted := map[string]bool{}
			return func(s *sound, c *blob.Call) blob.Result {
				deleted[c.Key] = deleted[c.Key] || c.Op == blob.OpDelete
				if c.Op == blob.OpSet && deleted[c.Key] {
					return done()
				}
				return s.apply(c)
			}
		}()},
		{"a list of nothing fails", "list/of-nothing-is-empty", answered(blob.OpList, func(_ *blob.Call, r *blob.Result) {
			if len(r.Keys) == 0 {
				r.Outcome = outcome.Mismatch
			}
		})},
		{"lists are in the order of directories", "list/each-once-in-order-of-bytes", answered(blob.OpList, func(_ *blob.Call, r *blob.Result) {
			slices.SortFunc(r.Keys, func(a, b string) int {
				return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/"))
			})
		})},
		{"a prefix is a directory", "list/only-what-begins-with-the-prefix", answered(blob.OpList, func(c *blob.Call, r *blob.Result) {
			r.Keys = slices.DeleteFunc(r.Keys, func(key string) bool {
				return c.Key != "" && !strings.HasSuffix(c.Key, "/") && !strings.HasPrefix(key, c.Key+"/") && key != c.Key
			})
		})},
		{"a list begins at the given key", "list/only-greater-keys", on(blob.OpList, func(s *sound, c *blob.Call) blob.Result {
			r := s.apply(c)
			if _, there := s.values[c.After]; there && strings.HasPrefix(c.After, c.Key) {
				r.Keys = append([]string{c.After}, r.Keys...)
			}
			return r
		})},
		{"lists begin at their beginning", "list/only-greater-keys", changed(blob.OpList, func(c *blob.Call) { c.After = "" })},
		{"lists have no limit", "list/no-more-than-its-limit", changed(blob.OpList, func(c *blob.Call) { c.Limit = 0 })},
		{"pages begin anew", "list/pages-are-the-whole", changed(blob.OpList, func(c *blob.Call) {
			if c.After != "" {
				c.After = place(c.After) + "~"
			}
		})},
		{"places of deleted keys are listed", "list/what-was-deleted-is-not-there", func() step {
			var deleted []string
			return func(s *sound, c *blob.Call) blob.Result {
				r := s.apply(c)
				if c.Op == blob.OpDelete {
					deleted = append(deleted, c.Key)
				}
				if c.Op == blob.OpList {
					for _, key := range deleted {
						if strings.HasPrefix(key, c.Key) && !slices.Contains(r.Keys, key) {
							r.Keys = append(r.Keys, key)
						}
					}
				}
				return r
			}
		}()},
		{"a list needs a prefix", "list/of-everything", answered(blob.OpList, func(c *blob.Call, r *blob.Result) {
			if c.Key == "" {
				r.Keys = nil
			}
		})},
		{"keys are cut", "limits/longest-key", keyed(func(key string) string { return key[:min(len(key), blob.MaxKey-1)] })},
		{"keys have few segments", "limits/deepest-key", func(s *sound, c *blob.Call) blob.Result {
			if strings.Count(c.Key, "/") > 100 {
				return blob.Result{Outcome: outcome.NotDone}
			}
			return s.apply(c)
		}},
		{"large values are refused", "limits/large-value", on(blob.OpSet, func(s *sound, c *blob.Call) blob.Result {
			if len(c.Data) > 16<<20 {
				return invalid()
			}
			return s.apply(c)
		})},
		{"nothing is invalid", "invalid/refused-and-nothing-changes", func(s *sound, c *blob.Call) blob.Result { return s.values.apply(*c) }},
		{"values are set in pieces", "race/a-value-is-whole", on(blob.OpSet, piecemeal)},
		{"reads are old", "race/reads-never-go-back", on(blob.OpGet, staleGet)},
		{"the first key of a place is its only one", "race/first-keys-of-a-place", on(blob.OpSet, placeFirst)},
		{"deleting what another deletes fails", "race/delete-and-set", on(blob.OpDelete, deleteSeen)},
		{"lists count what they have seen", "race/list-has-what-was-there-all-the-time", on(blob.OpList, listSlowly)},
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
				if slices.Contains(r.Failures(), "P-31/"+b.caught) {
					return
				}
			}
			t.Errorf("P-31/%s passed", b.caught)
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
		"what is there is not set again", "deleting does nothing", "a deleted key stays deleted", "deleting empties",
		"lists are in the order of directories", "a list begins at the given key", "lists have no limit", "slashes are dots",
	} {
		i := slices.IndexFunc(broken(), func(d defect) bool { return d.name == name })
		t.Run(name, func(t *testing.T) {
			for range tries { // with -short there are few sequences in each
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
