package sim

import (
	"strconv"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/sim/plan"
)

// Trace lines say what happens, one line each, in the order in which it happens:
//
//	12.345678s c0#1 <- request 42.1 append u7 [5000] 3 rows
//	12.345678s c0#1 -> persist#17 compare-and-append s1f2e… [4000]→[5000] 3 rows
//	12.351002s shard s1f2e… compare-and-append by c0#1: done [5000]
//
// They are built only if somebody reads them, and change nothing.

func (w *World) tracing() bool { return w.o.Trace != nil || w.o.Record != nil }

// begin starts a line with the simulated time, and the record that goes with it.
func (w *World) begin() []byte {
	w.recordOf(RecordNote, nobody)
	b := strconv.AppendInt(w.line[:0], w.nowUs/second, 10)
	b = append(b, '.')
	for unit := int64(second / 10); unit > 0; unit /= 10 {
		b = append(b, byte('0'+w.nowUs/unit%10))
	}
	b = append(b, 's', ' ')
	w.lineText = len(b)
	return b
}

func (w *World) emit(b []byte) {
	w.line = b
	if w.o.Record != nil {
		w.record.Text = b[w.lineText:]
		w.o.Record(&w.record)
	}
	if w.o.Trace != nil {
		line := string(b)
		w.story.add(line)
		w.o.Trace(line)
	}
}

func (w *World) traceHealed() {
	b := append(w.begin(), "healed"...)
	w.record.Kind = RecordHealed
	w.emit(b)
}

// appendNode names a controller's incarnation, or whoever is none.
func appendNode(b []byte, n int, incarnation uint32) []byte {
	if n < 0 {
		return append(b, "foreign"...)
	}
	b = strconv.AppendInt(append(b, 'c'), int64(n), 10)
	return strconv.AppendUint(append(b, '#'), uint64(incarnation), 10)
}

// beginNode starts a line about what node n does or what becomes of it.
func (w *World) beginNode(kind RecordKind, n int) []byte {
	b := appendNode(w.begin(), n, w.nodes[n].incarnation)
	w.recordOf(kind, n)
	return b
}

func (w *World) traceNode(kind RecordKind, n int, text string) {
	w.emit(append(append(w.beginNode(kind, n), ' '), text...))
}

func (w *World) traceHalt(n int) {
	b := append(append(w.beginNode(RecordHalted, n), " halted: "...), w.view.Halt.Code.String()...)
	b = append(append(b, " at "...), w.view.Halt.Where...)
	b = strconv.AppendUint(append(b, " ("...), w.view.Halt.A, 10)
	b = strconv.AppendUint(append(b, ", "...), w.view.Halt.B, 10)
	w.emit(append(b, ')'))
}

func (w *World) traceFault(f *plan.Fault) {
	b := append(append(w.begin(), "fault "...), f.Kind...)
	w.record.Kind, w.record.Fault = RecordFault, f
	b = strconv.AppendInt(append(b, " #"...), int64(f.ID), 10)
	b = strconv.AppendInt(append(b, " node "...), int64(f.Node), 10)
	if f.Slot != 0 {
		b = userID(f.Slot).AppendText(append(b, " slot "...))
	}
	w.emit(strconv.AppendInt(append(b, " for ms "...), f.ForMs, 10))
}

func (w *World) traceOp(op *plan.Operation) {
	b := strconv.AppendInt(append(w.begin(), "client "...), int64(op.ID), 10)
	w.record.Kind, w.record.Operation, w.record.Client = RecordOperation, op, int(clientOf(op.As))
	b = append(append(append(append(append(b, " ("...), op.As...), ") "...), op.Kind...), ' ')
	b = append(b, op.Raw...)
	for i := range op.Parts {
		b = append(slotID(&op.Parts[i]).AppendText(b), ' ')
	}
	w.emit(b)
}

// appendRequestID prints an id as whose it is: an operation's attempt, a writer's
// tick or an owner's renewal.
func appendRequestID(b []byte, id core.RequestID) []byte {
	switch id >> 62 {
	case 1:
		b = strconv.AppendUint(b, uint64(id)&(1<<62-1)>>20, 10)
		return strconv.AppendUint(append(b, '.'), uint64(id)&(1<<20-1), 10)
	case 2:
		b = strconv.AppendUint(append(b, 'w'), uint64(id)&(1<<62-1)>>32, 10)
	case 3:
		b = strconv.AppendUint(append(b, 'o'), uint64(id)&(1<<62-1)>>32, 10)
	default:
		return strconv.AppendUint(b, uint64(id), 10)
	}
	return strconv.AppendUint(append(b, '.'), uint64(uint32(id)), 10)
}

