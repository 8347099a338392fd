package shard

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/internal/draws"
)

// line is a line of states as they are stored, each made from the one before.
type line struct {
	states  []*State
	entries []consensus.Entry
}

// add stores a state that follows the last one.
func (l *line) add(s *State, most uint64) {
	last := l.states[len(l.states)-1]
	s.Seqno, s.Mark = last.Seqno+1, Mark{Hi: uint64(last.Seqno), Lo: 1}
	s.begin(last, most)
	l.states = append(l.states, s)
	l.entries = append(l.entries, consensus.Entry{Seqno: s.Seqno, Data: s.Encode()})
}

// appended is the last state with one more update, or with another change.
func (l *line) appended(u relation.Update) *State {
	s := l.states[len(l.states)-1].clone()
	s.Tail = append(s.Tail, u)
	s.tailBytes = Size(s.Tail)
	return s
}

// drawLine draws some states of which most are appends to the one before.
func drawLine(t *rapid.T) *line {
	first := drawState(t)
	first.Finalized, first.Seqno, first.Upper = false, 7, frontier.At(9)
	for i := range first.Batches {
		first.Batches[i].Upper = frontier.At(8)
	}
	l := &line{states: []*State{first}, entries: []consensus.Entry{{Seqno: 7, Data: first.Encode()}}}
	for range rapid.IntRange(1, 12).Draw(t, "states") {
		s := l.appended(relation.Update{Data: relation.Row(rapid.String().Draw(t, "row")), Diff: 1})
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0:
			s.Tail, s.TailFrom = nil, s.TailFrom+1
			s.tailBytes = 0
		case 1:
			s.Batches = append(s.Batches, Batch{Blob: BlobID{Lo: 3}, Upper: frontier.At(8), Count: 1})
		case 2:
			s.Tail = s.Tail[:len(s.Tail)-1]
			s.tailBytes = Size(s.Tail)
			s.Removed = append(s.Removed, 5)
		}
		l.add(s, 4)
	}
	return l
}

// TestChainsComeBack: a state is the same whether it is stored whole or in parts, and
// whatever was known of its chain before.
func TestChainsComeBack(t *testing.T) {
	stored := map[string]int{}
	draws.Until(t, func() []string { return draws.Unmet(stored, "whole", "part") }, func(t *rapid.T) {
		l := drawLine(t)
		for i, want := range l.states {
			from := i - int(want.Seqno-want.first())
			if want.Base != 0 {
				stored["part"]++
			} else {
				stored["whole"]++
			}
			for known := from - 1; known < i; known++ {
				var before *State
				if known >= from {
					before = l.states[known]
				}
				got, problem := Chain(here, before, l.entries[known+1:i+1]...)
				if problem != ProblemNone {
					t.Fatalf("state %d: %v", want.Seqno, problem)
				}
				if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(State{}), cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("state %d, known up to %d: %s", want.Seqno, known, diff)
				}
				if got.Encode() != l.entries[i].Data {
					t.Fatalf("state %d is encoded otherwise", want.Seqno)
				}
			}
			if want.Seqno-want.first() > 4 {
				t.Fatalf("state %d begins at %d", want.Seqno, want.first())
			}
		}
	})
}

// three are a whole state and two parts.
func three() *line {
	first := &State{Shard: here, Seqno: 1, Mark: Mark{Lo: 1}, Tail: []relation.Update{{Data: "a", Diff: 1}}}
	l := &line{states: []*State{first}, entries: []consensus.Entry{{Seqno: 1, Data: first.Encode()}}}
	l.add(l.appended(relation.Update{Data: "b", Diff: 1}), 9)
	l.add(l.appended(relation.Update{Data: "c", Diff: 1}), 9)
	return l
}

// TestBrokenChainsAreNamed: a part is completed by the state that it was made from,
// and by no other.
func TestBrokenChainsAreNamed(t *testing.T) {
	l := three()
	if l.states[2].Base != 1 {
		t.Fatalf("%+v is no part", l.states[2])
	}
	other := three()
	other.states[1].Mark.Lo++
	renamed := three()
	renamed.states[1].TailFrom++
	shorter := three()
	shorter.states[1].Base = 0
	for what, before := range map[string]*State{
		"the one before that": l.states[0], "none": nil, "another of the number": other.states[1],
		"one with another tail": renamed.states[1], "one of another chain": shorter.states[1],
	} {
		if s, problem := Chain(here, before, l.entries[2]); problem != ProblemState {
			t.Errorf("after %s: %+v, %v", what, s, problem)
		}
	}
	if s, problem := Chain(here, l.states[0], l.entries[0]); problem != ProblemState {
		t.Errorf("a whole state follows: %+v, %v", s, problem)
	}
	if _, problem := Chain(here, nil, l.entries[0], consensus.Entry{Seqno: 2, Data: "what?"}); problem != ProblemTruncated {
		t.Errorf("an entry that is none: %v", problem)
	}
}

// TestProblemsOfParts: what makes no sense in a part alone.
func TestProblemsOfParts(t *testing.T) {
	part := func(change func(*State)) string {
		s := &State{Shard: here, Seqno: 3, Base: 1, After: Mark{Lo: 1}, Upper: frontier.At(5)}
		change(s)
		return s.Encode()
	}
	for what, data := range map[string]string{
		"finalized": part(func(s *State) { s.Finalized = true }),
		"own base":  part(func(s *State) { s.Base = 3 }),
		"late base": part(func(s *State) { s.Base = 4 }),
		"no base":   part(func(s *State) { s.Base = 0 }),
	} {
		if _, problem := Decode(here, consensus.Entry{Seqno: 3, Data: data}); problem != ProblemState {
			t.Errorf("%s: %v", what, problem)
		}
	}
	if _, problem := Decode(here, consensus.Entry{Seqno: 3, Data: part(func(*State) {})}); problem != ProblemNone {
		t.Error(problem)
	}
	whole := &State{Shard: here, Seqno: 3}
	relabelled := []byte(whole.Encode())
	relabelled[len(magic)] = versionPart
	if _, problem := Decode(here, consensus.Entry{Seqno: 3, Data: string(relabelled)}); problem != ProblemChecksum {
		t.Errorf("a whole state that says it is a part: %v", problem)
	}
}

