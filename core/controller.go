// Package core is Tidemark's storage controller as a pure state machine: it
// decides, for every collection, from when on it can be read (since) and up to
// when it is complete (upper), and drives the durable stores that make those two
// frontiers true.
//
// The model is sans-I/O: one input and the present moment go into Step, effects
// come out, and NextWake says when the machine wants to be woken. The machine is
// a value: it can be copied, encoded, restored and hashed. Same state and same
// input give the same state and the same effects, everywhere (C-1). It has no
// clock, randomness, goroutine, map or global variable, and it does not panic: an
// internal contradiction halts it with a code and the numbers (C-4).
//
// Effects are commands to drivers, each exactly one call of one driver. The
// driver never sequences for correctness: if B must follow A, B is emitted when
// A's completion arrives. What it does not guarantee: that a completion comes
// (every effect has a deadline), or that its effect has not happened if none does.
//
// Reading order: input.go, effect.go, this file, then the handler of the input
// that you have in hand. Rules in parentheses are those of docs/semantics.md.
package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

// Controller is one incarnation's state. The zero value awaits its boot input.
type Controller struct {
	phase   Phase
	epoch   uint64
	nonce   uint64
	halted  Halt
	cfg     Config
	entropy [4]uint64

	// now, cause and out are those of the step that runs.
	now   clock.Now
	cause Cause
	out   *Effects

	// nextEffect and nextSerial are the last ids given out.
	nextEffect EffectID
	nextSerial uint64

	// effects finds the lane of an open effect; lanes says which one it is.
	effects flat.Index
	lanes   flat.Slab[laneRef]
	timers  flat.Heap

	meta  stashLane
	load  loading
	clock wallBound
	// graceEnds is when C-48's time after boot is over.
	graceEnds clock.Instant
	grace     uint32
	sweep     sweeping
	managed   managed

	collections flat.Slab[collection]
	byID        flat.Index
	// order lists the collections by id.
	order   []uint32
	dropped idSet
	// unlisting are the keys of the ids whose shards are finalized, in the order in
	// which they will be unlisted.
	unlisting []uint64

	requests  flat.Slab[request]
	byRequest flat.Index
	// firstOpen and lastOpen are the ends of the open requests' list, in the order
	// of arrival.
	firstOpen, lastOpen uint32
	// parked requests wait for the boot or for a control operation, in the order of
	// arrival.
	parked  flat.Fifo[uint32]
	control controlQueue

	// objects run on hosts: ingestions and exports; a placement is one on a host.
	objects     flat.Slab[object]
	byObject    flat.Index
	objectOrder []uint32
	placements  flat.Slab[placement]
	hosts       flat.Slab[host]
	hostOrder   []uint32
	services    serviceList
	dependants  flat.Slab[dependant]
	tokens      flat.Slab[token]
	byToken     flat.Index
	tokenOrder  []uint32

	parts       flat.Slab[part]
	queuedBytes int64
	snapshots   flat.Slab[snapshot]
	holds       flat.Slab[hold]
	byHold      flat.Index
	owners      flat.Slab[owner]
	byOwner     flat.Index

	// touched lists the collections to settle at the end of the step, and remains
	// until the next one.
	touched []touchedCollection
	// touchedObjects and touchedHosts are to be settled and driven at its end.
	touchedObjects, touchedHosts []uint32
	ignored                      uint64

	updates flat.Arena[relation.Update]
	rows    flat.Arena[relation.RowCount]
	ids     flat.Arena[GlobalID]
	infos   flat.Arena[Hold]
	told    flat.Arena[CollectionInfo]
	writes  flat.Arena[stash.Write]
	// scratch buffers hold nothing between steps.
	scratch scratch

	// sum is the sum of the digests of the collections that are hashed; dirty lists
	// those that are not.
	sum   digest.Sum
	dirty []touchedCollection
}

// scratch is memory that one step uses and no later step reads.
type scratch struct {
	updates []relation.Update
	changes []CapabilityChange
	specs   []CollectionSpec
	writes  []stash.Write
	// group is what the operations of one transaction write and name.
	group struct {
		writes []stash.Write
		ids    flat.Index
		types  [IntrospectionTypeCount]bool
	}
	ids      []GlobalID
	slots    []uint32
	bytes    []byte
	commands []Command
}

