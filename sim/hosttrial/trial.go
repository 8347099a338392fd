// Package hosttrial puts the storage host to the test by itself: copies of one host that
// run the same objects, for some simulated seconds, in the worst company. A world has a
// few processes beside much else; here everything that may happen to one ingestion of
// three collections and two exports of it happens within a hundred steps: calls are
// lost, late or refused, processes end, sessions come, end half-way and are taken over,
// clocks differ, leases lapse, and shards are compacted as far as a controller that hears
// everything would let them.
//
// There are two kinds of trials. A storm judges what is written: whatever goes wrong, each
// record is in its collection once, at the one time that the bindings say, and each change
// is out once; and when it is over everything gets on. A desk judges what is obeyed, by a
// dumb model of what its session has told a host to run.
package hosttrial

import (
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/persistfake"
	"example.com/tidemark/sim/sinkfake"
)

// Trial is one trial, and the memory for the next one. The zero value is ready.
type Trial struct {
	// Watcher is told of everything that happens; nil: nobody is.
	Watcher Watcher

	acts      kernel.Acts
	dice      kernel.Dice
	rule, why string

	now    clock.Instant
	failed clock.Instant // when it failed, if it did
	store  persistfake.Store
	source external
	sinks  sinkfake.Store
	procs  []*process
	spare  []*process
	late   []late
	nonce  uint64
	epoch  uint64
	// free: what the host lets go is not judged, because dropped objects come back.
	free bool
	// eager: contents are judged after every call, in a storm.
	eager bool
	// ended are the collections whose data nobody needs to go on with; strange, that a
	// shard was somebody else's before.
	ended   [slots]bool
	strange bool
	steps   int

	storm storm
	desk  desk
	// Tamper changes what a host does, in tests.
	Tamper func(e *storaged.Effect)

	input   storaged.Input
	effects storaged.Effects
	// forgotten is what a host that looks at everything again has to do.
	forgotten storaged.Effects
	again     storaged.Host
}

// slots is how many ids there are, slot the place of one.
const slots = 16

func slot(id core.GlobalID) int {
	if id.N > 100 {
		return int(id.N-100) + 10
	}
	return int(id.N)
}

// process is one incarnation of a host.
type process struct {
	// number of the process in its trial, from 1.
	number int
	core   storaged.Host
	born   clock.Instant
	open   []openCall
	// slow is the kind of calls that take their time.
	slow lane
	// session that it has, and what its controller heard in it.
	session core.Session
	uppers  [slots]frontier.Frontier
	dropped []core.GlobalID
	// ended are what it reported as dropped, in any session.
	ended [slots]bool
	// skew of its wall clock; hello is the controller's at the latest Hello, at helloAt.
	skew, hello clock.Wall
	helloAt     clock.Instant
	dead        bool
	// readers and fences are those that it ever opened; skewed: its clock was wrong at some
	// time.
	readers []persist.ReaderID
	fences  []sink.Fence
	// status is what the latest row says that it appended about an object.
	status [slots]string
	skewed bool
	// unknown are the appends of unknown outcome: they are repeated as they were. latest
	// are the calls that appended last.
	unknown, latest []pending
	// fencedAt is when an export was fenced last.
	fencedAt [slots]clock.Instant
}

// openCall is a call that was not answered. It may have taken effect already: then in is
// the answer that is on its way.
type openCall struct {
	effect  storaged.Effect
	applied bool
	in      storaged.Input
}

// pending is an append to a shard.
type pending struct {
	effect core.EffectID
	call   persist.Call
}

// late is a call that may still take effect, and nobody hears of.
type late struct {
	effect storaged.Effect
	by     *process
}

// most bounds what may happen in one trial.
const most = 100_000

// Run makes the trial of a seed, or only the acts of these numbers of it (nil: all). It
// says what went wrong, and by which invariant: nothing, if all is well.
//
// What is written is judged when it is over. If something is wrong with it, the trial is
// made again, and judged after every call that takes effect: it ends at the first that is
// wrong, if it breaks the same invariant.
func (t *Trial) Run(seed uint64, only []int) (rule, why string) {
	watcher := t.Watcher
	t.Watcher = nil
	if rule, why = t.run(seed, only); why != "" {
		t.eager = true
		early, _ := t.run(seed, only)
		t.eager = early == rule
	}
	if t.Watcher = watcher; why != "" || watcher != nil {
		rule, why = t.run(seed, only)
	}
	t.eager = false
	return rule, why
}

func (t *Trial) run(seed uint64, only []int) (rule, why string) {
	defer func() {
		if r := recover(); r != nil {
			rule, why = "S12", fmt.Sprintf("in a trial of %d processes of one host, at %d µs: it panicked: %v", len(t.procs), t.now, r)
			*t = Trial{Watcher: t.Watcher, acts: t.acts, now: t.now, steps: t.steps, Tamper: t.Tamper}
		}
	}()
	t.begin(seed)
	if t.dice.N(3) == 0 {
		t.runDesk(seed, only)
	} else {
		t.runStorm(seed, only)
	}
	return t.rule, t.why
}

// next goes to the next act.
func (t *Trial) next() bool {
	if t.why != "" || !t.acts.Next(&t.dice) {
		return false
	}
	if t.Watcher != nil {
		t.note(0, "act %d", t.acts.Begun())
	}
	return true
}

// Acts are the numbers of the acts that the latest trial came to. It ended at Now, in
// simulated time since it began, and after so many Steps of hosts.
func (t *Trial) Acts() []int { return t.acts.Played() }
func (t *Trial) Steps() int  { return t.steps }
func (t *Trial) Now() clock.Instant {
	if t.why != "" {
		return t.failed
	}
	return t.now
}

