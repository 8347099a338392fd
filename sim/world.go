// Package sim is one simulated world: controllers, the durable stores they
// drive, the network, the clients that ask them for things, and everything that
// can go wrong between them, in one loop over one queue.
//
// A run is a plan: the plan alone determines everything that happens. The world
// pops the earliest event, advances time, lets it happen, and pushes what
// follows; nothing else mutates anything. Everything random is drawn by key from
// the plan's seed. All state is flat and is cloned by CopyFrom; a world is reused
// for the next run by Reset.
package sim

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
	simclock "example.com/tidemark/sim/clock"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/network"
	"example.com/tidemark/sim/persistfake"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/stashfake"
)

// nodeCount is the greatest number of controller slots. A plan uses two of them, or
// all three.
const nodeCount = 3

// nobody is the node of draws and calls that belong to no controller.
const nobody = invariants.Foreign

// World is one simulated world. Make it with NewWorld, then Reset it for each run.
// It belongs to one goroutine.
type World struct {
	plan *plan.Plan
	o    Options

	// What the plan says, in the world's units. Written by Reset only.
	slots   int // controllers
	config  core.Config
	lateUs  uint64
	slow    int64
	calmUs  int64 // when the chaos ends
	fetchUs int64
	restUs  int64 // how long rest must last
	boundUs int64 // how long the calm may last
	opOrder []int32
	jumps   [nodeCount][]simclock.Jump
	// patienceUs is how long clients wait for an answer.
	patienceUs int64

	// The kernel.
	nowUs  int64
	step   uint64
	events uint64
	queue  kernel.Queue
	draws  kernel.Draws
	nth    kernel.Counter
	hash   kernel.TraceHash

	// The outside.
	persist persistfake.Store
	stash   stashfake.Store
	stack   stack
	hosting hosting
	net     network.Network
	clocks  [nodeCount]simclock.Clock

	// Controllers and what is under way from and to them.
	nodes        [nodeCount]node
	incarnations uint32
	persistCalls flat.Slab[persistCall]
	stashCalls   flat.Slab[stashCall]
	requests     flat.Slab[request]
	replies      flat.Slab[reply]
	// critical is the critical reader that the controllers use on every shard, once
	// one of them has.
	critical persist.ReaderID

	// What goes wrong.
	rates   [purposeCount]int
	windows []window
	healed  bool

	// Clients.
	clients clients

	// The end.
	judges  *invariants.Judges
	over    bool
	ending  ending
	pace    pace
	faults  [faultCount]uint64
	ops     []uint64
	counter Counters

	// Scratch memory: no state, never cloned.
	polls       uint32 // counts entries taken, so that Stop is asked now and then
	input       core.Input
	effects     core.Effects
	view        core.View
	collection  core.CollectionView
	endings     []core.Ending
	reported    []core.ExportView
	observed    invariants.Observation
	completed   core.Effect
	stateBefore invariants.ShardState
	// shardBefore and shardAfter are the same as the store tells them.
	shardBefore, shardAfter persistfake.State
	stateAfter              invariants.ShardState
	blank                   core.Controller
	saved                   copies
	rehearsed               rehearsed
	trials                  trials

	hostSettings core.HostSettings
	hostInput    storaged.Input
	hostEffects  storaged.Effects
	hostView     storaged.View
	hostObject   storaged.ObjectView
	hostObserved invariants.HostObservation
	hostID       core.HostID
	sinkBefore   invariants.SinkState
	sinkAfter    invariants.SinkState
	blankHost    storaged.Host

	shardInput   shard.Input
	shardEffects shard.Effects
	blankShards  shard.Machine
	stranger     strangers

	loopOp     plan.Operation
	rowBytes   []byte
	rows       rowArena
	updates    flat.Arena[relation.Update]
	lists      lists
	schemas    []relation.Schema
	mappings   []relation.Schema
	drawNames  []string
	faultNames []string
	opNames    []string
	pins       []kernel.Pin
	// spurious: wakes that nobody asked for are drawn. What is drawn counts, and pushes
	// other counts out, so that it must not depend on other pins.
	spurious bool
	line     []byte
	lineText int // where the line's text begins, behind its time
	record   Record
	applying core.EffectID // whose call takes effect just now
	story    story
	shadow   shadow
}

// ending is how a run came or comes to its end.
type ending struct {
	restUs      int64 // when the extra fetch period ends; 0: not at rest yet
	workUs      int64 // when the last planned client work begins
	interrupted bool
	stuck       bool
	waiting     string
	finished    bool
	trial       *plan.Trial // that has failed
}

