package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

// Phase is how far a controller has come.
type Phase uint8

// Phases of an incarnation (C-10, C-13).
const (
	// PhaseNew: no boot input yet.
	PhaseNew Phase = iota
	// PhaseTakeOver: the stash's epoch is being raised.
	PhaseTakeOver
	// PhaseLoad: the stash is being read and its contents installed.
	PhaseLoad
	// PhaseRunning: requests are served.
	PhaseRunning
	// PhaseHalted: the controller has stopped for good.
	PhaseHalted
)

// String is the phase's name.
func (p Phase) String() string {
	switch p {
	case PhaseNew:
		return "new"
	case PhaseTakeOver:
		return "take-over"
	case PhaseLoad:
		return "load"
	case PhaseRunning:
		return "running"
	case PhaseHalted:
		return "halted"
	}
	return "phase?"
}

// HaltCode says why a controller halted.
type HaltCode uint8

// Reasons to halt. Only HaltFenced is part of a healthy life.
const (
	HaltNone HaltCode = iota
	// HaltFenced: a newer epoch owns the stash or a shard (C-13).
	HaltFenced
	// HaltCorrupt: the stash holds something that cannot be read.
	HaltCorrupt
	// HaltContract: a driver answered against its contract.
	HaltContract
	// HaltContradiction: the state contradicts itself. This is a bug (C-4).
	HaltContradiction
)

// String is the code's name.
func (h HaltCode) String() string {
	switch h {
	case HaltNone:
		return "none"
	case HaltFenced:
		return "fenced"
	case HaltCorrupt:
		return "corrupt"
	case HaltContract:
		return "contract"
	case HaltContradiction:
		return "contradiction"
	}
	return "halt?"
}

// Halt is why a controller halted, with the numbers.
type Halt struct {
	Code HaltCode
	// Where names the place in the core, A and B are the numbers that contradict.
	Where string
	A, B  uint64
}

// View is what cannot be seen of a controller from outside: read-only, a few
// words, cheap to take after every step.
type View struct {
	Phase Phase
	Epoch uint64
	Halt  Halt
	// GraceEnds is when C-48's time after boot is over.
	GraceEnds clock.Instant
	// VerifiedAt is when the latest proof of leadership was asked for.
	VerifiedAt clock.Instant
	// OpenRequests, OpenEffects, QueuedControl and WaitingRequests count what is
	// outstanding.
	OpenRequests, OpenEffects, QueuedControl, WaitingRequests int
	// QueuedParts and QueuedBytes are what waits to be appended, or is being (C-49).
	QueuedParts int
	QueuedBytes int64
	// Ignored counts completions that matched nothing (C-4, C-93); ClockAlarms counts
	// times at which a chosen data time had to be bounded (C-55).
	Ignored, ClockAlarms uint64
}

// ShardPhase is how far a collection's shard has come (C-24).
type ShardPhase uint8

// Phases of a shard.
const (
	// ShardOpening: critical reader, writer, upper are being established.
	ShardOpening ShardPhase = iota
	// ShardOpen: in use.
	ShardOpen
	// ShardFailed: permanently unusable (C-23).
	ShardFailed
)

// String is the phase in words.
func (p ShardPhase) String() string {
	switch p {
	case ShardOpening:
		return "opening"
	case ShardOpen:
		return "open"
	case ShardFailed:
		return "failed"
	}
	return "shard phase?"
}

// CollectionView is what a controller believes of one collection.
type CollectionView struct {
	ID   GlobalID
	Kind CollectionKind
	// Introspection is the type of a managed collection.
	Introspection IntrospectionType
	Data, Remap   persist.ShardID
	Phase         ShardPhase
	Dropped       bool
	// Since is the meet of all capabilities: what is advertised, and where the
	// shard's since is being driven to. Implied is the controller's own capability.
	Since, Implied, Upper frontier.Frontier
	Policy                Policy
	// DurableSince is the shard's since as the latest downgrade reported it, ReaderSince
	// that of the controllers' own reader.
	DurableSince, ReaderSince frontier.Frontier
	// Holds counts what holds the collection besides the implied capability:
	// external named ones, external counts, snapshots.
	NamedHolds, CountedHolds, Snapshots int64
	// Tokens counts prepared exports, which keep the implied capability where it is.
	// Dependent: exports or ingestions hold it, all of them together at Dependants.
	Dependent  bool
	Tokens     int64
	Dependants frontier.Frontier
	// OwnReads counts the controller's own reads of the collection (C-71), which hold
	// it too.
	OwnReads int64
	// QueuedAppends counts entries that wait behind the batch that is out.
	QueuedAppends int
}

