package invariants

import (
	"example.com/tidemark/core"
)

// responded judges an answer and takes up what it settles.
func (j *Judges) responded(o *Observation) {
	l := j.lifeOf(o.Incarnation)
	if l == nil || l.ended {
		return
	}
	j.active = true
	l.mono = o.Now.Mono
	r := o.Response
	j.s4Clock(l, o)
	i := j.findRequest(o.Incarnation, r.Request)
	if i < 0 {
		j.s12Unknown(o)
		return
	}
	q := &j.requests[i]
	j.s7Epoch(l, r)
	if q.again > 0 && repeats(r) {
		q.again--
		return
	}
	if l.halted && r.Err.Code != core.Halted && o.Step != l.haltStep {
		j.violate(s12, l.node, "a halted controller answered request %d with %v", r.Request, r.Err.Code)
	}
	if q.r.Op == core.RequestAppend {
		j.s5Answered(l, q, r)
	}
	found := len(j.violations)
	if r.Err.Code != core.Ok {
		j.s1HoldRefused(l, q, r)
	}
	if r.Err.Code == core.Ok && (q.r.Op == core.RequestDropExports || q.r.Op == core.RequestAlter || q.r.Op == core.RequestCreateExports) {
		j.endsAnswered = append(j.endsAnswered, *q)
	}
	if len(j.violations) == found {
		j.s9Answered(l, q, r)
		j.s11Answered(l, q, r)
		j.s11Overtakes(l, q, r.Err.Code)
		if r.Err.Code == core.Ok {
			j.s9Told(l, q, r)
		}
	}
	switch q.r.Op {
	case core.RequestSnapshot:
		j.s2Answered(l, q, r)
	case core.RequestCollection:
		if r.Err.Code == core.Ok && q.slot >= 0 {
			j.s4Info(l, j.beliefAt(l.node, q.slot), q, infoOf(r))
		}
	case core.RequestAcquireHold, core.RequestRenewHold, core.RequestMoveHold, core.RequestReleaseHold,
		core.RequestUpdateCapabilities:
		j.holdAnswered(l, q, r)
	case core.RequestSetPolicy:
		j.s11PolicyAnswered(l, q, r)
	case core.RequestUpdateUppers:
		if r.Err.Code == core.Ok {
			j.l6Reported(l, q)
		}
	default:
		j.tokenAnswered(l, q, r)
	}
	j.controlAnswered(l, q, r)
	j.s16Answered(l, q, r)
	j.closeRequest(i)
}

// infoOf is what an answer tells of a collection.
func infoOf(r *core.Response) *core.CollectionInfo {
	if len(r.Info) == 0 {
		return &core.CollectionInfo{}
	}
	return &r.Info[0]
}

// controlAnswered notes whether cancelled operations may still stand in the queue.
func (j *Judges) controlAnswered(l *life, q *request, r *core.Response) {
	switch q.r.Op {
	case core.RequestSetPolicy:
	default:
		if !reserves(q.r.Op) {
			return
		}
	}
	switch {
	case r.Err.Code == core.Cancelled:
		l.withdrawn, l.withdrawnAt = true, j.step
	case q.step > l.withdrawnAt && passed(&q.r, r.Err.Code):
		l.withdrawn = false
	}
}

// passed reports an answer that was given when the operation's turn had come. No
// policies at all are set at once.
func passed(q *core.Request, code core.ErrorCode) bool {
	switch code {
	case core.Ok:
		return q.Op != core.RequestSetPolicy || len(q.Policies) > 0
	case core.SourceIDReused, core.IdentifierMissing, core.InvalidDescription, core.StillReferenced, core.NotHosted,
		core.TokenExpired, core.ReadBeforeSince:
		return q.Op != core.RequestSetPolicy
	default:
		return false
	}
}

// repeats reports an answer to a request that came under an open id.
func repeats(r *core.Response) bool {
	switch r.Err.Code {
	case core.RequestIDOpen, core.InvalidRequest, core.Overloaded:
		return true
	default:
		return false
	}
}

// s7Epoch judges the epoch that a response carries (C-48).
func (j *Judges) s7Epoch(l *life, r *core.Response) {
	want := uint64(0)
	if l.known {
		want = l.epoch
	}
	if l.maybeKnown && r.Epoch == l.epoch {
		l.known = true
		return
	}
	if r.Epoch != want {
		j.violate(s7, l.node, "request %d is answered with epoch %d, the controller's is %d", r.Request, r.Epoch, want)
	}
}
