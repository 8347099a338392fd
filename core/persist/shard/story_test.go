package shard_test

import (
	"fmt"
	"hash/crc32"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"example.com/tidemark/codec"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/sim/blobfake"
	"example.com/tidemark/sim/consensusfake"
	"example.com/tidemark/sim/shardstack"
)

// story tells what machines do on one consensus and one blob store, call by call.
// Machines are named a, b and so on in the order of their starts; a command is about a,
// or the one that it names. Commands:
//
//	start [small]        a machine starts, with settings under which much happens
//	call                 calls in their text form, one a line, of the one shard
//	land [n=] [fate=]    end calls of the stores, the oldest first: done, lost (it takes
//	                     effect, and that is not known), never, refused
//	settle               end calls well until none is out
//	outcomes             what would follow if the oldest call ended in each way
//	pass MS              let time pass, ending every call well; "alone" ends none
//	compact              somebody asks for compaction
//
// Every command prints what followed, and the instant at which the machine wants to be
// woken if that is another one than before.
type story struct {
	t         *testing.T
	machines  []*told
	now       clock.Now
	consensus consensusfake.Store
	blobs     blobfake.Store
	names     map[string]string
	out       strings.Builder
	ids       shard.CallID
}

type told struct {
	m, copy shard.Machine
	under   []shard.Effect
	wake    clock.Instant
}

func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		s := &story{names: map[string]string{}}
		s.now.Wall = 1_000_000
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.t = t
			s.out.Reset()
			s.run(d)
			for i, m := range s.machines {
				if at := m.m.NextWake(); at != m.wake {
					m.wake = at
					fmt.Fprintf(&s.out, "%c wakes %s\n", 'a'+i, s.until(at))
				}
			}
			return s.out.String()
		})
	})
}

func (s *story) until(at clock.Instant) string {
	if at == clock.Never {
		return "never"
	}
	return "in " + (time.Duration(at-s.now.Mono) * time.Microsecond).String()
}

func (s *story) run(d *datadriven.TestData) {
	m := s.machine(d)
	switch d.Cmd {
	case "start":
		m = &told{wake: clock.Never}
		s.machines = append(s.machines, m)
		config := shard.Defaults()
		if d.HasArg("small") {
			config = small()
		}
		s.step(m, &shard.Input{Kind: shard.InputBoot, Boot: shard.Boot{Entropy: [4]uint64{uint64(len(s.machines))}, Config: config}})
	case "call":
		for _, line := range strings.Split(strings.TrimSpace(d.Input), "\n") {
			c, err := codec.ParsePersistCall(line)
			if err != nil {
				s.t.Fatalf("%s: %v", line, err)
			}
			c.Shard = persist.ShardID{Hi: 1, Lo: 2}
			s.ids++
			s.step(m, &shard.Input{Kind: shard.InputCall, ID: s.ids, Call: c})
		}
	case "compact":
		s.step(m, &shard.Input{Kind: shard.InputCompact, Call: persist.Call{Shard: persist.ShardID{Hi: 1, Lo: 2}}})
	case "land":
		n, fate := 1, "done"
		d.MaybeScanArgs(s.t, "n", &n)
		d.MaybeScanArgs(s.t, "fate", &fate)
		for ; n > 0; n-- {
			s.land(m, fate)
		}
	case "settle":
		for n := 0; len(m.under) > 0; n++ {
			if n > 1000 {
				s.t.Fatal("there is no end to it")
			}
			s.land(m, "done")
		}
	case "outcomes":
		s.outcomes(m)
	case "pass":
		var ms int64
		d.ScanArgs(s.t, "ms", &ms)
		s.pass(m, s.now.Mono.Add(clock.Duration(ms)*clock.Millisecond), d.HasArg("alone"))
	default:
		s.t.Fatalf("no such command: %s", d.Cmd)
	}
}

func (s *story) machine(d *datadriven.TestData) *told {
	for _, arg := range d.CmdArgs {
		if len(arg.Key) == 1 && arg.Key[0] >= 'a' && int(arg.Key[0]-'a') < len(s.machines) {
			return s.machines[arg.Key[0]-'a']
		}
	}
	if len(s.machines) == 0 {
		return nil
	}
	return s.machines[0]
}