// ExportView is what a controller believes of one export.
type ExportView struct {
	ID, From GlobalID
	Dropped  bool
	// AsOf and Snapshot are those of its first life (C-33).
	AsOf     frontier.Frontier
	Snapshot bool
	// Upper is its frontier f (C-34); Hold is where it holds From.
	Upper, Hold frontier.Frontier
	// Host that is to run it; the zero host while a move waits for the old one.
	Host HostID
}

// HostView is what a controller believes of one host.
type HostView struct {
	ID HostID
	// Session that is open, if Connected.
	Session   Session
	Connected bool
	// Live counts the objects that are to run there, Ending those whose end is not
	// confirmed.
	Live, Ending int
}

// Phase is how far the controller has come.
func (c *Controller) Phase() Phase { return c.phase }

// Epoch is the epoch that the controller took over with, and zero before.
func (c *Controller) Epoch() uint64 { return c.epoch }

// View fills v with what cannot be seen from outside.
func (c *Controller) View(v *View) {
	*v = View{
		Phase: c.phase, Epoch: c.epoch, Halt: c.halted, GraceEnds: c.graceEnds, VerifiedAt: c.meta.verifiedAt,
		OpenRequests: c.byRequest.Len(), OpenEffects: c.effects.Len(), QueuedControl: c.control.queue.Len(),
		WaitingRequests: c.parked.Len(), QueuedParts: c.parts.Len(), QueuedBytes: c.queuedBytes, Ignored: c.ignored, ClockAlarms: c.clock.alarms,
	}
}

// Kept counts everything that is kept in memory, reachable or not: what a restored
// controller does not have as well has leaked.
func (c *Controller) Kept() int {
	return c.effects.Len() + c.lanes.Len() + c.timers.Len() +
		c.collections.Len() + c.byID.Len() + len(c.order) + len(c.dropped.ranges) + len(c.unlisting) +
		c.requests.Len() + c.byRequest.Len() + c.parked.Len() + c.control.queue.Len() + c.control.reserved.Len() +
		c.objects.Len() + c.byObject.Len() + len(c.objectOrder) + c.placements.Len() + c.hosts.Len() + len(c.hostOrder) +
		c.dependants.Len() + c.tokens.Len() + c.byToken.Len() + len(c.tokenOrder) +
		c.parts.Len() + c.snapshots.Len() + c.holds.Len() + c.byHold.Len() + c.owners.Len() + c.byOwner.Len()
}

// Touched is the number of collections whose view may have changed in the latest
// step, new ones and removed ones included, in a deterministic order.
func (c *Controller) Touched() int { return len(c.touched) }

// TouchedAt fills v with the i-th of them; it reports false, with only the id set,
// if the collection is gone.
func (c *Controller) TouchedAt(i int, v *CollectionView) bool {
	t := c.touched[i]
	col := c.collections.At(t.at)
	if col.id != t.id {
		*v = CollectionView{ID: t.id}
		return false
	}
	c.viewCollection(col, v)
	return true
}

// HoldsTouched lists what holds the i-th of them back besides its implied
// capability; nothing if the collection is gone.
func (c *Controller) HoldsTouched(i int) []Hold {
	t := c.touched[i]
	col := c.collections.At(t.at)
	if col.id != t.id {
		return nil
	}
	return c.holdsOf(col)
}

// Collections is the number of collections that the controller holds state of,
// dropped ones that are not finished included.
func (c *Controller) Collections() int { return len(c.order) }

// CollectionAt fills v with the i-th collection in the order of ids.
func (c *Controller) CollectionAt(i int, v *CollectionView) {
	c.viewCollection(c.collections.At(c.order[i]), v)
}

// HoldsAt lists what holds the i-th of them back besides its implied capability.
func (c *Controller) HoldsAt(i int) []Hold {
	return c.holdsOf(c.collections.At(c.order[i]))
}

