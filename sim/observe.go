package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/invariants"
)

// observing reports whether anybody looks at observations; if not, none is built.
func (w *World) observing() bool { return w.o.Judged || w.o.OnObserve != nil }

// observation is the one reusable observation, emptied and begun.
func (w *World) observation(kind invariants.Kind, n int) *invariants.Observation {
	o := &w.observed
	*o = invariants.Observation{}
	o.Kind, o.Step, o.AtUs, o.Node = kind, w.step, w.nowUs, n
	if n >= 0 {
		o.Incarnation = w.nodes[n].incarnation
		o.Now = w.now(n)
	} else {
		o.Now.Wall = w.wallOf(n, 0)
	}
	return o
}

func (w *World) observe(o *invariants.Observation) {
	if w.o.OnObserve != nil {
		w.o.OnObserve(o)
	}
	if w.o.Judged {
		w.judges.Observe(o)
	}
}

// observeStep tells the judges of a step's input and of every collection whose
// view it changed.
func (w *World) observeStep(n int, now clock.Now, kind invariants.Kind) {
	if kind != invariants.KindNone {
		o := w.observation(kind, n)
		o.Now = now
		switch kind {
		case invariants.Booted:
			o.Config = &w.input.Boot.Config
		case invariants.Requested:
			o.Request = &w.input.Request
			o.RequestID = w.input.Request.ID
		case invariants.Cancelled:
			o.RequestID = w.input.Cancel
		case invariants.Completed:
			o.Effect, o.Wake = &w.completed, w.nodes[n].core.NextWake()
			switch w.completed.Kind {
			case core.EffectStash:
				o.StashResult = &w.input.Stash
			case core.EffectHost:
				w.hosting0(o).HostResult = &w.input.HostResult
			case core.EffectOrchestrator:
				w.hosting0(o).OrchestratorResult = &w.input.Orchestrator
			default:
				o.PersistResult = &w.input.Persist
			}
		case invariants.Reported:
			v := w.hosting0(o)
			v.Host, v.Session, v.Report = &w.input.Host, w.input.Session, &w.input.Report
			v.Endings, v.Exports = w.afterReport(n)
		case invariants.SessionLost:
			v := w.hosting0(o)
			v.Host, v.Session = &w.input.Host, w.input.Session
		default:
		}
		w.observe(o)
	}
	c := &w.nodes[n].core
	for i := 0; i < c.Touched(); i++ {
		known := c.TouchedAt(i, &w.collection)
		kind := invariants.Moved
		if w.collection.ID.Kind == core.IDNone {
			kind = invariants.RemapMoved
		}
		o := w.observation(kind, n)
		o.Now = now
		o.Collection, o.Gone = &w.collection, !known
		w.observe(o)
	}
}

// afterReport is what a controller believes of what a report was about.
func (w *World) afterReport(n int) ([]core.Ending, []core.ExportView) {
	c, r := &w.nodes[n].core, &w.input.Report
	w.endings, w.reported = w.endings[:0], w.reported[:0]
	if len(r.Dropped) > 0 {
		w.endings = c.Endings(w.endings)
	}
	for i := range r.Uppers {
		var v core.ExportView
		if c.ExportOf(r.Uppers[i].ID, &v) {
			w.reported = append(w.reported, v)
		}
	}
	return w.endings, w.reported
}
