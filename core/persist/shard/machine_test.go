package shard_test

import (
	"fmt"
	"testing"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/blobfake"
	"example.com/tidemark/sim/consensusfake"
	"example.com/tidemark/sim/shardstack"
)

// solo is one machine whose calls below take effect when the test says so.
type solo struct {
	t         *testing.T
	m         shard.Machine
	now       clock.Now
	consensus consensusfake.Store
	blobs     blobfake.Store
	calls     shard.CallID
	under     []shard.Effect
	answers   map[shard.CallID]persist.Result
	// made counts the calls below by operation.
	made map[string]int
}

func newSolo(t *testing.T, config shard.Config) *solo {
	s := &solo{t: t, answers: map[shard.CallID]persist.Result{}, made: map[string]int{}}
	s.now.Wall = 1_000_000
	s.step(&shard.Input{Kind: shard.InputBoot, Boot: shard.Boot{Entropy: [4]uint64{1}, Config: config}})
	return s
}

func (s *solo) step(in *shard.Input) {
	var out shard.Effects
	s.m.Step(s.now, in, &out)
	for i := range out.Len() {
		switch e := *out.At(i); e.Kind {
		case shard.EffectRespond:
			s.answers[e.ID] = e.Result
		case shard.EffectConsensus:
			s.made[e.Consensus.Op.String()]++
			s.under = append(s.under, e)
		case shard.EffectBatch:
			s.made[e.Batch.Op.String()]++
			s.under = append(s.under, e)
		default:
			s.t.Fatalf("%v: %v %s", e.Kind, e.Problem, e.Key)
		}
	}
}

// call makes a call and leaves it open.
func (s *solo) call(c persist.Call) shard.CallID {
	s.calls++
	c.Shard = persist.ShardID{Hi: 1, Lo: 2}
	s.step(&shard.Input{Kind: shard.InputCall, ID: s.calls, Call: c})
	return s.calls
}

// land lets the oldest call below take effect and be answered.
func (s *solo) land() {
	e := s.under[0]
	s.under = s.under[1:]
	in := shard.Input{Kind: shard.InputConsensusDone, Effect: e.Effect}
	if e.Kind == shard.EffectBatch {
		in.Kind = shard.InputBatchDone
		shardstack.ApplyBatch(&s.blobs, &e.Batch, &in.Batch)
	} else {
		s.consensus.Apply(&e.Consensus, &in.Consensus)
	}
	s.step(&in)
}

// do makes a call and is its answer.
func (s *solo) do(c persist.Call) persist.Result {
	s.t.Helper()
	id := s.call(c)
	for len(s.under) > 0 {
		s.land()
	}
	return s.answer(id)
}

func (s *solo) answer(id shard.CallID) persist.Result {
	s.t.Helper()
	r, ok := s.answers[id]
	if !ok {
		s.t.Fatalf("call %d is not answered", id)
	}
	return r
}

func reader(n uint64) persist.ReaderID { return persist.ReaderID{Lo: n} }

func open(n uint64) persist.Call {
	return persist.Call{Op: persist.OpOpenLeasedReader, Reader: reader(n), Lease: clock.Hour}
}

func appending(n uint64, from, to frontier.Timestamp, rows ...relation.Update) persist.Call {
	return persist.Call{Op: persist.OpCompareAndAppend, Writer: persist.WriterID{Lo: 1}, Token: persist.Token{Lo: n},
		Expected: frontier.At(from), Upper: frontier.At(to), Updates: rows}
}

// TestReadSeesNothingBehindIt: what is read together with what changes the shard is
// read from the state between, not from the one that is committed.
func TestReadSeesNothingBehindIt(t *testing.T) {
	s := newSolo(t, shard.Defaults())
	s.do(open(1))
	s.do(appending(1, 0, 5, relation.Update{Data: "a", Time: 3, Diff: 1}))
	s.call(open(2))
	listens := s.call(persist.Call{Op: persist.OpListen, Reader: reader(1), AsOf: 1})
	snapshot := s.call(persist.Call{Op: persist.OpSnapshot, Reader: reader(1), AsOf: 4})
	s.call(appending(2, 5, 9, relation.Update{Data: "b", Time: 6, Diff: 1}))
	s.call(persist.Call{Op: persist.OpDowngradeSince, Reader: reader(1), Since: frontier.Empty()})
	s.call(persist.Call{Op: persist.OpDowngradeSince, Reader: reader(2), Since: frontier.Empty()})
	commits := s.made["compare-and-set"]
	for len(s.under) > 0 {
		s.land()
	}
	if n := s.made["compare-and-set"] - commits; n != 1 {
		t.Fatalf("%d commits, want one", n)
	}
	if r := s.answer(listens); r.Outcome != outcome.Done || r.Upper != frontier.At(5) || len(r.Updates) != 1 || r.Updates[0].Data != "a" {
		t.Errorf("who listens hears %+v", r)
	}
	if r := s.answer(snapshot); r.Outcome != outcome.Done || len(r.Updates) != 1 || r.Updates[0].Time != 4 {
		t.Errorf("the snapshot is %+v", r)
	}
	if r := s.do(persist.Call{Op: persist.OpSnapshot, Reader: reader(1), AsOf: 6}); r.Outcome != outcome.Mismatch {
		t.Errorf("a shard that nobody can read is read: %+v", r)
	}
}

