package sim

import (
	"strconv"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/storaged"
)

// hostRetelling makes the trace of a trial of hosts what that of a world is: its processes
// are those of one host, and time is the trial's.
type hostRetelling struct{ w *World }

// triedHost is the host whose processes a trial has.
var triedHost = core.HostID{Address: "host"}

// begin starts a line about a process of which the record is, or about nobody if it is 0.
func (r *hostRetelling) begin(kind RecordKind, at clock.Instant, process int) []byte {
	b := r.w.beginTried(int64(at), r.w.trials.host.Steps())
	if r.w.record.Kind = kind; process > 0 {
		r.w.record.Host, r.w.record.Process = triedHost, uint32(process)
	}
	return b
}

// beginTried starts a line about something in a trial.
func (w *World) beginTried(atUs int64, steps int) []byte {
	w.nowUs, w.step = atUs, uint64(steps)
	return w.begin()
}

func appendProcess(b []byte, process int) []byte {
	return strconv.AppendInt(append(appendHost(b, triedHost), '#'), int64(process), 10)
}

// Given implements hosttrial.Watcher, and so do the others.
func (r *hostRetelling) Given(at clock.Instant, process int, h *storaged.Host, in *storaged.Input) {
	b := appendProcess(r.begin(RecordHostInput, at, process), process)
	r.w.record.HostCore, r.w.record.HostInput = h, in
	r.w.emit(appendHostInput(b, in))
}

func (r *hostRetelling) Left(at clock.Instant, process int, h *storaged.Host, e *storaged.Effect) {
	b := appendProcess(r.begin(RecordHostEffect, at, process), process)
	r.w.record.HostCore, r.w.record.HostEffect = h, e
	r.w.emit(appendHostEffect(b, e))
}

func (r *hostRetelling) Applied(at clock.Instant, process int, e *storaged.Effect, in *storaged.Input) {
	w := r.w
	b := r.begin(RecordNote, at, process)
	w.record.EffectID = e.ID
	switch e.Kind {
	case storaged.EffectPersist:
		w.record.Kind, w.record.PersistCall, w.record.PersistResult = RecordPersist, &e.Persist, &in.Persist
		b = appendCall(append(b, "shard "...), &e.Persist)
		b = appendResult(appendBy(b, process), &in.Persist)
	case storaged.EffectSource:
		w.record.Kind, w.record.SourceCall, w.record.SourceResult = RecordSource, &e.Source, &in.Source
		b = appendSourceCall(append(b, "source "...), &e.Source)
		b = appendSourceResult(appendBy(b, process), &in.Source)
	case storaged.EffectSink:
		w.record.Kind, w.record.SinkCall, w.record.SinkResult = RecordSink, &e.Sink, &in.Sink
		b = appendSinkCall(append(b, "sink "...), &e.Sink)
		b = appendSinkResult(appendBy(b, process), &in.Sink)
	default:
		return
	}
	w.emit(b)
}

// appendBy says whose call took effect.
func appendBy(b []byte, process int) []byte {
	return append(appendProcess(append(b, " by "...), process), ": "...)
}

func (r *hostRetelling) Crashed(at clock.Instant, process int, h *storaged.Host) {
	b := appendProcess(r.begin(RecordHostLife, at, process), process)
	r.w.record.HostCore = h
	r.w.emit(append(b, " ended"...))
}

func (r *hostRetelling) Noted(at clock.Instant, process int, what string) {
	b := r.begin(RecordNote, at, process)
	if process > 0 {
		b = append(appendProcess(b, process), ": "...)
	}
	r.w.emit(append(b, what...))
}
