package hosttrial

import (
	"slices"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
)

// judgeEnded: what a host has reported as dropped, it does not write any more, not even by
// a call that takes effect late (H-6).
func (t *Trial) judgeEnded(p *process, e *storaged.Effect) {
	for n := range p.ended {
		if !p.ended[n] {
			continue
		}
		id, c := user(uint64(n)), &e.Persist
		if e.Kind == storaged.EffectSink && e.Sink.Export == id || e.Kind == storaged.EffectPersist && (c.Shard == dataShard(id) ||
			c.Shard == remapShard && id == user(1) || c.Shard == statusShard && len(c.Updates) > 0 && strings.Contains(c.Updates[0].Data.String(), "\""+id.String()+"\"")) {
			t.fail("S13", "%v was reported as dropped, and is written later", id)
		}
	}
}

// judgeCall judges what a call may do, when it is made.
func (t *Trial) judgeCall(p *process, e *storaged.Effect) {
	c := &e.Persist
	switch {
	case e.Kind == storaged.EffectSink:
		n := slot(e.Sink.Export)
		if e.Sink.Op == sink.OpOpen {
			p.fences = append(p.fences, e.Sink.Fence)
		}
		if e.Sink.Fence == (sink.Fence{}) {
			t.fail("S10", "%v makes a call without a fence", e.Sink.Export)
		}
		if at := p.fencedAt[n]; at != 0 && t.now < at.Add(settings().BackoffMax/2) && e.Sink.Op != sink.OpClose {
			t.fail("S10", "%v was fenced %d µs ago, and goes on (%v)", e.Sink.Export, t.now-at, e.Sink.Op)
		}
		p.fencedAt[n] = 0
	case e.Kind != storaged.EffectPersist:
	case c.Op == persist.OpOpenLeasedReader:
		p.readers = append(p.readers, c.Reader)
	case c.Op == persist.OpCompareAndAppend:
		if u := find(p.unknown, c.Shard); c.Shard != statusShard && u != nil && (u.call.Token != c.Token || u.call.Writer != c.Writer ||
			u.call.Expected != c.Expected || u.call.Upper != c.Upper || !slices.Equal(u.call.Updates, c.Updates)) {
			t.fail("S13", "an append to %v of unknown outcome is followed by another", c.Shard)
		}
		if c.Shard == remapShard && !c.Upper.Empty {
			t.judgeTime(p, c)
		}
		p.latest = set(p.latest, pending{e.ID, *c})
	case c.Op == persist.OpDowngradeSince:
		t.judgeLettingGo(p, c)
	}
}

func find(list []pending, shard persist.ShardID) *pending {
	for i := range list {
		if list[i].call.Shard == shard {
			return &list[i]
		}
	}
	return nil
}

func set(list []pending, v pending) []pending {
	if at := find(list, v.call.Shard); at != nil {
		*at = v
		return list
	}
	return append(list, v)
}

// noteEnd remembers what the judge of later calls needs to know of an append that has
// ended. An attempt that was given up tells nothing.
func (p *process) noteEnd(e *storaged.Effect, in *storaged.Input) {
	if e.Kind != storaged.EffectPersist || e.Persist.Op != persist.OpCompareAndAppend {
		return
	}
	if l := find(p.latest, e.Persist.Shard); l == nil || l.effect != e.ID {
		return
	}
	p.unknown = slices.DeleteFunc(p.unknown, func(u pending) bool { return u.call.Shard == e.Persist.Shard })
	if in.Persist.Outcome == outcome.Unknown {
		p.unknown = append(p.unknown, pending{e.ID, e.Persist})
	}
}

// judgeTime: a time is not beyond what the host may believe of the present, unless the
// shards are.
func (t *Trial) judgeTime(p *process, c *persist.Call) {
	bound := p.hello + clock.Wall((t.now-p.helloAt)/1000) + clock.Wall(settings().MaxClockSkew/clock.Millisecond)
	limit := max(frontier.Timestamp(bound), c.Expected.T)
	for n := uint64(1); n <= 3; n++ {
		st, _ := t.store.State(dataShard(user(n)))
		limit = max(limit, st.Upper.T)
	}
	if c.Upper.T > limit+1 {
		t.fail("S15", "time %d is chosen, the present is at most %d", c.Upper.T-1, limit)
	}
}

// judgeLettingGo: a reader keeps what a copy that starts now would have to read.
func (t *Trial) judgeLettingGo(p *process, c *persist.Call) {
	if t.free {
		return
	}
	keep, whose := frontier.Empty(), "the bindings"
	p.core.Each(func(v *storaged.ObjectView) bool {
		if v.Sink && v.Reader == c.Reader {
			whose, keep = v.ID.String(), v.AsOf
			if x := t.kept(v.ID); x.Progress != (frontier.Frontier{}) {
				keep = stepBack(x.Progress)
			}
		}
		return true
	})
	for n := uint64(1); n <= 3 && c.Shard == remapShard; n++ {
		if st, _ := t.store.State(dataShard(user(n))); !t.ended[n] {
			keep = earlier(keep, stepBack(st.Upper))
		}
	}
	if before(keep, c.Since) {
		t.fail("S10", "%v lets go of %v up to %v, needed is what follows from %v on", whose, c.Shard, c.Since, keep)
	}
}

// heard takes a report: uppers only rise in a session, and are durable.
func (t *Trial) heard(p *process, e *storaged.Effect) {
	if e.Session != p.session {
		t.fail("S13", "a host reports in session %v, and has %v", e.Session, p.session)
		return
	}
	for _, u := range e.Report.Uppers {
		n := slot(u.ID)
		if !before(p.uppers[n], u.Upper) {
			t.fail("S13", "%v: %v is reported after %v", u.ID, u.Upper, p.uppers[n])
		}
		p.uppers[n] = u.Upper
		if durable := t.durable(u.ID); before(durable, u.Upper) {
			t.fail("S4", "%v: %v is reported, durable is %v", u.ID, u.Upper, durable)
		}
	}
	p.dropped = append(p.dropped, e.Report.Dropped...)
	for _, id := range e.Report.Dropped {
		p.ended[slot(id)] = !t.free
	}
}

// durable is how far a collection's shard or an export's external system is.
func (t *Trial) durable(id core.GlobalID) frontier.Frontier {
	if x := t.kept(id); x.Count > 0 {
		return x.Progress
	}
	st, _ := t.store.State(dataShard(id))
	return st.Upper
}

// before reports that a is strictly earlier than b.
func before(a, b frontier.Frontier) bool { return !a.Empty && (b.Empty || a.T < b.T) }

func earlier(a, b frontier.Frontier) frontier.Frontier {
	if before(b, a) {
		return b
	}
	return a
}

func stepBack(f frontier.Frontier) frontier.Frontier {
	if !f.Empty && f.T > 0 {
		f.T--
	}
	return f
}