// NewWorld is a world without a plan.
func NewWorld() *World {
	w := &World{judges: invariants.New(), schemas: schemas(), mappings: mappingSchemas(),
		rehearsed: rehearsed{configurations(), settingsToTest()},
		drawNames: purposeNames(), faultNames: faultNames(), opNames: opNames()}
	w.ops = make([]uint64, len(w.opNames))
	return w
}

// Reset begins a run of p, which the world reads and never writes, with all
// memory reused.
func (w *World) Reset(p *plan.Plan, o Options) {
	w.plan, w.o = p, o
	w.resetKernel()
	w.resetOutside()
	w.slots = p.Slots()
	w.config = coreConfig(&p.Config)
	w.lateUs = uint64(max(p.Rates.LateMs, 1)) * 1000
	w.slow = max(p.Rates.SlowFactor, 1)
	w.calmUs = p.ChaosMs * 1000
	w.fetchUs = p.Config.FetchEveryMs * 1000
	w.restUs = max(w.fetchUs, p.CalmMs*1000)
	w.patienceUs = or(p.PatienceMs, patienceMs) * 1000
	w.hostSettings = hostSettings(&w.config)
	w.boundUs = 10*w.longestPeriod()*1000 + max(60*second, p.AheadMs()*1000) + p.CalmMs*1000
	w.incarnations, w.critical = 0, persist.ReaderID{}
	w.healed, w.over, w.ending = false, false, ending{}
	w.shadow.left = 0
	w.windows = w.windows[:0]
	clear(w.faults[:])
	clear(w.ops)
	w.counter = Counters{}
	for i, r := range p.Rates.Each() {
		w.rates[rateOf(i)] = *r.Permille
	}
	w.spurious = w.rates[drawWakeSpurious] > 0 || slices.ContainsFunc(w.pins, func(p kernel.Pin) bool { return p.Purpose == drawWakeSpurious })
	w.story.reset(o.Trace != nil)
	w.judges.Reset()
	w.resetPace()
	w.resetNodes()
	w.resetHosting()
	w.resetStack()
	w.resetClients()
	w.scheduleFaults()
	w.push(kernel.Event{AtUs: w.calmUs, Kind: evHeal})
	w.push(kernel.Event{AtUs: 0, Kind: evStart, Node: 0})
}

func (w *World) resetKernel() {
	w.nowUs, w.step, w.events = 0, 0, 0
	w.queue.Reset()
	w.nth.Reset()
	w.hash.Reset()
	w.pins = kernelPins(w.pins[:0], w.drawNames, w.plan.Draws)
	w.draws.Reset(w.plan.Seed, w.pins, w.plan.OnlyPinned, w.o.RecordDraws)
}

func (w *World) resetOutside() {
	w.persist.Reset()
	w.stash.Reset()
	w.persistCalls.Reset()
	w.stashCalls.Reset()
	w.requests.Reset()
	w.replies.Reset()
}

// Units of simulated time.
const (
	millisecond = 1000
	second      = 1000 * millisecond
)

// coreConfig is the plan's configuration in the core's units.
func coreConfig(c *plan.Config) core.Config {
	ms := func(v int64) clock.Duration { return clock.Duration(v) * clock.Millisecond }
	return core.Config{
		ReaderLease: ms(c.ReaderLeaseMs), Heartbeat: ms(c.HeartbeatMs),
		HoldLease: ms(c.HoldLeaseMs), ClockMargin: ms(c.ClockMarginMs),
		FetchEvery: ms(c.FetchEveryMs), SinceEvery: ms(c.SinceEveryMs),
		AdvanceEvery: ms(advanceEveryMs(c)),
		BackoffMin:   ms(c.BackoffMinMs), BackoffMax: ms(c.BackoffMaxMs),
		PersistDeadline: ms(c.PersistDeadlineMs), ReadDeadline: ms(c.ReadDeadlineMs),
		StashDeadline: ms(c.StashDeadlineMs), SnapshotWait: ms(c.SnapshotWaitMs),
		MaxClockSkew:  ms(c.MaxClockSkewMs),
		HostDeadline:  ms(or(c.HostDeadlineMs, c.PersistDeadlineMs)),
		MoveGrace:     ms(or(c.MoveGraceMs, c.PersistDeadlineMs)),
		DropGrace:     ms(or(c.DropGraceMs, c.ReaderLeaseMs)),
		WriterGrace:   ms(or(c.WriterGraceMs, 4*c.ReaderLeaseMs)),
		ServicesEvery: ms(or(c.ServicesEveryMs, c.FetchEveryMs)),
		Limits: core.Limits{
			OpenRequests: c.OpenRequests, QueuedAppends: c.QueuedAppends, QueuedBytes: c.QueuedBytes,
			HoldsPerOwner: c.HoldsPerOwner, IDsPerRequest: c.IDsPerRequest,
		},
	}
}

