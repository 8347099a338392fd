package sim

import (
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged"
)

// impossible is an outcome that no call has.
const impossible outcome.Outcome = 200

// misled answers a call of a controller against the contract of its driver, of which
// nobody knows what has become then: it halts (C-4).
func (w *World) misled(c *core.Controller, e *core.Effect, now clock.Now) string {
	in := core.Input{Effect: e.ID, Cause: e.Cause}
	what := ""
	switch {
	case e.Kind == core.EffectPersist:
		in.Kind, in.Persist, what = core.InputPersistDone, persist.Result{Outcome: impossible}, e.Persist.Op.String()
		if e.Persist.Op == persist.OpCompareAndAppend && w.chance('m', uint64(e.ID), 2) == 0 {
			in.Persist, what = persist.Result{Outcome: outcome.Mismatch, Upper: e.Persist.Expected}, "an append that does not fit where it fits"
		}
	case e.Kind == core.EffectStash:
		in.Kind, in.Stash, what = core.InputStashDone, stash.Result{Outcome: impossible}, "a stash call"
	case e.Kind == core.EffectOrchestrator:
		in.Kind, in.Orchestrator, what = core.InputOrchestratorDone, core.OrchestratorResult{Outcome: impossible}, "a call of the orchestrator"
	case e.Kind == core.EffectHost:
		in.Kind, in.HostResult, what = core.InputHostDone, core.HostResult{Outcome: impossible}, "a connect"
	}
	lenient := e.Kind == core.EffectPersist && (e.Persist.Op == persist.OpHeartbeat || e.Persist.Op == persist.OpCloseReader || e.Persist.Op == persist.OpDowngradeSince)
	w.effects.Reset()
	if message := step(c, now, &in, &w.effects); message != "" {
		return "it panicked: " + message
	}
	var v core.View
	c.View(&v)
	if v.Phase != core.PhaseHalted && !lenient || v.Phase == core.PhaseHalted && (v.Halt.Code != core.HaltContract || c.Kept() > 0) {
		return fmt.Sprintf("%s (%v) ends as no call can, and the controller is %v, %v at %s, and keeps %d things", what, e.Kind, v.Phase, v.Halt.Code, v.Halt.Where, c.Kept())
	}
	return ""
}

// answered reports that an effect is a call that is answered.
func answered(e *core.Effect) bool { return e.ID != 0 && e.Kind != core.EffectRespond }

// misledHost is misled for a host's call of a shard. What an external system does wrong is
// tried again.
func (w *World) misledHost(h *storaged.Host, e *storaged.Effect, now clock.Now) string {
	in := storaged.Input{Kind: storaged.InputPersistDone, Effect: e.ID, Cause: e.Cause, Persist: persist.Result{Outcome: impossible}}
	w.hostEffects.Reset()
	if message := stepHost(h, now, &in, &w.hostEffects); message != "" {
		return "it panicked: " + message
	}
	var v storaged.View
	h.View(&v)
	must := false
	switch e.Persist.Op {
	case persist.OpFetchUpper, persist.OpOpenLeasedReader, persist.OpSnapshot, persist.OpListen:
		must = true
	default:
	}
	if must && v.Phase != storaged.PhaseHalted || v.Phase == storaged.PhaseHalted && (v.Halt.Code != core.HaltContract || h.Kept() > 0) {
		return fmt.Sprintf("%v ends as no call can, and the host is %v, %v at %s, and keeps %d things", e.Persist.Op, v.Phase, v.Halt.Code, v.Halt.Where, h.Kept())
	}
	return ""
}
