package core

import "example.com/tidemark/core/digest"

// halt stops the machine for good (C-13, C-4): what is open is answered Halted,
// nothing else that this step wanted to do is done, and all that is remembered is
// why.
func (c *Controller) halt(code HaltCode, where string, a, b uint64) {
	if c.phase == PhaseHalted {
		return
	}
	c.phase = PhaseHalted
	c.halted = Halt{Code: code, Where: where, A: a, B: b}
	c.out.keepResponses()
	for c.firstOpen != 0 {
		r := c.firstOpen
		c.respond(r, &Response{Err: Error{Code: Halted, Definite: !c.requests.At(r).sent}})
	}
	c.forget()
}

// forget empties the state of a halted machine.
func (c *Controller) forget() {
	c.effects.Reset()
	c.lanes.Reset()
	c.timers.Reset()
	c.meta, c.load, c.grace, c.sweep, c.managed = stashLane{}, loading{}, 0, sweeping{}, managed{}
	c.collections.Reset()
	c.byID.Reset()
	c.order, c.dropped.ranges, c.unlisting = c.order[:0], c.dropped.ranges[:0], c.unlisting[:0]
	c.requests.Reset()
	c.byRequest.Reset()
	c.firstOpen, c.lastOpen = 0, 0
	c.parked.Reset()
	c.control.queue.Reset()
	c.control.reserved.Reset()
	c.objects.Reset()
	c.byObject.Reset()
	c.placements.Reset()
	c.hosts.Reset()
	c.services = serviceList{}
	c.dependants.Reset()
	c.tokens.Reset()
	c.byToken.Reset()
	c.objectOrder, c.hostOrder, c.tokenOrder = c.objectOrder[:0], c.hostOrder[:0], c.tokenOrder[:0]
	c.touchedObjects, c.touchedHosts = c.touchedObjects[:0], c.touchedHosts[:0]
	c.parts.Reset()
	c.queuedBytes = 0
	c.snapshots.Reset()
	c.holds.Reset()
	c.byHold.Reset()
	c.owners.Reset()
	c.byOwner.Reset()
	c.touched, c.dirty, c.sum = c.touched[:0], c.dirty[:0], digest.Sum{}
}

// fenced halts because a newer epoch owns the stash or a shard.
func (c *Controller) fenced(where string, epoch uint64) {
	c.halt(HaltFenced, where, epoch, c.epoch)
}

// keepResponses withdraws every effect but the responses.
func (e *Effects) keepResponses() {
	kept := e.list[:0]
	for i := range e.list {
		if e.list[i].Kind == EffectRespond {
			kept = append(kept, e.list[i])
		}
	}
	e.list = kept
}
