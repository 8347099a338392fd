package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/sim/kernel"
)

// Event kinds.
const (
	evNone uint8 = iota
	evRequest
	evReply
	evRefused
	evPersistApply
	evPersistDone
	evStashApply
	evStashDone
	evWake
	evStart
	evExit
	evResume
	evFault
	evFaultEnd
	evOps
	evLoop
	evRetry
	evRepeat
	evCancel
	evReport
	evTimeout
	evSweep
	evWriter
	evOwner
	evHeal
	evPoll
	evHostStart
	evHostEnd
	evHostResume
	evHostTwice
	evHostSurplus
	evHostWake
	evHello
	evHostDone
	evCommands
	evHostReport
	evLostAtHost
	evLostAtController
	evOrchestratorApply
	evOrchestratorDone
	evSourceApply
	evSourceDone
	evSinkApply
	evSinkDone
	evBelowApply
	evBelowDone
	evClientWake
)

func (w *World) push(e kernel.Event) { w.queue.Push(e) }

// Next lets one event happen; false when the run is over: a violation was found,
// rest was reached, the bound has passed, or somebody interrupted it.
func (w *World) Next() bool {
	if w.over {
		return false
	}
	if w.plan.Trial != nil {
		w.tryAlone()
		return false
	}
	e, ok := w.queue.Pop()
	if !ok {
		w.finish(false)
		return false
	}
	w.nowUs = e.AtUs
	w.pass()
	w.dispatch(&e)
	if w.pace.broken || w.o.Judged && w.judges.Failed() {
		w.end()
	} else if w.polls++; w.polls&4095 == 0 && w.o.Stop != nil && w.o.Stop() {
		w.interrupt()
	} else if w.o.MaxEvents > 0 && w.events >= w.o.MaxEvents {
		w.interrupt()
	}
	return !w.over
}

// dispatch is the table of contents of everything that happens.
func (w *World) dispatch(e *kernel.Event) {
	switch e.Kind {
	case evRequest:
		w.deliverRequest(e)
	case evPersistApply:
		w.applyPersist(e)
	case evPersistDone:
		w.deliverPersist(e)
	case evStashApply:
		w.applyStash(e)
	case evStashDone:
		w.deliverStash(e)
	case evWake:
		w.deliverWake(e)
	case evReply:
		w.deliverReply(e)
	case evRefused:
		w.refused(e)
	case evWriter:
		w.writerTick(e)
	case evOwner:
		w.ownerTick(e)
	case evSweep:
		w.sweep()
	case evOps:
		w.startOps()
	case evLoop:
		w.startLoop(e)
	case evRetry, evRepeat:
		w.resume(e)
	case evCancel:
		w.cancelRun(e)
	case evReport:
		w.reportStep(e)
	case evTimeout:
		w.timeout(core.RequestID(uint64(e.Gen)<<32 | uint64(e.Arg)))
	case evStart:
		w.startNode(e)
	case evExit:
		w.exitNode(e)
	case evResume:
		w.resumeNode(e)
	case evFault:
		w.beginFault(e)
	case evFaultEnd:
		w.endFault(e)
	case evHeal:
		w.heal()
	case evPoll:
		w.poll()
	default:
		w.dispatchHosts(e)
	}
}

// dispatchHosts is the table of contents of everything that happens to hosts, and
// between them and others.
func (w *World) dispatchHosts(e *kernel.Event) {
	switch e.Kind {
	case evHostWake:
		w.wakeHost(e)
	case evSourceApply:
		w.applySource(e)
	case evSourceDone:
		w.deliverSource(e)
	case evSinkApply:
		w.applySink(e)
	case evSinkDone:
		w.deliverSink(e)
	case evHostReport:
		w.deliverReport(e)
	case evCommands:
		w.deliverCommands(e)
	case evHello:
		w.deliverHello(e)
	case evHostDone:
		w.deliverHostDone(e)
	case evLostAtHost:
		w.sessionLostAtHost(e)
	case evLostAtController:
		w.sessionLostAtController(e)
	case evOrchestratorApply:
		w.applyOrchestrator(e)
	case evOrchestratorDone:
		w.deliverOrchestrator(e)
	case evHostStart:
		w.hostStarts(e)
	case evHostEnd:
		w.hostEnds(e)
	case evHostResume:
		w.hostResumes(e)
	case evBelowApply:
		w.applyBelow(e)
	case evBelowDone:
		w.deliverBelow(e)
	case evClientWake:
		w.wakeClient(e)
	case evHostTwice:
		w.secondProcess(e)
	case evHostSurplus:
		w.endSurplus(e)
	}
}
