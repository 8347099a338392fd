package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/sim/kernel"
)

// owner is the state of a plan.Owner: whoever holds read capabilities and renews
// them until it vanishes.
type owner struct {
	// asked counts its renewals, for their request ids.
	asked  uint32
	belief belief
	// soon: an extra round of renewals is under way in the queue.
	soon bool
}

// hold is one capability that an owner believes to have: a named one, or a count
// at a time.
type hold struct {
	used    bool
	counted bool
	// ending: its release was asked for; it is renewed no more.
	ending bool
	owner  core.OwnerID
	hold   core.HoldID
	id     core.GlobalID
	at     frontier.Timestamp
	count  int64
	// epoch that last confirmed it; asking is the renewal that is out.
	epoch  uint64
	asking core.RequestID
	// asker is the index of the owner that renewed it last.
	asker int32
}

func (w *World) resetOwners() {
	c := &w.clients
	c.owners = c.owners[:0]
	for i := range w.plan.Owners {
		c.owners = append(c.owners, owner{})
		w.push(kernel.Event{AtUs: w.plan.Owners[i].RenewMs * 1000, Kind: evOwner, Slot: int32(i)})
	}
}

// ownerGone reports whether the owner with this number has vanished. Numbers that
// the plan does not know never vanish.
func (w *World) ownerGone(id int) bool {
	for i := range w.plan.Owners {
		o := &w.plan.Owners[i]
		if o.ID == id {
			return o.VanishMs > 0 && w.nowUs >= o.VanishMs*1000
		}
	}
	return false
}

// extra is the Arg of a round of renewals beside the periodic ones.
const extra = 1

// ownerTick renews what an owner holds.
func (w *World) ownerTick(e *kernel.Event) {
	i := int(e.Slot)
	p, o := &w.plan.Owners[i], &w.clients.owners[i]
	if w.ownerGone(p.ID) {
		return
	}
	if e.Arg == extra {
		o.soon = false
	} else {
		w.push(kernel.Event{AtUs: w.nowUs + max(p.RenewMs, 1)*1000, Kind: evOwner, Slot: e.Slot})
	}
	w.renewAll(i, core.OwnerID(p.ID))
}

// renewAll renews all of an owner's holds: with one request if the controller that
// leads has confirmed every one of them, else each where it was granted, so that a
// new controller can put it back.
func (w *World) renewAll(i int, id core.OwnerID) {
	c := &w.clients
	known, n, first := true, 0, -1
	for j := range c.holds {
		h := &c.holds[j]
		if !h.used || h.ending || h.owner != id {
			continue
		}
		n++
		if first < 0 {
			first = j
		}
		known = known && h.epoch == c.epoch && h.asking == 0
	}
	if n == 0 {
		return
	}
	if known && n > 1 {
		q := core.Request{Op: core.RequestRenewHold, GlobalID: c.holds[first].id, Owner: id}
		w.askRenewal(i, first, &q)
		return
	}
	for j := range c.holds {
		h := &c.holds[j]
		if h.used && !h.ending && h.owner == id && h.asking == 0 {
			w.renew(i, j)
		}
	}
}

func (w *World) renew(i, j int) {
	h := &w.clients.holds[j]
	q := core.Request{Op: core.RequestRenewHold, GlobalID: h.id, Owner: h.owner, Hold: h.hold, At: h.at}
	if h.counted {
		if h.epoch == w.clients.epoch {
			// Counts of a controller that knows them are renewed all together.
			q = core.Request{Op: core.RequestRenewHold, GlobalID: h.id, Owner: h.owner}
		} else {
			list := w.lists.capabilities.Carve(1)
			list[0] = core.CapabilityChange{ID: h.id, Time: h.at, Diff: h.count}
			q = core.Request{Op: core.RequestUpdateCapabilities, Owner: h.owner, Capabilities: list}
		}
	}
	w.askRenewal(i, j, &q)
}

func (w *World) askRenewal(i, j int, q *core.Request) {
	c := &w.clients
	o := &c.owners[i]
	o.asked++
	q.ID = core.RequestID(3<<62 | uint64(uint32(w.plan.Owners[i].ID)&0x3fffffff)<<32 | uint64(o.asked))
	c.holds[j].asking, c.holds[j].asker = q.ID, int32(i)
	w.ops[len(w.ops)-1]++
	w.ask(pending{id: q.ID, actor: actorOwner,
		client: int32(characters + len(w.plan.Writers) + i), index: uint32(j)}, q, c.believed(&o.belief), 0)
}

