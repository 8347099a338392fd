package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
)

func docL4() Doc {
	return Doc{
		Name: "L4", Title: "objects run on their host",
		Statement: "At rest after healing, every ingestion and export that is durably described and not dropped, and whose shards can be used, runs in a process of the host that its description names now, and in no process of another host; an export reads there what it is described to read; no service runs that nothing needs and that an older epoch has left behind, or that was to be stopped; the services are listed again and again. A controller turns to every host where something may still run, as its description says, since it booted. An export whose input is finished and out need not run. Excepted is what nobody can bring about: a remote host without a process runs nothing, and one that no controller has a reason to talk to any more, because the end of what it ran was not confirmed for the writer grace, goes on with it.",
		Meaning:   "A source is not followed or an export not written although everything is well again, or two hosts pay for what one should do.",
		Met:       "an object came to run in a second process, or on another host",
	}
}

// l4Met counts runs of an object after the first.
func (j *Judges) l4Met(r *hostedRun) {
	for i := range j.hosting.runs {
		if o := &j.hosting.runs[i]; o.id == r.id && o.process != r.process && o.ran {
			j.met[l4]++
			return
		}
	}
}

// l4Missing says what does not run where it should, and what runs where it should not.
func (j *Judges) l4Missing(out *strings.Builder, _ int64) int {
	h, n := &j.hosting, 0
	for i := range h.ingestions {
		f := &h.ingestions[i]
		if t := &j.things[f.slot]; !t.dropped && !j.fillingUnusable(f) {
			n += j.l4Runs(out, n, t.id, f.host)
		}
	}
	for i := range h.exports {
		if e := &h.exports[i]; e.live() && !e.finished && !j.shardGone(e.input) {
			n += j.l4Runs(out, n, e.id, e.host)
			n += j.l4Reads(out, n, e)
		}
	}
	for i := range h.runs {
		r := &h.runs[i]
		if !h.running(r) {
			continue
		}
		j.checked[l4]++
		host, live, changedUs := j.described(r.id)
		p := &h.processes[r.process]
		if live && host == p.host || j.outOfTouch(p, changedUs) || !live && j.stillRead(r.id) {
			continue
		}
		if n++; n > 1 {
			continue
		}
		if live {
			fmt.Fprintf(out, "%v is to run on %v, but process %d of %v runs it (%v)", r.id, host, r.process, p.host, r.condition)
		} else {
			fmt.Fprintf(out, "%v was dropped, but process %d of %v runs it (%v)", r.id, r.process, p.host, r.condition)
		}
	}
	return n
}

// l4Runs looks for an object in the processes of its host.
func (j *Judges) l4Runs(out *strings.Builder, found int, id core.GlobalID, host core.HostID) int {
	h := &j.hosting
	j.checked[l4]++
	if j.beyondReach(host) {
		return 0
	}
	best := "nowhere"
	for i := range h.runs {
		r := &h.runs[i]
		if r.id != id || !h.running(r) || h.processes[r.process].host != host {
			continue
		}
		if r.condition == storaged.Running || r.condition == storaged.Finished {
			return 0
		}
		best = r.condition.String()
	}
	if found == 0 {
		fmt.Fprintf(out, "%v is to run on %v, but there it is %s", id, host, best)
	}
	return 1
}

// l4Reads looks for copies of an export, where it is to run, that read what it was to read
// before.
func (j *Judges) l4Reads(out *strings.Builder, found int, e *exported) int {
	h := &j.hosting
	for i := range h.runs {
		r := &h.runs[i]
		if r.id != e.id || !h.running(r) || h.processes[r.process].host != e.host || r.input == (persist.ShardID{}) || r.input == j.shards[e.input].id || j.outOfTouch(&h.processes[r.process], e.changedUs) {
			continue
		}
		if r.condition == storaged.Running || r.condition == storaged.Starting {
			if found == 0 {
				fmt.Fprintf(out, "%v is to read %v, but process %d of %v reads %v for it", e.id, e.from, r.process, e.host, r.input)
			}
			return 1
		}
	}
	return 0
}

// described is where an object is to run, whether it is at all, and when that changed.
func (j *Judges) described(id core.GlobalID) (host core.HostID, live bool, changedUs int64) {
	if i := j.sinkNamed(id); i >= 0 {
		e := &j.hosting.exports[i]
		return e.host, e.live(), e.changedUs
	}
	if i := j.ingestionNamed(id); i >= 0 {
		f := &j.hosting.ingestions[i]
		return f.host, !j.things[f.slot].dropped, f.changedUs
	}
	return host, false, 0
}

// stillRead reports that an ingestion which was dropped goes on because something
// holds its collection (C-28): the controllers' handle is not at the end.
func (j *Judges) stillRead(id core.GlobalID) bool {
	i := j.ingestionNamed(id)
	if i < 0 {
		return false
	}
	_, l := j.leader()
	if l == nil {
		return false
	}
	b := j.beliefAt(l.node, j.hosting.ingestions[i].slot)
	return b.present && !b.view.Since.Empty
}

// outOfTouch reports that nobody can tell a process anything: it belongs to a remote
// host, has no session with a controller, and the controllers have waited for its word
// as long as they are to.
func (j *Judges) outOfTouch(p *process, changedUs int64) bool {
	_, l := j.leader()
	if p.host.Address == "" || p.open || l == nil {
		return false
	}
	return j.atUs-changedUs >= int64(l.config.WriterGrace)
}

// keptOutOfTouch reports that a collection is still written, or held, by a process that
// nobody can tell anything.
func (j *Judges) keptOutOfTouch(t *thing) bool {
	h := &j.hosting
	for i := range h.runs {
		r := &h.runs[i]
		if e := j.sinkNamed(r.id); e >= 0 {
			if x := &h.exports[e]; h.running(r) && j.outOfTouch(&h.processes[r.process], x.changedUs) && x.mayRead(t.shard) {
				return true
			}
			continue
		}
		k := j.ingestionNamed(r.id)
		if k < 0 || !h.running(r) || !j.outOfTouch(&h.processes[r.process], h.ingestions[k].changedUs) {
			continue
		}
		f := &h.ingestions[k]
		if f.slot == j.slotOf(t.id) || j.things[f.slot].remap == t.data {
			return true
		}
		for w := f.first; w < f.last; w++ {
			if h.outputs[w].slot == j.slotOf(t.id) {
				return true
			}
		}
	}
	return false
}
