package core

import "example.com/tidemark/core/frontier"

// maxCommandsPerStep bounds the work of telling a session its history.
const maxCommandsPerStep = 256

// tell sends what the session has not been told yet: the rest of the history and
// then that it is complete (C-12), or what has changed since.
func (c *Controller) tell(at uint32) {
	c.scratch.commands = c.scratch.commands[:0]
	c.tellTouched(at)
	if h := c.hosts.At(at); !h.initialized {
		c.tellHistory(at)
	}
	c.send(at)
}

// tellTouched collects the commands about placements that changed. One that the
// session has not heard of is part of the history that is yet to come.
func (c *Controller) tellTouched(at uint32) {
	h := c.hosts.At(at)
	p := h.firstTouched
	h.firstTouched, h.lastTouched = 0, 0
	for p != 0 {
		pl := c.placements.At(p)
		next := pl.nextTouched
		pl.touched, pl.nextTouched = false, 0
		if h.initialized || pl.sent || pl.ended {
			c.tellPlacement(p)
		}
		p = next
	}
}

func (c *Controller) tellHistory(at uint32) {
	h := c.hosts.At(at)
	for h.cursor != 0 {
		if len(c.scratch.commands) >= maxCommandsPerStep {
			c.arm(&h.connect.timer, laneConnect, at, h.serial, c.now.Mono)
			return
		}
		p := h.cursor
		h.cursor = c.placements.At(p).next
		c.tellPlacement(p)
	}
	h.initialized = true
	c.disarm(&h.connect.timer)
	c.scratch.commands = append(c.scratch.commands, Command{Kind: CommandInitializationComplete})
}

// send sends the commands that were collected, in order.
func (c *Controller) send(at uint32) {
	if len(c.scratch.commands) == 0 {
		return
	}
	h := c.hosts.At(at)
	list := make([]Command, len(c.scratch.commands))
	copy(list, c.scratch.commands)
	e := c.out.next()
	e.Kind, e.Cause = EffectHost, c.cause
	e.Host = HostCall{Op: HostSend, Host: h.id, Session: h.session, Commands: list}
}

// tellPlacement collects the commands that bring a session up to date about one
// object: its create once it is ready, how far its history may go, its end (H-6).
func (c *Controller) tellPlacement(p uint32) {
	pl := c.placements.At(p)
	o := c.objects.At(pl.object)
	if pl.ending {
		if !pl.ended {
			pl.ended = true
			pl.owed++
			c.scratch.commands = append(c.scratch.commands, endOf(pl, o))
		}
		return
	}
	if !pl.sent {
		if ready, _ := c.objectReady(o); !ready {
			return
		}
		pl.sent, pl.created = true, true
		c.scratch.commands = append(c.scratch.commands, c.createOf(o))
	}
	if o.kind == objectIngestion {
		c.allowCompaction(o)
	}
}

func endOf(pl *placement, o *object) Command {
	if pl.stop {
		return Command{Kind: CommandStop, ID: o.id}
	}
	return Command{Kind: CommandAllowCompaction, ID: o.id, Frontier: frontier.Empty()}
}

// createOf is an object's definition, with as_of and resume upper as they are now.
func (c *Controller) createOf(o *object) Command {
	if o.kind == objectIngestion {
		return Command{Kind: CommandCreateSource, Source: c.sourceCommand(o)}
	}
	return Command{Kind: CommandCreateSink, Sink: c.sinkCommand(o)}
}

// statusShard is the shard of a status collection; zero if there is none any more.
func (c *Controller) statusShard(id GlobalID) (s shards) {
	if at, ok := c.byID.Get(id.key()); ok && !c.collections.At(at).dropped {
		s.data = c.collections.At(at).data
	}
	return s
}

func (c *Controller) sinkCommand(o *object) SinkCommand {
	on, _ := c.byID.Get(o.desc.From.key())
	from := c.collections.At(on)
	s := SinkCommand{
		ID: o.id, Connection: o.desc.Connection, From: o.desc.From, Data: from.data, Schema: from.desc.Schema,
		AsOf: o.asOf, Snapshot: o.snapshot, Status: c.statusShard(o.desc.Status).data,
	}
	for i := o.firstHeld; i != 0; i = c.dependants.At(i).nextHeld {
		if d := c.dependants.At(i); d.collection == on && d.placement == 0 {
			s.AsOf = s.AsOf.Join(d.time)
		}
	}
	return s
}

