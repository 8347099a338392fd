package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
)

func docS13() Doc {
	return Doc{
		Name: "S13", Title: "protocol order",
		Statement: "What a controller sends to a host is in order, object by object and session by session: a session is opened before it is used; a moved object waits for the host that it left, as long as one is to, and its durable description tells where it may still run; an object is created before anything else is said of it, once, on the host that its durable description names, exactly as it is described, with shards that are its own and a resume upper that nothing durable contradicts; what its boot has found, and is not to run there, is ended by the first history of each host; an export is forgotten only when the hosts where it was to run have said that it has ended, or nobody waits for them any more; nothing is said of an object after its end, unless it, or the ingestion that fills it, is created again; only what was dropped and is not held any more, or moved, is ended, at the latest in the step that answers. A host that has answered every end of an object that it was told of is waited for no longer, one that owes an answer still is, and one that was never told to run it is not told to end it. What can begin on a host is told it in that step, also when it has just ended elsewhere. The history is completed once, and then has everything that lives on that host, and every end that was told before and is not confirmed. How far a history may be compacted is never ahead of the advertised since, and never goes back. A host begins only what it is told to run, as it is told, and ends only what it was told to end, to change, or not named in a complete history; it says in the step in which it comes about, once per command and in that session only, that it has dropped something, of an ingestion that is over for good not before its source was told so (H-15), and how far an export has come; and nothing that it writes of it takes effect from then on. An append of a host of which it does not know what became is repeated, before that writer appends anything else, and before what it is of is forgotten or said to have ended (H-6).",
		Meaning:   "A host fills the wrong collection, runs what was dropped, or compacts what a reader was promised.",
		Met:       "a command was sent to a host",
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
		j.s4Hello(l, c)
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
		j.droppedSaid(l, o.Incarnation, t, id)
	}
	j.endsAwaited(l, t, o.Hosted)
	j.exportsReported(l, t, o.Hosted)
}

// s13Stale judges that a stale report has no consequences: it moves nothing.
func (j *Judges) s13Stale(l *life, v *core.CollectionView) {
	if j.staleStep == j.step && j.staleNode == l.node && !j.maybePlanned(v.ID) {
		j.violate(s13, l.node, "%v: a report of a session that is over has moved something of it (upper %v, since %v)", v.ID, v.Upper, v.Since)
	}
}

// maybePlanned reports that an open request is to let an export read a collection: whenever
// its transaction is due it is judged anew, and the collection held.
func (j *Judges) maybePlanned(id core.GlobalID) bool {
	return slices.ContainsFunc(j.requests, func(q request) bool {
		return q.used && (q.r.Op == core.RequestCreateExports || q.r.Op == core.RequestAlterExports) &&
			slices.ContainsFunc(q.r.Exports, func(s core.ExportSpec) bool { return s.Description.From == id })
	})
}

// s13StaleIssued judges that nothing is sent because of a stale report. What the stash is
// asked, and for which services there are, may be due just then.
func (j *Judges) s13StaleIssued(l *life, e *core.Effect) {
	if j.staleStep != j.step || j.staleNode != l.node || e.Kind == core.EffectStash || e.Kind == core.EffectOrchestrator && e.Orchestrator.Op == core.OrchestratorList {
		return
	}
	if i := j.shardIndex.find(e.Persist.Shard.Hi, e.Persist.Shard.Lo); e.Kind == core.EffectPersist && i >= 0 && j.shards[i].slot >= 0 && j.maybePlanned(idOf(j, j.shards[i].slot)) {
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
