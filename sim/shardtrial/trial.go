// Package shardtrial puts the real shard machine to the test by itself: a few machines
// that share one or two shards, in the worst company, for a few simulated seconds. A
// world has a shard for each of many collections, and a few calls for each of them; here
// everything that may happen to one shard happens within a hundred calls. Its clocks
// differ by more than leases last, machines end in the middle of what they do, calls of
// the stores are lost, late, or answered too late, and every setting is as small as it
// may be.
//
// What a machine answers and stores is compared with the model (sim/persistfake), which
// does the calls that were committed, in their order, and nothing else.
package shardtrial

import (
	"fmt"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/blobfake"
	"example.com/tidemark/sim/consensusfake"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/persistfake"
)

// Trial is one trial, and the memory for the next one. The zero value is ready.
type Trial struct {
	// Watcher is told of everything that happens; nil: nobody is.
	Watcher Watcher

	acts kernel.Acts
	dice kernel.Dice
	why  string

	config    shard.Config
	machines  []machine
	consensus consensusfake.Store
	blobs     blobfake.Store
	grounds   [2]ground
	// shards counts the grounds in use, booted the processes that there were.
	shards int
	booted uint32

	mono   clock.Instant
	failed clock.Instant // when it failed, if it did
	serial uint64
	events []event
	spare  []*below
	calls  []asked
	// permille of the calls below go wrong.
	permille int
	// steps counts what has happened, alone the calls that are made one at a time.
	steps int
	alone bool

	clients clients
	// Tamper changes what a machine does, in tests.
	Tamper  func(e *shard.Effect)
	input   shard.Input
	effects shard.Effects
	// scratch is what the model is copied into; the lists are memory.
	scratch         persistfake.Store
	found, appended []relation.Update
}

// machine is the shard machine of a process.
type machine struct {
	core shard.Machine
	// life counts the processes that there were; born is when this one began.
	life uint32
	born clock.Instant
	// number of the process among all of the trial.
	number uint32
	// skew of its wall clock, in milliseconds.
	skew clock.Wall
}

// most bounds what may happen in one trial.
const most = 50_000

// Run makes the trial of a seed, or only the acts of these numbers of it (nil: all). It
// says what went wrong: nothing, if all is well.
func (t *Trial) Run(seed uint64, only []int) (why string) {
	defer func() {
		if r := recover(); r != nil {
			why = fmt.Sprintf("in a trial of %d machines, at %d µs: it panicked: %v", len(t.machines), t.mono, r)
			*t = Trial{Watcher: t.Watcher, acts: t.acts, mono: t.mono, steps: t.steps, Tamper: t.Tamper}
		}
	}()
	t.begin(seed)
	t.acts.Begin(seed, 40+t.dice.N(80), only)
	for t.why == "" && t.acts.Next(&t.dice) {
		if t.Watcher != nil {
			t.Watcher.Noted(Machine{At: t.mono}, fmt.Sprintf("act %d", t.acts.Begun()))
		}
		t.act()
	}
	t.heal()
	return t.why
}

// Acts are the numbers of the acts that the latest trial came to. It ended at Now, in
// simulated time since it began, and after so many Steps of machines.
func (t *Trial) Acts() []int { return t.acts.Played() }
func (t *Trial) Steps() int  { return t.steps }
func (t *Trial) Now() clock.Instant {
	if t.why != "" {
		return t.failed
	}
	return t.mono
}

func (t *Trial) begin(seed uint64) {
	t.dice, t.why = kernel.Dice(seed), ""
	t.consensus.Reset()
	t.blobs.Reset()
	t.mono, t.serial, t.steps, t.alone, t.booted = 0, 0, 0, false, 0
	t.events = t.events[:0]
	clear(t.calls)
	t.calls = t.calls[:0]
	t.permille = t.dice.Of(0, 60, 150, 250)
	t.config = t.drawConfig()
	t.shards = 1 + t.dice.N(2)
	for i := range t.grounds {
		t.grounds[i].begin(persist.ShardID{Hi: 7, Lo: uint64(i) + 1})
	}
	t.clients.begin()
	n := 1 + t.dice.N(3)
	for len(t.machines) < n {
		t.machines = append(t.machines, machine{})
	}
	t.machines = t.machines[:n]
	for i := range t.machines {
		t.boot(i)
	}
}

