package invariants

import (
	"fmt"
	"slices"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/stash"
)

// What a controller finds when it boots may still run wherever it ever ran: on the hosts
// that its description tells of (C-27), or on its own if it was dropped (C-35).

// formerTold judges that the first history that a controller completes ends what its boot
// has found there and what is not to run there: an older controller may have created it.
func (j *Judges) formerTold(l *life, t *conversation) {
	first := !t.finished
	t.finished = true
	if !first || t.asked && t.host.Address == "" || l.mono >= span(min(l.config.DropGrace, l.config.WriterGrace)) {
		return
	}
	told := func(id core.GlobalID, to core.HostConfig, former []core.HostConfig, dropped bool) {
		here := hostNamed(to, id) == t.host
		if here && !dropped || !here && !slices.ContainsFunc(former, func(h core.HostConfig) bool { return hostNamed(h, id) == t.host }) {
			return
		}
		j.checked[s13]++
		if o := t.about(id); !o.ended && !o.stopped && !o.created {
			j.violate(s13, l.node, "host %v: it may run %v since before this controller booted, and its first history does not end it", t.host, id)
		}
	}
	for i := range j.things {
		m := &j.things[i]
		if m.knownTo(l.epoch) && m.writtenEpoch < l.epoch && !m.dropped && m.moved() && m.description.Ingestion != nil {
			told(m.id, m.description.Ingestion.Host, m.former, false)
		}
	}
	for i := range j.exports {
		e := &j.exports[i]
		m := &j.things[e.slot]
		if e.epoch < l.epoch && e.writtenEpoch < l.epoch && j.sinkStored(m.id) {
			told(m.id, e.desc.Host, e.former, m.dropped)
		}
	}
}

// recordsSent judges that a controller forgets an export only when it has ended everywhere
// (C-35): the hosts where it was to run have said so, or were stopped, or were waited for.
func (j *Judges) recordsSent(l *life, c *stash.Call) {
	for i := range c.Writes {
		w := &c.Writes[i]
		if w.Kind != stash.WriteDelete || w.Collection != stash.CollectionExports {
			continue
		}
		id, ok := idOfKey(w.Key)
		if e := j.exportAt(j.slotOf(id)); ok && e != nil && e.writtenEpoch <= l.epoch && j.things[e.slot].droppedFor(l.epoch) {
			j.forgotten(l, e, id)
		}
	}
}

func (j *Judges) forgotten(l *life, e *export, id core.GlobalID) {
	j.checked[s13]++
	for i := range j.hosting.runs {
		r := &j.hosting.runs[i]
		p := &j.hosting.processes[r.process]
		if r.id != id || !j.hosting.running(r) || p.accepted.Epoch > l.epoch {
			continue
		}
		here := hostNamed(e.desc.Host, id) == p.host
		if !here && !slices.ContainsFunc(e.former, func(h core.HostConfig) bool { return hostNamed(h, id) == p.host }) {
			continue // it was waited for before the description was written
		}
		incarnation := j.nodes[l.node].life
		t := j.conversationWith(incarnation, p.host)
		begun := clock.Instant(0) // it may have been left there before this controller booted
		if e.epoch == l.epoch {
			begun = j.endBegan(incarnation, id, p.host)
		}
		if t.emptied || slices.Contains(t.silent, id) || p.host.Address != "" && l.mono >= begun+span(l.config.DropGrace)+span(l.config.WriterGrace) {
			continue
		}
		j.violate(s13, l.node, "export %v is forgotten, and process %d of %v runs it, which has not said that it dropped it", id, r.process, p.host)
	}
}

// sinkStored reports that the stash has an export's description, so that it has not ended
// everywhere.
func (j *Judges) sinkStored(id core.GlobalID) bool {
	i := j.sinkNamed(id)
	return i >= 0 && j.hosting.exports[i].described
}

// l4Former says which hosts, on which something may still run, the controller has not
// asked anything of since it booted.
func (j *Judges) l4Former(out *strings.Builder, _ int64) int {
	incarnation, l := j.leader()
	if l == nil {
		return 0
	}
	n := 0
	asked := func(id core.GlobalID, to core.HostConfig, former []core.HostConfig) {
		for _, c := range former {
			h := hostNamed(c, id)
			if h == hostNamed(to, id) {
				continue
			}
			j.checked[l4]++
			if j.everAsked(incarnation, h) {
				continue
			}
			if n++; n == 1 {
				fmt.Fprintf(out, "%v may still run on %v, as its description says, and the controller has not turned to that host since it booted", id, h)
			}
		}
	}
	for i := range j.things {
		if m := &j.things[i]; m.knownTo(l.epoch) && m.writtenEpoch < l.epoch && !m.dropped && m.moved() && m.description.Ingestion != nil {
			asked(m.id, m.description.Ingestion.Host, m.former)
		}
	}
	for i := range j.exports {
		if e := &j.exports[i]; e.epoch < l.epoch && e.writtenEpoch < l.epoch && !j.things[e.slot].dropped {
			asked(idOf(j, e.slot), e.desc.Host, e.former)
		}
	}
	return n
}

// everAsked reports that a controller has asked something of a host, or of its service.
func (j *Judges) everAsked(incarnation uint32, host core.HostID) bool {
	return slices.ContainsFunc(j.talks, func(t conversation) bool {
		return t.life == incarnation && t.host == host && (t.asked || t.session != core.Session{})
	})
}
