package sim

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
)

// releaseFromHost lets one effect of a process take its way into the world; false if
// the process is no more, because it crashed before or after that effect.
func (w *World) releaseFromHost(i int, eff *storaged.Effect) bool {
	p := &w.hosting.processes[i]
	if len(p.armed) == 0 {
		w.sendFromHost(i, eff)
		return true
	}
	before, hit := false, false
	var forUs int64
	for j := range p.armed {
		p.armed[j].left--
		if p.armed[j].left <= 0 && !hit {
			hit, before, forUs = true, p.armed[j].before, p.armed[j].forUs
		}
	}
	if !hit {
		w.sendFromHost(i, eff)
		return true
	}
	if !before {
		w.sendFromHost(i, eff)
	}
	w.faults[faultCrashAtEffect]++
	w.crashProcess(i, forUs)
	return false
}

// crashProcess ends a process and keeps its host from starting again for a while.
func (w *World) crashProcess(i int, forUs int64) {
	at := w.hosting.processes[i].place
	p := &w.hosting.places[at]
	p.downUntilUs = max(p.downUntilUs, w.nowUs+forUs)
	w.endProcess(i)
}

func (w *World) sendFromHost(i int, eff *storaged.Effect) {
	p := &w.hosting.processes[i]
	w.hashHostEffect(p, eff)
	if w.tracing() {
		w.traceHostEffect(i, eff)
	}
	if w.observing() {
		o := w.observation(invariants.HostIssued, nobody)
		w.hosted(o, i).Effect = eff
		w.observe(o)
	}
	switch eff.Kind {
	case storaged.EffectAccept:
		w.acceptSession(i, eff.Session)
	case storaged.EffectRefuse:
		w.refuseSession(i, eff)
	case storaged.EffectClose:
		w.closeAtHost(i, eff.Session)
	case storaged.EffectReport:
		w.sendReport(i, eff)
	case storaged.EffectPersist:
		w.issuePersistOfHost(i, eff)
	case storaged.EffectSource:
		w.issueSource(i, eff)
	case storaged.EffectSink:
		w.issueSink(i, eff)
	case storaged.EffectNone, storaged.EffectKindCount:
	}
}

// issuePersistOfHost sends a host's call to its shard, through the same machinery as
// the controllers' calls.
func (w *World) issuePersistOfHost(i int, eff *storaged.Effect) {
	p := &w.hosting.processes[i]
	key := mix(p.key, mix(uint64(eff.Cause), uint64(eff.Persist.Op)<<56^eff.Persist.Shard.Hi^eff.Persist.Shard.Lo))
	k := w.draws.Key(nobody, key, w.nth.Next(key))
	c := w.hostCaller(i, eff)
	w.sendPersist(&k, c, &eff.Persist)
}

// hostCaller is a process as the caller of an effect.
func (w *World) hostCaller(i int, eff *storaged.Effect) caller {
	return caller{incarnation: w.hosting.processes[i].number, node: hostNode(i), effect: eff.ID, cause: eff.Cause}
}

// completeToHost begins the input that completes a call of a process.
func (w *World) completeToHost(c *caller, kind storaged.InputKind) int {
	w.hostInput.Kind, w.hostInput.Effect, w.hostInput.Cause = kind, c.effect, c.cause
	return int(c.node) - nodeCount
}

// finishAtHost gives the completion that was begun to its process.
func (w *World) finishAtHost(i int, o outcome.Outcome) {
	w.hash.U64(uint64(w.hostInput.Effect)<<8 | uint64(o))
	w.events++
	if w.observing() {
		p := w.observation(invariants.HostCompleted, nobody)
		v := w.hosted(p, i)
		v.Completed, v.Outcome = w.hostInput.Effect, o
		if w.hostInput.Kind == storaged.InputSourceDone {
			v.SourceResult = &w.hostInput.Source
		}
		w.observe(p)
	}
	w.stepProcess(i)
}