func (c *Controller) sourceCommand(o *object) SourceCommand {
	main := c.collections.At(o.main)
	s := SourceCommand{
		ID: o.id, Connection: main.desc.Ingestion.Connection, Remap: main.remap,
		Resume: c.resumeUpper(o), Status: c.statusShard(main.desc.Status).data,
	}
	for _, out := range main.desc.Ingestion.Outputs {
		on, ok := c.byID.Get(out.ID.key())
		if !ok {
			continue
		}
		col := c.collections.At(on)
		c.unhash(on)
		col.compacted, col.endSent = frontier.Minimum(), false
		if col.dropped && on != o.main {
			continue // nobody needs more of it, and the bindings that it lacks may be gone (C-37)
		}
		s.Exports = append(s.Exports, SourceExport{ID: out.ID, Output: out.Index, Data: col.data, Schema: col.desc.Schema})
	}
	for i := o.firstHeld; i != 0; i = c.dependants.At(i).nextHeld {
		d := c.dependants.At(i)
		col := c.collections.At(d.collection)
		s.Imports = append(s.Imports, SourceImport{ID: col.id, Data: col.data, Since: d.time})
	}
	return s
}

// allowCompaction collects how far the history of what an ingestion fills may go
// (C-45); never ahead of the since (C-81). The empty frontier ends one of several.
func (c *Controller) allowCompaction(o *object) {
	for _, out := range c.collections.At(o.main).desc.Ingestion.Outputs {
		on, ok := c.byID.Get(out.ID.key())
		if !ok || on == o.main && c.collections.At(on).since.IsEmpty() {
			continue
		}
		col := c.collections.At(on)
		usable := col.phase == ShardOpen || col.phase == ShardFailed && col.dropped
		if col.endConfirmed || !usable || !col.compacted.LessThan(col.since) {
			continue
		}
		c.unhash(on)
		col.compacted = col.since
		col.endSent = col.endSent || col.since.IsEmpty()
		c.scratch.commands = append(c.scratch.commands,
			Command{Kind: CommandAllowCompaction, ID: col.id, Frontier: col.since})
	}
}

// report takes what a host says in its current session (C-40, H-4).
func (c *Controller) report(id HostID, s Session, r *Report) {
	at := c.lookUpHost(id)
	if c.phase != PhaseRunning || at == 0 || !c.hosts.At(at).connected || c.hosts.At(at).session != s {
		c.ignored++
		return
	}
	c.hosts.At(at).connect.succeeded()
	for i := range r.Uppers {
		if !r.Uppers[i].Upper.Valid() || !c.reportExport(at, &r.Uppers[i]) {
			c.reportCollection(at, &r.Uppers[i])
		}
	}
	for _, gone := range r.Dropped {
		c.hostDropped(at, gone)
	}
}

// runsOn reports whether an object has a placement on a host, and which.
func (c *Controller) runsOn(object, host uint32) (p uint32, ok bool) {
	for p = c.objects.At(object).firstPlacement; p != 0; p = c.placements.At(p).nextOfObject {
		if c.placements.At(p).host == host {
			return p, true
		}
	}
	return 0, false
}

// reportExport joins an export's frontier and moves its hold, also when the frontier
// did not move (C-34, C-40). It reports false if the id is not an export's.
func (c *Controller) reportExport(host uint32, u *UpperReport) bool {
	at, ok := c.byObject.Get(u.ID.key())
	if !ok || c.objects.At(at).kind != objectExport {
		return false
	}
	o := c.objects.At(at)
	if _, runs := c.runsOn(at, host); !runs || o.dropped {
		c.ignored++
		return true
	}
	o.upper = o.upper.Join(u.Upper)
	for i := o.firstHeld; i != 0; i = c.dependants.At(i).nextHeld {
		c.moveDependant(i, o.upper.StepBack())
	}
	return true
}

func (c *Controller) reportCollection(host uint32, u *UpperReport) {
	on, ok := c.byID.Get(u.ID.key())
	if ok && u.Upper.Valid() {
		col := c.collections.At(on)
		if _, runs := c.runsOn(col.object, host); col.object != 0 && runs && !col.dropped {
			c.learnUpper(on, u.Upper)
			return
		}
	}
	c.ignored++
}

// hostDropped takes a host's word that it does not write an id any more (H-6). It gives
// one for each end that it was told of; what was created between two of them ends with
// the last.
func (c *Controller) hostDropped(host uint32, id GlobalID) {
	if at, ok := c.byObject.Get(id.key()); ok {
		for p := c.objects.At(at).firstPlacement; p != 0; p = c.placements.At(p).nextOfObject {
			pl := c.placements.At(p)
			if pl.host != host || !pl.ending || pl.owed == 0 {
				continue
			}
			if pl.owed--; pl.owed == 0 && pl.ended {
				c.confirm(p)
			}
			return
		}
	} else if on, ok := c.byID.Get(id.key()); ok && c.collections.At(on).endSent && c.collections.At(on).object != 0 {
		live := c.livePlacement(c.objects.At(c.collections.At(on).object))
		if live != 0 && c.placements.At(live).host == host {
			c.collections.At(on).endConfirmed = true
			c.touch(on)
			return
		}
	}
	c.ignored++
}
