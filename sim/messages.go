package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/network"
)

// request is a message to a controller, in flight. Its lists are frozen.
type request struct {
	request core.Request
	client  int32
	gen     uint32
	// cancel gives the request up instead of making it.
	cancel bool
}

// reply is a message to a client: what clients read of a response.
type reply struct {
	id     core.RequestID
	client int32
	gen    uint32
	node   int16
	// silent: there was no answer; refused: nobody listened, so nothing was sent.
	silent, refused bool
	code            core.ErrorCode
	definite        bool
	about           bool // since, upper, shard are told of
	epoch           uint64
	time            frontier.Timestamp
	frontier        frontier.Frontier
	since, upper    frontier.Frontier
	shard           persist.ShardID
	clock           frontier.Timestamp
	token           core.Token
}

// sendRequest puts a request on its way to a node.
func (w *World) sendRequest(client, node int, r *core.Request) {
	w.sendMessage(client, node, r, false)
}

// sendCancel tells a node that a request was given up.
func (w *World) sendCancel(client, node int, id core.RequestID) {
	r := core.Request{ID: id}
	w.sendMessage(client, node, &r, true)
}

// cancelSalt tells draws about a cancel from those about its request.
const cancelSalt = 0x63616e63656c

func (w *World) sendMessage(client, node int, r *core.Request, cancel bool) {
	key := uint64(r.ID)
	if cancel {
		key = mix(key, cancelSalt)
	}
	if w.o.Record != nil {
		w.recordSent(client, node, r, cancel)
	}
	k := w.draws.Key(nobody, key, node)
	if w.happens(&k, drawSessionReset) {
		w.net.ResetSession(client, node)
	}
	if w.happens(&k, drawRequestLost) {
		return
	}
	e := kernel.Event{Kind: evRequest, Node: int16(node)}
	var ok bool
	var gen uint32
	if e.AtUs, gen, ok = w.route(client, node, network.ToController, &k); !ok {
		return
	}
	e.Slot = int32(w.newRequest(r, client, gen, cancel))
	w.push(e)
	if !cancel && w.happens(&k, drawRequestTwice) {
		e.AtUs = w.nowUs + int64(k.N(drawTwiceAfter, w.lateUs))
		e.Slot = int32(w.newRequest(r, client, network.Straggler, false))
		w.push(e)
	}
}

func (w *World) newRequest(r *core.Request, client int, gen uint32, cancel bool) uint32 {
	slot := w.requests.New()
	m := w.requests.At(slot)
	m.request = *r // field by field: as a whole it would be built elsewhere and copied
	m.client, m.gen, m.cancel = int32(client), gen, cancel
	return slot
}

// route is when a message arrives; ok is false if it never does.
func (w *World) route(client, node int, d network.Direction, k *kernel.Key) (atUs int64, gen uint32, ok bool) {
	latency := draw(&w.plan.Latency.Network, k)
	if until := w.net.CutUntil(node, d); until > w.nowUs {
		// Half of what is sent into a cut link is lost; the rest is sent again by the
		// transport until the link works.
		if k.N(drawClogged, 2) == 0 {
			w.faults[faultMessageCut]++
			return 0, 0, false
		}
		w.faults[faultMessageClogged]++
		latency += until - w.nowUs
	}
	if w.happens(k, drawMessageLate) {
		return w.nowUs + latency + int64(k.N(drawLate, w.lateUs)), network.Straggler, true
	}
	atUs, gen = w.net.Send(client, node, d, w.nowUs, latency)
	return atUs, gen, true
}

// deliverRequest gives a message to the controller, if its session and a process
// to hear it are still there.
func (w *World) deliverRequest(e *kernel.Event) {
	slot := uint32(e.Slot)
	m := w.requests.At(slot)
	n := int(e.Node)
	if !w.net.Arrives(int(m.client), n, m.gen) {
		w.requests.Release(slot)
		return
	}
	if !w.nodes[n].up {
		w.refuse(m, n)
		w.requests.Release(slot)
		return
	}
	if w.waits(e) {
		return
	}
	w.happened(e)
	w.events++
	w.hashRequest(&m.request, m.cancel)
	w.input.Cause = core.Cause(m.request.ID)
	kind := invariants.Requested
	if m.cancel {
		kind = invariants.Cancelled
		w.input.Kind, w.input.Cancel = core.InputCancel, m.request.ID
	} else {
		w.input.Kind, w.input.Request = core.InputRequest, m.request
	}
	w.requests.Release(slot)
	w.stepNode(n, kind)
	w.spuriously(n, w.input.Cause)
}

// refuse tells the client that nobody listens where it knocked.
func (w *World) refuse(m *request, n int) {
	if m.cancel {
		return
	}
	w.faults[faultRefusedConnection]++
	id := m.request.ID
	k := w.draws.Key(n, uint64(id), 2)
	w.push(kernel.Event{AtUs: w.nowUs + draw(&w.plan.Latency.Network, &k), Kind: evRefused,
		Node: int16(n), Gen: uint32(id >> 32), Arg: uint32(id)})
}

// refused is the news that nobody listened.
func (w *World) refused(e *kernel.Event) {
	id := core.RequestID(uint64(e.Gen)<<32 | uint64(e.Arg))
	slot, ok := w.clients.pendingIndex.Get(uint64(id))
	if !ok || w.clients.pending.At(slot).node != e.Node {
		return
	}
	w.recorded(RecordRefused, int(e.Node), int(w.clients.pending.At(slot).client), id)
	w.conclude(slot, &reply{id: id, node: e.Node, refused: true})
}

// sendReply puts a response on its way to the client that waits for it, if any
// still does.
func (w *World) sendReply(n int, r *core.Response) {
	w.countAnswer(r)
	slot, ok := w.clients.pendingIndex.Get(uint64(r.Request))
	if !ok {
		return
	}
	client := int(w.clients.pending.At(slot).client)
	key := mix(uint64(r.Request), replySalt)
	k := w.draws.Key(n, key, w.nth.Next(key+uint64(n)))
	if w.happens(&k, drawReplyLost) {
		return
	}
	at, gen, ok := w.route(client, n, network.ToClients, &k)
	if !ok {
		return
	}
	s := w.replies.New()
	m := w.replies.At(s) // field by field: as a whole it would be built elsewhere and copied
	m.id, m.client, m.gen, m.node = r.Request, int32(client), gen, int16(n)
	m.code, m.definite, m.epoch, m.time, m.frontier = r.Err.Code, r.Err.Definite, r.Epoch, r.Time, r.Err.Frontier
	m.clock, m.token = r.Clock, r.Token
	if len(r.Info) > 0 {
		info := &r.Info[0]
		m.about, m.since, m.upper, m.shard = true, info.Since, info.Upper, info.Data
	}
	w.push(kernel.Event{AtUs: at, Kind: evReply, Node: int16(n), Slot: int32(s)})
}

// replySalt tells draws about a reply from those about its request.
const replySalt = 0x7265706c79

// deliverReply gives an answer to the client that waits for it.
func (w *World) deliverReply(e *kernel.Event) {
	m := *w.replies.At(uint32(e.Slot))
	w.replies.Release(uint32(e.Slot))
	if !w.net.Arrives(int(m.client), int(m.node), m.gen) {
		return
	}
	w.hash.Event(e)
	w.hash.U64(uint64(m.id))
	w.recorded(RecordHeard, int(m.node), int(m.client), m.id)
	w.hear(int(m.node), m.epoch)
	if slot, ok := w.clients.pendingIndex.Get(uint64(m.id)); ok {
		w.conclude(slot, &m)
	}
}
