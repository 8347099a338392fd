package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

func docS5() Doc {
	return Doc{
		Name: "S5", Title: "append exactly once",
		Statement: "An acknowledged append is durable exactly once, in its collection's shard, at its times, and the upper has reached what was asked. One that was refused with a definite error is not durable and never will be. Nothing is written that no client asked for; what the controller itself writes to a managed collection is at one time, the bounded present or the upper if that is later, and ends one step later, so that times of one collection strictly increase, and what only advances it leads to no later than the present and is not repeated when it loses a race. Appends to one collection take effect in the order in which they arrived; while the outcome of a write is unknown it is repeated as it was, under its token, and nothing of it is sent under another.",
		Meaning:   "Committed rows are lost, doubled, retimed or reordered, or rows of a failed transaction appear.",
		Met:       "an append that had carried rows was acknowledged or refused after it had been sent",
	}
}

// s5Issued matches a write with the requests that it is made of. It is the place
// of its batch.
func (j *Judges) s5Issued(l *life, incarnation uint32, slot, si int32, c *persist.Call) int32 {
	j.checked[s5]++
	if i := j.batchIndex.find(c.Token.Hi, c.Token.Lo); i >= 0 {
		b := &j.batches[i]
		if b.shard != si || b.expected != c.Expected || b.upper != c.Upper || !sameUpdates(b.updates, c.Updates) {
			j.violate(s5, l.node, "%v: a write was repeated under its token with other arguments", idOf(j, slot))
		}
		b.out++
		return i
	}
	b := j.beliefAt(l.node, slot)
	closing := b.present && b.view.Dropped && c.Upper.Empty && len(c.Updates) == 0
	if closing {
		j.s9Closing(l, slot, &j.shards[si])
	} else {
		j.s9AppendSent(l, slot)
	}
	return j.s5Batch(l, incarnation, slot, si, c, closing)
}

// s5Batch notes a write that goes out for the first time.
func (j *Judges) s5Batch(l *life, incarnation uint32, slot, si int32, c *persist.Call, closing bool) int32 {
	i := j.newBatch(c.Token, si)
	b := &j.batches[i]
	b.closing, b.begun = closing, l.mono
	b.slot, b.life, b.expected, b.upper, b.updates, b.out = slot, incarnation, c.Expected, c.Upper, c.Updates, 1
	b.stale = c.Expected != j.shards[si].now.Upper && before(c.Expected, j.shards[si].now.Upper)
	j.beliefAt(l.node, slot).wroteStep = j.step
	switch {
	case closing:
	case j.managed(slot):
		j.s5Managed(l, slot, b)
	default:
		j.s5Match(l, slot, i)
	}
	j.closeOlder(l, i)
	return i
}

// closeOlder closes the batches that a new one of the same controller replaces. None
// of them may be in doubt: what it holds would be lost, or come twice (C-52).
func (j *Judges) closeOlder(l *life, i int32) {
	b := &j.batches[i]
	for k := b.nextInShard; k >= 0; {
		o := &j.batches[k]
		next := o.nextInShard
		if o.life == b.life {
			if !o.closed && o.out > 0 && !o.closing && !b.closing {
				j.violate(s5, l.node, "%v: a new write goes out although the outcome of the last one, up to %v, is unknown", idOf(j, b.slot), o.upper)
			}
			o.closed = true
			j.freeBatchIfDone(k)
		}
		k = next
	}
}

// s5Match finds the entries that a new batch is made of: its updates must be
// those of waiting entries, whole, in arrival order (requests that had to wait
// before they were queued come later than they arrived).
func (j *Judges) s5Match(l *life, slot, i int32) {
	b := &j.batches[i]
	asked := b.upper == b.expected
	at := 0
	at, asked = j.s5Gather(l, slot, i, at, asked, false)
	for before := -1; (at < len(b.updates) || !asked) && at > before; {
		before = at
		at, asked = j.s5Gather(l, slot, i, at, asked, true)
	}
	if at != len(b.updates) {
		j.violate(s5, l.node, "%v: a write holds %d updates of which %d are those of waiting appends in their order", idOf(j, slot), len(b.updates), at)
	} else if !asked {
		j.violate(s5, l.node, "%v: a write moves the upper to %v, which no waiting append asked for", idOf(j, slot), b.upper)
	}
}

