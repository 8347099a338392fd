package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

func docS13() Doc {
	return Doc{
		Name: "S13", Title: "protocol order",
		Statement: "What a controller sends to a host is in order, object by object and session by session: a session is opened before it is used; a moved object waits for the host that it left, as long as one is to, and its durable description tells where it may still run; an object is created before anything else is said of it, once, on the host that its durable description names, exactly as it is described, with shards that are its own and a resume upper that nothing durable contradicts; what its boot has found, and is not to run there, is ended by the first history of each host; an export is forgotten only when the hosts where it was to run have said that it has ended, or nobody waits for them any more; nothing is said of an object after its end, unless it, or the ingestion that fills it, is created again; only what was dropped and is not held any more, or moved, is ended, at the latest in the step that answers. What can begin on a host is told it in that step. The history is completed once, and then has everything that lives on that host, and every end that was told before and is not confirmed. How far a history may be compacted is never ahead of the advertised since, and never goes back. A host begins only what it is told to run, as it is told, and ends only what it was told to end, to change, or not named in a complete history; it says in the step in which it comes about, once per command and in that session only, that it has dropped something, of an ingestion that is over for good not before its source was told so (H-15), and how far an export has come; and nothing that it writes of it takes effect from then on.",
		Meaning:   "A host fills the wrong collection, runs what was dropped, or compacts what a reader was promised.",
		Met:       "a command was sent to a host",
	}
}

// conversation is what an incarnation has told a host in its latest session.
type conversation struct {
	life     uint32
	host     core.HostID
	session  core.Session
	opening  core.EffectID
	step     uint64 // in which it was asked for
	open     bool   // the opening is done
	lost     bool   // the controller was told that it has ended
	complete bool   // the history was completed
	stopping bool   // the service was to be stopped, and nobody has said that it is
	asked    bool   // the service was to be started or stopped, at some time
	finished bool   // some history of this incarnation was completed
	emptied  bool   // nothing ran there any more, at some time
	failing  int    // sessions that were asked for since one was open, or the service was
	// silent are the objects that the host has said to have dropped, in any session.
	silent []core.GlobalID
	told   []heard
	// connecting and service are the latest tries to open a session and of calls of the
	// orchestrator.
	connecting, service try
	// due are the ends that sessions before this one were told of, and that the host has
	// not confirmed.
	due []endDue
}

// endDue is an object's end that a host has yet to confirm, and since when at most.
type endDue struct {
	id    core.GlobalID
	begun clock.Instant
}

// heard is what a session was told of one id.
type heard struct {
	id        core.GlobalID
	created   bool
	ended     bool // to the empty frontier
	stopped   bool
	endedAt   clock.Instant
	confirmed bool
	owed      int // ends that this session was told of and the host has not answered
	compacted frontier.Frontier
	from      core.GlobalID // what the export that was created reads
}

func (j *Judges) conversationWith(incarnation uint32, host core.HostID) *conversation {
	for i := range j.talks {
		if t := &j.talks[i]; t.life == incarnation && t.host == host {
			return t
		}
	}
	if len(j.talks) < cap(j.talks) {
		j.talks = j.talks[:len(j.talks)+1]
	} else {
		j.talks = append(j.talks, conversation{})
	}
	t := &j.talks[len(j.talks)-1]
	*t = conversation{life: incarnation, host: host, told: t.told[:0], due: t.due[:0], silent: t.silent[:0]}
	return t
}

func (t *conversation) about(id core.GlobalID) *heard {
	for i := range t.told {
		if t.told[i].id == id {
			return &t.told[i]
		}
	}
	t.told = append(t.told, heard{id: id})
	return &t.told[len(t.told)-1]
}

// dropTalks forgets the conversations of an incarnation that is gone.
func (j *Judges) dropTalks(incarnation uint32) {
	for i := 0; i < len(j.talks); i++ {
		if j.talks[i].life == incarnation {
			last := len(j.talks) - 1
			j.talks[i], j.talks[last] = j.talks[last], j.talks[i]
			j.talks = j.talks[:last]
			i--
		}
	}
	if len(j.ends) > 0 {
		j.ends = slices.DeleteFunc(j.ends, func(e endBegun) bool { return e.life == incarnation })
	}
}

