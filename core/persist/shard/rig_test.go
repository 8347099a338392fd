package shard_test

import (
	"fmt"
	"sync"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/persist"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/sim/blobfake"
	"example.com/tidemark/sim/consensusfake"
	"example.com/tidemark/sim/shardstack"
)

// rig is a few machines on the same two stores, with everything that may go wrong
// between them, in simulated time.
type rig struct {
	lock     sync.Mutex
	machines []shard.Machine
	// copy is what each machine is copied into before each step: it must do the same.
	copy      shard.Machine
	consensus consensusfake.Store
	blobs     blobfake.Store

	mono   clock.Instant
	wall   clock.Wall
	events []event
	serial uint64
	random uint64
	// permille of the calls below go wrong.
	permille uint64

	answers map[shard.CallID]persist.Result
	// statements and met count what happened.
	statements int
	met        map[string]int
	problems   []string
	// tamper changes effects before they are released, lie what is told of them.
	tamper func(e *shard.Effect)
	lie    func(e *shard.Effect, in *shard.Input)
}

// event is a call below that takes effect, or its completion.
type event struct {
	at      clock.Instant
	serial  uint64
	applies bool
	call    *below
	as      outcome.Outcome // what is reported; None: what came of it
}

type below struct {
	machine   int
	effect    shard.Effect
	consensus consensus.Result
	batch     shard.BatchResult
}

// small are settings under which everything that a machine does happens often.
func small() shard.Config {
	c := shard.Defaults()
	c.InlineMax, c.SpillAt, c.MaxBatches, c.MaxChain = 40, 60, 3, 4
	c.StoreDeadline = 100 * clock.Millisecond
	c.TruncateEvery, c.TruncateKeep = 3, 2
	c.MergeLinger = 20 * clock.Millisecond
	c.SweepEvery, c.DeleteAfter, c.DeleteEvery = 500*clock.Millisecond, 20*clock.Millisecond, clock.Millisecond
	return c
}

func newRig(machines int, permille uint64, config shard.Config) *rig {
	r := &rig{machines: make([]shard.Machine, machines), permille: permille, random: 1,
		answers: map[shard.CallID]persist.Result{}, met: map[string]int{}}
	for i := range r.machines {
		r.step(i, &shard.Input{Kind: shard.InputBoot, Boot: shard.Boot{Entropy: [4]uint64{uint64(i) + 1}, Config: config}})
	}
	return r
}

// n is a drawn number below limit.
func (r *rig) n(limit uint64) uint64 {
	r.random += 0x9e3779b97f4a7c15
	z := r.random
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return (z ^ z>>31) % limit
}

// do makes a call by one of the machines and waits for its answer.
func (r *rig) do(c *persist.Call, result *persist.Result) {
	r.lock.Lock()
	r.serial++
	id := shard.CallID(r.serial)
	r.step(int(r.n(uint64(len(r.machines)))), &shard.Input{Kind: shard.InputCall, ID: id, Call: *c})
	r.lock.Unlock()
	for {
		r.lock.Lock()
		answer, ok := r.answers[id]
		if ok {
			delete(r.answers, id)
		} else {
			r.next()
		}
		r.lock.Unlock()
		if ok {
			*result = answer
			return
		}
	}
}

// compact asks all machines to compact, and waits until nothing is under way.
func (r *rig) compact(id persist.ShardID) {
	r.lock.Lock()
	defer r.lock.Unlock()
	for i := range r.machines {
		r.step(i, &shard.Input{Kind: shard.InputCompact, Call: persist.Call{Shard: id}})
		r.rest()
	}
}

// rest lets happen what is under way.
func (r *rig) rest() {
	for r.busy() {
		r.next()
	}
}

func (r *rig) busy() bool {
	for i := range r.machines {
		if !r.machines[i].Idle() {
			return true
		}
	}
	return false
}

// next lets the next thing happen: an event, or a machine's wake.
func (r *rig) next() {
	first := -1
	for i := range r.events {
		e := &r.events[i]
		if first < 0 || e.at < r.events[first].at || e.at == r.events[first].at && e.serial < r.events[first].serial {
			first = i
		}
	}
	wakes, at := -1, clock.Never
	for i := range r.machines {
		if w := r.machines[i].NextWake(); w < at {
			wakes, at = i, w
		}
	}
	switch {
	case wakes >= 0 && (first < 0 || at < r.events[first].at):
		r.mono = max(r.mono, at)
		r.step(wakes, &shard.Input{Kind: shard.InputWake})
	case first >= 0:
		e := r.events[first]
		r.events = append(r.events[:first], r.events[first+1:]...)
		r.mono = max(r.mono, e.at)
		r.happen(&e)
	default:
		panic("a call is not answered, and nothing is under way")
	}
}

