package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/plan"
)

// known is what the clients know of one collection: what the plan says that it is,
// and what answers have told them.
type known struct {
	id       core.GlobalID
	variant  uint8
	reported bool
	// hosted collections are filled by hosts.
	hosted bool
	// mapping: what is in it is the controllers' to say.
	mapping bool
	planned bool
	// since and upper as far as answers told; they may be stale.
	since, upper frontier.Frontier
	// shard, once an answer named it.
	shard    persist.ShardID
	hasShard bool
	// durable is the upper that a reporter has seen in the shard itself.
	durable frontier.Frontier
	// acked are a few rows that are there, for retractions.
	acked  [6]relation.Row
	ackeds uint8
	// token of the export with this id, if one was prepared.
	token core.Token
}

// slotID is the collection that a part means.
func slotID(p *plan.Part) core.GlobalID {
	kind := core.IDUser
	switch {
	case p.System:
		kind = core.IDSystem
	case p.Transient:
		kind = core.IDTransient
	}
	return core.GlobalID{Kind: kind, N: uint64(max(p.Slot, 0))}
}

func userID(slot int) core.GlobalID { return core.GlobalID{Kind: core.IDUser, N: uint64(max(slot, 0))} }

func boardKey(id core.GlobalID) uint64 { return uint64(id.Kind)<<62 ^ id.N<<1 ^ 1 }

// about is what the clients know of a collection. The pointer is valid until the
// next call.
func (w *World) about(id core.GlobalID) *known {
	return &w.clients.board[w.aboutIndex(id)]
}

func (w *World) aboutIndex(id core.GlobalID) uint32 {
	c := &w.clients
	key := boardKey(id)
	i, ok := c.boardIndex.Get(key)
	if !ok {
		i = uint32(len(c.board))
		c.board = append(c.board, known{id: id})
		c.boardIndex.Put(key, i)
	}
	return i
}

// readPlans lets the clients know what they will create: the first operation that
// creates a collection decides what its rows look like.
func (w *World) readPlans() {
	for i := range w.plan.Ops {
		w.readParts(&w.plan.Ops[i])
	}
	for i := range w.plan.Loops {
		w.readParts(&w.plan.Loops[i].Op)
	}
}

func (w *World) readParts(op *plan.Operation) {
	if op.Kind != plan.OpCreate {
		return
	}
	for i := range op.Parts {
		k := w.about(slotID(&op.Parts[i]))
		if !k.planned {
			k.planned = true
			k.variant = uint8(variantOf(op.Parts[i].Schema, len(w.schemas)))
		}
		k.hosted = k.hosted || op.Parts[i].Kind == plan.KindIngestion || op.Parts[i].Kind == plan.KindSubsource
		k.reported = k.reported || op.Parts[i].Kind == plan.KindReported
		k.mapping = k.mapping || op.Parts[i].Kind == plan.KindShardMapping
	}
}

func (w *World) variantOfSlot(slot int) int { return int(w.about(userID(slot)).variant) }

// learnUpper and learnSince take in what an answer told. Old news change nothing.
func (k *known) learnUpper(f frontier.Frontier) { k.upper = k.upper.Join(f) }

func (k *known) learnSince(f frontier.Frontier) { k.since = k.since.Join(f) }

// ackRow remembers a row that is there; the oldest is forgotten.
func (k *known) ackRow(r relation.Row) {
	if int(k.ackeds) == len(k.acked) {
		copy(k.acked[:], k.acked[1:])
		k.ackeds--
	}
	k.acked[k.ackeds] = r
	k.ackeds++
}

// takeRow is a row that is there and has not been taken before.
func (k *known) takeRow() (relation.Row, bool) {
	if k.ackeds == 0 {
		return "", false
	}
	k.ackeds--
	return k.acked[k.ackeds], true
}

// shardOf is the data shard of a slot's collection, as far as anybody knows: from
// the controllers' views, or from an answer.
func (w *World) shardOf(slot int) (persist.ShardID, bool) { return w.shardOfID(userID(slot)) }