// s13Issued judges a call of the transport to a host.
func (j *Judges) s13Issued(l *life, incarnation uint32, e *core.Effect) {
	c := &e.Host
	j.checked[s13]++
	t := j.conversationWith(incarnation, c.Host)
	switch c.Op {
	case core.HostConnect:
		if t.session == c.Session {
			j.violate(s13, l.node, "host %v: the session %d of epoch %d is opened twice", c.Host, c.Session.Nonce, c.Session.Epoch)
		}
		if t.failing >= connectTries && t.host.Address == "" {
			j.violate(l4, l.node, "host %v: a session is asked for after %d failures in a row, and the orchestrator was not asked again", c.Host, t.failing)
		}
		t.failing++
		t.remember()
		t.session, t.opening, t.step, t.open, t.lost, t.complete, t.told = c.Session, e.ID, j.step, false, false, false, t.told[:0]
	case core.HostSend:
		if t.session != c.Session || !t.open {
			j.violate(s13, l.node, "host %v: commands are sent in session %d of epoch %d, which is not open", c.Host, c.Session.Nonce, c.Session.Epoch)
			return
		}
		for i := range c.Commands {
			j.met[s13]++
			j.commanded(l, t, &c.Commands[i])
			if c.Commands[i].Kind == core.CommandStop || c.Commands[i].Kind == core.CommandAllowCompaction && c.Commands[i].Frontier.Empty {
				o := t.about(c.Commands[i].ID)
				o.endedAt = j.endBegan(incarnation, c.Commands[i].ID, c.Host)
				o.owed++
			}
		}
	case core.HostDisconnect:
		t.open = false
	case core.HostOpNone, core.HostOpCount:
	}
}

// connectTries is after how many failures in a row to reach a managed host the orchestrator
// is asked again (C-82).
const connectTries = 4

// s13Connected takes up that a session is open.
func (j *Judges) s13Connected(o *Observation) {
	if o.Effect == nil || o.Hosted.HostResult == nil || o.Hosted.HostResult.Outcome != outcome.Done {
		return
	}
	for i := range j.talks {
		if t := &j.talks[i]; t.life == o.Incarnation && t.opening == o.Effect.ID && !t.lost {
			t.open, t.failing = true, 0
		}
	}
}

// outsideCall is a call of a controller to a host or to the orchestrator that is out.
type outsideCall struct {
	life     uint32
	id       core.EffectID
	deadline clock.Instant
	// stop: it is to stop the service of a host.
	stop bool
	host core.HostID
}

// outsideIssued notes a call that is to be answered.
func (j *Judges) outsideIssued(l *life, incarnation uint32, e *core.Effect) {
	c := outsideCall{life: incarnation, id: e.ID, deadline: l.mono + span(l.config.HostDeadline)}
	if e.Kind == core.EffectOrchestrator && e.Orchestrator.Op == core.OrchestratorList {
		l.services = servicesListed{effect: e.ID, at: l.mono}
	} else if e.Kind == core.EffectOrchestrator {
		c.host, c.stop = e.Orchestrator.Host, e.Orchestrator.Op == core.OrchestratorStop
		if c.stop || e.Orchestrator.Op == core.OrchestratorEnsure {
			t := j.conversationWith(incarnation, c.host)
			t.stopping, t.asked, t.failing = c.stop, true, 0
		}
	}
	if e.Kind == core.EffectOrchestrator || e.Host.Op == core.HostConnect {
		j.outside = append(j.outside, c)
	}
}

