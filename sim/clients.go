package sim

import (
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/kernel"
)

// clients is everything that asks the controllers for something, as flat data:
// the runs of planned operations, periodic writers, owners of holds, what they
// wait for and what they know.
type clients struct {
	// leader is the node that answered with the highest epoch that any client has
	// heard of.
	leader int16
	epoch  uint64

	board      []known
	boardIndex flat.Index

	pending      flat.Slab[pending]
	pendingIndex flat.Index
	timeouts     flat.Fifo[deadline]

	nextOp   int
	runs     flat.Slab[run]
	runIndex flat.Index // of operation id + 1

	writers    []writer
	writerRows []relation.Row
	owners     []owner
	holds      []hold
}

// actor is the kind of client that waits for an answer.
type actor uint8

const (
	actorRun actor = iota
	actorWriter
	actorOwner
)

// pending is a request that a client waits for the answer of.
type pending struct {
	id     core.RequestID
	actor  actor
	node   int16
	client int32
	// index of the run, the writer or the hold.
	index uint32
	// append is a writer's, so that it knows what was acknowledged.
	appended core.Append
}

// deadline is when a client stops waiting for a request.
type deadline struct {
	atUs int64
	id   core.RequestID
}

// Clients' connections: one per character of operations, then one per writer,
// then one per owner.
const (
	clientAdmin = iota
	clientReader
	clientReporter
	clientTableWriter
	clientHostile
	characters
)

// patienceMs is how long a client waits for an answer before it turns to the other
// controller, if the plan does not say so; snapshots may wait for longer on their own
// account.
const patienceMs = 10_000

// sweepUs is how exactly clients look at their watches.
const sweepUs = second / 4

func (w *World) resetClients() {
	c := &w.clients
	c.leader, c.epoch = 0, 0
	c.board = c.board[:0]
	c.boardIndex.Reset()
	c.pending.Reset()
	c.pendingIndex.Reset()
	c.timeouts.Reset()
	c.runs.Reset()
	c.runIndex.Reset()
	c.holds = c.holds[:0]
	w.readPlans()
	w.resetRuns()
	w.resetWriters()
	w.resetOwners()
	w.net.Reset(characters+len(w.plan.Writers)+len(w.plan.Owners), nodeCount)
	w.push(kernel.Event{AtUs: sweepUs, Kind: evSweep})
}

// clientWork is what clients still have to do, in words.
func (w *World) clientWork() string {
	c := &w.clients
	switch {
	case c.nextOp < len(w.opOrder):
		return "operations that are still to begin"
	case c.runs.Len() > 0:
		return w.waitingOp()
	}
	for i := range c.writers {
		if c.writers[i].open != [maxOpenAppends]core.RequestID{} {
			return "writers' appends"
		}
	}
	return ""
}

// waitingOp names the first operation that a client still waits for.
func (w *World) waitingOp() string {
	for i := range w.plan.Ops {
		op := &w.plan.Ops[i]
		if _, ok := w.clients.runIndex.Get(uint64(op.ID) + 1); ok {
			return fmt.Sprintf("operation %d (%s by %s) that a client waits for", op.ID, op.Kind, op.As)
		}
	}
	return "repeated operations that clients wait for"
}

// ask sends a request and remembers who waits for its answer.
func (w *World) ask(p pending, r *core.Request, node int, waitUs int64) {
	c := &w.clients
	slot := c.pending.New()
	p.node = int16(node)
	*c.pending.At(slot) = p
	c.pendingIndex.Put(uint64(p.id), slot)
	if waitUs == 0 {
		c.timeouts.Push(deadline{w.nowUs + w.patienceUs, p.id})
	} else {
		w.timeoutAt(p.id, w.nowUs+w.patienceUs+waitUs)
	}
	w.sendRequest(int(p.client), node, r)
}

func (w *World) timeoutAt(id core.RequestID, atUs int64) {
	w.push(kernel.Event{AtUs: atUs, Kind: evTimeout, Gen: uint32(id >> 32), Arg: uint32(id)})
}