// renewAnswered takes in what became of a renewal.
func (w *World) renewAnswered(j uint32, id core.RequestID, m *reply) {
	h := &w.clients.holds[j]
	if !h.used || h.asking != id {
		return
	}
	h.asking = 0
	owner := h.owner
	switch {
	case m.silent || m.refused || m.code == core.NotLeader || m.code == core.Halted || m.code == core.Overloaded:
		w.renewSoon(owner)
	case m.code == core.Ok:
		h.epoch = m.epoch
	case m.code == core.RequestIDOpen:
	case h.epoch == m.epoch && w.holdsOf(owner) > 1:
		// The whole lot was refused: find out which.
		w.unconfirm(owner)
		w.renewSoon(owner)
	default:
		h.used = false
	}
}

func (w *World) holdsOf(id core.OwnerID) int {
	n := 0
	for j := range w.clients.holds {
		if h := &w.clients.holds[j]; h.used && h.owner == id {
			n++
		}
	}
	return n
}

func (w *World) unconfirm(id core.OwnerID) {
	for j := range w.clients.holds {
		if h := &w.clients.holds[j]; h.used && h.owner == id && !h.counted {
			h.epoch = 0
		}
	}
}

// renewSoon has an owner try again before its period is over.
func (w *World) renewSoon(id core.OwnerID) {
	for i := range w.plan.Owners {
		p, o := &w.plan.Owners[i], &w.clients.owners[i]
		if core.OwnerID(p.ID) != id || o.soon {
			continue
		}
		o.soon = true
		w.push(kernel.Event{AtUs: w.nowUs + max(p.RenewMs*1000/8, 50*millisecond), Kind: evOwner,
			Slot: int32(i), Arg: extra})
	}
}

func (w *World) findHold(owner core.OwnerID, id core.HoldID) *hold {
	for j := range w.clients.holds {
		if h := &w.clients.holds[j]; h.hold == id && h.owner == owner && h.used && !h.counted {
			return h
		}
	}
	return nil
}

// newHold is an unused entry.
func (w *World) newHold() *hold {
	c := &w.clients
	for j := range c.holds {
		if !c.holds[j].used && c.holds[j].asking == 0 {
			return &c.holds[j]
		}
	}
	c.holds = append(c.holds, hold{})
	return &c.holds[len(c.holds)-1]
}

// heldAt is where an owner's hold was granted; the minimum if it has none.
func (w *World) heldAt(owner core.OwnerID, id core.HoldID) frontier.Timestamp {
	if h := w.findHold(owner, id); h != nil {
		return h.at
	}
	return 0
}

// countedAt is the earliest time of id that an owner counts a capability at; the
// minimum if there is none.
func (w *World) countedAt(owner core.OwnerID, id core.GlobalID) frontier.Timestamp {
	var earliest *hold
	for j := range w.clients.holds {
		h := &w.clients.holds[j]
		if h.used && h.counted && h.owner == owner && h.id == id && (earliest == nil || h.at < earliest.at) {
			earliest = h
		}
	}
	if earliest == nil {
		return 0
	}
	return earliest.at
}

// holdGranted takes in a hold that was acquired, renewed or moved.
func (w *World) holdGranted(q *core.Request, m *reply) {
	if q.Hold == 0 {
		return
	}
	h := w.findHold(q.Owner, q.Hold)
	if h == nil {
		h = w.newHold()
		*h = hold{used: true, owner: q.Owner, hold: q.Hold, id: q.GlobalID}
	}
	if q.Op == core.RequestAcquireHold {
		h.id, h.ending = q.GlobalID, false
	}
	h.at = max(h.at, m.time)
	h.epoch = m.epoch
}

// holdEnds stops the renewals of a hold whose release is asked for.
func (w *World) holdEnds(owner core.OwnerID, id core.HoldID) {
	if h := w.findHold(owner, id); h != nil {
		h.ending = true
	}
}

func (w *World) forgetHold(owner core.OwnerID, id core.HoldID) {
	if h := w.findHold(owner, id); h != nil {
		*h = hold{}
	}
}

// capabilitiesGranted takes in changes of counts.
func (w *World) capabilitiesGranted(q *core.Request, m *reply) {
	for i := range q.Capabilities {
		ch := &q.Capabilities[i]
		h := w.findCount(q.Owner, ch.ID, ch.Time)
		if h == nil {
			h = w.newHold()
			*h = hold{used: true, counted: true, owner: q.Owner, id: ch.ID, at: ch.Time}
		}
		h.count += ch.Diff
		h.epoch = m.epoch
		if h.count <= 0 {
			*h = hold{}
		}
	}
}

func (w *World) findCount(owner core.OwnerID, id core.GlobalID, at frontier.Timestamp) *hold {
	for j := range w.clients.holds {
		if h := &w.clients.holds[j]; h.used && h.counted && h.owner == owner && h.id == id && h.at == at {
			return h
		}
	}
	return nil
}