// outsideEnded reports whether the end of a call came in time.
func (j *Judges) outsideEnded(l *life, o *Observation) bool {
	for i := range j.outside {
		if c := j.outside[i]; c.life == o.Incarnation && o.Effect != nil && c.id == o.Effect.ID {
			j.outside = append(j.outside[:i], j.outside[i+1:]...)
			if r := o.Hosted.OrchestratorResult; r != nil && r.Outcome == outcome.Done {
				if c.stop {
					j.serviceStopped(o.Incarnation, c.host)
				}
				l.services.well = l.services.well || c.id == l.services.effect && l.mono < c.deadline
			}
			return l.mono < c.deadline
		}
	}
	return false
}

// s13Reported notes a report in a session that is not the open one: it must not count.
func (j *Judges) s13Reported(o *Observation) {
	j.active = true
	l := j.lifeOf(o.Incarnation)
	if l == nil || l.ended || o.Hosted == nil || o.Hosted.Host == nil {
		return
	}
	l.mono = o.Now.Mono
	j.checked[s13]++
	t := j.conversationWith(o.Incarnation, *o.Hosted.Host)
	if t.session != o.Hosted.Session || !t.open {
		j.met[s13]++
		j.staleStep, j.staleNode = j.step, o.Node
		return
	}
	t.connecting.failures = 0
	j.l6HostReported(l, t, o.Hosted.Report)
	for _, id := range o.Hosted.Report.Dropped {
		h := t.about(id)
		h.confirmed = true
		if h.owed--; h.owed == 0 && h.ended {
			j.exportOver(l, o.Incarnation, t, id)
		}
		if !slices.Contains(t.silent, id) {
			t.silent = append(t.silent, id)
		}
	}
}

// s13Stale judges that a stale report has no consequences: it moves nothing.
func (j *Judges) s13Stale(l *life, v *core.CollectionView) {
	if j.staleStep == j.step && j.staleNode == l.node {
		j.violate(s13, l.node, "%v: a report of a session that is over has moved something of it (upper %v, since %v)", v.ID, v.Upper, v.Since)
	}
}

// s13StaleIssued judges that nothing is sent because of a stale report. What the stash is
// asked, and for which services there are, may be due just then.
func (j *Judges) s13StaleIssued(l *life, e *core.Effect) {
	if j.staleStep != j.step || j.staleNode != l.node || e.Kind == core.EffectStash || e.Kind == core.EffectOrchestrator && e.Orchestrator.Op == core.OrchestratorList {
		return
	}
	j.violate(s13, l.node, "a report of a session that is over leads to an effect of kind %d", e.Kind)
}

// s13Lost takes up that a controller is told of the end of a session.
func (j *Judges) s13Lost(o *Observation) {
	if o.Hosted == nil || o.Hosted.Host == nil {
		return
	}
	l := j.lifeOf(o.Incarnation)
	if t := j.conversationWith(o.Incarnation, *o.Hosted.Host); t.session == o.Hosted.Session {
		if l != nil && !l.ended {
			l.mono = o.Now.Mono
			j.s12SessionLost(l, t)
		}
		t.open, t.lost = false, true
	}
}

// s13Told judges, when a step is over, that what it answered as dropped or moved has been
// ended in the sessions that run it (C-9, C-27, C-35).
func (j *Judges) s13Told() {
	for k := range j.endsAnswered {
		q := &j.endsAnswered[k]
		if l := j.lifeOf(q.life); q.r.Op == core.RequestCreateExports {
			if l != nil && !l.ended && !l.halted {
				j.createdAtOnce(l, q)
			}
			continue
		}
		for i := range j.talks {
			t := &j.talks[i]
			l := j.lifeOf(q.life)
			if t.life != q.life || !t.open || !t.complete || l == nil || l.ended || l.halted {
				continue
			}
			for n := range t.told {
				o := &t.told[n]
				if o.created && !o.ended && !o.stopped && j.endedBy(q, t.host, o.id) {
					j.violate(s13, l.node, "host %v: %v (request %d) of %v is answered, and the session is not told to end it", t.host, q.r.Op, q.r.ID, o.id)
				}
			}
		}
	}
	j.endsAnswered = j.endsAnswered[:0]
}

