package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
)

func docL8() Doc {
	return Doc{
		Name: "L8", Title: "leases stay renewed",
		Statement: "After healing, every leased reader of a host's process or of a controller's snapshot that its owner has not begun to close is renewed before its lease has passed since the last renewal, as long as the owner is awake: who sends nothing for half a lease was not woken when it wanted to be. A controller sends, when it is woken, the heartbeats that are due. A process that is told that a lease has ended does not go on with that reader, and a copy of an export that was shut out keeps none.",
		Meaning:   "A reader lapses although somebody still reads: history that is needed is compacted, and the read or the export starts again from the beginning, or cannot.",
		Met:       "after healing, a reader was renewed that had nothing to let go",
	}
}

// lease is a leased reader and who has to renew it: a process of a host, or an
// incarnation of a controller.
type lease struct {
	reader  persist.ReaderID
	shard   persist.ShardID
	process uint32
	life    uint32
	used    bool
	// opened: it is there; renewedUs is when that was last renewed, for length. since is
	// the shard's when it was opened last.
	opened bool
	// over: it has ended, and an opening that lands now was sent before that. refused
	// counts the calls since then that were refused after healing, sent those that were sent
	// after the first of them: what comes late says nothing of who sent it long ago.
	over      bool
	refused   int
	sent      int
	renewedUs int64
	length    clock.Duration
	since     frontier.Frontier
	next      int32
	beats     beats
}

// leaseOf finds a reader, or nil.
func (j *Judges) leaseOf(r persist.ReaderID) *lease {
	if i := j.hosting.leaseIndex.find(r.Hi, r.Lo); i >= 0 {
		return &j.hosting.leases[i]
	}
	return nil
}

// l8Issued follows who opens a reader, and who begins to close it.
func (j *Judges) l8Issued(o *Observation) {
	c, incarnation, process := (*persist.Call)(nil), o.Incarnation, uint32(0)
	var l *life
	switch {
	case o.Kind == Issued && o.Effect != nil:
		if l = j.lifeOf(o.Incarnation); l != nil && l.toldStep != j.step {
			l.wokeStep = j.step
			j.l8Spoke(&l.pulse)
		}
		if o.Effect.Kind != core.EffectPersist {
			return
		}
		c = &o.Effect.Persist
	case o.Kind == HostIssued:
		if p := j.processOf(o.Hosted); p.toldStep != j.step {
			j.l8Spoke(&p.pulse)
		}
		if o.Hosted.Effect.Kind != storaged.EffectPersist {
			return
		}
		c, incarnation, process = &o.Hosted.Effect.Persist, 0, o.Hosted.Process
	default:
		return
	}
	switch c.Op {
	case persist.OpOpenLeasedReader:
		if r := j.leaseOf(c.Reader); r == nil {
			j.addLease(lease{reader: c.Reader, shard: c.Shard, process: process, life: incarnation, length: c.Lease})
		} else {
			r.over, r.refused, r.sent = false, 0, 0 // it is opened anew
		}
	case persist.OpCloseReader:
		j.l8Left(c.Reader)
	default:
		if process != 0 && len(j.hosting.leases) > 0 {
			if r := j.leaseOf(c.Reader); r != nil && r.refused > 0 {
				r.sent++
			}
		}
	}
	if process == 0 && l != nil && len(j.hosting.leases) > 0 {
		if r := j.leaseOf(c.Reader); r != nil && r.life == incarnation {
			j.beatIssued(l, r, o.Effect)
		}
	}
}

// pulse is when a process or a controller last woke up, and last sent something.
type pulse struct{ wokeUs, spokeUs int64 }

// l8Spoke notes a sign of life: one that is no answer to something that the controller, or
// the process, was told. Who was silent for too long was not woken when it wanted to be, which is
// not its fault.
func (j *Judges) l8Spoke(p *pulse) {
	if j.silent(p) {
		p.wokeUs = j.atUs
	}
	p.spokeUs = j.atUs
}

func (j *Judges) silent(p *pulse) bool { return j.atUs-p.spokeUs > j.hosting.silenceUs }