// touchedCollection remembers the id, because the position may be released.
type touchedCollection struct {
	at uint32
	id GlobalID
}

// Step takes one input at the present moment and appends the effects that follow
// to out. The input and the buffer belong to the caller.
func (c *Controller) Step(now clock.Now, in *Input, out *Effects) {
	c.begin(now, in.Cause, out)
	switch in.Kind {
	case InputBoot:
		c.boot(&in.Boot)
	case InputRequest:
		c.request(&in.Request)
	case InputCancel:
		c.cancel(in.Cancel)
	case InputPersistDone:
		c.persistDone(in.Effect, &in.Persist)
	case InputStashDone:
		c.stashDone(in.Effect, &in.Stash)
	case InputWake:
		c.wake()
	case InputHostDone:
		c.hostDone(in.Effect, &in.HostResult)
	case InputReport:
		c.report(in.Host, in.Session, &in.Report)
	case InputSessionLost:
		c.sessionLost(in.Host, in.Session)
	case InputOrchestratorDone:
		c.orchestratorDone(in.Effect, &in.Orchestrator)
	case InputNone, InputKindCount:
		c.ignored++
	default:
		c.ignored++
	}
	c.finish()
}

// begin takes the readings of the clocks; the monotonic one cannot go back.
func (c *Controller) begin(now clock.Now, cause Cause, out *Effects) {
	c.now.Wall = now.Wall
	c.now.Mono = max(c.now.Mono, now.Mono)
	c.cause, c.out = cause, out
	c.touched = c.touched[:0]
}

// finish derives what follows from the step's net result (C-9): what depends on
// uppers is moved, collections are settled, then what runs on hosts; then the stash
// is given its next transaction, which may let requests go on and so touch collections
// again. Hosts are told last, of the net result.
func (c *Controller) finish() {
	for moved, settled := 0, 0; ; {
		for ; settled < len(c.touched); settled++ {
			for ; moved < len(c.touched); moved++ {
				c.follow(c.touched[moved].at)
			}
			if c.phase == PhaseRunning {
				c.settle(c.touched[settled].at)
			} else {
				c.collections.At(c.touched[settled].at).touched = false
			}
		}
		if c.settleObjects() {
			continue
		}
		c.driveStash()
		if settled >= len(c.touched) && len(c.touchedObjects) == 0 {
			break
		}
	}
	c.driveHosts()
	c.out = nil
}

// follow moves what depends on the upper of a touched collection, before any of its
// consumers is settled.
func (c *Controller) follow(at uint32) {
	if object := c.collections.At(at).object; object != 0 && c.phase == PhaseRunning {
		c.followUppers(object)
	}
}

// settleObjects settles what runs on hosts, if there is anything to settle.
func (c *Controller) settleObjects() bool {
	if len(c.touchedObjects) == 0 {
		return false
	}
	for i := 0; i < len(c.touchedObjects); i++ {
		if at := c.touchedObjects[i]; c.phase == PhaseRunning {
			c.settleObject(at)
		} else {
			c.objects.At(at).touched = false
		}
	}
	c.touchedObjects = c.touchedObjects[:0]
	return true
}

// driveHosts drives the hosts that were touched.
func (c *Controller) driveHosts() {
	if c.phase == PhaseRunning && c.cfg.ServicesEvery > 0 {
		c.driveServices()
	}
	for i := 0; i < len(c.touchedHosts); i++ {
		if at := c.touchedHosts[i]; c.phase == PhaseRunning {
			c.driveHost(at)
		} else {
			c.hosts.At(at).touched = false
		}
	}
	c.touchedHosts = c.touchedHosts[:0]
}

// NextWake is the instant at which the controller next wants an InputWake, or
// clock.Never. Waking it late, early or twice is harmless.
func (c *Controller) NextWake() clock.Instant {
	if c.phase == PhaseHalted || c.timers.Len() == 0 {
		return clock.Never
	}
	t, _ := c.timers.Least()
	return clock.Instant(t.At)
}

// touch marks a collection to be settled at the end of the step.
func (c *Controller) touch(at uint32) {
	col := c.collections.At(at)
	col.cause = c.cause
	if col.touched {
		return
	}
	col.touched = true
	c.unhash(at)
	c.touched = append(c.touched, touchedCollection{at, col.id})
}