// endedBy reports that a request ends an object on a host: it drops it, or moves it away.
func (j *Judges) endedBy(q *request, host core.HostID, id core.GlobalID) bool {
	if q.r.Op == core.RequestDropExports {
		return slices.Contains(q.r.IDs, id) && j.exportAt(j.slotOf(id)) != nil
	}
	return slices.ContainsFunc(q.r.Moves, func(m core.Move) bool { return m.ID == id && hostNamed(m.Host, id) != host })
}

func (j *Judges) commanded(l *life, t *conversation, c *core.Command) {
	switch c.Kind {
	case core.CommandCreateSource:
		j.createdOnHost(l, t, c.Source.ID)
		j.sourceSent(l, t, &c.Source)
	case core.CommandCreateSink:
		j.createdOnHost(l, t, c.Sink.ID)
		j.sinkSent(l, t, &c.Sink)
	case core.CommandAllowCompaction:
		j.compactionSent(l, t, c.ID, c.Frontier)
	case core.CommandStop:
		j.stopSent(l, t, c.ID)
	case core.CommandInitializationComplete:
		if t.complete {
			j.violate(s13, l.node, "host %v: the history is completed twice in a session", t.host)
		}
		t.complete = true
		j.historyComplete(l, t)
		j.formerTold(l, t)
		j.endsRepeated(l, t)
	case core.CommandUpdateConfiguration, core.CommandNone, core.CommandKindCount:
	}
}

func (j *Judges) createdOnHost(l *life, t *conversation, id core.GlobalID) {
	o := t.about(id)
	j.moveWaits(l, t, id)
	if o.created && !o.stopped || o.ended {
		j.violate(s13, l.node, "host %v: %v is created although the session was told of it (ended %v)", t.host, id, o.ended)
	}
	*o = heard{id: id, created: true, owed: o.owed}
	if i := slices.Index(t.silent, id); i >= 0 {
		t.silent = slices.Delete(t.silent, i, i+1)
	}
}

// sourceSent judges the definition of an ingestion against what is durable.
func (j *Judges) sourceSent(l *life, t *conversation, c *core.SourceCommand) {
	slot := j.slotOf(c.ID)
	if slot < 0 || !j.things[slot].knownTo(l.epoch) || j.things[slot].description.Ingestion == nil {
		j.violate(s13, l.node, "host %v: %v is created, which is no ingestion", t.host, c.ID)
		return
	}
	m := &j.things[slot]
	g := m.description.Ingestion
	if !l.belongs(t.host, c.ID, g.Host, m.was, m.writtenEpoch) {
		j.violate(s13, l.node, "host %v: ingestion %v is created there, and is to run on %v", t.host, c.ID, g.Host)
	}
	if c.Connection != g.Connection || c.Remap != m.remap {
		j.violate(s13, l.node, "host %v: ingestion %v is created from %q with remap shard %v; it is described as %q, %v", t.host, c.ID, c.Connection, c.Remap, g.Connection, m.remap)
	}
	if !j.statusRight(l, m.description.Status, c.Status) {
		j.violate(s13, l.node, "host %v: ingestion %v is to write its status to %v, which is not the shard of %v as long as that lives", t.host, c.ID, c.Status, m.description.Status)
	}
	for _, out := range g.Outputs {
		s := j.slotOf(out.ID)
		if out.ID != c.ID {
			*t.about(out.ID) = heard{id: out.ID} // it begins again with its ingestion
		}
		i := slices.IndexFunc(c.Exports, func(e core.SourceExport) bool { return e.ID == out.ID })
		if i < 0 {
			if s >= 0 && j.things[s].knownTo(l.epoch) && !j.things[s].droppedFor(l.epoch) {
				j.violate(s13, l.node, "host %v: ingestion %v is created without %v, which it fills", t.host, c.ID, out.ID)
			}
			continue
		}
		if e := &c.Exports[i]; e.Output != out.Index || s < 0 || e.Data != j.things[s].data || !sameSchema(e.Schema, j.things[s].description.Schema) {
			j.violate(s13, l.node, "host %v: ingestion %v is created with %v filled from output %d into %v, which is not how it is described", t.host, c.ID, e.ID, e.Output, e.Data)
		}
	}
	if len(c.Exports) > len(g.Outputs) {
		j.violate(s13, l.node, "host %v: ingestion %v is created with more collections than it fills", t.host, c.ID)
	}
	j.resumes(l, t, m, c)
}

