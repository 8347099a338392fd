package sim

import "example.com/tidemark/invariants"

// hosting0 begins the part of an observation that is about hosts.
func (w *World) hosting0(o *invariants.Observation) *invariants.HostObservation {
	w.hostObserved = invariants.HostObservation{}
	o.Hosted = &w.hostObserved
	return o.Hosted
}

// hosted says which process an observation is about.
func (w *World) hosted(o *invariants.Observation, i int) *invariants.HostObservation {
	p := &w.hosting.processes[i]
	v := w.hosting0(o)
	w.hostID = w.hosting.places[p.place].id
	v.Host, v.Process = &w.hostID, p.number
	if p.up {
		o.Now = w.hostNow(p)
	}
	return v
}

// hostedCaller says whose call an observation is about; its process may be no more.
func (w *World) hostedCaller(o *invariants.Observation, c *caller) *invariants.HostObservation {
	v := w.hosted(o, int(c.node)-nodeCount)
	v.Process = c.incarnation
	return v
}

// observeProcess tells the judges what became of a process.
func (w *World) observeProcess(kind invariants.Kind, i int) {
	if !w.observing() {
		return
	}
	o := w.observation(kind, nobody)
	w.hosted(o, i).View = &w.hostView
	w.hosting.processes[i].core.View(&w.hostView)
	w.observe(o)
}

// observeHostStep tells the judges of every object whose view a step changed.
func (w *World) observeHostStep(i int) {
	h := &w.hosting.processes[i].core
	for j := 0; j < h.Touched(); j++ {
		known := h.TouchedAt(j, &w.hostObject)
		o := w.observation(invariants.HostMoved, nobody)
		v := w.hosted(o, i)
		v.Object, v.Gone = &w.hostObject, !known
		w.observe(o)
	}
}

// observeSaid tells the judges what the external sources have said since they were
// last told.
func (w *World) observeSaid() {
	h := &w.hosting
	for i := range w.plan.Sources {
		connection := h.connections[i]
		records, finished, ok := h.sources.Said(connection, w.nowUs)
		n := int32(len(records))
		if !ok || n == h.said[i].records && finished == h.said[i].finished {
			continue
		}
		o := w.observation(invariants.SourceSaid, nobody)
		v := w.hosting0(o)
		v.Connection, v.Records, v.Finished = connection, records[h.said[i].records:], finished
		h.said[i] = heard{n, finished}
		w.observe(o)
	}
}