// s5Gather walks once over the waiting entries and takes those whose updates come
// next in the batch.
func (j *Judges) s5Gather(l *life, slot, i int32, at int, asked, all bool) (int, bool) {
	b := &j.batches[i]
	for k := j.beliefAt(l.node, slot).firstEntry; k >= 0; k = j.entries[k].next {
		e := &j.entries[k]
		if e.landed || e.batch == i || !all && !e.ordered || !atMost(e.upper, b.upper) || !atMost(b.expected, e.upper) {
			continue
		}
		if e.data && !prefixed(b.updates[at:], e.updates) {
			continue
		}
		if !all && e.data && j.hasTwin(j.beliefAt(l.node, slot), k) {
			// Which of the two went out cannot be told, so their order cannot either.
			e.ordered = false
			continue
		}
		if e.batch >= 0 && j.batches[e.batch].out > 0 {
			if !e.data {
				continue
			}
			j.violate(s5, l.node, "%v: an append goes out under a second token while the outcome of the first is not known", idOf(j, slot))
			continue
		}
		at += len(e.updates)
		asked = asked || e.upper == b.upper
		e.batch = i
		b.entries = append(b.entries, k)
		if e.request >= 0 {
			j.requests[e.request].sent = true
		}
	}
	return at, asked
}

// hasTwin reports whether an entry that had to wait, of the same rows, comes before
// an entry in its list: a client repeated its request.
func (j *Judges) hasTwin(b *belief, k int32) bool {
	for i := b.firstEntry; i != k && i >= 0; i = j.entries[i].next {
		if e := &j.entries[i]; !e.ordered && !e.landed && sameUpdates(e.updates, j.entries[k].updates) {
			return true
		}
	}
	return false
}

func prefixed(updates, prefix []relation.Update) bool {
	return len(updates) >= len(prefix) && sameUpdates(updates[:len(prefix)], prefix)
}