// TestWaitingCallsShareOneCommit is group commit.
func TestWaitingCallsShareOneCommit(t *testing.T) {
	s := newSolo(t, shard.Defaults())
	s.do(open(1))
	before := s.made["compare-and-set"]
	var ids []shard.CallID
	for n := range uint64(40) {
		ids = append(ids, s.call(open(n+2)))
	}
	for len(s.under) > 0 {
		s.land()
	}
	for _, id := range ids {
		if r := s.answer(id); r.Outcome != outcome.Done {
			t.Errorf("a reader is answered %v", r.Outcome)
		}
	}
	if n := s.made["compare-and-set"] - before; n != 2 {
		t.Errorf("40 calls took %d commits", n)
	}
}

// TestAppendTakesOneStatement: nothing but the compare-and-set itself, as long as the
// appends are small.
func TestAppendTakesOneStatement(t *testing.T) {
	const appends = 2000
	s := newSolo(t, shard.Defaults())
	for n := range frontier.Timestamp(appends) {
		row := relation.Update{Data: relation.Row(fmt.Sprintf("%040d", n)), Time: n, Diff: 1}
		if r := s.do(appending(uint64(n)+1, n, n+1, row)); r.Outcome != outcome.Done {
			t.Fatalf("append %d is answered %v", n, r.Outcome)
		}
	}
	statements := s.made["compare-and-set"] + s.made["head"] + s.made["scan"] + s.made["truncate"]
	if 100*statements > 102*appends {
		t.Errorf("%d statements for %d appends: %v", statements, appends, s.made)
	}
	if s.made["put"] > 0 || s.made["merge"] == 0 {
		t.Errorf("small appends were put: %v", s.made)
	}
}

// TestMergeWaitsForACommit: what was merged enters with the next append, not with a
// read, and by itself if nothing is appended for a while.
func TestMergeWaitsForACommit(t *testing.T) {
	config := shard.Defaults()
	config.SpillAt = config.InlineMax
	s := newSolo(t, config)
	s.do(open(1))
	blobs := func(commits int) int {
		t.Helper()
		if n := s.made["compare-and-set"]; n != commits {
			t.Fatalf("%d commits, want %d", n, commits)
		}
		state, problem := shardstack.Head(&s.consensus, persist.ShardID{Hi: 1, Lo: 2})
		if problem != shard.ProblemNone {
			t.Fatal(problem)
		}
		return len(state.Batches)
	}
	large := relation.Row(make([]byte, config.InlineMax-16))
	s.do(appending(1, 0, 1, relation.Update{Data: large, Time: 0, Diff: 1}))
	s.do(appending(2, 1, 2, relation.Update{Data: large, Time: 1, Diff: 1}))
	if s.made["merge"] == 0 {
		t.Fatal("nothing is merged")
	}
	before := blobs(3)
	s.do(persist.Call{Op: persist.OpFetchUpper})
	if n := blobs(3); n != before {
		t.Fatalf("a read has committed a merge: %d blobs", n)
	}
	s.now.Mono = s.m.NextWake()
	s.step(&shard.Input{Kind: shard.InputWake})
	for len(s.under) > 0 {
		s.land()
	}
	if n := blobs(4); n != before+1 {
		t.Errorf("%d blobs after a while, %d before", n, before)
	}
}

// TestLargeAppendIsPutFirst: no state refers to a blob before it is there.
func TestLargeAppendIsPutFirst(t *testing.T) {
	config := shard.Defaults()
	s := newSolo(t, config)
	s.do(open(1))
	large := relation.Update{Data: relation.Row(make([]byte, config.InlineMax)), Time: 1, Diff: 1}
	id := s.call(appending(1, 0, 5, large))
	if len(s.under) != 1 || s.under[0].Batch.Op != shard.BatchPut {
		t.Fatalf("first comes %+v", s.under)
	}
	for len(s.under) > 0 {
		s.land()
	}
	if r := s.answer(id); r.Outcome != outcome.Done {
		t.Fatalf("the append is answered %v", r.Outcome)
	}
	if r := s.do(persist.Call{Op: persist.OpSnapshot, Reader: reader(1), AsOf: 4}); len(r.Updates) != 1 || r.Updates[0].Data != large.Data {
		t.Errorf("read back: %d updates", len(r.Updates))
	}
}