// step gives a machine an input, and tells what follows; a copy does the same.
func (s *story) step(m *told, in *shard.Input) {
	var out, copied shard.Effects
	m.copy.CopyFrom(&m.m)
	m.m.Step(s.now, in, &out)
	m.copy.Step(s.now, in, &copied)
	if !reflect.DeepEqual(out, copied) || m.m.NextWake() != m.copy.NextWake() {
		s.t.Fatal("a copy does something else")
	}
	for i := range out.Len() {
		e := out.At(i)
		fmt.Fprintf(&s.out, "-> %s\n", s.describe(e))
		if e.Kind == shard.EffectConsensus || e.Kind == shard.EffectBatch {
			m.under = append(m.under, *e)
		}
	}
}

func (s *story) describe(e *shard.Effect) string {
	switch e.Kind {
	case shard.EffectRespond:
		text := fmt.Sprintf("answer %d: %s", e.ID, codec.AppendPersistResult(nil, &e.Result))
		if e.Problem != 0 {
			text += fmt.Sprintf(" because of %v at %s", e.Problem, s.name(e.Key))
		}
		return text
	case shard.EffectProblem:
		return fmt.Sprintf("problem: %v at %s", e.Problem, s.name(e.Key))
	case shard.EffectConsensus:
		c := &e.Consensus
		text := fmt.Sprintf("%v for %d", c.Op, e.Cause)
		switch c.Op {
		case consensus.OpCompareAndSet:
			text += fmt.Sprintf(" %d→%d of %v, %d bytes %08x", c.Expected, c.New, e.Calls, len(c.Data), crc32.ChecksumIEEE([]byte(c.Data)))
		case consensus.OpScan:
			text += fmt.Sprintf(" from %d at most %d", c.From, c.Limit)
		case consensus.OpTruncate:
			text += fmt.Sprintf(" before %d", c.Before)
		}
		return text
	}
	c := &e.Batch
	text := fmt.Sprintf("%v for %d %s", c.Op, e.Cause, s.name(c.Key))
	for i := range c.Inputs {
		text += fmt.Sprintf(" (%d updates in %v to %v)", c.Inputs[i].Count, c.Inputs[i].Lower, c.Inputs[i].Upper)
	}
	if c.Op == shard.BatchMerge {
		text += fmt.Sprintf(" since %v keep %d", c.Since, c.Keep)
	}
	if c.Op == shard.BatchList {
		text += fmt.Sprintf(" after %q at most %d", s.name(c.After), c.Limit)
	}
	for _, u := range c.Updates {
		text += fmt.Sprintf(" %q@%d:%+d", string(u.Data), u.Time, u.Diff)
	}
	return text
}

// name shortens the key of a blob to the order in which it first appears.
func (s *story) name(key string) string {
	_, blob, ok := strings.Cut(key, "/")
	if !ok || blob == "" {
		return key
	}
	if s.names[key] == "" {
		s.names[key] = fmt.Sprintf("blob %d", len(s.names)+1)
	}
	return s.names[key]
}

// land ends the oldest call of the stores.
func (s *story) land(m *told, fate string) {
	if len(m.under) == 0 {
		s.t.Fatal("no call is out")
	}
	e := m.under[0]
	m.under = m.under[1:]
	in := s.made(&e, fate == "done" || fate == "lost")
	switch fate {
	case "lost", "never":
		in.Consensus, in.Batch = consensus.Result{Outcome: outcome.Unknown}, shard.BatchResult{Outcome: outcome.Unknown}
	case "refused":
		in.Consensus, in.Batch = consensus.Result{Outcome: outcome.NotDone}, shard.BatchResult{Outcome: outcome.NotDone}
	}
	fmt.Fprintf(&s.out, "%s: %s\n", s.describe(&e), fate)
	s.step(m, in)
}

// made is the completion of a call that takes effect, or does not.
func (s *story) made(e *shard.Effect, happens bool) *shard.Input {
	in := &shard.Input{Kind: shard.InputConsensusDone, Effect: e.Effect}
	if e.Kind == shard.EffectBatch {
		in.Kind = shard.InputBatchDone
	}
	switch {
	case !happens:
	case e.Kind == shard.EffectBatch:
		shardstack.ApplyBatch(&s.blobs, &e.Batch, &in.Batch)
	default:
		s.consensus.Apply(&e.Consensus, &in.Consensus)
	}
	return in
}

