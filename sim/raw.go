package sim

import (
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

func (w *World) countRaw(raw plan.Raw) {
	for i, known := range plan.RawKinds() {
		if known == raw {
			w.ops[len(plan.OpKinds())+i]++
		}
	}
}

// variants of a raw request that can be about several operations.
func (w *World) rawVariant(r *run, n uint64) uint64 {
	k := w.draws.Key(nobody, uint64(requestOfOp(r.id, 0)), 5)
	return k.N(drawVariant, n)
}

// buildRaw makes a request that no well-behaved client would.
func (w *World) buildRaw(r *run, op *plan.Operation) {
	q := &r.built
	id := q.GlobalID
	switch op.Raw {
	case plan.RawUnknownOp:
		q.Op = core.RequestOpCount + core.RequestOp(w.rawVariant(r, 8))
	case plan.RawBadID:
		w.buildBadID(q, w.rawVariant(r, 5))
	case plan.RawBadFrontier:
		bad := frontier.Frontier{T: w.wallOnGrid(), Empty: true}
		if w.rawVariant(r, 2) == 0 {
			q.Op, q.Appends = core.RequestAppend, []core.Append{{ID: id, Upper: bad}}
			break
		}
		q.Op, q.Uppers = core.RequestUpdateUppers, []core.UpperReport{{ID: id, Upper: bad}}
	case plan.RawTooManyIDs:
		// Or just as many as it may.
		q.Op, q.IDs, q.Unvalidated = core.RequestDrop, w.tooManyIDs()[w.rawVariant(r, 2):], true
	case plan.RawBadSchema:
		q.Op = core.RequestCreate
		q.Collections = []core.CollectionSpec{{ID: id, Description: core.Description{
			Kind: core.KindTable, Schema: badSchema(w.rawVariant(r, 3))}}}
	case plan.RawEmptySince:
		q.Op = core.RequestCreate
		q.Collections = []core.CollectionSpec{{ID: id, Description: core.Description{
			Kind: core.KindTable, Schema: w.schemas[0], Since: frontier.Empty()}}}
	case plan.RawEmptyList:
		listed := [...]core.RequestOp{core.RequestAppend, core.RequestCreate, core.RequestDrop,
			core.RequestSetPolicy, core.RequestUpdateUppers, core.RequestUpdateCapabilities}
		q.Op, q.GlobalID = listed[w.rawVariant(r, uint64(len(listed)))], core.GlobalID{}
	case plan.RawLongWait:
		q.Op, q.AsOf = core.RequestSnapshot, timeOf(w.about(id).upper)
		q.Wait = w.config.SnapshotWait + [...]clock.Duration{clock.Second, 1, 0}[w.rawVariant(r, 3)]
	case plan.RawNone, plan.RawReusedRequestID, plan.RawUnknownEffect, plan.RawSecondBoot:
	}
}

func (w *World) buildBadID(q *core.Request, variant uint64) {
	bad := core.GlobalID{Kind: core.IDNone, N: q.GlobalID.N}
	if variant == 0 {
		bad = core.GlobalID{Kind: core.IDTransient + 1, N: 1 << 63}
	}
	switch variant {
	case 0:
		q.Op, q.IDs = core.RequestDrop, []core.GlobalID{bad}
	case 1:
		q.Op, q.GlobalID = core.RequestCollection, bad
	case 2: // the last id that there is, which nobody has, and the first that there is not
		q.Op, q.GlobalID = core.RequestCollection, core.GlobalID{Kind: core.IDUser, N: 1<<62 - 1}
	case 3:
		q.Op, q.GlobalID = core.RequestCollection, core.GlobalID{Kind: core.IDUser, N: 1 << 62}
	default:
		q.Op = core.RequestCreate
		q.Collections = []core.CollectionSpec{{ID: bad, Description: core.Description{
			Kind: core.KindTable, Schema: w.schemas[0]}}}
	}
}

func badSchema(variant uint64) relation.Schema {
	twice := relation.Column{Name: "id", Type: relation.Uint64}
	switch variant {
	case 0:
		return relation.Schema{Columns: []relation.Column{twice, twice}}
	case 1:
		return relation.Schema{Columns: []relation.Column{{Name: "id", Type: 0}}}
	}
	return relation.Schema{Columns: []relation.Column{{Name: "", Type: relation.Text}}}
}

// tooManyIDs is one id more than a request may name; none of them exists.
func (w *World) tooManyIDs() []core.GlobalID {
	n := int(min(w.config.Limits.IDsPerRequest, 1<<20)) + 1
	if len(w.lists.tooMany) != n {
		w.lists.tooMany = make([]core.GlobalID, n)
		for i := range w.lists.tooMany {
			w.lists.tooMany[i] = core.GlobalID{Kind: core.IDTransient, N: 1<<40 + uint64(i)}
		}
	}
	return w.lists.tooMany
}

// reuseRequestID sends a harmless request under the id of another operation's
// latest attempt, which may still be open; nobody waits for the answer to it. While
// that one is on its way, it does not overtake it.
func (w *World) reuseRequestID(op *plan.Operation) {
	slot, ok := w.clients.runIndex.Get(uint64(op.Target) + 1)
	if !ok {
		return
	}
	r := w.clients.runs.At(slot)
	if r.attempt == 0 {
		return
	}
	q := core.Request{ID: requestOfOp(r.id, r.attempt), Op: core.RequestCollection}
	if len(op.Parts) > 0 {
		q.GlobalID = slotID(&op.Parts[0])
	}
	node := int(w.clients.leader)
	if p, ok := w.clients.pendingIndex.Get(uint64(q.ID)); ok {
		node = int(w.clients.pending.At(p).node)
	}
	w.sendRequest(int(r.client), node, &q)
}

// injectRaw gives the core an input that no driver would.
func (w *World) injectRaw(op *plan.Operation) {
	n := op.Node
	if !w.isNode(n) {
		n = int(w.clients.leader)
	}
	nd := &w.nodes[n]
	if !nd.up || nd.paused {
		return
	}
	w.input.Cause = core.Cause(requestOfOp(int32(op.ID), 0))
	if op.Raw == plan.RawSecondBoot {
		w.fillBoot(n)
		w.input.Boot.Entropy[0]++
	} else {
		w.strangeInput(n)
	}
	w.happened(&kernel.Event{AtUs: w.nowUs, Kind: evRequest, Node: int16(n)})
	w.events++
	due := nd.core.NextWake() <= w.now(n).Mono
	if effects := w.stepNode(n, invariants.KindNone); effects > 0 && !due {
		w.contradicted(n, fmt.Sprintf("an input that means nothing to it (%v) has %d effects", w.input.Kind, effects))
	}
}

// strangeInput is a completion of an effect that never was, or word from a host that
// there is not.
func (w *World) strangeInput(n int) {
	k := w.draws.Key(n, uint64(w.input.Cause), 6)
	w.input.Effect = core.EffectID(k.U64(drawVariant) | 1<<48)
	nobody := core.HostID{Address: "nobody"}
	k = w.draws.Key(n, uint64(w.input.Cause), 7)
	switch k.N(drawVariant, 6) {
	case 0:
		w.input.Kind, w.input.Persist = core.InputPersistDone, persist.Result{Outcome: outcome.Done}
	case 1:
		w.input.Kind, w.input.Stash = core.InputStashDone, stash.Result{Outcome: outcome.Done}
	case 2:
		w.input.Kind, w.input.HostResult = core.InputHostDone, core.HostResult{Outcome: outcome.Done}
	case 3:
		w.input.Kind, w.input.Orchestrator = core.InputOrchestratorDone, core.OrchestratorResult{Outcome: outcome.Done}
	case 4:
		w.input.Kind, w.input.Host, w.input.Session = core.InputReport, nobody, core.Session{Epoch: 1, Nonce: 1}
		w.input.Report = core.Report{}
	case 5:
		w.input.Kind, w.input.Host, w.input.Session = core.InputSessionLost, nobody, core.Session{Epoch: 1, Nonce: 1}
	}
}
