package sim

import (
	"strconv"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// A process of a host is printed as the host and the how manieth process of it:
//
//	4.200000s u7/1#2 <- command create-source u7
//	4.201000s u7/1#2 -> source#9 poll source-1 from 12

func appendHost(b []byte, h core.HostID) []byte { return append(b, h.String()...) }

func appendHostConfig(b []byte, c *core.HostConfig) []byte {
	b = append(append(b, " on "...), c.Address...)
	if c.Address == "" {
		b = strconv.AppendUint(append(b, "size "...), uint64(c.Size), 10)
	}
	return b
}

// beginProcess starts a line about what a process does or what becomes of it.
func (w *World) beginProcess(kind RecordKind, i int) []byte {
	b := w.begin()
	p := &w.hosting.processes[i]
	w.recordHost(kind, p.place, p.number)
	w.record.HostCore = &p.core
	b = appendHost(b, w.record.Host)
	return strconv.AppendUint(append(b, '#'), uint64(p.number), 10)
}

// recordHost says which host a record is about.
func (w *World) recordHost(kind RecordKind, place int32, process uint32) {
	w.record.Kind, w.record.Host, w.record.Process = kind, w.hosting.places[place].id, process
}

func (w *World) traceProcess(i int, text string) {
	w.emit(append(append(w.beginProcess(RecordHostLife, i), ' '), text...))
}

// recordHostCall says which process made a call; it may be no more.
func (w *World) recordHostCall(kind RecordKind, c *caller) {
	w.recordHost(kind, w.processOf(c.node).place, c.incarnation)
	w.record.EffectID = c.effect
}

// appendCaller names whoever made a call, whether or not it is still there.
func (w *World) appendCaller(b []byte, n int, incarnation uint32) []byte {
	if n < nodeCount {
		return appendNode(b, n, incarnation)
	}
	b = appendHost(b, w.hosting.places[w.hosting.processes[n-nodeCount].place].id)
	return strconv.AppendUint(append(b, '#'), uint64(incarnation), 10)
}

func appendSession(b []byte, s core.Session) []byte {
	b = strconv.AppendUint(append(b, "session "...), s.Epoch, 10)
	return strconv.AppendUint(append(b, '/'), s.Nonce, 10)
}

func appendCommand(b []byte, c *core.Command) []byte {
	b = append(b, c.Kind.String()...)
	switch c.Kind {
	case core.CommandCreateSource:
		b = c.Source.ID.AppendText(append(b, ' '))
		b = append(append(b, " from "...), c.Source.Connection...)
		for i := range c.Source.Exports {
			b = c.Source.Exports[i].ID.AppendText(append(b, ' '))
		}
		return c.Source.Resume.AppendText(append(b, " resume "...))
	case core.CommandCreateSink:
		b = c.Sink.ID.AppendText(append(b, ' '))
		b = c.Sink.From.AppendText(append(b, " of "...))
		return c.Sink.AsOf.AppendText(append(b, " as of "...))
	case core.CommandAllowCompaction:
		return c.Frontier.AppendText(append(c.ID.AppendText(append(b, ' ')), " to "...))
	case core.CommandStop:
		return c.ID.AppendText(append(b, ' '))
	default:
		return b
	}
}

func appendReport(b []byte, r *core.Report) []byte {
	for i := range r.Uppers {
		b = r.Uppers[i].Upper.AppendText(append(r.Uppers[i].ID.AppendText(append(b, ' ')), ' '))
	}
	for i := range r.Dropped {
		b = r.Dropped[i].AppendText(append(b, " dropped "...))
	}
	return b
}

// appendHostCall says what a controller asks of the transport.
func appendHostCall(b []byte, c *core.HostCall) []byte {
	b = appendHost(append(append(b, c.Op.String()...), ' '), c.Host)
	b = appendSession(append(b, ' '), c.Session)
	for i := range c.Commands {
		b = appendCommand(append(b, ", "...), &c.Commands[i])
	}
	return b
}

func (w *World) traceHostInput(i int) {
	in := &w.hostInput
	b := w.beginProcess(RecordHostInput, i)
	w.record.HostInput = in
	w.emit(appendHostInput(b, in))
}

func (w *World) traceHostEffect(i int, e *storaged.Effect) {
	b := w.beginProcess(RecordHostEffect, i)
	w.record.HostEffect = e
	w.emit(appendHostEffect(b, e))
}

func appendHostInput(b []byte, in *storaged.Input) []byte {
	b = append(append(b, " <- "...), in.Kind.String()...)
	switch in.Kind {
	case storaged.InputHello:
		b = appendSession(append(b, ' '), in.Hello.Session)
	case storaged.InputCommand:
		b = appendCommand(append(b, ' '), &in.Command)
	case storaged.InputSessionLost:
		b = appendSession(append(b, ' '), in.Session)
	case storaged.InputPersistDone:
		b = appendResult(appendNumber(b, in.Effect), &in.Persist)
	case storaged.InputSourceDone:
		b = appendSourceResult(appendNumber(b, in.Effect), &in.Source)
	case storaged.InputSinkDone:
		b = appendSinkResult(appendNumber(b, in.Effect), &in.Sink)
	default:
	}
	return b
}

func appendHostEffect(b []byte, e *storaged.Effect) []byte {
	b = append(append(b, " -> "...), e.Kind.String()...)
	switch e.Kind {
	case storaged.EffectPersist:
		b = appendCall(appendNumber(b, e.ID), &e.Persist)
	case storaged.EffectSource:
		b = appendSourceCall(appendNumber(b, e.ID), &e.Source)
	case storaged.EffectSink:
		b = appendSinkCall(appendNumber(b, e.ID), &e.Sink)
	case storaged.EffectReport:
		b = appendReport(b, &e.Report)
	case storaged.EffectAccept, storaged.EffectClose, storaged.EffectRefuse:
		b = appendSession(append(b, ' '), e.Session)
	case storaged.EffectNone, storaged.EffectKindCount:
	}
	return b
}

// appendNumber is which effect something is about.
func appendNumber[T ~uint64](b []byte, effect T) []byte {
	return append(strconv.AppendUint(append(b, '#'), uint64(effect), 10), ' ')
}

func appendSourceCall(b []byte, c *source.Call) []byte {
	b = append(append(append(b, c.Op.String()...), ' '), c.Connection...)
	b = c.Ingestion.AppendText(append(b, " for "...))
	return strconv.AppendUint(append(b, " from "...), uint64(c.From), 10)
}

func appendSourceResult(b []byte, r *source.Result) []byte {
	b = append(b, r.Outcome.String()...)
	if r.Outcome == outcome.Done || r.Outcome == outcome.Mismatch {
		b = strconv.AppendUint(append(b, " upto "...), uint64(r.Upto), 10)
	}
	if r.Finished {
		b = append(b, " finished"...)
	}
	if len(r.Records) > 0 {
		b = append(strconv.AppendInt(append(b, ' '), int64(len(r.Records)), 10), " records"...)
	}
	return b
}

func appendSinkCall(b []byte, c *sink.Call) []byte {
	b = append(append(append(b, c.Op.String()...), ' '), c.Connection...)
	b = c.Export.AppendText(append(b, " for "...))
	if c.Op == sink.OpWrite {
		b = c.From.AppendText(append(b, ' '))
		b = c.To.AppendText(append(b, "→"...))
		return appendRows(b, len(c.Updates))
	}
	return b
}

func appendSinkResult(b []byte, r *sink.Result) []byte {
	b = append(b, r.Outcome.String()...)
	if r.Progress.Empty || r.Progress.T != 0 {
		b = r.Progress.AppendText(append(b, " progress "...))
	}
	if r.Epoch != 0 {
		b = strconv.AppendUint(append(b, " epoch "...), r.Epoch, 10)
	}
	return b
}

func appendOrchestratorCall(b []byte, c *core.OrchestratorCall) []byte {
	b = append(b, c.Op.String()...)
	if c.Op != core.OrchestratorList {
		b = appendHost(append(b, ' '), c.Host)
	}
	return strconv.AppendUint(append(b, " epoch "...), c.Epoch, 10)
}

func appendOrchestratorResult(b []byte, r *core.OrchestratorResult) []byte {
	b = append(b, r.Outcome.String()...)
	if r.Outcome == outcome.Fenced {
		b = strconv.AppendUint(append(b, " by epoch "...), r.Epoch, 10)
	}
	for i := range r.Services {
		b = appendHost(append(b, ' '), r.Services[i].Host)
	}
	return b
}

func (w *World) traceOrchestratorApplied(c *orchestratorCall) {
	b := appendOrchestratorCall(append(w.begin(), "orchestrator "...), &c.call)
	w.record.Kind, w.record.OrchestratorCall, w.record.OrchestratorResult = RecordOrchestrator, &c.call, &c.result
	w.record.Node, w.record.Incarnation, w.record.EffectID = int(c.node), c.incarnation, c.effect
	b = appendNode(append(b, " by "...), int(c.node), c.incarnation)
	w.emit(appendOrchestratorResult(append(b, ": "...), &c.result))
}

func (w *World) traceSourceApplied(c *sourceCall) {
	b := appendSourceCall(append(w.begin(), "source "...), &c.call)
	w.recordHostCall(RecordSource, &c.caller)
	w.record.SourceCall, w.record.SourceResult = &c.call, &c.result
	b = w.appendCaller(append(b, " by "...), int(c.node), c.incarnation)
	w.emit(appendSourceResult(append(b, ": "...), &c.result))
}

func (w *World) traceSinkApplied(c *sinkCall) {
	b := appendSinkCall(append(w.begin(), "sink "...), &c.call)
	w.recordHostCall(RecordSink, &c.caller)
	w.record.SinkCall, w.record.SinkResult = &c.call, &c.result
	b = w.appendCaller(append(b, " by "...), int(c.node), c.incarnation)
	w.emit(appendSinkResult(append(b, ": "...), &c.result))
}