// Exports is the number of exports that the controller holds state of, dropped ones
// that have not ended everywhere included.
func (c *Controller) Exports() int {
	n := 0
	for _, at := range c.objectOrder {
		if c.objects.At(at).kind == objectExport {
			n++
		}
	}
	return n
}

// ExportOf fills v with what is believed of an export; it reports false if there is
// none of that id.
func (c *Controller) ExportOf(id GlobalID, v *ExportView) bool {
	at, ok := c.byObject.Get(id.key())
	if !ok || c.objects.At(at).kind != objectExport {
		return false
	}
	c.viewExport(c.objects.At(at), v)
	return true
}

// EachExport calls f with every export, in the order of ids, until it returns false.
// The view is f's only until it returns.
func (c *Controller) EachExport(f func(v *ExportView) bool) {
	var v ExportView
	for _, at := range c.objectOrder {
		o := c.objects.At(at)
		if o.kind != objectExport {
			continue
		}
		if c.viewExport(o, &v); !f(&v) {
			return
		}
	}
}

func (c *Controller) viewExport(o *object, v *ExportView) {
	*v = ExportView{
		ID: o.id, From: o.desc.From, Dropped: o.dropped, AsOf: o.asOf, Snapshot: o.snapshot,
		Upper: o.upper, Hold: c.exportHold(o), Host: c.hostOf(o),
	}
}

// hostOf is the host on which an object is to run; the zero host if it has to wait.
func (c *Controller) hostOf(o *object) HostID {
	if p := c.livePlacement(o); p != 0 {
		return c.hosts.At(c.placements.At(p).host).id
	}
	return HostID{}
}

// PlacedOn is the host on which the ingestion or export id is to run; the zero host
// if there is no such object, or it has to wait for another host to end it.
func (c *Controller) PlacedOn(id GlobalID) HostID {
	at, ok := c.byObject.Get(id.key())
	if !ok {
		return HostID{}
	}
	return c.hostOf(c.objects.At(at))
}

// Ending is an object whose end on a host is waited for.
type Ending struct {
	ID   GlobalID
	Host HostID
}

// Endings appends every object whose end on a host is not confirmed to a list, in the
// order of ids.
func (c *Controller) Endings(list []Ending) []Ending {
	for _, at := range c.objectOrder {
		o := c.objects.At(at)
		for p := o.firstPlacement; p != 0; p = c.placements.At(p).nextOfObject {
			if pl := c.placements.At(p); pl.ending {
				list = append(list, Ending{ID: o.id, Host: c.hosts.At(pl.host).id})
			}
		}
	}
	return list
}

// Hosts is the number of hosts that the controller holds state of.
func (c *Controller) Hosts() int { return len(c.hostOrder) }

// HostAt fills v with the i-th host.
func (c *Controller) HostAt(i int, v *HostView) {
	h := c.hosts.At(c.hostOrder[i])
	*v = HostView{ID: h.id, Session: h.session, Connected: h.connected}
	for p := h.first; p != 0; p = c.placements.At(p).next {
		if c.placements.At(p).ending {
			v.Ending++
		} else {
			v.Live++
		}
	}
}

func (c *Controller) viewCollection(col *collection, v *CollectionView) {
	v.ID, v.Kind, v.Introspection = col.id, col.desc.Kind, col.desc.Introspection
	v.Data, v.Remap = col.data, col.remap
	v.Phase, v.Dropped = col.phase, col.dropped
	v.Since, v.Implied, v.Upper = col.since, col.implied, col.upper
	v.Policy = col.policy
	v.DurableSince, v.ReaderSince = col.shardSince, col.readerSince
	v.NamedHolds, v.CountedHolds = int64(col.named), int64(col.counted)
	v.Dependent, v.Dependants, v.Tokens = !col.dependsAt.IsEmpty(), frontier.Frontier{}, 0
	if v.Dependent {
		v.Dependants = col.dependsAt
	}
	for i := col.firstToken; i != 0; i = c.tokens.At(i).next {
		v.Tokens++
	}
	v.Snapshots, v.OwnReads = int64(col.snapshotCount), 0
	if col.desc.Introspection == IntrospectionShardMapping {
		v.OwnReads = c.ownReads(col)
		v.Snapshots -= v.OwnReads
	}
	v.QueuedAppends = int(col.partCount - col.batch.parts)
}