func sameUpdates(a, b []relation.Update) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) == 0 || &a[0] == &b[0] {
		return true
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// s5Landed judges a write that changed a shard.
func (j *Judges) s5Landed(caller *life, si int32, o *Observation) {
	j.checked[s5]++
	c := o.PersistCall
	i := j.batchIndex.find(c.Token.Hi, c.Token.Lo)
	if i < 0 {
		j.violate(s5, o.Node, "%v: a write became durable that was never sent, or that had ended for its controller", c.Shard)
		return
	}
	b := &j.batches[i]
	if b.landed {
		j.violate(s5, o.Node, "%v: a write became durable twice", idOf(j, b.slot))
	}
	b.landed = true
	least := uint64(1<<64 - 1)
	most := uint64(0)
	for _, k := range b.entries {
		e := &j.entries[k]
		if e.landed && e.data {
			j.violate(s5, o.Node, "%v: an append became durable a second time", idOf(j, b.slot))
		}
		if e.dead && e.data {
			j.violate(s5, o.Node, "%v: an append became durable after it was refused with a definite error", idOf(j, b.slot))
		}
		e.landed = true
		if e.data && e.ordered {
			least, most = min(least, e.seq), max(most, e.seq)
		}
	}
	if caller.ended || most == 0 {
		return
	}
	bel := j.beliefAt(caller.node, b.slot)
	if bel.life == b.life {
		if least < bel.landed {
			j.violate(s5, o.Node, "%v: an append became durable after one that had arrived later", idOf(j, b.slot))
		}
		bel.landed = max(bel.landed, most)
	}
}

// s5Completed notes what the controller is told of a write. What comes at the
// deadline or later it may ignore: then the batch stays until another replaces it.
func (j *Judges) s5Completed(f *flight, r *persist.Result, late bool) {
	i := j.batchIndex.find(f.token.Hi, f.token.Lo)
	if i < 0 || i != f.batch {
		return
	}
	b := &j.batches[i]
	if l := j.lifeOf(f.life); r.Outcome == outcome.Done && j.mapping(b.slot) && l != nil {
		own := &j.beliefAt(l.node, b.slot).own
		if late {
			own.sure, own.doubt = false, true
		}
		own.written(b.expected, b.upper)
		if len(b.updates) == 0 {
			own.moved(b.expected, b.upper)
		}
	}
	if l := j.lifeOf(f.life); r.Outcome == outcome.Mismatch && j.managed(b.slot) && l != nil {
		own := j.beliefAt(l.node, b.slot)
		if len(b.updates) == 0 {
			// A clock that was set back may have the next tick lead to the same time.
			if l.mono < b.begun+span(l.config.AdvanceEvery/2) {
				own.lostTick = lostTick{j.step, b.upper}
			}
		} else if !late && j.mapping(b.slot) {
			own.lostRows = j.step
			j.touch(l.node, b.slot, own)
		}
	}
	if late {
		if r.Outcome != outcome.Unknown {
			b.out = 0
		}
		return
	}
	switch r.Outcome {
	case outcome.Done:
		b.closed = true
	case outcome.Mismatch, outcome.Fenced, outcome.Invalid:
		b.closed, b.stale = true, true
	case outcome.NotDone:
		b.out--
		return
	default:
		return
	}
	j.freeBatchIfDone(i)
}

// s5Answered judges the answer to an append, id by id (S6 when there are several).
func (j *Judges) s5Answered(l *life, q *request, r *core.Response) {
	which := s5
	if q.firstEntry >= 0 && j.entries[q.firstEntry].nextInRequest >= 0 {
		which = s6
	}
	j.checked[which]++
	perID := r.Err.Code == core.InvalidUppers
	for k := q.firstEntry; k >= 0; k = j.entries[k].nextInRequest {
		e := &j.entries[k]
		named := namedIn(r.Err.IDs, j.things[e.slot].id)
		switch {
		case r.Err.Code == core.Ok:
			j.s5Acknowledged(l, which, e)
		case perID && !named:
			j.s5Acknowledged(l, which, e)
		case r.Err.Definite:
			j.s5Refused(l, which, e, r.Err.Code)
		}
		if q.sent && e.data {
			j.met[which]++
		}
	}
}

func namedIn(ids []core.GlobalID, id core.GlobalID) bool {
	for i := range ids {
		if ids[i] == id {
			return true
		}
	}
	return false
}

func (j *Judges) s5Acknowledged(l *life, which int, e *entry) {
	id := idOf(j, e.slot)
	s := j.dataShard(e.slot)
	if e.data && !e.landed {
		j.exchange(e, true)
	}
	if e.data && !e.landed {
		j.violate(which, l.node, "%v: an append of %d updates is acknowledged and is not durable", id, len(e.updates))
		return
	}
	if s != nil && !atMost(e.upper, s.now.Upper) {
		j.violate(which, l.node, "%v: an append up to %v is acknowledged, but the durable upper is %v", id, e.upper, s.now.Upper)
		return
	}
	j.l6Acknowledged(l, e)
}

// exchange makes up for a mistaken identity: of two waiting appends with the same
// updates either may be the one that a write held.
func (j *Judges) exchange(e *entry, landed bool) {
	for i := range j.entries {
		o := &j.entries[i]
		if o != e && o.used && o.data && o.request >= 0 && o.slot == e.slot && o.life == e.life && o.landed == landed && (landed || o.batch < 0) && sameUpdates(o.updates, e.updates) {
			o.landed, e.landed = e.landed, o.landed
			j.replaceInBatch(o, e)
			o.batch, e.batch = e.batch, o.batch
			return
		}
	}
}

func (j *Judges) replaceInBatch(a, b *entry) {
	if a.batch == b.batch {
		return
	}
	ai, bi := j.placeOf(a), j.placeOf(b)
	for _, p := range [...]struct{ batch, from, to int32 }{{a.batch, ai, bi}, {b.batch, bi, ai}} {
		if p.batch < 0 {
			continue
		}
		for k, e := range j.batches[p.batch].entries {
			if e == p.from {
				j.batches[p.batch].entries[k] = p.to
			}
		}
	}
}

func (j *Judges) placeOf(e *entry) int32 {
	for i := range j.entries {
		if &j.entries[i] == e {
			return int32(i)
		}
	}
	return -1
}

func (j *Judges) s5Refused(l *life, which int, e *entry, code core.ErrorCode) {
	if e.data && (e.landed || e.batch >= 0) {
		j.exchange(e, false)
	}
	e.dead = true
	if e.landed && e.data {
		j.violate(which, l.node, "%v: an append is refused as %v although it is durable", idOf(j, e.slot), code)
		return
	}
	if e.batch >= 0 && e.data && !j.batches[e.batch].stale {
		j.violate(s5, l.node, "%v: an append is refused as %v for certain while a write that carries it is out", idOf(j, e.slot), code)
	}
}