// traceInput says what the controller is given.
func (w *World) traceInput(n int) {
	in := &w.input
	b := append(append(w.beginNode(RecordInput, n), " <- "...), in.Kind.String()...)
	w.record.Input = in
	switch in.Kind {
	case core.InputRequest:
		b = appendRequest(append(b, ' '), &in.Request)
	case core.InputCancel:
		b = appendRequestID(append(b, ' '), in.Cancel)
	case core.InputPersistDone:
		b = strconv.AppendUint(append(b, '#'), uint64(in.Effect), 10)
		b = appendResult(append(b, ' '), &in.Persist)
	case core.InputStashDone:
		b = strconv.AppendUint(append(b, '#'), uint64(in.Effect), 10)
		b = append(append(b, ' '), in.Stash.Outcome.String()...)
		b = strconv.AppendUint(append(b, " epoch "...), in.Stash.Epoch, 10)
	case core.InputHostDone:
		b = strconv.AppendUint(append(b, '#'), uint64(in.Effect), 10)
		b = append(append(b, ' '), in.HostResult.Outcome.String()...)
	case core.InputReport:
		b = appendSession(append(appendHost(append(b, ' '), in.Host), ' '), in.Session)
		b = appendReport(b, &in.Report)
	case core.InputSessionLost:
		b = appendSession(append(appendHost(append(b, ' '), in.Host), ' '), in.Session)
	case core.InputOrchestratorDone:
		b = strconv.AppendUint(append(b, '#'), uint64(in.Effect), 10)
		b = appendOrchestratorResult(append(b, ' '), &in.Orchestrator)
	case core.InputBoot, core.InputWake, core.InputNone, core.InputKindCount:
	}
	w.emit(b)
}

func appendRequest(b []byte, r *core.Request) []byte {
	b = append(append(appendRequestID(b, r.ID), ' '), r.Op.String()...)
	if r.GlobalID.Kind != core.IDNone && len(r.Appends)+len(r.IDs)+len(r.Collections)+len(r.Policies)+len(r.Uppers)+len(r.Moves)+len(r.Exports) == 0 {
		b = r.GlobalID.AppendText(append(b, ' '))
	}
	if r.Owner != 0 {
		b = strconv.AppendUint(append(b, " owner "...), uint64(r.Owner), 10)
		b = strconv.AppendUint(append(b, '/'), uint64(r.Hold), 10)
	}
	switch r.Op {
	case core.RequestSnapshot:
		b = strconv.AppendUint(append(b, " as of "...), uint64(r.AsOf), 10)
	case core.RequestAcquireHold, core.RequestRenewHold, core.RequestMoveHold:
		b = strconv.AppendUint(append(b, " at "...), uint64(r.At), 10)
	default:
	}
	for i := range r.Collections {
		b = r.Collections[i].ID.AppendText(append(b, ' '))
	}
	for i := range min(len(r.IDs), 8) {
		b = r.IDs[i].AppendText(append(b, ' '))
	}
	for i := range r.Appends {
		a := &r.Appends[i]
		b = a.Upper.AppendText(append(a.ID.AppendText(append(b, ' ')), ' '))
		b = appendRows(b, len(a.Updates))
	}
	for i := range r.Moves {
		b = appendHostConfig(r.Moves[i].ID.AppendText(append(b, ' ')), &r.Moves[i].Host)
	}
	for i := range r.Exports {
		e := &r.Exports[i]
		b = e.Description.From.AppendText(append(e.ID.AppendText(append(b, ' ')), " of "...))
		b = appendHostConfig(b, &e.Description.Host)
	}
	for i := range r.Policies {
		b = r.Policies[i].ID.AppendText(append(b, ' '))
	}
	for i := range r.Uppers {
		b = r.Uppers[i].Upper.AppendText(append(r.Uppers[i].ID.AppendText(append(b, ' ')), ' '))
	}
	for i := range r.Capabilities {
		c := &r.Capabilities[i]
		b = strconv.AppendUint(append(c.ID.AppendText(append(b, ' ')), '@'), uint64(c.Time), 10)
		b = strconv.AppendInt(append(b, ':'), c.Diff, 10)
	}
	return b
}

func appendRows(b []byte, n int) []byte {
	if n == 0 {
		return b
	}
	return append(strconv.AppendInt(append(b, ' '), int64(n), 10), " rows"...)
}

// appendShard is the beginning of a shard's name, or all of a short one, as those of trials
// are.
func appendShard(b []byte, s persist.ShardID) []byte {
	if s.Hi>>32 == 0 {
		b = strconv.AppendUint(append(b, 's'), s.Hi, 16)
		return strconv.AppendUint(append(b, '-'), s.Lo, 16)
	}
	text := s.String()
	return append(b, text[:min(len(text), 9)]...)
}