// sweep lets clients look at their watches.
func (w *World) sweep() {
	t := &w.clients.timeouts
	for t.Len() > 0 && t.At(0).atUs <= w.nowUs {
		w.timeout(t.Pop().id)
	}
	if !w.over {
		w.push(kernel.Event{AtUs: w.nowUs + sweepUs, Kind: evSweep})
	}
}

// timeout ends the waiting for a request whose outcome stays unknown. Half of the
// clients say so: a controller must cope with requests that were given up and with
// requests that nobody waits for any more.
func (w *World) timeout(id core.RequestID) {
	slot, ok := w.clients.pendingIndex.Get(uint64(id))
	if !ok {
		return
	}
	w.faults[faultClientTimeout]++
	p := w.clients.pending.At(slot)
	w.recorded(RecordUnheard, int(p.node), int(p.client), id)
	k := w.draws.Key(nobody, uint64(id), 5)
	if k.N(drawGivesUp, 2) == 1 {
		w.sendCancel(int(p.client), int(p.node), id)
	}
	w.conclude(slot, &reply{id: id, node: w.clients.pending.At(slot).node, silent: true})
}

// belief is which controller a client believes to lead: the one that answered with
// the highest epoch, until it has reasons of its own to ask the other one.
type belief struct {
	epoch uint64
	node  int16
}

// believed is the node that a client asks next.
func (c *clients) believed(b *belief) int {
	if c.epoch > b.epoch {
		*b = belief{c.epoch, c.leader}
	}
	return int(b.node)
}

// doubt turns a client from a node that does not serve it to the next one.
func (b *belief) doubt(node int16, slots int) {
	if b.node == node {
		b.node = (node + 1) % int16(slots)
	}
}

// hear takes in who leads: the highest epoch that anybody answered with.
func (w *World) hear(node int, epoch uint64) {
	if epoch > w.clients.epoch {
		w.clients.epoch, w.clients.leader = epoch, int16(node)
	}
}

// conclude gives an answer, or the lack of one, to whoever waits for it.
func (w *World) conclude(slot uint32, r *reply) {
	c := &w.clients
	p := *c.pending.At(slot)
	if p.actor == actorRun && r.code == core.RequestIDOpen && w.ignoresOpen(p.index) {
		return
	}
	c.pendingIndex.Delete(uint64(p.id))
	c.pending.Release(slot)
	if m := r.code; r.silent || r.refused || m == core.Halted || m == core.NotLeader {
		w.beliefOf(&p).doubt(r.node, w.slots)
	}
	switch p.actor {
	case actorRun:
		w.runAnswered(p.index, r)
	case actorWriter:
		w.writerAnswered(p.index, &p.appended, r)
	case actorOwner:
		w.renewAnswered(p.index, p.id, r)
	}
}

// beliefOf is what the client that asked believes.
func (w *World) beliefOf(p *pending) *belief {
	c := &w.clients
	switch p.actor {
	case actorWriter:
		return &c.writers[p.index].belief
	case actorOwner:
		return &c.owners[c.holds[p.index].asker].belief
	case actorRun:
	}
	return &c.runs.At(p.index).belief
}

// noticeCrash lets some of those who wait for a node that has gone notice it soon:
// their connection closes. The others wait until they lose patience.
func (w *World) noticeCrash(n int) {
	c := &w.clients
	for i := 0; i < c.timeouts.Len(); i++ {
		id := c.timeouts.At(i).id
		slot, ok := c.pendingIndex.Get(uint64(id))
		if !ok || int(c.pending.At(slot).node) != n {
			continue
		}
		k := w.draws.Key(n, uint64(id), 1)
		if v := k.N(drawNoticed, 2*50*millisecond); v < 50*millisecond {
			w.timeoutAt(id, w.nowUs+1+int64(v))
		}
	}
}