func (j *Judges) addLease(r lease) {
	h := &j.hosting
	i := h.freeLease
	if i >= 0 {
		h.freeLease = h.leases[i].next
	} else {
		i = int32(len(h.leases))
		h.leases = append(h.leases, lease{})
	}
	r.used = true
	h.leases[i] = r
	h.leaseIndex.put(r.reader.Hi, r.reader.Lo, i)
}

// l8Left forgets a reader that its owner does not want any more.
func (j *Judges) l8Left(r persist.ReaderID) {
	h := &j.hosting
	if i := h.leaseIndex.find(r.Hi, r.Lo); i >= 0 {
		h.leaseIndex.remove(r.Hi, r.Lo)
		h.leases[i] = lease{next: h.freeLease}
		h.freeLease = i
	}
}

// l8Applied judges a call that renews a lease, or finds that it has ended.
func (j *Judges) l8Applied(o *Observation) {
	c := o.PersistCall
	switch c.Op {
	case persist.OpOpenLeasedReader, persist.OpHeartbeat, persist.OpDowngradeSince, persist.OpSnapshot, persist.OpListen:
	default:
		return
	}
	r := j.leaseOf(c.Reader)
	if r == nil || r.shard != c.Shard {
		return
	}
	if r.opened {
		j.l8Judge(r, o.Node)
	}
	switch {
	case o.PersistResult.Outcome == outcome.LeaseExpired:
		r.opened, r.over = false, true // which the owner learns now
		j.l8Refused(r, o.Node)
	case r.over:
	case o.PersistResult.Outcome == outcome.Done && c.Op != persist.OpSnapshot && c.Op != persist.OpListen:
		if c.Op == persist.OpOpenLeasedReader {
			r.since = o.After.Since
		} else if j.hosting.calmUs > 0 && j.atUs > j.hosting.calmUs && o.After.Since == o.Before.Since {
			j.met[l8]++
		}
		r.opened, r.renewedUs = true, o.AtUs
	}
}

// mostRefused is how often a process can be told that a reader's lease has ended before it
// takes notice: by each of the calls that it has out at a time.
const mostRefused = 3

// l8Refused judges that a process which is told that its reader's lease has ended does not
// go on with it.
func (j *Judges) l8Refused(r *lease, node int) {
	if j.hosting.calmUs == 0 || j.atUs <= j.hosting.calmUs || r.process == 0 {
		return
	}
	if r.refused++; r.refused > mostRefused && r.sent > mostRefused {
		j.violate(l8, node, "process %d goes on with the reader %x of %v, whose lease has ended, and was told so %d times", r.process, r.reader.Lo, r.shard, r.refused)
	}
}

// l8Judge judges how long a lease has not been renewed while that was its owner's
// duty.
func (j *Judges) l8Judge(r *lease, node int) {
	h := &j.hosting
	if h.calmUs == 0 || j.shardGone(j.shardAt(r.shard)) {
		return
	}
	since := max(r.renewedUs, h.calmUs)
	if r.process != 0 {
		p := &h.processes[r.process]
		if !p.awake || j.silent(&p.pulse) {
			return
		}
		since = max(since, p.pulse.wokeUs)
	} else {
		l := j.lifeOf(r.life)
		if l == nil || l.ended || l.halted || j.silent(&l.pulse) {
			return
		}
		since = max(since, l.pulse.wokeUs)
	}
	j.checked[l8]++
	if j.atUs-since > int64(r.length) {
		j.violate(l8, node, "the reader %x of %v was not renewed for %d ms after the world healed, longer than its lease of %d ms, although its owner (process %d, incarnation %d) was awake",
			r.reader.Lo, r.shard, (j.atUs-since)/1000, int64(r.length)/1000, r.process, r.life)
	}
}

// l8Ended judges the leases that are held at the end.
func (j *Judges) l8Ended() {
	for i := range j.hosting.leases {
		if r := &j.hosting.leases[i]; r.used && r.opened {
			j.l8Judge(r, Foreign)
		}
	}
}
