package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged/source"
)

// hosting is the shadow of everything that hosts are about: the ingestions and
// exports that are durably described, what sources have said, the processes and what
// they run, the leases that somebody holds. All of it is empty in a run without hosts.
type hosting struct {
	ingestions []filling
	outputs    []output
	bindings   []binding
	sources    []saidBy
	sayings    []saying
	exports    []exported
	// processes by their number; the first is nobody's.
	processes []process
	runs      []hostedRun
	leases    []lease
	calls     []hostCall
	words     []owedWord
	// owed is what a process has to say in step owedStep.
	owed     []owedNow
	owedStep uint64
	services []service
	// tries are the latest tries of calls that processes repeat; triesOut finds those whose
	// call is out.
	tries    []hostTry
	triesOut []tryOutAt

	// undecided are the appends of processes that their shards have not decided.
	undecided []undecidedAppend

	// ingestionOf and outputOf find what a shard is to an ingestion; followed has the
	// shards that exports read.
	ingestionOf, outputOf, followed table
	exportIndex, runIndex, tryIndex table
	leaseIndex                      table
	freeLease                       int32
	// calmUs is from when on leases must be renewed in time; 0 before the world heals.
	calmUs int64
	// silenceUs is for how long a process that has leases to renew can be silent.
	silenceUs int64
}

func (h *hosting) tables() [7]*table {
	return [7]*table{&h.ingestionOf, &h.outputOf, &h.followed, &h.exportIndex, &h.runIndex, &h.leaseIndex, &h.tryIndex}
}

func (h *hosting) reset() {
	clear(h.ingestions)
	clear(h.outputs)
	clear(h.sources)
	clear(h.sayings)
	clear(h.exports)
	h.ingestions, h.outputs, h.bindings, h.sources = h.ingestions[:0], h.outputs[:0], h.bindings[:0], h.sources[:0]
	h.sayings, h.exports, h.processes, h.runs = h.sayings[:0], h.exports[:0], h.processes[:0], h.runs[:0]
	h.leases, h.calls, h.words, h.freeLease, h.calmUs = h.leases[:0], h.calls[:0], h.words[:0], -1, 0
	h.silenceUs, h.owed, h.owedStep, h.services = 0, h.owed[:0], 0, h.services[:0]
	h.tries, h.triesOut, h.undecided = h.tries[:0], h.triesOut[:0], h.undecided[:0]
	for _, t := range h.tables() {
		t.reset()
	}
}

func (h *hosting) copyFrom(src *hosting) {
	h.ingestions = append(h.ingestions[:0], src.ingestions...)
	h.outputs = append(h.outputs[:0], src.outputs...)
	h.bindings = append(h.bindings[:0], src.bindings...)
	h.sources = append(h.sources[:0], src.sources...)
	h.sayings = append(h.sayings[:0], src.sayings...)
	h.exports = append(h.exports[:0], src.exports...)
	h.processes = append(h.processes[:0], src.processes...)
	h.runs = append(h.runs[:0], src.runs...)
	h.leases = append(h.leases[:0], src.leases...)
	h.calls = append(h.calls[:0], src.calls...)
	h.words = append(h.words[:0], src.words...)
	h.owed, h.owedStep = append(h.owed[:0], src.owed...), src.owedStep
	h.services = append(h.services[:0], src.services...)
	h.tries = append(h.tries[:0], src.tries...)
	h.triesOut = append(h.triesOut[:0], src.triesOut...)
	h.undecided = append(h.undecided[:0], src.undecided...)
	h.freeLease, h.calmUs, h.silenceUs = src.freeLease, src.calmUs, src.silenceUs
	from := src.tables()
	for i, t := range h.tables() {
		t.copyFrom(from[i])
	}
}

