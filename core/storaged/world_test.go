package storaged_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/tidemark/conformance/machine"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/sim/persistfake"
)

// TB is what the world needs of a test.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// external is a source whose contents are known: the record at each offset is a
// function of it. Every seventh offset has two records, some do not fit the schema.
type external struct {
	head     source.Offset
	finished bool
	// confirmed is what may not be polled any more.
	confirmed source.Offset
}

// at are the records at an offset.
func (x *external) at(offset source.Offset) []source.Record {
	list := []source.Record{{Output: uint32(offset % 3), Offset: offset, Data: uintRow(uint64(offset)), Diff: 1}}
	switch offset % 7 {
	case 3:
		list = append(list, source.Record{Output: 0, Offset: offset, Data: uintRow(uint64(offset / 2)), Diff: -1})
	case 5:
		list[0].Data = relation.Row(relation.AppendText(nil, "a text does not fit"))
	}
	return list
}

func uintRow(n uint64) relation.Row { return relation.Row(relation.AppendUint64(nil, n)) }

func (x *external) apply(c *source.Call, r *source.Result) {
	*r = source.Result{Outcome: outcome.Done}
	switch c.Op {
	case source.OpConfirm:
		x.confirmed = max(x.confirmed, c.From)
	case source.OpPoll:
		if c.From < x.confirmed {
			*r = source.Result{Outcome: outcome.Mismatch, Upto: x.confirmed}
			return
		}
		for r.Upto = c.From; r.Upto < x.head && len(r.Records) < 5; r.Upto++ {
			r.Records = append(r.Records, x.at(r.Upto)...)
		}
		r.Finished = x.finished && r.Upto >= x.head
	}
}

// target is an external system that an export writes to.
type target struct {
	fence    sink.Fence
	epoch    uint64
	count    uint64
	progress frontier.Frontier
	output   []relation.Update
}

func (x *target) apply(c *sink.Call, r *sink.Result) {
	*r = sink.Result{Outcome: outcome.Done, Progress: x.progress, Count: x.count, Epoch: x.epoch}
	switch c.Op {
	case sink.OpOpen:
		switch {
		case x.fence == c.Fence:
		case x.epoch > c.Epoch:
			r.Outcome = outcome.Fenced
		case x.count != c.Seen:
			r.Outcome = outcome.Mismatch
		default:
			x.count++
			x.epoch, x.fence = c.Epoch, c.Fence
			r.Count = x.count
		}
	case sink.OpClose:
		x.count++
		if x.fence == c.Fence {
			x.fence = sink.Fence{}
		}
	case sink.OpWrite:
		switch {
		case x.fence != c.Fence:
			r.Outcome = outcome.Fenced
		case x.progress != c.From:
			r.Outcome = outcome.Mismatch
		default:
			x.output = append(x.output, c.Updates...)
			x.progress, r.Progress = c.To, c.To
		}
	case sink.OpProgress:
		if x.fence != c.Fence {
			r.Outcome = outcome.Fenced
		}
	}
}

// process is one incarnation of a host.
type process struct {
	h    storaged.Host
	copy storaged.Host
	born clock.Instant
	open []storaged.Effect
	// session that it has, and what its controller sent and heard in it.
	session core.Session
	uppers  map[core.GlobalID]frontier.Frontier
	dropped []core.GlobalID
	// ended are what it reported as dropped, in any session.
	ended map[core.GlobalID]bool
	// skew of its wall clock; hello is the controller's at the latest Hello, at helloAt.
	skew, hello clock.Wall
	helloAt     clock.Instant
	dead        bool
	// paused: it is not stepped, and its calls are not answered, in calm times.
	paused bool
	// unknown are the appends of unknown outcome: they are repeated as they were.
	unknown map[persist.ShardID]persist.Call
	latest  map[persist.ShardID]core.EffectID
	// fencedAt is when an export was fenced last.
	fencedAt map[core.GlobalID]clock.Instant
}

// late is a call that may still take effect, and nobody hears of.
type late struct {
	effect storaged.Effect
	by     *process
}

// world is hosts and what they talk to. Time passes when it is told to.
type world struct {
	tb      TB
	now     clock.Instant
	store   persistfake.Store
	source  external
	targets map[core.GlobalID]*target
	procs   []*process
	late    []late
	nonce   uint64
	epoch   uint64
	// messages are what hosts said to controllers.
	messages []string
	counts   map[string]int
	// free: what the host lets go is not judged. lawful: the machine's own laws are
	// checked at each step.
	free, lawful bool
	// strange is a collection whose shard was somebody else's before.
	strange core.GlobalID
	// ended are the collections whose data nobody needs to go on with.
	ended map[core.GlobalID]bool
}

