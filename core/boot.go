package core

import "example.com/tidemark/core/stash"

// loading is the stash's content while it is being installed.
type loading struct {
	entries []stash.Entry
	next    int
	// former are the former hosts of ingestions.
	former []formerHosts
}

type formerHosts struct {
	id    GlobalID
	hosts []HostConfig
}

// sweeping walks over all collections in the order of ids, a bounded number per
// step.
type sweeping struct {
	timer uint32
	// after is the key of the last id that was touched; 0: from the start.
	after uint64
}

// maxInstallsPerStep bounds the work of a step that walks over all collections.
const maxInstallsPerStep = 1024

// boot starts the machine (C-10): the stash is taken over first.
func (c *Controller) boot(b *Boot) {
	if c.phase != PhaseNew {
		c.ignored++
		return
	}
	c.entropy, c.cfg = b.Entropy, b.Config
	if !c.cfg.Valid() {
		c.halt(HaltContract, "configuration", 0, 0)
		return
	}
	c.nonce = c.derive(purposeNonce, 0, 0).Lo | 1
	c.phase = PhaseTakeOver
	c.meta.job, c.meta.cause = jobTakeOver, c.cause
	c.meta.txn = c.newTxn()
}

// tookOver: the epoch is ours. From here on C-48's time runs.
func (c *Controller) tookOver(epoch uint64) {
	c.epoch = epoch
	c.graceEnds = c.now.Mono.Add(c.cfg.HoldLease).Add(c.cfg.ClockMargin)
	c.phase = PhaseLoad
	c.meta.job = jobPeek
}

// loaded: the stash's content has arrived; it is installed a bounded number of
// entries per step.
func (c *Controller) loaded(entries []stash.Entry) {
	c.meta.job = jobNone
	c.load = loading{entries: entries}
	c.installSome()
}

func (c *Controller) installSome() {
	sorted := len(c.order)
	for n := 0; n < maxInstallsPerStep && c.load.next < len(c.load.entries); n++ {
		e := &c.load.entries[c.load.next]
		if !c.installEntry(e) {
			c.halt(HaltCorrupt, "stash entry "+e.Collection.String()+" "+e.Key, uint64(e.Collection), 0)
			return
		}
		c.load.next++
	}
	c.orderInstalled(sorted)
	if c.load.next < len(c.load.entries) {
		c.arm(&c.sweep.timer, timerSweep, 0, 0, c.now.Mono)
		return
	}
	c.installed()
	c.load = loading{}
}

// installEntry applies one entry. They come sorted by collection, so that a
// collection's shards come before everything else of it.
func (c *Controller) installEntry(e *stash.Entry) bool {
	if e.Collection == stash.CollectionFinalize {
		return c.installListed(e)
	}
	id, ok := ParseGlobalID(e.Key)
	if !ok {
		return false
	}
	switch e.Collection {
	case stash.CollectionExports, stash.CollectionExportAsOf:
		return c.installExportEntry(e, id)
	default:
	}
	if e.Collection == stash.CollectionMetadata {
		s, ok := decodeShards(e.Value)
		if _, again := c.byID.Get(id.key()); again || !ok {
			return false
		}
		c.install(id, s)
		return true
	}
	if e.Collection == stash.CollectionDropped {
		// Of a collection that was finalized nothing else is left.
		c.dropped.add(id)
		if at, ok := c.byID.Get(id.key()); ok {
			c.collections.At(at).dropped = true
		}
		return true
	}
	at, ok := c.byID.Get(id.key())
	if !ok {
		return false
	}
	col := c.collections.At(at)
	switch e.Collection {
	case stash.CollectionDescriptions:
		var former []HostConfig
		col.desc, former, ok = decodeDescription(e.Value)
		if len(former) > 0 {
			c.load.former = append(c.load.former, formerHosts{id, former})
		}
	case stash.CollectionPolicies:
		col.policy, col.policyUnknown, ok = decodePolicy(e.Value)
	case stash.CollectionNone, stash.CollectionMetadata, stash.CollectionDropped, stash.CollectionFinalize,
		stash.CollectionExports, stash.CollectionExportAsOf, stash.CollectionCount:
		ok = false
	default:
		ok = false
	}
	return ok
}

// installListed applies an entry of the list of shards to finalize: it names a
// collection that was dropped, and the shard is that collection's.
func (c *Controller) installListed(e *stash.Entry) bool {
	shard, isShard := parseShardKey(e.Key)
	id, isID := decodeFinalize(e.Value)
	at, known := c.byID.Get(id.key())
	if !isShard || !isID || !known {
		return false
	}
	col := c.collections.At(at)
	switch shard {
	case col.data:
		col.toFinalize = true
	case col.remap:
		col.remapListed = true
	default:
		return false
	}
	return col.dropped
}

// installed: everything durable is known again. Only now are capabilities
// evaluated and requests answered (C-10).
func (c *Controller) installed() {
	over := c.scratch.slots[:0]
	for _, at := range c.order {
		col := c.collections.At(at)
		switch {
		case col.desc.Kind == KindNone:
			c.halt(HaltCorrupt, "no description of "+col.id.String(), col.id.key(), 0)
			return
		case !col.dropped:
			c.useStatus(at, 1)
		case !col.toFinalize:
			over = append(over, at)
		}
		if !c.bind(at) {
			return
		}
	}
	c.scratch.slots = over
	for _, at := range over {
		// Only the list says what is to be finalized; this has come to its end.
		c.remove(at)
	}
	c.recoverObjects()
	c.managed.mapping.stale = true
	c.phase = PhaseRunning
	c.arm(&c.grace, timerGrace, 0, 0, c.graceEnds)
	c.startSweep()
	for n := c.parked.Len(); n > 0; n-- {
		c.admitAgain(c.parked.Pop())
	}
}

// inGrace reports whether C-48's time after boot still runs.
func (c *Controller) inGrace() bool { return c.now.Mono < c.graceEnds }

func (c *Controller) endGrace() {
	c.disarm(&c.grace)
	c.startSweep()
}

func (c *Controller) startSweep() {
	c.sweep.after = 0
	c.sweepOn()
}

// sweepOn touches the next collections in the order of ids.
func (c *Controller) sweepOn() {
	c.disarm(&c.sweep.timer)
	if c.phase == PhaseLoad {
		c.installSome()
		return
	}
	i := c.position(idOfKey(c.sweep.after + 1))
	for n := 0; n < maxInstallsPerStep && i < len(c.order); n++ {
		at := c.order[i]
		c.sweep.after = c.collections.At(at).id.key()
		c.touch(at)
		i++
	}
	if i < len(c.order) {
		c.arm(&c.sweep.timer, timerSweep, 0, 0, c.now.Mono)
	}
}