// TestMissingBlobIsNamed: a blob that the state refers to and that is not there is a
// problem that a person is told of, and nothing is served.
func TestMissingBlobIsNamed(t *testing.T) {
	config := shard.Defaults()
	config.InlineMax = 0
	s := newSolo(t, config)
	s.do(open(1))
	s.do(appending(1, 0, 5, relation.Update{Data: "a", Time: 1, Diff: 1}))
	s.blobs.Reset()
	id := s.call(persist.Call{Op: persist.OpSnapshot, Reader: reader(1), AsOf: 4})
	problem := shard.ProblemNone
	for len(s.under) > 0 {
		e := s.under[0]
		s.under = s.under[1:]
		in := shard.Input{Kind: shard.InputConsensusDone, Effect: e.Effect}
		if e.Kind == shard.EffectBatch {
			in.Kind = shard.InputBatchDone
			shardstack.ApplyBatch(&s.blobs, &e.Batch, &in.Batch)
		} else {
			s.consensus.Apply(&e.Consensus, &in.Consensus)
		}
		var out shard.Effects
		s.m.Step(s.now, &in, &out)
		for i := range out.Len() {
			switch e := *out.At(i); e.Kind {
			case shard.EffectProblem:
				problem = e.Problem
			case shard.EffectRespond:
				s.answers[e.ID] = e.Result
			default:
				s.under = append(s.under, e)
			}
		}
	}
	if r := s.answer(id); problem != shard.ProblemMissing || r.Outcome != outcome.NotDone {
		t.Errorf("problem %v, answered %v", problem, r.Outcome)
	}
}

// TestUnansweredCallsAreGivenUp: a store that never answers costs a bounded time, and
// the append that may have happened is answered as such.
func TestUnansweredCallsAreGivenUp(t *testing.T) {
	s := newSolo(t, shard.Defaults())
	s.do(open(1))
	id := s.call(appending(1, 0, 5))
	for range 1000 {
		if _, answered := s.answers[id]; answered {
			break
		}
		s.now.Mono = s.m.NextWake()
		s.step(&shard.Input{Kind: shard.InputWake})
	}
	if r := s.answer(id); r.Outcome != outcome.Unknown {
		t.Fatalf("answered %v", r.Outcome)
	}
	late := s.under[0]
	s.under = nil
	var r consensus.Result
	s.consensus.Apply(&late.Consensus, &r)
	if r := s.do(appending(1, 0, 5)); r.Outcome != outcome.Done || r.Upper != frontier.At(5) {
		t.Errorf("repeated, it is answered %+v", r)
	}
	if !s.m.Idle() {
		t.Error("something is left")
	}
}

func TestMachineWithoutSettingsDoesNothing(t *testing.T) {
	s := newSolo(t, shard.Config{})
	if r := s.do(open(1)); r.Outcome != outcome.NotDone || len(s.made) > 0 || s.m.NextWake() != clock.Never {
		t.Errorf("answered %v, made %v", r.Outcome, s.made)
	}
	if c := shard.Defaults(); !c.Valid() {
		t.Error("the defaults are not valid")
	}
}

// BenchmarkAppend is what the machine itself costs of a small append, on stores that
// cost nothing.
func BenchmarkAppend(b *testing.B) {
	var m shard.Machine
	var store consensusfake.Store
	var blobs blobfake.Store
	var out shard.Effects
	now := clock.Now{Wall: 1_000_000}
	run := func(in *shard.Input) {
		queue := []shard.Input{*in}
		for len(queue) > 0 {
			in := queue[0]
			queue = queue[1:]
			out.Reset()
			m.Step(now, &in, &out)
			for i := range out.Len() {
				e := out.At(i)
				next := shard.Input{Kind: shard.InputConsensusDone, Effect: e.Effect}
				switch e.Kind {
				case shard.EffectConsensus:
					store.Apply(&e.Consensus, &next.Consensus)
				case shard.EffectBatch:
					next.Kind = shard.InputBatchDone
					shardstack.ApplyBatch(&blobs, &e.Batch, &next.Batch)
				default:
					continue
				}
				queue = append(queue, next)
			}
		}
	}
	run(&shard.Input{Kind: shard.InputBoot, Boot: shard.Boot{Entropy: [4]uint64{1}, Config: shard.Defaults()}})
	c := appending(0, 0, 0, relation.Update{Data: relation.Row(fmt.Sprintf("%064d", 7)), Diff: 1})
	c.Shard = persist.ShardID{Hi: 1, Lo: 2}
	n := frontier.Timestamp(0)
	for b.Loop() {
		c.Expected, c.Upper, c.Token.Lo = frontier.At(n), frontier.At(n+1), uint64(n)+1
		c.Updates = []relation.Update{{Data: c.Updates[0].Data, Time: n, Diff: 1}}
		run(&shard.Input{Kind: shard.InputCall, ID: shard.CallID(n + 1), Call: c})
		n++
	}
}