func newWorld(tb TB) *world {
	return &world{tb: tb, targets: map[core.GlobalID]*target{}, epoch: 1, counts: map[string]int{}, ended: map[core.GlobalID]bool{}}
}

const bornWall = 1000

func (w *world) wall() clock.Wall { return bornWall + clock.Wall(w.now/1000) }

func (w *world) start() *process {
	p := &process{
		born: w.now, uppers: map[core.GlobalID]frontier.Frontier{},
		ended: map[core.GlobalID]bool{}, unknown: map[persist.ShardID]persist.Call{}, latest: map[persist.ShardID]core.EffectID{}, fencedAt: map[core.GlobalID]clock.Instant{},
	}
	w.procs = append(w.procs, p)
	w.step(p, &storaged.Input{Kind: storaged.InputBoot, Boot: storaged.Boot{Entropy: [4]uint64{uint64(len(w.procs))}, Settings: settings()}})
	return p
}

// step gives a process an input and files what comes of it.
func (w *world) step(p *process, in *storaged.Input) {
	w.tb.Helper()
	var out storaged.Effects
	now := clock.Now{Mono: w.now - p.born, Wall: w.wall() + p.skew}
	if w.lawful {
		machine.Check(w.tb, &p.h, &p.copy, now, in, &out, renderEffects)
	} else {
		p.h.Step(now, in, &out)
	}
	for i := 0; i < out.Len(); i++ {
		e := out.At(i)
		switch e.Kind {
		case storaged.EffectReport:
			w.heard(p, e)
			w.messages = append(w.messages, message(e))
		case storaged.EffectAccept:
			w.messages = append(w.messages, message(e))
			p.session = e.Session
			p.uppers, p.dropped = map[core.GlobalID]frontier.Frontier{}, nil
		case storaged.EffectClose, storaged.EffectRefuse:
			w.messages = append(w.messages, message(e))
		default:
			w.judgeCall(p, e)
			p.open = append(p.open, *e)
		}
	}
	var v storaged.View
	if p.h.View(&v); v.Phase == storaged.PhaseHalted {
		w.tb.Fatalf("halted: %+v", v.Halt)
	}
}

// judgeEnded: what a host has reported as dropped, it does not write any more, not
// even by a call that takes effect late (H-6).
func (w *world) judgeEnded(p *process, e *storaged.Effect) {
	w.tb.Helper()
	for id := range p.ended {
		c := &e.Persist
		if e.Kind == storaged.EffectSink && e.Sink.Export == id || e.Kind == storaged.EffectPersist && (c.Shard == dataShard(id) ||
			c.Shard == remapShard && id == user(1) || c.Shard == statusShard && strings.Contains(c.Updates[0].Data.String(), "\""+id.String()+"\"")) {
			w.tb.Fatalf("%v was reported as dropped, and written later: %s", id, call(e))
		}
	}
}

// judgeCall judges what a call may do, when it is made.
func (w *world) judgeCall(p *process, e *storaged.Effect) {
	w.tb.Helper()
	c := &e.Persist
	switch {
	case e.Kind == storaged.EffectSink:
		if e.Sink.Fence == (sink.Fence{}) {
			w.tb.Fatalf("a call without a fence: %s", call(e))
		}
		if at, ok := p.fencedAt[e.Sink.Export]; ok && w.now < at.Add(settings().BackoffMax/2) {
			w.tb.Fatalf("%v was fenced a moment ago, and goes on: %s", e.Sink.Export, call(e))
		}
		delete(p.fencedAt, e.Sink.Export)
	case e.Kind != storaged.EffectPersist:
	case c.Op == persist.OpCompareAndAppend:
		if before, ok := p.unknown[c.Shard]; ok && c.Shard != statusShard && (before.Token != c.Token || before.Writer != c.Writer ||
			before.Expected != c.Expected || before.Upper != c.Upper || !slices.Equal(before.Updates, c.Updates)) {
			w.tb.Fatalf("an append of unknown outcome is followed by another: %s", call(e))
		}
		if c.Shard == remapShard && !c.Upper.Empty {
			w.judgeTime(p, c)
		}
		p.latest[c.Shard] = e.ID
	case c.Op == persist.OpDowngradeSince:
		w.judgeLettingGo(p, c)
	}
}