// resumes judges a resume upper: it is a lower bound (H-10).
func (j *Judges) resumes(l *life, t *conversation, m *thing, c *core.SourceCommand) {
	bound := empty()
	for _, e := range c.Exports {
		s := j.slotOf(e.ID)
		if s < 0 || j.things[s].dropped || j.things[s].shard < 0 || j.shards[j.things[s].shard].now.Finalized {
			continue
		}
		bound = earlier(bound, j.shards[j.things[s].shard].now.Upper)
	}
	if i := j.shardIndex.find(m.remap.Hi, m.remap.Lo); i >= 0 && !j.shards[i].now.Finalized {
		bound = earlier(bound, j.shards[i].now.Upper)
	}
	if !atMost(c.Resume, bound) {
		j.violate(s13, l.node, "host %v: ingestion %v is to resume at %v, but its shards are complete up to %v only", t.host, c.ID, c.Resume, bound)
	}
}

// sinkSent judges the definition of an export against what is durable.
func (j *Judges) sinkSent(l *life, t *conversation, c *core.SinkCommand) {
	e := j.exportOf(c.ID, l.epoch)
	if e == nil {
		j.violate(s13, l.node, "host %v: %v is created, which is no export", t.host, c.ID)
		return
	}
	if j.things[e.slot].droppedFor(l.epoch) && j.things[e.slot].droppedEpoch < l.epoch {
		j.violate(s13, l.node, "host %v: export %v is created, which was dropped", t.host, c.ID)
	}
	if !l.belongs(t.host, c.ID, e.desc.Host, e.was.Host, e.writtenEpoch) {
		j.violate(s13, l.node, "host %v: export %v is created there, and is to run on %v", t.host, c.ID, e.desc.Host)
	}
	of := func(d *core.ExportDescription) bool { return c.From == d.From && c.Connection == d.Connection }
	from := j.slotOf(c.From)
	t.about(c.ID).from = c.From
	if e.writtenEpoch <= l.epoch && !of(&e.desc) && !(e.writtenEpoch == l.epoch && of(&e.was)) || from < 0 || j.things[from].data != c.Data {
		j.violate(s13, l.node, "host %v: export %v is created from %v in %v to %q, which is not how it is described", t.host, c.ID, c.From, c.Data, c.Connection)
		return
	}
	if e.writtenEpoch <= l.epoch && !j.statusRight(l, e.desc.Status, c.Status) && !j.statusRight(l, e.was.Status, c.Status) {
		j.violate(s13, l.node, "host %v: export %v is to write its status to %v, which is not the shard of %v as long as that lives", t.host, c.ID, c.Status, e.desc.Status)
	}
	if c.Snapshot != e.snapshot || before(c.AsOf, e.asOf) {
		j.violate(s13, l.node, "host %v: export %v is created as of %v (snapshot %v); its first life started as of %v (%v)", t.host, c.ID, c.AsOf, c.Snapshot, e.asOf, e.snapshot)
	}
	if b := j.beliefAt(l.node, from); b.opened && !atMost(j.viewBefore(b).Since, c.AsOf) {
		j.violate(s13, l.node, "host %v: export %v is created as of %v, but %v can be read from %v on only", t.host, c.ID, c.AsOf, c.From, b.view.Since)
	}
}

// statusRight reports that a shard is that of a status collection, or is none because
// there is no such collection, or not any more.
func (j *Judges) statusRight(l *life, status core.GlobalID, shard persist.ShardID) bool {
	if status == (core.GlobalID{}) || j.slotOf(status) < 0 {
		return noShard(shard)
	}
	s := j.slotOf(status)
	t, b := &j.things[s], j.beliefAt(l.node, s)
	if noShard(shard) {
		return t.droppedFor(l.epoch)
	}
	return shard == t.data && !b.gone && !(b.present && b.view.Dropped && j.viewBefore(b).Dropped)
}

