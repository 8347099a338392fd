package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
)

// What a host makes of what it is told: it ends nothing that nobody told it to end
// (H-2), and writes nothing of what it has said to have dropped (H-6).

// promptUs is within which time a host obeys, however late it is woken.
const promptUs = 30_000_000

// orders are what a process was told of an object.
type orders struct {
	// def is the definition in force; next is one of a history that is not complete.
	def, next core.Command
	// named is the latest session that defined the object, ended the latest whose history
	// ends it, or replaces it, and is not complete.
	named, ended core.Session
	// endUs is when the object was last told to end, or to begin anew.
	endUs int64
	told  bool
}

// owedWord is a drop that a session was told of and has not confirmed; of a silent one
// the process has said that it writes it no more. What is followed was defined again
// meanwhile, and will be written again.
type owedWord struct {
	process          uint32
	session          core.Session
	id               core.GlobalID
	silent, followed bool
	// releases: it is an ingestion that the process was running, and that is over for
	// good: its source is to be told so first (H-15).
	releases bool
}

// s13Delivered takes up a command that reaches a process in its session.
func (j *Judges) s13Delivered(v *HostObservation) {
	p := j.processOf(v)
	if !p.open || v.Session != p.session {
		return
	}
	j.checked[s13]++
	switch c := v.Command; c.Kind {
	case core.CommandCreateSource, core.CommandCreateSink:
		j.defined(v, p, c)
	case core.CommandAllowCompaction, core.CommandStop:
		if c.Kind == core.CommandStop || c.Frontier.Empty {
			j.toldToEnd(v, p, c)
		}
	case core.CommandInitializationComplete:
		p.completed = v.Session
		for i := range j.hosting.runs {
			r := &j.hosting.runs[i]
			if r.process != v.Process {
				continue
			}
			o := &r.orders
			if o.named != v.Session || o.ended == v.Session {
				o.endUs, o.told = j.atUs, true
			}
			if o.named != v.Session {
				o.def, o.next = core.Command{}, core.Command{}
			} else if o.next.Kind != core.CommandNone {
				o.def, o.next = o.next, core.Command{}
			}
		}
		j.oweEverything(v, p)
	case core.CommandUpdateConfiguration:
		p.advanceEvery = c.Settings.AdvanceEvery
	default:
	}
}

func (j *Judges) defined(v *HostObservation, p *process, c *core.Command) {
	id := c.Source.ID
	if c.Kind == core.CommandCreateSink {
		id = c.Sink.ID
	}
	j.wordsFollowed(v.Process, id, c.Source.Exports)
	o := &j.runAt(v.Process, id).orders
	o.named = v.Session
	same := o.def.Kind == core.CommandNone || sameOrder(&o.def, c)
	switch {
	case p.completed != v.Session:
		o.next = *c
		if !same {
			o.ended = v.Session
		}
	default:
		o.def, o.next = *c, core.Command{}
		if !same {
			o.endUs, o.told = j.atUs, true
		}
	}
}

// wordsFollowed takes up that what was dropped is defined again.
func (j *Judges) wordsFollowed(process uint32, id core.GlobalID, exports []core.SourceExport) {
	h := &j.hosting
	kept := h.words[:0]
	for _, w := range h.words {
		if w.process == process && (w.id == id || slices.ContainsFunc(exports, func(e core.SourceExport) bool { return e.ID == w.id })) {
			if w.silent {
				continue
			}
			w.followed = true
		}
		kept = append(kept, w)
	}
	h.words = kept
}

func (j *Judges) toldToEnd(v *HostObservation, p *process, c *core.Command) {
	id := c.ID
	r := j.runAt(v.Process, id)
	j.hosting.words = append(j.hosting.words, owedWord{process: v.Process, session: v.Session, id: id, releases: c.Kind == core.CommandAllowCompaction &&
		p.completed == v.Session && r.there && r.condition != storaged.Ending && r.orders.def.Kind == core.CommandCreateSource})
	j.definedWithout(p, v, id)
	o := &r.orders
	if p.completed != v.Session {
		o.named, o.ended = v.Session, v.Session
		return
	}
	o.endUs, o.told = j.atUs, true
	o.def, o.next = core.Command{}, core.Command{}
	j.owe(v, id, true)
}

// definedWithout takes up that a collection which is dropped alone is no part of what an
// ingestion is defined as any more (H-2); a history that is not complete changes nothing.
func (j *Judges) definedWithout(p *process, v *HostObservation, id core.GlobalID) {
	for i := range j.hosting.runs {
		if r := &j.hosting.runs[i]; r.process == v.Process && r.id != id {
			if p.completed == v.Session {
				r.orders.def.Source.Exports = without(r.orders.def.Source.Exports, id)
			}
			r.orders.next.Source.Exports = without(r.orders.next.Source.Exports, id)
		}
	}
}

func without(list []core.SourceExport, id core.GlobalID) []core.SourceExport {
	if !slices.ContainsFunc(list, func(e core.SourceExport) bool { return e.ID == id }) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(e core.SourceExport) bool { return e.ID == id })
}

