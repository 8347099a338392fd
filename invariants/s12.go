package invariants

import (
	"example.com/tidemark/core"
)

func docS12() Doc {
	return Doc{
		Name: "S12", Title: "no panic",
		Statement: "No input makes the core panic, run on for ever or contradict itself. A request gets one answer and no second, nothing is answered that was not asked, and nothing stays unanswered when a controller halts. A controller halts only when it was told of a newer epoch; halted, it sends nothing but refusals, and keeps nothing. A host never halts. It does not flood the world with calls: one that failed, or whose outcome is unknown, is sent again only after the backoff, which grows with every failure, by a controller (sessions and services included) as by a host; an append or a stash call that failed is due again when the longest backoff for so many failures in a row has passed; and a host does not ask at once where there was nothing new. What a controller or a host must not start with, it refuses by a halt that says so: a configuration that is not valid, metadata that is damaged; it loads what a newer version has added. Every call has an operation and its arguments, and a reader that is needed no more is closed. What a controller or a host encodes of itself restores to the same, down to the number of things that it keeps, and goes on in the same way; and looking at everything again, at the moment of its latest step, it finds nothing to do (C-9).",
		Meaning:   "The controller goes down, or a client waits for ever or acts on an answer that was not its own.",
		Met:       "a request came under an id that was still open, or a controller halted with requests open",
	}
}

// mostPerSecond is more calls than any healthy controller sends in one simulated
// second.
const mostPerSecond = 20_000

// s12Issued judges that a controller does not flood the world.
func (j *Judges) s12Issued(l *life, o *Observation) {
	j.checked[s12]++
	if o.AtUs-l.burstFrom >= 1_000_000 {
		l.burstFrom, l.burst = o.AtUs, 0
	}
	l.burst++
	if l.burst == mostPerSecond {
		j.violate(s12, l.node, "the controller sent %d calls within one second", mostPerSecond)
	}
}

// s12HostHalted judges a host's halt, for which there is never a reason (C-4).
func (j *Judges) s12HostHalted(o *Observation) {
	j.checked[s12]++
	if v := o.Hosted; v.View != nil {
		h := &v.View.Halt
		j.violate(s12, Foreign, "process %d of %v halted: %v at %s (%d, %d)", v.Process, v.Host, h.Code, h.Where, h.A, h.B)
	}
}

// haltedNow judges a halt.
func (j *Judges) haltedNow(o *Observation) {
	l := j.lifeOf(o.Incarnation)
	if l == nil || l.ended {
		return
	}
	j.active = true
	j.checked[s12]++
	l.halted, l.haltStep = true, o.Step
	if l.open > 0 {
		j.met[s12]++
	}
	if o.View == nil {
		return
	}
	h := &o.View.Halt
	switch {
	case h.Code != core.HaltFenced:
		j.violate(s12, l.node, "the controller halted: %v at %s (%d, %d)", h.Code, h.Where, h.A, h.B)
	case !l.fence:
		j.violate(s12, l.node, "the controller halted as fenced at %s (%d, %d), but it was never told of a newer epoch", h.Where, h.A, h.B)
	case j.topEpoch < l.epoch:
		j.violate(s12, l.node, "the controller of epoch %d halted as fenced at %s, but no newer epoch exists", l.epoch, h.Where)
	}
}

// s12Unknown judges an answer that belongs to no open request.
func (j *Judges) s12Unknown(o *Observation) {
	j.violate(s12, o.Node, "request %d is answered (%v), but no request of that id is open: a second answer, or one to nobody",
		o.Response.Request, o.Response.Err.Code)
}

// s12Settled judges at the end of a step that each repeated id was refused and
// that a halted controller owes nothing.
func (j *Judges) s12Settled(incarnation uint32, l *life) {
	for _, i := range j.repeated {
		q := &j.requests[i]
		if q.used && q.life == incarnation && q.again > 0 {
			j.violate(s12, l.node, "request %d came again while it was open and was not refused", q.r.ID)
			q.again = 0
		}
	}
	if l.saidHalted && !l.halted {
		j.violate(s12, l.node, "requests are answered Halted by a controller that has not halted")
	}
	l.saidHalted = false
	if l.halted && l.open > 0 {
		j.violate(s12, l.node, "the controller halted with %d requests unanswered", l.open)
		l.open = 0
		j.dropRequests(incarnation)
	}
}