// advanceEveryMs is a plan's period of ticks; plans that were written before there
// were any have none.
func advanceEveryMs(c *plan.Config) int64 {
	if c.AdvanceEveryMs == 0 {
		return 1000
	}
	return c.AdvanceEveryMs
}

// hostSettings are what a host runs with until a controller tells it otherwise.
func hostSettings(c *core.Config) core.HostSettings {
	return core.HostSettings{
		ReaderLease: c.ReaderLease, Heartbeat: c.Heartbeat, BackoffMin: c.BackoffMin, BackoffMax: c.BackoffMax,
		PersistDeadline: c.PersistDeadline, ReadDeadline: c.ReadDeadline, MaxClockSkew: c.MaxClockSkew,
		AdvanceEvery: c.AdvanceEvery,
	}
}

// or is what a plan says, or else what is usual.
func or(ms, usual int64) int64 {
	if ms == 0 {
		return usual
	}
	return ms
}

// longestPeriod is the largest configured period, in milliseconds: what the bound
// of the calm phase is counted in. What is about hosts counts if there are any.
func (w *World) longestPeriod() int64 {
	c := &w.plan.Config
	longest := max(c.ReaderLeaseMs, c.HeartbeatMs, c.HoldLeaseMs+c.ClockMarginMs, c.FetchEveryMs,
		c.SinceEveryMs, advanceEveryMs(c), c.BackoffMaxMs, c.PersistDeadlineMs, c.ReadDeadlineMs, c.StashDeadlineMs,
		c.SnapshotWaitMs)
	if !w.plan.Hosted() {
		return longest
	}
	v := &w.config
	return max(longest, int64(max(v.HostDeadline, v.MoveGrace, v.DropGrace, v.WriterGrace, v.ServicesEvery)/clock.Millisecond))
}

// happened marks the event as one that mattered: it gets a step number and enters
// the trace hash.
func (w *World) happened(e *kernel.Event) {
	w.step++
	w.hash.Event(e)
}

// TraceHash is the digest of everything that has happened so far.
func (w *World) TraceHash() digest.Sum { return w.hash.Sum() }

// Digest is the digest of everything that has happened and of the controllers'
// states.
func (w *World) Digest() digest.Sum {
	sum := w.hash.Sum()
	for i := range w.nodes {
		if w.nodes[i].up {
			sum = sum.Add(w.nodes[i].core.Digest())
		}
	}
	for i := range w.hosting.processes {
		if p := &w.hosting.processes[i]; p.up {
			sum = sum.Add(p.core.Digest())
		}
	}
	return sum
}

// NowUs is the simulated time.
func (w *World) NowUs() int64 { return w.nowUs }

// Events counts what Result.Events does, so far.
func (w *World) Events() uint64 { return w.events }

// Result is what became of the run, or what it has come to so far.
func (w *World) Result() *Result {
	r := &Result{
		TraceHash: w.hash.Sum(), Events: w.events, SimMs: w.nowUs / millisecond,
		Faults: namedCounts(w.faultNames, w.faults[:]), Ops: namedCounts(w.opNames, w.ops),
		Counters: w.counter, Interrupted: w.ending.interrupted,
		Stuck: w.ending.stuck, Waiting: w.ending.waiting,
		Beyond: w.plan.BeyondBudget(),
	}
	if w.o.RecordDraws {
		r.Pins = planPins(w.drawNames, w.draws.Recorded())
	}
	if w.o.Judged {
		r.Violations = append([]invariants.Violation(nil), w.judges.Violations()...)
		r.Oracles = w.oracles()
	}
	if len(r.Violations) == 0 {
		r.Trial = w.ending.trial
	}
	if w.pace.broken {
		r.Violations = append(r.Violations, w.pace.violation)
	}
	if len(r.Violations) > 0 {
		r.Story = w.story.about(&r.Violations[0], w.plan.Trial != nil)
	}
	return r
}

// oracles are what judged the run: S17 has nothing to judge where shards are a model.
func (w *World) oracles() (list []invariants.Stat) {
	for _, s := range w.judges.Stats() {
		if w.stacked() || s.Name != "S17" {
			list = append(list, s)
		}
	}
	return list
}
