package hosttrial

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/sim/sinkfake"
)

// external is a source whose contents are known: the record at each offset is a
// function of it. Every seventh offset has two records, some do not fit the schema.
type external struct {
	head     source.Offset
	finished bool
	// confirmed is what may not be polled any more.
	confirmed source.Offset
}

// at appends the records at an offset.
func (x *external) at(list []source.Record, offset source.Offset) []source.Record {
	r := source.Record{Output: uint32(offset % 3), Offset: offset, Data: number(uint64(offset)), Diff: 1}
	if offset%7 == 5 {
		r.Data = relation.Row(relation.AppendText(nil, "a text does not fit"))
	}
	list = append(list, r)
	if offset%7 == 3 {
		list = append(list, source.Record{Output: 0, Offset: offset, Data: number(uint64(offset / 2)), Diff: -1})
	}
	return list
}

func number(n uint64) relation.Row { return relation.Row(relation.AppendUint64(nil, n)) }

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
			r.Records = x.at(r.Records, r.Upto)
		}
		r.Finished = x.finished && r.Upto >= x.head
	default:
	}
}

// topic is the external system that exports write to.
const topic = "topic"

// kept is what the external system keeps for an export.
func (t *Trial) kept(id core.GlobalID) sinkfake.State { return t.sinks.State(topic, id) }

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

// lane is a kind of calls.
type lane int

const (
	laneNone lane = iota
	laneBindings
	laneData
	lanePoll
	laneConfirm
	laneRead
	laneSink
	laneReader
	lanes
)

// of reports whether a call is of the kind.
func (l lane) of(e *storaged.Effect) bool {
	c := &e.Persist
	switch l {
	case laneBindings:
		return e.Kind == storaged.EffectPersist && c.Op == persist.OpCompareAndAppend && c.Shard == remapShard
	case laneData:
		return e.Kind == storaged.EffectPersist && c.Op == persist.OpCompareAndAppend && c.Shard != remapShard
	case lanePoll:
		return e.Kind == storaged.EffectSource && e.Source.Op == source.OpPoll
	case laneConfirm:
		return e.Kind == storaged.EffectSource && e.Source.Op != source.OpPoll
	case laneRead:
		return e.Kind == storaged.EffectPersist && (c.Op == persist.OpSnapshot || c.Op == persist.OpListen || c.Op == persist.OpFetchUpper)
	case laneSink:
		return e.Kind == storaged.EffectSink
	case laneReader:
		return e.Kind == storaged.EffectPersist && (c.Op == persist.OpDowngradeSince || c.Op == persist.OpOpenLeasedReader || c.Op == persist.OpCloseReader)
	default:
		return false
	}
}

// end ends the i-th open call of a process.
func (t *Trial) end(p *process, i int, f fate) {
	if t.why != "" {
		return
	}
	c := p.open[i]
	p.open = append(p.open[:i], p.open[i+1:]...)
	if c.applied && f != fateDone {
		f = fateLost
	}
	e := c.effect
	in := storaged.Input{Effect: e.ID, Cause: e.Cause}
	o := outcome.Unknown
	switch {
	case c.applied:
		in.Persist, in.Source, in.Sink = c.in.Persist, c.in.Source, c.in.Sink
	case f == fateDone, f == fateLost:
		t.apply(p, &e, &in)
	case f == fateLate:
		t.late = append(t.late, late{e, p})
	case f == fateRefused:
		o = outcome.NotDone
	default:
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
	default:
		in.Kind = storaged.InputSinkDone
		if f != fateDone {
			in.Sink = sink.Result{Outcome: o}
		}
	}
	p.noteEnd(&e, &in)
	if p.dead {
		return
	}
	t.input = in
	t.step(p)
	var v storaged.ObjectView
	if in.Sink.Outcome == outcome.Fenced && p.fencedAt[slot(e.Sink.Export)] == 0 && p.core.Find(e.Sink.Export, &v) && v.Condition == storaged.Fenced {
		p.fencedAt[slot(e.Sink.Export)] = max(t.now, 1)
	}
}

// apply makes a call take effect.
func (t *Trial) apply(p *process, e *storaged.Effect, in *storaged.Input) {
	switch e.Kind {
	case storaged.EffectPersist:
		t.store.SnapshotUnsorted(e.ID%2 == 0)
		before, _ := t.store.State(e.Persist.Shard)
		t.store.Apply(t.wall()+p.skew, &e.Persist, &in.Persist)
		if after, _ := t.store.State(e.Persist.Shard); after.Upper != before.Upper {
			t.judgeEnded(p, e)
			p.noteStatus(&e.Persist)
		}
	case storaged.EffectSource:
		t.source.apply(&e.Source, &in.Source)
	case storaged.EffectSink:
		t.sinks.Apply(&e.Sink, &in.Sink)
		if in.Sink.Outcome == outcome.Done && e.Sink.Op != sink.OpClose {
			t.judgeEnded(p, e)
		}
	default:
	}
	if t.Watcher != nil {
		t.Watcher.Applied(t.now, p.number, e, in)
	}
	if t.eager && !t.free && e.Kind != storaged.EffectSource {
		t.judgeContents()
	}
}

// crash ends a process; its calls may still take effect.
func (t *Trial) crash(p *process) {
	p.dead = true
	if t.Watcher != nil && t.why == "" {
		t.Watcher.Crashed(t.now, p.number, &p.core)
	}
	for i := range p.open {
		if !p.open[i].applied {
			t.late = append(t.late, late{p.open[i].effect, p})
		}
	}
	p.open = p.open[:0]
}