// judgeTime: a time is not beyond what the host may believe of the present, unless
// the shards are.
func (w *world) judgeTime(p *process, c *persist.Call) {
	w.tb.Helper()
	bound := p.hello + clock.Wall((w.now-p.helloAt)/1000) + clock.Wall(settings().MaxClockSkew.Milliseconds())
	limit := max(frontier.Timestamp(bound), c.Expected.T)
	for n := uint64(1); n <= 3; n++ {
		st, _ := w.store.State(dataShard(user(n)))
		limit = max(limit, st.Upper.T)
	}
	if c.Upper.T > limit+1 {
		w.tb.Fatalf("time %d is chosen, the present is at most %d", c.Upper.T-1, limit)
	}
}

// judgeLettingGo: a reader keeps what a copy that starts now would have to read.
func (w *world) judgeLettingGo(p *process, c *persist.Call) {
	w.tb.Helper()
	if w.free {
		return
	}
	keep := frontier.Empty()
	p.h.Each(func(v *storaged.ObjectView) bool {
		if v.Sink && v.Reader == c.Reader {
			keep = v.AsOf
			if x := w.target(v.ID); x.progress != frontier.Minimum() {
				keep = x.progress.StepBack()
			}
		}
		return true
	})
	for n := uint64(1); n <= 3 && c.Shard == remapShard; n++ {
		if st, _ := w.store.State(dataShard(user(n))); !w.ended[user(n)] {
			keep = keep.Meet(st.Upper.StepBack())
		}
	}
	if !c.Since.LessEqual(keep) {
		w.tb.Fatalf("%v is let go up to %v, needed is what follows from %v on", c.Shard, c.Since, keep)
	}
}

// noteEnd remembers what the judge of later calls needs to know of an append that has
// ended. An attempt that was given up tells nothing.
func (w *world) noteEnd(p *process, e *storaged.Effect, in *storaged.Input) {
	if e.Kind != storaged.EffectPersist || e.Persist.Op != persist.OpCompareAndAppend || p.latest[e.Persist.Shard] != e.ID {
		return
	}
	delete(p.unknown, e.Persist.Shard)
	if in.Persist.Outcome == outcome.Unknown {
		p.unknown[e.Persist.Shard] = e.Persist
	}
}

// noteFence remembers when an export was told that it is fenced. An answer that comes
// after its deadline tells nobody that again.
func (w *world) noteFence(p *process, e *storaged.Effect, in *storaged.Input) {
	var v storaged.ObjectView
	_, known := p.fencedAt[e.Sink.Export]
	if in.Sink.Outcome == outcome.Fenced && !known && p.h.Find(e.Sink.Export, &v) && v.Condition == storaged.Fenced {
		p.fencedAt[e.Sink.Export] = w.now
	}
}

// heard takes a report: uppers only rise in a session, and are durable.
func (w *world) heard(p *process, e *storaged.Effect) {
	w.tb.Helper()
	if e.Session != p.session {
		w.tb.Fatalf("a report in session %v, not %v", e.Session, p.session)
	}
	for _, u := range e.Report.Uppers {
		if !p.uppers[u.ID].LessThan(u.Upper) {
			w.tb.Fatalf("%v: reported %v after %v", u.ID, u.Upper, p.uppers[u.ID])
		}
		p.uppers[u.ID] = u.Upper
		if durable := w.durable(u.ID); !u.Upper.LessEqual(durable) {
			w.tb.Fatalf("%v: reported %v, durable is %v", u.ID, u.Upper, durable)
		}
	}
	p.dropped = append(p.dropped, e.Report.Dropped...)
	for _, id := range e.Report.Dropped {
		p.ended[id] = !w.free
	}
	maps.DeleteFunc(p.ended, func(_ core.GlobalID, judged bool) bool { return !judged })
}

// durable is how far a collection's shard or an export's external system is.
func (w *world) durable(id core.GlobalID) frontier.Frontier {
	if x := w.targets[id]; x != nil {
		return x.progress
	}
	st, _ := w.store.State(dataShard(id))
	return st.Upper
}

// wake passes time and wakes whoever wants to be woken.
func (w *world) wake(d clock.Duration) {
	w.tb.Helper()
	w.now = w.now.Add(d)
	for _, p := range w.procs {
		if !p.dead && !p.paused && p.h.NextWake() <= w.now-p.born {
			w.step(p, &storaged.Input{Kind: storaged.InputWake})
		}
	}
}

// fate is what becomes of a call.
type fate int

const (
	fateDone fate = iota
	// fateLost: it takes effect, and nobody hears of it.
	fateLost
	// fateLate: its outcome is unknown, and it may take effect later.
	fateLate
	// fateNever: its outcome is unknown, and it never takes effect.
	fateNever
	// fateRefused: it did not and will not take effect, and that is known.
	fateRefused
	fates
)