// sameOrder reports whether two definitions define the same, but for what legitimately
// moves.
func sameOrder(a, b *core.Command) bool {
	if a.Kind != b.Kind {
		return false
	}
	if a.Kind == core.CommandCreateSink {
		x, y := &a.Sink, &b.Sink
		return x.Connection == y.Connection && x.From == y.From && x.Data == y.Data && sameSchema(x.Schema, y.Schema) && x.Snapshot == y.Snapshot && x.Status == y.Status
	}
	x, y := &a.Source, &b.Source
	return x.Connection == y.Connection && x.Remap == y.Remap && x.Status == y.Status &&
		slices.EqualFunc(x.Exports, y.Exports, func(e, f core.SourceExport) bool {
			return e.ID == f.ID && e.Output == f.Output && e.Data == f.Data && sameSchema(e.Schema, f.Schema)
		}) &&
		slices.EqualFunc(x.Imports, y.Imports, func(e, f core.SourceImport) bool { return e.ID == f.ID && e.Data == f.Data })
}

// s13Ended judges an object that ends in a process.
func (j *Judges) s13Ended(v *HostObservation, r *hostedRun, gone bool) {
	ending := !gone && v.Object.Condition == storaged.Ending
	if !r.there || r.condition == storaged.Ending || !gone && !ending {
		return
	}
	j.met[s13]++
	if o := &r.orders; !o.told || o.endUs+promptUs < j.atUs {
		j.violate(s13, Foreign, "process %d of %v ends %v, which nobody told it to end or to change", v.Process, v.Host, r.id)
	}
}

// s13Begins judges that an object which begins in a process, or goes on there, is what the
// process was told to run, and reads what it is defined to read (H-2, H-7).
func (j *Judges) s13Begins(v *HostObservation, r *hostedRun) {
	if v.Object.Condition == storaged.Ending {
		return
	}
	d := &r.orders.def
	if !r.there || r.condition == storaged.Ending {
		j.checked[s13]++
		if d.Kind == core.CommandNone {
			j.violate(s13, Foreign, "process %d of %v begins %v, which nobody told it to run", v.Process, v.Host, r.id)
		}
	}
	want := d.Sink.Data
	if d.Kind == core.CommandCreateSource {
		want = d.Source.Remap
	}
	if v.Object.Reading && d.Kind != core.CommandNone && v.Object.Input != want {
		j.violate(s13, Foreign, "process %d of %v reads %v for %v, and is to read %v", v.Process, v.Host, v.Object.Input, r.id, want)
	}
}

// s13Said judges what a process says to have dropped.
func (j *Judges) s13Said(v *HostObservation) {
	if v.Effect.Kind != storaged.EffectReport {
		return
	}
	h := &j.hosting
	j.owedSaid(v)
	for _, id := range v.Effect.Report.Dropped {
		i := slices.IndexFunc(h.words, func(w owedWord) bool {
			return !w.silent && w.process == v.Process && w.session == v.Effect.Session && w.id == id
		})
		if i < 0 {
			j.violate(s13, Foreign, "process %d of %v says that it has dropped %v, which this session did not ask for", v.Process, v.Host, id)
			continue
		}
		if at := j.sinkNamed(id); at >= 0 && h.exports[at].stored != (sink.Fence{}) && h.exports[at].storedBy == v.Process {
			j.violate(s13, Foreign, "process %d of %v says that it has dropped %v, and its fence is open", v.Process, v.Host, id)
		}
		if at := j.ingestionNamed(id); at >= 0 && h.words[i].releases && !h.ingestions[at].released {
			j.violate(s13, Foreign, "process %d of %v says that it has dropped %v, and its source was not told to forget it", v.Process, v.Host, id)
		}
		j.undecidedOver(v, id)
		if h.words[i].silent = true; h.words[i].followed {
			h.words = slices.Delete(h.words, i, i+1)
		}
	}
}

// s13Wrote judges that a process has not written what it has said to have dropped.
func (j *Judges) s13Wrote(o *Observation) {
	v, h := o.Hosted, &j.hosting
	if v == nil || v.Process == 0 || len(h.words) == 0 {
		return
	}
	if o.Kind == SinkApplied {
		if v.SinkBefore.Progress != v.SinkAfter.Progress {
			j.s13Silent(o, v.SinkCall.Export)
		}
		return
	}
	if !appended(o) {
		return
	}
	if at := h.outputOf.find(o.PersistCall.Shard.Hi, o.PersistCall.Shard.Lo); at >= 0 {
		w := &h.outputs[at]
		j.s13Silent(o, idOf(j, w.slot))
		if main := idOf(j, h.ingestions[w.of].slot); main != idOf(j, w.slot) {
			j.s13Silent(o, main)
		}
	} else if at := h.ingestionOf.find(o.PersistCall.Shard.Hi, o.PersistCall.Shard.Lo); at >= 0 {
		j.s13Silent(o, idOf(j, h.ingestions[at].slot))
	}
}

func (j *Judges) s13Silent(o *Observation, id core.GlobalID) {
	for i := range j.hosting.words {
		if w := &j.hosting.words[i]; w.silent && w.process == o.Hosted.Process && w.id == id {
			j.violate(s13, Foreign, "process %d of %v has said that it has dropped %v, and writes of it take effect", w.process, o.Hosted.Host, id)
			return
		}
	}
}