// drawConfig is a setting under which everything that a machine does happens often.
func (t *Trial) drawConfig() shard.Config {
	d := &t.dice
	c := shard.Defaults()
	c.InlineMax = uint64(d.Of(20, 40, 80))
	c.SpillAt = c.InlineMax + uint64(d.Of(10, 40, 150))
	c.MaxBatches, c.MaxChain = uint32(d.Of(2, 3, 4)), uint64(d.Of(0, 2, 4, 8))
	c.MaxCombine, c.MaxRounds = uint32(d.Of(1, 3, 256)), uint32(d.Of(3, 6, 12))
	c.CommitWindow, c.MergeWindow = uint64(d.Of(13, 20)), uint64(d.Of(4, 12))
	c.StoreDeadline, c.MergeDeadline = 60*clock.Millisecond, 80*clock.Millisecond
	c.WriterRetention = clock.Duration(d.Of(50, 500, 5000)) * clock.Millisecond
	c.RetainStates = uint64(d.Of(3, 10, 30))
	c.TruncateEvery, c.TruncateKeep = uint64(d.Of(2, 3, 7)), uint64(d.Of(1, 2, 5))
	c.MergeLinger = clock.Duration(d.Of(1, 20, 100)) * clock.Millisecond
	c.SweepEvery, c.DeleteAfter, c.DeleteEvery = 300*clock.Millisecond, clock.Duration(d.Of(1, 20))*clock.Millisecond, clock.Millisecond
	return c
}

// boot starts a machine, in the place of one that has ended.
func (t *Trial) boot(i int) {
	m := &t.machines[i]
	m.core.CopyFrom(&shard.Machine{})
	m.life++
	t.booted++
	m.number = t.booted
	m.born, m.skew = t.mono, clock.Wall(t.dice.Of(0, 0, 200, -200, 3000, -3000))
	t.serial++
	t.input = shard.Input{Kind: shard.InputBoot, Boot: shard.Boot{Entropy: [4]uint64{uint64(i) + 1, t.serial}, Config: t.config}}
	t.step(i)
}

// wall is what a machine's wall clock shows.
func (t *Trial) wall(i int) clock.Wall {
	return 1_000_000 + clock.Wall(t.mono/1000) + t.machines[i].skew
}

// step gives t.input to a machine, and releases what follows.
func (t *Trial) step(i int) {
	if t.why != "" {
		return
	}
	if t.steps++; t.steps > most {
		t.fail("it does not come to rest")
		return
	}
	out := &t.effects
	out.Reset()
	m := &t.machines[i]
	if t.Watcher != nil {
		t.Watcher.Given(t.who(i), &t.input)
	}
	m.core.Step(clock.Now{Mono: t.mono - m.born, Wall: t.wall(i)}, &t.input, out)
	for k := 0; k < out.Len() && t.why == ""; k++ {
		e := out.At(k)
		if t.Tamper != nil {
			t.Tamper(e)
		}
		if t.Watcher != nil {
			t.Watcher.Left(t.who(i), e)
		}
		switch e.Kind {
		case shard.EffectRespond:
			t.answered(i, int(e.ID)-1, &e.Result)
		case shard.EffectProblem:
			t.fail("%v: %v: %s", e.Shard, e.Problem, e.Key)
		case shard.EffectConsensus, shard.EffectBatch:
			t.fly(i, e)
		case shard.EffectNone, shard.EffectKindCount:
			t.fail("an effect of kind %v", e.Kind)
		}
	}
}

// fail says what is wrong, if nothing was before.
func (t *Trial) fail(format string, args ...any) {
	if t.why == "" {
		t.failed = t.mono
		t.why = fmt.Sprintf("in a trial of %d machines, at %d µs: ", len(t.machines), t.mono) + fmt.Sprintf(format, args...)
	}
}

// act draws one thing that happens.
func (t *Trial) act() {
	d := &t.dice
	i := d.N(len(t.machines))
	switch d.N(24) {
	case 0:
		t.machines[i].skew = clock.Wall(d.Of(0, 200, -200, 1500, -1500, 6000, -6000))
		if t.Watcher != nil {
			t.note(i, "its wall clock is wrong by %d ms", t.machines[i].skew)
		}
	case 1:
		if d.N(3) == 0 {
			t.end(i)
		}
	case 2:
		t.input = shard.Input{Kind: shard.InputCompact, Call: persist.Call{Shard: t.grounds[d.N(t.shards)].id}}
		t.step(i)
	default:
		for n := d.Of(1, 1, 2, 3, 5); n > 0; n-- {
			t.ask(i, t.draw(&t.grounds[d.N(t.shards)]))
		}
	}
	t.pass(clock.Duration(d.Of(0, 200, 1000, 3000, 6000, 6000, 20_000, 150_000)))
}

// end ends a machine's process, and starts another one.
func (t *Trial) end(i int) {
	for k := range t.calls {
		if c := &t.calls[k]; c.machine == i && !c.answered {
			t.left(c)
		}
	}
	if t.Watcher != nil {
		t.Watcher.Crashed(t.who(i))
	}
	t.boot(i)
}

// pass lets time pass, and happen what happens meanwhile.
func (t *Trial) pass(d clock.Duration) {
	until := t.mono.Add(d)
	for t.why == "" && t.next(until) {
		continue
	}
	t.mono = until
}