// end ends the i-th open call of a process, and says how.
func (w *world) end(p *process, i int, f fate) string {
	w.tb.Helper()
	e := p.open[i]
	p.open = slices.Delete(p.open, i, i+1)
	in := storaged.Input{Effect: e.ID, Cause: e.Cause}
	o := outcome.Unknown
	if f == fateDone || f == fateLost {
		w.apply(p, &e, &in, p.skew)
	}
	if f == fateLate {
		w.late = append(w.late, late{e, p})
	}
	if f == fateRefused {
		o = outcome.NotDone
	}
	switch e.Kind {
	case storaged.EffectPersist:
		in.Kind = storaged.InputPersistDone
		if f != fateDone {
			in.Persist = persist.Result{Outcome: o}
		}
	case storaged.EffectSource:
		in.Kind = storaged.InputSourceDone
		if f != fateDone {
			in.Source = source.Result{Outcome: o}
		}
	case storaged.EffectSink:
		in.Kind = storaged.InputSinkDone
		if f != fateDone {
			in.Sink = sink.Result{Outcome: o}
		}
	}
	w.noteEnd(p, &e, &in)
	if !p.dead {
		w.step(p, &in)
		w.noteFence(p, &e, &in)
	}
	return ending(&e, &in)
}

// apply makes a call take effect.
func (w *world) apply(p *process, e *storaged.Effect, in *storaged.Input, skew clock.Wall) {
	w.tb.Helper()
	switch e.Kind {
	case storaged.EffectPersist:
		w.store.SnapshotUnsorted(e.ID%2 == 0)
		before, _ := w.store.State(e.Persist.Shard)
		w.store.Apply(w.wall()+skew, &e.Persist, &in.Persist)
		if after, _ := w.store.State(e.Persist.Shard); after.Upper != before.Upper {
			w.judgeEnded(p, e)
		}
		w.counts[e.Persist.Op.String()+" "+in.Persist.Outcome.String()]++
	case storaged.EffectSource:
		w.source.apply(&e.Source, &in.Source)
	case storaged.EffectSink:
		w.target(e.Sink.Export).apply(&e.Sink, &in.Sink)
		if in.Sink.Outcome == outcome.Done && e.Sink.Op != sink.OpClose {
			w.judgeEnded(p, e)
		}
		w.counts["sink "+e.Sink.Op.String()+" "+in.Sink.Outcome.String()]++
	}
}

func (w *world) target(id core.GlobalID) *target {
	if w.targets[id] == nil {
		w.targets[id] = &target{}
	}
	return w.targets[id]
}

// connect opens a session, and sends the desired state.
func (w *world) connect(p *process, commands ...core.Command) {
	w.tb.Helper()
	w.nonce++
	s := core.Session{Epoch: w.epoch, Nonce: w.nonce}
	p.hello, p.helloAt = w.wall(), w.now
	w.step(p, &storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: s, Wall: w.wall()}})
	w.send(p, append(commands, core.Command{Kind: core.CommandInitializationComplete})...)
}

func (w *world) send(p *process, commands ...core.Command) {
	w.tb.Helper()
	for _, c := range commands {
		w.step(p, &storaged.Input{Kind: storaged.InputCommand, Session: p.session, Command: c})
	}
}

// calm lets every call be done, for a while.
func (w *world) calm(d clock.Duration) {
	w.tb.Helper()
	for until := w.now.Add(d); w.now < until; {
		for _, p := range w.procs {
			for n := 0; !p.dead && !p.paused && len(p.open) > 0; n++ {
				if n > 10_000 {
					w.tb.Fatalf("calls without end: %s", call(&p.open[0]))
				}
				w.end(p, 0, fateDone)
			}
		}
		w.wake(100 * clock.Millisecond)
	}
}

func user(n uint64) core.GlobalID { return core.GlobalID{Kind: core.IDUser, N: n} }

func dataShard(id core.GlobalID) persist.ShardID { return persist.ShardID{Hi: 1, Lo: id.N} }

var (
	remapShard  = persist.ShardID{Hi: 2, Lo: 1}
	statusShard = persist.ShardID{Hi: 3, Lo: 1}
)

// ingest is the ingestion u1, which fills u1, u2 and u3 from outputs 0, 1 and 2.
func ingest() core.Command {
	c := core.Command{Kind: core.CommandCreateSource, Source: core.SourceCommand{
		ID: user(1), Connection: "numbers", Remap: remapShard, Status: statusShard,
	}}
	for n := uint64(1); n <= 3; n++ {
		c.Source.Exports = append(c.Source.Exports, core.SourceExport{
			ID: user(n), Output: uint32(n - 1), Data: dataShard(user(n)), Schema: oneColumn,
		})
	}
	return c
}