func (r *rig) happen(e *event) {
	c := e.call
	if e.applies {
		r.consensus.HideHead(r.n(4) == 0)
		if c.effect.Kind == shard.EffectConsensus {
			r.consensus.Apply(&c.effect.Consensus, &c.consensus)
		} else {
			shardstack.ApplyBatch(&r.blobs, &c.effect.Batch, &c.batch)
		}
		return
	}
	in := shard.Input{Kind: shard.InputConsensusDone, Effect: c.effect.Effect, Consensus: c.consensus, Batch: c.batch}
	if e.as != outcome.None {
		in.Consensus, in.Batch = consensus.Result{Outcome: e.as}, shard.BatchResult{Outcome: e.as}
	}
	if c.effect.Kind == shard.EffectBatch {
		in.Kind = shard.InputBatchDone
	}
	if r.lie != nil {
		r.lie(&c.effect, &in)
	}
	r.step(c.machine, &in)
}

func (r *rig) step(i int, in *shard.Input) {
	var out, copied shard.Effects
	now := clock.Now{Mono: r.mono, Wall: r.wall}
	r.copy.CopyFrom(&r.machines[i])
	r.machines[i].Step(now, in, &out)
	r.copy.Step(now, in, &copied)
	if a, b := fmt.Sprintf("%+v", out), fmt.Sprintf("%+v", copied); a != b || r.copy.NextWake() != r.machines[i].NextWake() {
		panic("a copy had other effects:\n" + b + "\noriginal:\n" + a)
	}
	for k := range out.Len() {
		e := *out.At(k)
		if r.tamper != nil {
			r.tamper(&e)
		}
		r.release(i, &e)
	}
}

func (r *rig) release(i int, e *shard.Effect) {
	switch e.Kind {
	case shard.EffectRespond:
		if _, twice := r.answers[e.ID]; twice {
			panic(fmt.Sprintf("call %d is answered twice", e.ID))
		}
		r.answers[e.ID] = e.Result
		r.met["answered "+e.Result.Outcome.String()]++
	case shard.EffectProblem:
		r.problems = append(r.problems, e.Problem.String()+" "+e.Key)
	case shard.EffectConsensus, shard.EffectBatch:
		r.statements++
		if e.Kind == shard.EffectConsensus {
			r.met[e.Consensus.Op.String()]++
			if !e.Consensus.Valid() {
				panic(fmt.Sprintf("malformed call %+v", e.Consensus))
			}
		} else {
			r.met[e.Batch.Op.String()]++
		}
		r.fly(i, e)
	default:
		panic("an effect of kind " + e.Kind.String())
	}
}

// fly draws what becomes of a call below.
func (r *rig) fly(i int, e *shard.Effect) {
	c := &below{machine: i, effect: *e}
	took := clock.Instant(r.n(5_000) + 1)
	applies, answers, as := true, true, outcome.None
	lands := r.mono + clock.Instant(r.n(uint64(took)))
	if r.n(1000) < r.permille {
		switch r.n(6) {
		case 0:
			as = outcome.Unknown
		case 1:
			as, applies = outcome.Unknown, false
		case 2:
			as, lands = outcome.Unknown, r.mono+took+clock.Instant(r.n(300_000))
		case 3:
			as, applies = outcome.NotDone, false
		case 4:
			answers, applies = false, r.n(2) == 0
		case 5:
			took *= 50 // later than the deadline, perhaps
		}
	}
	if applies {
		r.serial++
		r.events = append(r.events, event{at: lands, serial: r.serial, applies: true, call: c})
	}
	if answers {
		r.serial++
		r.events = append(r.events, event{at: r.mono + took, serial: r.serial, call: c, as: as})
	}
}

func factory(machines int, permille uint64, config shard.Config, used func(*rig)) suite.Factory {
	return func(conformance.T) *suite.Store {
		r := newRig(machines, permille, config)
		if used != nil {
			used(r)
		}
		return &suite.Store{
			Do:      r.do,
			SetWall: func(now clock.Wall) { r.wall = now },
			Compact: r.compact,
		}
	}
}

func TestConformance(t *testing.T) {
	suite.Run(conformance.Of(t), factory(1, 0, shard.Defaults(), nil))
}

func TestConformanceSmall(t *testing.T) {
	suite.Run(conformance.Of(t), factory(3, 0, small(), nil))
}

func TestConformanceWithFaults(t *testing.T) {
	suite.Run(conformance.Of(t), factory(3, 200, small(), nil))
}

// TestTheRigMeetsEverything: a suite that never meets a case proves nothing of it.
func TestTheRigMeetsEverything(t *testing.T) {
	var used []*rig
	suite.Run(conformance.Of(t), factory(3, 200, small(), func(r *rig) { used = append(used, r) }))
	met := map[string]int{}
	for _, r := range used {
		for what, n := range r.met {
			met[what] += n
		}
		for _, p := range r.problems {
			t.Errorf("problem reported: %s", p)
		}
	}
	for _, what := range []string{"head", "compare-and-set", "scan", "truncate", "get", "put", "merge", "delete", "list"} {
		if met[what] < 10 {
			t.Errorf("%s happened %d times", what, met[what])
		}
	}
	t.Log(met)
}