func (w *World) shardOfID(id core.GlobalID) (persist.ShardID, bool) {
	k := w.about(id)
	if k.hasShard {
		return k.shard, true
	}
	for n := range w.nodes {
		if !w.nodes[n].up {
			continue
		}
		c := &w.nodes[n].core
		for i := 0; i < c.Collections(); i++ {
			c.CollectionAt(i, &w.collection)
			if w.collection.ID == id && w.collection.Data != (persist.ShardID{}) {
				k.shard, k.hasShard = w.collection.Data, true
				return k.shard, true
			}
		}
	}
	return persist.ShardID{}, false
}

// resolve turns a symbolic time into a timestamp, from what the clients know and
// from their own clock, which is right.
func (w *World) resolve(t plan.Time, id core.GlobalID, held frontier.Timestamp) frontier.Timestamp {
	return shifted(w.base(t.Base, id, held), t.Offset)
}

func (w *World) base(b plan.Base, id core.GlobalID, held frontier.Timestamp) frontier.Timestamp {
	switch b {
	case plan.Since, plan.Earliest:
		return timeOf(w.about(id).since)
	case plan.Upper:
		return timeOf(w.about(id).upper)
	case plan.WallGrid:
		return w.wallOnGrid()
	case plan.HoldTime:
		return held
	case plan.Max:
		return frontier.MaxTimestamp
	case plan.Zero:
	}
	return 0
}

// wallOnGrid is the clients' clock, rounded down to the plan's grid.
func (w *World) wallOnGrid() frontier.Timestamp { return w.onGrid(int64(w.wallOf(nobody, 0))) }

func (w *World) onGrid(wall int64) frontier.Timestamp {
	return frontier.Timestamp(wall - wall%max(w.plan.GridMs, 1))
}

// timeOf is a frontier's time, the last one for the empty frontier.
func timeOf(f frontier.Frontier) frontier.Timestamp {
	if f.Empty {
		return frontier.MaxTimestamp
	}
	return f.T
}

// shifted is t + by, saturating at both ends.
func shifted(t frontier.Timestamp, by int64) frontier.Timestamp {
	switch {
	case by >= 0 && t > frontier.MaxTimestamp-frontier.Timestamp(by):
		return frontier.MaxTimestamp
	case by >= 0:
		return t + frontier.Timestamp(by)
	case t < frontier.Timestamp(-by):
		return 0
	}
	return t - frontier.Timestamp(-by)
}

// policyOf turns a symbolic policy into the core's.
func (w *World) policyOf(p *plan.Policy, id core.GlobalID) core.Policy {
	return core.Policy{Nodes: w.policyNodes(nil, p, id)}
}

func (w *World) policyNodes(nodes []core.PolicyNode, p *plan.Policy, id core.GlobalID) []core.PolicyNode {
	switch {
	case p == nil:
		return nodes
	case p.FromEmpty:
		return append(nodes, core.PolicyNode{Kind: core.PolicyValidFrom, From: frontier.Empty()})
	case p.From != nil:
		return append(nodes, core.PolicyNode{Kind: core.PolicyValidFrom, From: frontier.At(w.resolve(*p.From, id, 0))})
	case p.Lag != nil:
		return append(nodes, core.PolicyNode{Kind: core.PolicyLag, Lag: frontier.Timestamp(*p.Lag)})
	case p.Nodes != nil:
		for i := range *p.Nodes {
			nodes = append(nodes, w.policyNode(&(*p.Nodes)[i], id))
		}
	case p.Of != nil:
		nodes = append(nodes, core.PolicyNode{Kind: core.PolicyMultiple, Members: uint32(len(*p.Of))})
		for i := range *p.Of {
			nodes = w.policyNodes(nodes, &(*p.Of)[i], id)
		}
	}
	return nodes
}

// policyNode is a node as a hostile client sends it.
func (w *World) policyNode(p *plan.PolicyNode, id core.GlobalID) core.PolicyNode {
	n := core.PolicyNode{Kind: core.PolicyKind(p.Kind), Lag: frontier.Timestamp(p.Lag), Members: p.Members}
	if p.From != nil {
		n.From.T = w.resolve(*p.From, id, 0)
	}
	n.From.Empty = p.Empty
	return n
}