// TestSmallAppendIsStoredSmall: what is written for an append does not grow with the
// tail.
func TestSmallAppendIsStoredSmall(t *testing.T) {
	first := &State{Shard: here, Seqno: 1, Mark: Mark{Lo: 1}, Tail: []relation.Update{{Data: relation.Row(strings.Repeat("x", 1<<14)), Diff: 1}}}
	l := &line{states: []*State{first}, entries: []consensus.Entry{{Seqno: 1, Data: first.Encode()}}}
	l.add(l.appended(relation.Update{Data: "row", Diff: 1}), 9)
	if n := len(l.entries[1].Data); n > 200 {
		t.Errorf("an append of one small row takes %d bytes", n)
	}
}

// chainRig is a machine whose consensus calls the test answers.
type chainRig struct {
	t   *testing.T
	m   Machine
	now clock.Now
	out Effects
}

func newChainRig(t *testing.T) *chainRig {
	r := &chainRig{t: t, now: clock.Now{Mono: 1, Wall: 1}}
	r.m.Step(r.now, &Input{Kind: InputBoot, Boot: Boot{Entropy: [4]uint64{1}, Config: Defaults()}}, &r.out)
	return r
}

// step takes an input and is the first effect that follows.
func (r *chainRig) step(in Input) Effect {
	r.out.Reset()
	r.m.Step(r.now, &in, &r.out)
	if r.out.Len() == 0 {
		r.t.Fatalf("nothing follows from %v", in.Kind)
	}
	return *r.out.At(0)
}

func (r *chainRig) fetch(id CallID) Effect {
	return r.step(Input{Kind: InputCall, ID: id, Call: persist.Call{Op: persist.OpFetchUpper, Shard: here}})
}

func (r *chainRig) answer(e Effect, result consensus.Result) Effect {
	return r.step(Input{Kind: InputConsensusDone, Effect: e.Effect, Consensus: result})
}

// TestOnlyWhatIsMissingIsRead: a head that follows the known one needs nothing else,
// and one that follows later what is between.
func TestOnlyWhatIsMissingIsRead(t *testing.T) {
	l := three()
	l.add(l.appended(relation.Update{Data: "d", Diff: 1}), 9)
	l.add(l.appended(relation.Update{Data: "e", Diff: 1}), 9)
	r := newChainRig(t)
	head := func(n int) consensus.Result { return consensus.Result{Outcome: outcome.Done, Head: l.entries[n-1]} }
	scan := func(e Effect, from, count int) Effect {
		t.Helper()
		if c := e.Consensus; c.Op != consensus.OpScan || int(c.From) != from || int(c.Limit) != count {
			t.Fatalf("%d entries from %d on are to be read, and %+v is", count, from, c)
		}
		return r.answer(e, consensus.Result{Outcome: outcome.Done, Entries: l.entries[from-1 : from-1+count]})
	}
	answered := func(e Effect, id CallID) {
		t.Helper()
		if e.Kind != EffectRespond || e.ID != id || e.Result.Outcome != outcome.Done {
			t.Fatalf("%+v is no answer to call %d", e, id)
		}
	}
	answered(scan(r.answer(r.fetch(1), head(2)), 1, 1), 1)
	answered(r.answer(r.fetch(2), head(3)), 2)
	answered(scan(r.answer(r.fetch(3), head(5)), 4, 1), 3)
}

// TestMissingEntriesAreReadForAgain: what was truncated while the head was being read
// belongs to an old head; that there is no newer one is a problem.
func TestMissingEntriesAreReadForAgain(t *testing.T) {
	l := three()
	r := newChainRig(t)
	e := r.fetch(1)
	for range 2 {
		if e.Consensus.Op != consensus.OpHead {
			t.Fatalf("the head is not read again: %+v", e)
		}
		e = r.answer(e, consensus.Result{Outcome: outcome.Done, Head: l.entries[2]})
		e = r.answer(e, consensus.Result{Outcome: outcome.Done, Entries: l.entries[1:2]})
	}
	if e.Kind != EffectProblem || e.Problem != ProblemTruncated || r.out.Len() != 2 || r.out.At(1).Result.Outcome != outcome.NotDone {
		t.Fatalf("it ends with %+v", e)
	}
}

// TestAnOldHeadsChainIsNoProblem: a reader that is always too late, because others go on
// and truncate, gives up for now, and nobody is told that something is wrong.
func TestAnOldHeadsChainIsNoProblem(t *testing.T) {
	l := three()
	r := newChainRig(t)
	e := r.fetch(1)
	for i := range int(Defaults().MaxRounds) {
		if e.Consensus.Op != consensus.OpHead {
			t.Fatalf("the head is not read again: %+v", e)
		}
		l.add(l.appended(relation.Update{Data: "d", Diff: 1}), 99)
		e = r.answer(e, consensus.Result{Outcome: outcome.Done, Head: l.entries[len(l.entries)-1]})
		if e.Consensus.Op != consensus.OpScan {
			t.Fatalf("the chain of head %d is not read: %+v", i, e)
		}
		e = r.answer(e, consensus.Result{Outcome: outcome.Done})
	}
	if e.Kind != EffectRespond || e.Result.Outcome != outcome.NotDone || r.out.Len() != 1 {
		t.Fatalf("it ends with %+v", e)
	}
}