func (t *Trial) begin(seed uint64) {
	t.dice, t.rule, t.why = kernel.Dice(seed), "", ""
	t.now, t.nonce, t.epoch, t.free, t.strange, t.steps = 0, 0, 1, false, false, 0
	t.store.Reset()
	t.source = external{}
	t.sinks.Reset()
	t.spare = append(t.spare, t.procs...)
	t.procs = t.procs[:0]
	clear(t.late)
	t.late = t.late[:0]
	t.ended = [slots]bool{}
}

// settings are those of a host that has little time.
func settings() core.HostSettings {
	return core.HostSettings{
		ReaderLease: 6 * clock.Second, Heartbeat: clock.Second,
		BackoffMin: 20 * clock.Millisecond, BackoffMax: 400 * clock.Millisecond,
		PersistDeadline: clock.Second, ReadDeadline: 2 * clock.Second,
		AdvanceEvery: 200 * clock.Millisecond, MaxClockSkew: clock.Second,
	}
}

// bornWall is the wall clock when a trial begins.
const bornWall = 1000

func (t *Trial) wall() clock.Wall { return bornWall + clock.Wall(t.now/1000) }

// start starts a process.
func (t *Trial) start() *process {
	var p *process
	if n := len(t.spare); n > 0 {
		p, t.spare = t.spare[n-1], t.spare[:n-1]
		p.core.CopyFrom(&storaged.Host{})
		p.open, p.dropped, p.unknown, p.latest, p.readers, p.fences = p.open[:0], p.dropped[:0], p.unknown[:0], p.latest[:0], p.readers[:0], p.fences[:0]
		p.session, p.uppers, p.ended, p.skew, p.dead, p.skewed, p.slow = core.Session{}, [slots]frontier.Frontier{}, [slots]bool{}, 0, false, false, 0
		p.fencedAt, p.status = [slots]clock.Instant{}, [slots]string{}
	} else {
		p = &process{}
	}
	t.procs = append(t.procs, p)
	p.born, p.number = t.now, len(t.procs)
	t.input = storaged.Input{Kind: storaged.InputBoot, Boot: storaged.Boot{Entropy: [4]uint64{uint64(len(t.procs)), uint64(t.dice)}, Settings: settings()}}
	t.step(p)
	return p
}

// step gives t.input to a process, and files what comes of it.
func (t *Trial) step(p *process) {
	if t.why != "" {
		return
	}
	if t.steps++; t.steps > most {
		t.fail("S12", "it does not come to rest")
		return
	}
	out := &t.effects
	out.Reset()
	now := clock.Now{Mono: t.now - p.born, Wall: t.wall() + p.skew}
	if t.Watcher != nil {
		t.Watcher.Given(t.now, p.number, &p.core, &t.input)
	}
	p.core.Step(now, &t.input, out)
	for i := 0; i < out.Len() && t.why == ""; i++ {
		e := out.At(i)
		if t.Tamper != nil {
			t.Tamper(e)
		}
		if t.Watcher != nil {
			t.Watcher.Left(t.now, p.number, &p.core, e)
		}
		switch e.Kind {
		case storaged.EffectReport:
			t.heard(p, e)
		case storaged.EffectAccept:
			p.session, p.uppers, p.dropped = e.Session, [slots]frontier.Frontier{}, p.dropped[:0]
		case storaged.EffectPersist, storaged.EffectSource, storaged.EffectSink:
			t.judgeCall(p, e)
			p.open = append(p.open, openCall{effect: *e})
		default:
		}
	}
	var v storaged.View
	if p.core.View(&v); v.Phase == storaged.PhaseHalted {
		t.fail("S12", "a host halted: %v at %s (%d, %d)", v.Halt.Code, v.Halt.Where, v.Halt.A, v.Halt.B)
	}
	if t.steps%32 == 5 {
		t.reconsider(p, now)
	}
}

// reconsider lets a copy of a host look at everything again: it finds nothing to do (C-9).
func (t *Trial) reconsider(p *process, now clock.Now) {
	if t.why != "" || p.core.NextWake() <= now.Mono {
		return
	}
	t.again.CopyFrom(&p.core)
	t.forgotten.Reset()
	t.again.Reconsider(now, &t.forgotten)
	if t.forgotten.Len() > 0 || t.again.Kept() != p.core.Kept() || t.again.NextWake() != p.core.NextWake() {
		t.fail("S12", "a host that looks at everything again has %d effects, keeps %d things, before %d, and wants to be woken at %d, before at %d",
			t.forgotten.Len(), t.again.Kept(), p.core.Kept(), t.again.NextWake(), p.core.NextWake())
	}
}

// fail says what is wrong, if nothing was before.
func (t *Trial) fail(rule, format string, args ...any) {
	if t.why == "" {
		t.failed = t.now
		t.rule, t.why = rule, fmt.Sprintf("in a trial of %d processes of one host, at %d µs: ", len(t.procs), t.now)+fmt.Sprintf(format, args...)
	}
}

// wake passes time and wakes whoever wants to be woken.
func (t *Trial) wake(d clock.Duration) {
	t.now = t.now.Add(d)
	for _, p := range t.procs {
		if !p.dead && p.core.NextWake() <= t.now-p.born {
			t.input = storaged.Input{Kind: storaged.InputWake}
			t.step(p)
		}
	}
}

// calm lets every call be done, for a while.
func (t *Trial) calm(d clock.Duration) {
	for until := t.now.Add(d); t.now < until && t.why == ""; {
		for _, p := range t.procs {
			for n := 0; !p.dead && len(p.open) > 0 && t.why == ""; n++ {
				if n > 5000 {
					t.fail("S12", "a host makes calls without end")
				}
				t.end(p, 0, fateDone)
			}
		}
		t.wake(100 * clock.Millisecond)
	}
}