// outcomes ends the oldest call in every way, each in a copy of the machine.
func (s *story) outcomes(m *told) {
	e := m.under[0]
	for o := outcome.None; o <= outcome.Invalid+1; o++ {
		for _, problem := range []shard.Problem{0, shard.ProblemContents} {
			if problem != 0 && (e.Kind != shard.EffectBatch || o != outcome.NotDone && o != outcome.Done) {
				continue
			}
			other := &told{}
			other.m.CopyFrom(&m.m)
			in := &shard.Input{Kind: shard.InputConsensusDone, Effect: e.Effect}
			in.Consensus.Outcome, in.Batch.Outcome, in.Batch.Problem, in.Batch.Key = o, o, problem, e.Batch.Key
			if e.Kind == shard.EffectBatch {
				in.Kind = shard.InputBatchDone
			}
			fmt.Fprintf(&s.out, "%v:\n", o)
			if problem != 0 {
				fmt.Fprintf(&s.out, "with the problem that a %v:\n", problem)
			}
			s.step(other, in)
			if at := other.m.NextWake(); at != m.m.NextWake() {
				fmt.Fprintf(&s.out, "wakes %s\n", s.until(at))
			}
		}
	}
}

// pass lets time pass, and wakes the machine exactly when it wants to be woken.
func (s *story) pass(m *told, to clock.Instant, alone bool) {
	start := s.now.Mono
	for n := 0; ; n++ {
		if n > 1000 {
			s.t.Fatal("there is no end to it")
		}
		if !alone && len(m.under) > 0 {
			s.land(m, "done")
			continue
		}
		at := min(max(m.m.NextWake(), s.now.Mono), to)
		s.now.Wall += clock.Wall(at/1000 - s.now.Mono/1000)
		s.now.Mono = at
		if m.m.NextWake() > at {
			return
		}
		fmt.Fprintf(&s.out, "after %s:\n", time.Duration(at-start)*time.Microsecond)
		s.step(m, &shard.Input{Kind: shard.InputWake})
	}
}

// TestConfigurationBounds: each setting is accepted exactly from its least to its
// greatest value, the others being the defaults.
func TestConfigurationBounds(t *testing.T) {
	const longest, count, window = uint64(366 * 24 * clock.Hour), 1 << 30, 1 << 32
	d := shard.Defaults()
	bounds := map[string][2]uint64{
		"InlineMax": {0, math.MaxUint64}, "SpillAt": {1, math.MaxUint64}, "MaxBatches": {2, count}, "MaxChain": {0, count},
		"MaxCombine": {1, count}, "MaxRounds": {1, d.CommitWindow - 1}, "CommitWindow": {uint64(d.MaxRounds) + 1, window}, "MergeWindow": {0, window},
		"RetainStates": {0, math.MaxUint64}, "TruncateEvery": {1, math.MaxUint64}, "TruncateKeep": {1, math.MaxUint64},
		"MaxMerges": {1, math.MaxUint32}, "MergeBytes": {0, math.MaxUint64},
	}
	fields := reflect.TypeFor[shard.Config]()
	for i := range fields.NumField() {
		name, signed := fields.Field(i).Name, fields.Field(i).Type.Kind() == reflect.Int64
		b, ok := bounds[name]
		if !ok && !signed {
			t.Fatalf("%s: its bounds are not told here", name)
		}
		if signed {
			b = [2]uint64{1, longest}
		}
		for _, v := range []uint64{b[0], b[0] + 1, b[1] - 1, b[1], b[0] - 1, b[1] + 1} {
			want := v-b[0] <= b[1]-b[0]
			c := shard.Defaults()
			field := reflect.ValueOf(&c).Elem().Field(i)
			switch {
			case signed:
				field.SetInt(int64(v))
			case field.OverflowUint(v):
				continue
			default:
				field.SetUint(v)
			}
			if c.Valid() != want {
				t.Errorf("%s = %d: valid %v", name, v, !want)
			}
		}
	}
}