// traceEffect says what the controller does.
func (w *World) traceEffect(n int, e *core.Effect) {
	b := append(append(w.beginNode(RecordEffect, n), " -> "...), e.Kind.String()...)
	w.record.Effect = e
	switch e.Kind {
	case core.EffectPersist:
		b = strconv.AppendUint(append(b, '#'), uint64(e.ID), 10)
		b = appendCall(append(b, ' '), &e.Persist)
	case core.EffectStash:
		b = strconv.AppendUint(append(b, '#'), uint64(e.ID), 10)
		b = append(append(b, ' '), e.Stash.Op.String()...)
		b = strconv.AppendInt(append(b, " writes "...), int64(len(e.Stash.Writes)), 10)
	case core.EffectRespond:
		b = appendResponse(append(b, ' '), &e.Response)
	case core.EffectHost:
		b = strconv.AppendUint(append(b, '#'), uint64(e.ID), 10)
		b = appendHostCall(append(b, ' '), &e.Host)
	case core.EffectOrchestrator:
		b = strconv.AppendUint(append(b, '#'), uint64(e.ID), 10)
		b = appendOrchestratorCall(append(b, ' '), &e.Orchestrator)
	case core.EffectNone, core.EffectKindCount:
	}
	w.emit(b)
}

func appendCall(b []byte, c *persist.Call) []byte {
	b = appendShard(append(append(b, c.Op.String()...), ' '), c.Shard)
	switch c.Op {
	case persist.OpCompareAndAppend:
		b = c.Expected.AppendText(append(b, ' '))
		b = c.Upper.AppendText(append(b, "→"...))
		return appendRows(b, len(c.Updates))
	case persist.OpDowngradeSince, persist.OpCompareAndDowngradeSince:
		b = c.Since.AppendText(append(b, " to "...))
		return strconv.AppendUint(append(b, " epoch "...), c.Opaque.Epoch, 10)
	case persist.OpSnapshot:
		return strconv.AppendUint(append(b, " as of "...), uint64(c.AsOf), 10)
	case persist.OpListen:
		return strconv.AppendUint(append(b, " after "...), uint64(c.AsOf), 10)
	default:
		return b
	}
}

func appendResult(b []byte, r *persist.Result) []byte {
	b = append(b, r.Outcome.String()...)
	if r.Outcome == outcome.Unknown || r.Outcome == outcome.NotDone {
		return b
	}
	if r.Reason != persist.ReasonNone {
		b = append(append(b, ": "...), r.Reason.String()...)
	}
	if r.Since != (frontier.Frontier{}) {
		b = r.Since.AppendText(append(b, " since "...))
	}
	if r.Upper != (frontier.Frontier{}) {
		b = r.Upper.AppendText(append(b, " upper "...))
	}
	return appendRows(b, len(r.Updates))
}

func appendResponse(b []byte, r *core.Response) []byte {
	b = append(append(appendRequestID(b, r.Request), ' '), r.Err.Code.String()...)
	if r.Err.Code != core.Ok && !r.Err.Definite {
		b = append(b, " (outcome unknown)"...)
	}
	for i := range min(len(r.Err.IDs), 8) {
		b = r.Err.IDs[i].AppendText(append(b, ' '))
	}
	if r.Time != 0 {
		b = strconv.AppendUint(append(b, " at "...), uint64(r.Time), 10)
	}
	return appendRows(b, len(r.Rows))
}

func (w *World) tracePersistApplied(n int, incarnation uint32, c *persist.Call, r *persist.Result) {
	b := appendShard(append(w.begin(), "shard "...), c.Shard)
	w.record.Kind, w.record.PersistCall, w.record.PersistResult = RecordPersist, c, r
	switch {
	case n < nodeCount:
		w.record.Node, w.record.Incarnation = n, incarnation
	default:
		w.recordHostCall(RecordPersist, &caller{node: int16(n), incarnation: incarnation})
	}
	if n >= 0 {
		w.record.EffectID = w.applying
	}
	b = append(append(b, ' '), c.Op.String()...)
	b = appendResult(append(w.appendCaller(append(b, " by "...), n, incarnation), ": "...), r)
	w.emit(b)
}

func (w *World) traceStashApplied(c *stashCall) {
	b := append(append(w.begin(), "stash "...), c.call.Op.String()...)
	w.record.Kind, w.record.StashCall, w.record.StashResult = RecordStash, &c.call, &c.result
	w.record.Node, w.record.Incarnation, w.record.EffectID = int(c.node), c.incarnation, c.effect
	b = append(appendNode(append(b, " by "...), int(c.node), c.incarnation), ": "...)
	b = append(b, c.result.Outcome.String()...)
	w.emit(strconv.AppendUint(append(b, " epoch "...), c.result.Epoch, 10))
}