// export is a sink of u1.
func export(n uint64, asOf frontier.Timestamp, snapshot bool) core.Command {
	return core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{
		ID: user(n), Connection: "topic", From: user(1), Data: dataShard(user(1)), Schema: oneColumn,
		AsOf: frontier.At(asOf), Snapshot: snapshot, Status: statusShard,
	}}
}

func drop(id core.GlobalID) core.Command {
	return core.Command{Kind: core.CommandAllowCompaction, ID: id, Frontier: frontier.Empty()}
}

// bindings are the offset bound from each time on, in the order of time, recomputed
// from everything that the remap shard was ever given.
func (w *world) bindings() (times []frontier.Timestamp, offsets []source.Offset) {
	w.tb.Helper()
	at := map[frontier.Timestamp]source.Offset{}
	for _, u := range w.store.AppendUpdates(nil, remapShard) {
		if !storaged.RemapSchema().Fits(u.Data) {
			w.tb.Fatalf("%v is no binding", u.Data)
		}
		if u.Diff == 1 {
			values, _ := u.Data.Unpack(nil)
			if _, twice := at[u.Time]; twice {
				w.tb.Fatalf("two bindings at %d", u.Time)
			}
			at[u.Time] = source.Offset(values[0].Bits)
		}
	}
	times = slices.Sorted(maps.Keys(at))
	for i, t := range times {
		if i > 0 && at[t] <= offsets[i-1] {
			w.tb.Fatalf("the binding at %d goes back", t)
		}
		offsets = append(offsets, at[t])
	}
	return times, offsets
}

// judge demands that every collection equals the source's prefix under the bindings,
// and that every export's output equals its input's (S10, S15).
func (w *world) judge(exports ...core.Command) {
	w.tb.Helper()
	times, offsets := w.bindings()
	for n := uint64(1); n <= 3; n++ {
		if w.ended[user(n)] && w.strange == user(n) {
			continue // nobody keeps the bindings behind its upper any more
		}
		st, _ := w.store.State(dataShard(user(n)))
		var want []relation.Update
		k := 0
		for offset := source.Offset(0); k < len(times); offset++ {
			for k < len(times) && offsets[k] <= offset {
				k++
			}
			if k == len(times) || !st.Upper.Empty && times[k] >= st.Upper.T {
				break
			}
			for _, r := range w.source.at(offset) {
				if uint64(r.Output) == n-1 {
					if !oneColumn.Fits(r.Data) {
						r.Data = relation.PackError("the source's record does not fit the schema")
					}
					want = append(want, relation.Update{Data: r.Data, Time: times[k], Diff: r.Diff})
				}
			}
		}
		w.equal(fmt.Sprintf("collection %v", user(n)), w.store.AppendUpdates(nil, dataShard(user(n))), want)
	}
	for _, c := range exports {
		w.judgeExport(&c.Sink)
	}
}

func (w *world) judgeExport(c *core.SinkCommand) {
	w.tb.Helper()
	x := w.target(c.ID)
	var want []relation.Update
	if x.progress != frontier.Minimum() {
		if !c.AsOf.LessThan(x.progress) {
			w.tb.Fatalf("%v: progress %v is not beyond as_of %v", c.ID, x.progress, c.AsOf)
		}
		for _, u := range w.store.AppendUpdates(nil, c.Data) {
			switch {
			case !x.progress.Empty && u.Time >= x.progress.T:
			case u.Time > c.AsOf.T:
				want = append(want, u)
			case c.Snapshot:
				u.Time = c.AsOf.T
				want = append(want, u)
			}
		}
	}
	w.equal(fmt.Sprintf("export %v", c.ID), x.output, want)
}

func (w *world) equal(what string, got, want []relation.Update) {
	w.tb.Helper()
	got, want = relation.Consolidate(slices.Clone(got)), relation.Consolidate(slices.Clone(want))
	if !slices.Equal(got, want) {
		w.tb.Fatalf("%s is not what it should be:\ngot  %v\nwant %v", what, got, want)
	}
}

// foreign advances a new shard, as if it had been somebody else's before.
func (w *world) foreign(shard persist.ShardID, upper frontier.Frontier) {
	var res persist.Result
	c := persist.Call{Op: persist.OpCompareAndAppend, Shard: shard, Writer: persist.WriterID{Lo: 1}, Token: persist.Token{Lo: 1}, Upper: upper}
	w.store.Apply(w.wall(), &c, &res)
}