// belongs reports that an object is to run on a host as far as a controller knows: it may
// not have heard of a move that it asked for itself, and it knows of none that a newer
// epoch made.
func (l *life) belongs(host core.HostID, id core.GlobalID, at, was core.HostConfig, written uint64) bool {
	if written > l.epoch || host == hostNamed(at, id) {
		return true
	}
	return written == l.epoch && was != core.HostConfig{} && host == hostNamed(was, id)
}

func hostNamed(h core.HostConfig, id core.GlobalID) core.HostID {
	if h.Address != "" {
		return core.HostID{Address: h.Address}
	}
	return core.HostID{Object: id, Size: h.Size}
}

// compactionSent judges how far a host may compact, or that it is to end something.
func (j *Judges) compactionSent(l *life, t *conversation, id core.GlobalID, f frontier.Frontier) {
	o := t.about(id)
	slot := j.slotOf(id)
	switch {
	case o.ended:
		j.violate(s13, l.node, "host %v: %v was ended in this session, and more is said of it", t.host, id)
	case slot < 0 || !j.things[slot].knownTo(l.epoch) && j.exportOf(id, l.epoch) == nil:
		j.violate(s13, l.node, "host %v: something is said of %v, which is nothing that lives", t.host, id)
	case f.Empty:
		if !j.things[slot].droppedFor(l.epoch) {
			j.violate(s13, l.node, "host %v: %v is ended, which was not dropped", t.host, id)
		}
		if b := j.beliefAt(l.node, slot); b.opened && b.present && b.view.Phase == core.ShardOpen && !b.view.Since.Empty {
			j.violate(s13, l.node, "host %v: %v is ended, but something holds it at %v", t.host, id, b.view.Since)
		}
		o.ended = true
		return
	case !j.createdHere(t, slot):
		j.violate(s13, l.node, "host %v: %v may be compacted to %v, but the session does not know it", t.host, id, f)
	case before(f, o.compacted):
		j.violate(s3, l.node, "host %v: %v may be compacted to %v, after %v", t.host, id, f, o.compacted)
	}
	o.compacted = later(o.compacted, f)
	if slot < 0 {
		return
	}
	if b := j.beliefAt(l.node, slot); b.opened && !atMost(f, b.view.Since) {
		j.violate(s3, l.node, "host %v: %v may be compacted to %v, ahead of the advertised %v", t.host, id, f, b.view.Since)
	}
}

// createdHere reports that a session knows a collection: its ingestion was created.
func (j *Judges) createdHere(t *conversation, slot int32) bool {
	id := idOf(j, slot)
	if of := j.things[slot].description.Of; of != (core.GlobalID{}) {
		id = of
	}
	o := t.about(id)
	return o.created && !o.ended && !o.stopped
}

func (j *Judges) stopSent(l *life, t *conversation, id core.GlobalID) {
	o := t.about(id)
	slot := j.slotOf(id)
	if o.ended || o.stopped {
		j.violate(s13, l.node, "host %v: %v was ended in this session, and is stopped", t.host, id)
	}
	if slot < 0 || !j.things[slot].knownTo(l.epoch) && j.exportOf(id, l.epoch) == nil {
		j.violate(s13, l.node, "host %v: %v is stopped, which is nothing that lives", t.host, id)
	}
	o.stopped = true
}

