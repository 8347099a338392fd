package sim

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/kernel"
)

type sourceCall struct {
	caller
	call   source.Call
	result source.Result
}

type sinkCall struct {
	caller
	call   sink.Call
	result sink.Result
}

var (
	sourceStore = store{drawSourceUnknownLanded, drawSourceUnknownLost, drawSourceUnknownLate,
		drawSourceNotDone, drawSourceSlow, drawSourceNeverAnswered, faultSourceDown}
	sinkStore = store{drawSinkUnknownLanded, drawSinkUnknownLost, drawSinkUnknownLate,
		drawSinkNotDone, drawSinkSlow, drawSinkNeverAnswered, faultSinkDown}
)

// issueSource sends a process's call to an external source.
func (w *World) issueSource(i int, eff *storaged.Effect) {
	h := &w.hosting
	k := w.externalKey(i, eff, uint64(eff.Source.Op)<<8|1)
	f := w.fateOf(nobody, &sourceStore, &k, draw(&w.plan.Latency.External, &k), 0)
	if !f.applies && !f.answers {
		return
	}
	slot := h.sourceCalls.New()
	c := h.sourceCalls.At(slot)
	c.caller, c.call = w.hostCaller(i, eff), eff.Source
	c.forced = f.forced
	c.refs = w.launch(&f, int(c.node), slot, evSourceApply, evSourceDone)
}

// issueSink sends a process's call to the external system of an export.
func (w *World) issueSink(i int, eff *storaged.Effect) {
	h := &w.hosting
	k := w.externalKey(i, eff, uint64(eff.Sink.Op)<<8|2)
	f := w.fateOf(nobody, &sinkStore, &k, draw(&w.plan.Latency.External, &k), 0)
	if !f.applies && !f.answers {
		return
	}
	slot := h.sinkCalls.New()
	c := h.sinkCalls.At(slot)
	c.caller, c.call = w.hostCaller(i, eff), eff.Sink
	c.forced = f.forced
	c.refs = w.launch(&f, int(c.node), slot, evSinkApply, evSinkDone)
}

func (w *World) externalKey(i int, eff *storaged.Effect, salt uint64) kernel.Key {
	key := mix(w.hosting.processes[i].key, mix(uint64(eff.Cause), salt))
	return w.draws.Key(nobody, key, w.nth.Next(key))
}

// applySource lets a call of a source take effect, whatever became of its caller.
func (w *World) applySource(e *kernel.Event) {
	h := &w.hosting
	c := h.sourceCalls.At(uint32(e.Slot))
	w.happened(e)
	w.events++
	w.noteLate(&c.caller)
	if w.observing() {
		w.observeSaid()
	}
	h.sources.Apply(w.nowUs, &c.call, &c.result)
	w.hashSourceResult(&c.call, &c.result)
	if w.tracing() {
		w.traceSourceApplied(c)
	}
	if w.observing() {
		o := w.observation(invariants.SourceApplied, nobody)
		v := w.hostedCaller(o, &c.caller)
		v.SourceCall, v.SourceResult = &c.call, &c.result
		w.observe(o)
	}
	w.dropSource(uint32(e.Slot), c)
}

func (w *World) deliverSource(e *kernel.Event) {
	c := w.hosting.sourceCalls.At(uint32(e.Slot))
	if !w.lives(&c.caller) {
		w.faults[faultCompletionDropped]++
		w.dropSource(uint32(e.Slot), c)
		return
	}
	if w.waits(e) {
		return
	}
	i := w.completeToHost(&c.caller, storaged.InputSourceDone)
	w.hostInput.Source = c.result
	if c.forced != outcome.None {
		w.hostInput.Source = source.Result{Outcome: c.forced}
	}
	w.dropSource(uint32(e.Slot), c)
	w.happened(e)
	w.finishAtHost(i, w.hostInput.Source.Outcome)
}

func (w *World) dropSource(slot uint32, c *sourceCall) {
	c.refs--
	if c.refs == 0 {
		w.hosting.sourceCalls.Release(slot)
	}
}

// applySink lets a call of a sink take effect, whatever became of its caller.
func (w *World) applySink(e *kernel.Event) {
	h := &w.hosting
	c := h.sinkCalls.At(uint32(e.Slot))
	w.happened(e)
	w.events++
	w.noteLate(&c.caller)
	before := h.sinks.State(c.call.Connection, c.call.Export)
	h.sinks.Apply(&c.call, &c.result)
	w.hashSinkResult(&c.call, &c.result)
	if w.tracing() {
		w.traceSinkApplied(c)
	}
	if w.observing() {
		o := w.observation(invariants.SinkApplied, nobody)
		v := w.hostedCaller(o, &c.caller)
		after := h.sinks.State(c.call.Connection, c.call.Export)
		w.sinkBefore = invariants.SinkState{Progress: before.Progress, Count: before.Count, Epoch: before.Epoch, Fence: before.Fence}
		w.sinkAfter = invariants.SinkState{Progress: after.Progress, Count: after.Count, Epoch: after.Epoch, Fence: after.Fence}
		v.SinkCall, v.SinkResult, v.SinkBefore, v.SinkAfter = &c.call, &c.result, &w.sinkBefore, &w.sinkAfter
		w.observe(o)
	}
	w.dropSink(uint32(e.Slot), c)
}

func (w *World) deliverSink(e *kernel.Event) {
	c := w.hosting.sinkCalls.At(uint32(e.Slot))
	if !w.lives(&c.caller) {
		w.faults[faultCompletionDropped]++
		w.dropSink(uint32(e.Slot), c)
		return
	}
	if w.waits(e) {
		return
	}
	i := w.completeToHost(&c.caller, storaged.InputSinkDone)
	w.hostInput.Sink = c.result
	if c.forced != outcome.None {
		w.hostInput.Sink = sink.Result{Outcome: c.forced}
	}
	w.dropSink(uint32(e.Slot), c)
	w.happened(e)
	w.finishAtHost(i, w.hostInput.Sink.Outcome)
}

func (w *World) dropSink(slot uint32, c *sinkCall) {
	c.refs--
	if c.refs == 0 {
		w.hosting.sinkCalls.Release(slot)
	}
}