// hosted takes up what an observation says of hosts and external systems.
func (j *Judges) hosted(o *Observation) {
	v := o.Hosted
	if len(j.hosting.owed) > 0 && o.Step != j.hosting.owedStep {
		j.owedSettled(o.Kind == HostEnded && v.Process == j.hosting.owed[0].process)
	}
	switch o.Kind {
	case Requested, Cancelled, Completed, Reported, SessionLost:
		if l := j.lifeOf(o.Incarnation); l != nil {
			l.toldStep = o.Step
		}
	case HelloDelivered, CommandDelivered, SessionLostAtHost, HostCompleted:
		j.processOf(v).toldStep = o.Step
	default:
	}
	switch o.Kind {
	case HelloDelivered:
		j.processOf(v).hello = v.Hello.Wall
	case HostIssued, HostMoved:
		j.hostTime(o)
	default:
	}
	switch o.Kind {
	case Issued:
		j.s7HostIssued(o)
		j.l8Issued(o)
	case Completed:
		j.s7HostCompleted(o)
	case PersistApplied:
		j.l8Applied(o)
		j.s13Wrote(o)
		if v != nil && v.Process != 0 {
			j.s13StatusWrote(o)
		}
	case OrchestratorApplied:
		j.s7OrchestratorApplied(o)
	case SourceSaid:
		j.said(v)
	case SourceApplied:
		j.sourceApplied(v)
	case SinkApplied:
		j.s10Applied(o)
		j.s13Wrote(o)
	case HostStarted, HostEnded, HostHalted, HostPaused, HostResumed:
		j.processNow(o)
	case HelloDelivered:
		j.s7Hello(v)
	case HostCompleted:
		j.s12HostCompleted(o)
		j.undecidedCompleted(v)
	case CommandDelivered:
		j.processOf(v).unpaced()
		j.s7Command(v)
		j.s13Delivered(v)
	case SessionLostAtHost:
		if p := j.processOf(v); p.session == v.Session {
			p.open = false
		}
	case HostIssued:
		j.s7HostEffect(v)
		j.s13Said(v)
		j.s13StatusIssued(v)
		j.s15Chosen(o)
		j.undecidedIssued(v)
		j.s15Asks(v)
		j.s12HostIssued(o)
		j.l8Issued(o)
	case HostMoved:
		j.hostMoved(v)
	case Healed:
		j.hostsHealed()
	default:
	}
}

// hostedWrite takes up a durable change of what runs on hosts.
func (j *Judges) hostedWrite(l *life, w *stash.Write) {
	id, ok := idOfKey(w.Key)
	if !ok {
		return
	}
	l.rehosted = true
	j.unpacedHosts()
	switch w.Collection {
	case stash.CollectionDescriptions:
		if w.Kind != stash.WriteDelete {
			j.ingestionWritten(id, w)
		}
	case stash.CollectionExports, stash.CollectionExportAsOf:
		j.sinkWritten(l, id, w)
	case stash.CollectionDropped:
		if w.Kind == stash.WriteDelete {
			return
		}
		if i := j.sinkNamed(id); i >= 0 && !j.hosting.exports[i].dropped {
			e := &j.hosting.exports[i]
			e.dropped, e.dropEpoch, e.changedUs = true, l.epoch, j.atUs
		}
		if i := j.ingestionNamed(id); i >= 0 {
			j.hosting.ingestions[i].changedUs = j.atUs
		}
	default:
	}
}

// filling is an ingestion: what is durably described, and what its remap shard binds.
type filling struct {
	slot       int32 // of its own collection
	source     int32
	remap      int32 // the shard of its bindings
	connection string
	host       core.HostID
	changedUs  int64 // when it was last moved or dropped
	// its outputs are outputs[first:last].
	first, last int32
	// firstBinding and lastBinding are the ends of their list, −1 if there is none;
	// bound is what is bound latest.
	firstBinding, lastBinding int32
	bound                     source.Offset
	// strayed: its bindings were found wrong, and nothing follows from them any more.
	strayed bool
	// released: its source was told to keep nothing for it any more.
	released bool
}

// output is a collection that an ingestion fills.
type output struct {
	of    int32
	slot  int32
	index uint32
	shard int32
	// binding is the last one that its upper covers, −1 if none; offset what that
	// binds. saying and next are where the first record beyond it is looked for.
	binding int32
	offset  source.Offset
	saying  int32
	next    int32
	// writer is the process that wrote last.
	writer  uint32
	strayed bool
}