// historyComplete judges that a history has everything that is to run on its host:
// what is left out would be dropped there (H-2).
func (j *Judges) historyComplete(l *life, t *conversation) {
	for i := range j.things {
		m := &j.things[i]
		if !m.knownTo(l.epoch) || m.dropped || m.moved() || m.description.Ingestion == nil || hostNamed(m.description.Ingestion.Host, m.id) != t.host {
			continue
		}
		if o := t.about(m.id); o.created || o.stopped && j.lostShard(m) {
			continue
		}
		if b := j.beliefAt(l.node, int32(i)); b.since < t.step && j.runnable(l, int32(i)) {
			j.violate(s13, l.node, "host %v: its history is complete without ingestion %v", t.host, m.id)
		}
	}
	for i := range j.exports {
		e := &j.exports[i]
		id := idOf(j, e.slot)
		if e.epoch > l.epoch || e.epoch == l.epoch && (e.ackStep == 0 || e.ackStep >= t.step) || j.things[e.slot].dropped || !sameExport(&e.desc, &e.was) || hostNamed(e.desc.Host, id) != t.host {
			continue
		}
		from := j.slotOf(e.desc.From)
		if from < 0 {
			continue
		}
		if b := j.beliefAt(l.node, from); b.present && b.view.Phase != core.ShardFailed && !b.view.Since.Empty && !t.about(id).created {
			j.violate(s13, l.node, "host %v: its history is complete without export %v", t.host, id)
		}
	}
}

// runnable reports that all shards of an ingestion are in use, or are still to be
// opened, so that its host is to run it.
func (j *Judges) runnable(l *life, slot int32) bool {
	open := func(id core.GlobalID) bool {
		s := j.slotOf(id)
		if s < 0 {
			return false
		}
		b := j.beliefAt(l.node, s)
		if !b.present {
			return j.things[s].dropped
		}
		return b.view.Dropped || b.view.Phase != core.ShardFailed
	}
	g := j.things[slot].description.Ingestion
	for _, out := range g.Outputs {
		if !open(out.ID) {
			return false
		}
	}
	for _, id := range g.Imports {
		if s := j.slotOf(id); s < 0 || j.beliefAt(l.node, s).view.Phase == core.ShardFailed || !j.beliefAt(l.node, s).present {
			return false
		}
	}
	return open(remapID(j.things[slot].remap))
}

// lostShard reports that a shard which an ingestion fills can never be used. Until it was
// dropped the ingestion could not run, and what may still run of it has to end first.
func (j *Judges) lostShard(m *thing) bool {
	for _, out := range m.description.Ingestion.Outputs {
		if s := j.slotOf(out.ID); s >= 0 && j.things[s].shard >= 0 && j.shards[j.things[s].shard].now.Finalized {
			return true
		}
	}
	return false
}

// remember keeps, at the end of a session, the ends of objects that it was told of and
// that were not confirmed.
func (t *conversation) remember() {
	for i := range t.told {
		o := &t.told[i]
		at := slices.IndexFunc(t.due, func(d endDue) bool { return d.id == o.id })
		switch {
		case at >= 0 && (o.confirmed || o.created):
			t.due = slices.Delete(t.due, at, at+1)
		case at < 0 && (o.ended || o.stopped) && !o.confirmed:
			t.due = append(t.due, endDue{o.id, o.endedAt})
		}
	}
}

// endsRepeated judges that a history tells what the session before it told to end, and
// the host has not confirmed, to end again (H-6); for as long as nobody may have given
// up, or stopped the process. What belongs to an ingestion and is no object of its own
// is left to its definition.
func (j *Judges) endsRepeated(l *life, t *conversation) {
	grace := span(min(l.config.DropGrace, l.config.WriterGrace))
	for i := range t.due {
		d := &t.due[i]
		if l.mono >= d.begun+grace || j.ingestionNamed(d.id) < 0 && j.sinkNamed(d.id) < 0 {
			continue
		}
		if o := t.about(d.id); !o.ended && !o.stopped && !o.created {
			j.violate(s13, l.node, "host %v: it was told to end %v and has not confirmed it, and the next history does not say so", t.host, d.id)
		}
	}
}

// serviceStopped takes up that no process of a host runs any more: what was to end there
// has ended.
func (j *Judges) serviceStopped(incarnation uint32, host core.HostID) {
	t := j.conversationWith(incarnation, host)
	t.due, t.stopping, t.emptied = t.due[:0], false, true
	t.connecting = try{} // if it is started again, it is another host
	for i := range t.told {
		t.told[i].confirmed = true
	}
}
