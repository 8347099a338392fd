package stash

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// maxCalls bounds one sequence.
const maxCalls = 60

// Random compares the store with the model, result by result, over random
// sequences of transactions. Each sequence has a fresh store.
func Random(t conformance.T, fresh Factory) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		s := sequence{t: rt, env: newEnv(quiet{rt}, fresh(t)), model: model{
			values: map[modelKey]string{}, fates: map[stash.TxnID]bool{},
		}}
		for range rapid.IntRange(1, maxCalls).Draw(rt, "calls") {
			s.step()
		}
		s.all()
	})
}

// sequence is one random sequence in progress.
type sequence struct {
	t     *rapid.T
	env   *env
	model model
	// owners that took the store over, and the transactions that were named.
	owners []owner
	txns   []stash.TxnID
	past   []stash.Call
	values int
	story  []string
}

func (s *sequence) n(label string, n int) int { return rapid.IntRange(0, n-1).Draw(s.t, label) }

func (s *sequence) step() {
	what := s.n("what", 10)
	if what == 9 && s.env.server != 0 {
		s.env.setTime(s.env.server + clock.Wall(s.n("elapsed", 50)-10))
		return
	}
	if what == 8 && len(s.past) > 0 {
		s.call(s.past[s.n("past", len(s.past))])
		return
	}
	c := s.draw(what)
	s.past = append(s.past, c)
	s.call(c)
}

func (s *sequence) call(c stash.Call) {
	want := s.model.apply(&c)
	got := s.env.do(c)
	s.story = append(s.story, fmt.Sprintf("%+v", c))
	if c.Op == stash.OpTakeOver && got.Outcome == outcome.Done {
		s.owners = append(s.owners, owner{got.Epoch, c.Nonce})
	}
	if diff := s.env.difference(want, got); diff != "" {
		s.t.Fatalf("%v\n\nthe last call (-want +got):\n%s", strings.Join(s.story, "\n"), diff)
	}
}

// all compares the whole contents at the end.
func (s *sequence) all() {
	var every []stash.Collection
	for k := stash.CollectionNone + 1; k < stash.CollectionCount; k++ {
		every = append(every, k)
	}
	s.call(takeOver(s.env.txn(), 1))
	s.call(s.owners[len(s.owners)-1].peek(every...))
}

func (s *sequence) draw(what int) stash.Call {
	if len(s.owners) == 0 || what == 7 {
		return takeOver(s.txn(), uint64(s.n("nonce", 3))+1)
	}
	// Most transactions are the present owner's.
	o := s.owners[len(s.owners)-1]
	if s.n("another owner", 6) == 5 {
		o = s.owners[s.n("owner", len(s.owners))]
	}
	switch what {
	case 0, 1, 2, 3:
		return o.commit(s.txn(), s.writes()...)
	case 4:
		return o.resolve(s.txn(), s.writes()...)
	default:
		list := []stash.Collection{metadata, policies, stash.CollectionDropped}
		return o.peek(list[s.n("from", 3):]...)
	}
}

// txn is seldom one that was named before.
func (s *sequence) txn() stash.TxnID {
	if len(s.txns) > 0 && s.n("old txn", 4) == 3 {
		return s.txns[s.n("txn", len(s.txns))]
	}
	txn := s.env.txn()
	s.txns = append(s.txns, txn)
	return txn
}

// writes draws sorted writes by deciding about every key.
func (s *sequence) writes() []stash.Write {
	var writes []stash.Write
	for _, k := range []stash.Collection{metadata, policies, stash.CollectionDropped} {
		for _, key := range []string{"a", "b", "bb", "c"} {
			s.values++
			kind := stash.WriteKind(s.n("write", 6))
			if kind > stash.WriteNone && kind <= stash.WriteDelete {
				w := stash.Write{Kind: kind, Collection: k, Key: key}
				if kind != stash.WriteDelete {
					w.Value = fmt.Sprint(s.values)
				}
				writes = append(writes, w)
			}
		}
	}
	return writes
}

// quiet gives a rapid test what an env needs.
type quiet struct{ *rapid.T }

func (quiet) Run(string, func(conformance.T)) bool { panic("conformance: a property has no subtests") }