// ingestionWritten takes up the description of an ingestion, or its move.
func (j *Judges) ingestionWritten(id core.GlobalID, w *stash.Write) {
	h := &j.hosting
	d, ok := descriptionOf(w.Value)
	if !ok || d.Kind != core.KindIngestion || d.Ingestion == nil {
		return
	}
	host := hostNamed(d.Ingestion.Host, id)
	if i := j.ingestionNamed(id); i >= 0 {
		if f := &h.ingestions[i]; w.Kind == stash.WriteUpsert && f.host != host {
			f.host, f.changedUs = host, j.atUs
		}
		return
	}
	slot := j.slotAt(id)
	if !j.things[slot].created || noShard(j.things[slot].remap) {
		return
	}
	remap := j.things[slot].remap
	f := filling{
		slot: slot, source: j.sourceAt(d.Ingestion.Connection), remap: j.shardAt(remap), connection: d.Ingestion.Connection,
		host: host, changedUs: j.atUs, first: int32(len(h.outputs)), firstBinding: -1, lastBinding: -1,
	}
	at := int32(len(h.ingestions))
	for _, out := range d.Ingestion.Outputs {
		if s := j.slotOf(out.ID); s >= 0 && j.things[s].created {
			data := j.things[s].data
			h.outputOf.put(data.Hi, data.Lo, int32(len(h.outputs)))
			h.outputs = append(h.outputs, output{of: at, slot: s, index: out.Index, shard: j.shardAt(data), binding: -1, saying: -1})
		}
	}
	f.last = int32(len(h.outputs))
	h.ingestionOf.put(remap.Hi, remap.Lo, at)
	h.ingestions = append(h.ingestions, f)
}

// ingestionNamed is the place of an ingestion, or −1.
func (j *Judges) ingestionNamed(id core.GlobalID) int32 {
	for i := range j.hosting.ingestions {
		if idOf(j, j.hosting.ingestions[i].slot) == id {
			return int32(i)
		}
	}
	return -1
}

// saidBy is what an external source has said, as far as it is known.
type saidBy struct {
	connection  string
	first, last int32 // of its sayings
	// upto: somebody was told all of the records before it. finished: nothing follows.
	upto     source.Offset
	finished bool
	// healed is the offset of the last record that was there when the world healed, and
	// one more; closed: it had finished by then.
	healed source.Offset
	closed bool
}

// saying is a span of records, which are frozen.
type saying struct {
	records []source.Record
	next    int32
}

func (j *Judges) sourceAt(connection string) int32 {
	h := &j.hosting
	for i := range h.sources {
		if h.sources[i].connection == connection {
			return int32(i)
		}
	}
	h.sources = append(h.sources, saidBy{connection: connection, first: -1, last: -1})
	return int32(len(h.sources) - 1)
}

func (j *Judges) said(v *HostObservation) {
	h := &j.hosting
	s := &h.sources[j.sourceAt(v.Connection)]
	s.finished = v.Finished
	if len(v.Records) == 0 {
		return
	}
	at := int32(len(h.sayings))
	h.sayings = append(h.sayings, saying{records: v.Records, next: -1})
	if s.last >= 0 {
		h.sayings[s.last].next = at
	} else {
		s.first = at
	}
	s.last = at
}

func (j *Judges) sourceApplied(v *HostObservation) {
	switch {
	case v.SourceCall.Op == source.OpRelease:
		j.s15Released(v)
	case v.SourceCall.Op == source.OpPoll && v.SourceResult.Outcome == outcome.Done:
		s := &j.hosting.sources[j.sourceAt(v.SourceCall.Connection)]
		s.upto = max(s.upto, v.SourceResult.Upto)
	}
}

// end is the offset behind the last record that a source has said so far.
func (h *hosting) end(s *saidBy) source.Offset {
	if s.last < 0 {
		return 0
	}
	list := h.sayings[s.last].records
	return list[len(list)-1].Offset + 1
}

// hostsHealed notes what has to arrive, and from when on leases have to be renewed.
func (j *Judges) hostsHealed() {
	h := &j.hosting
	for i := range h.sources {
		s := &h.sources[i]
		s.healed, s.closed = h.end(s), s.finished
	}
	for i := range h.exports {
		if e := &h.exports[i]; e.input >= 0 {
			e.target = j.shards[e.input].now.Upper
		}
	}
	h.calmUs = j.atUs + 1
	for i := range j.nodes {
		if l := j.lifeOf(j.nodes[i].life); l != nil {
			h.calmUs = max(h.calmUs, j.atUs+int64(l.config.PersistDeadline+l.config.BackoffMax))
			h.silenceUs = int64(l.config.ReaderLease / 2)
		}
	}
}

// shardGone reports that a shard is gone for good, so that nothing can use it.
func (j *Judges) shardGone(shard int32) bool {
	return shard < 0 || j.shards[shard].now.Finalized
}

// appended reports that a call was an append that changed the shard.
func appended(o *Observation) bool {
	return o.PersistCall.Op == persist.OpCompareAndAppend && o.PersistResult.Outcome == outcome.Done && o.Before.Upper != o.After.Upper
}
