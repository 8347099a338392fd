package invariants

// s11Duty judges, when a step is over, that a controller proves its leadership in
// time (C-48): if none of its stash calls is out and none has failed lately, it got
// the latest proof not longer than a sixth of the lease ago, or the next one was just
// sent. A controller that neglects it must refuse holds that it could grant. What a
// proof is good for counts from when it was asked for; that is judged with each grant.
func (j *Judges) s11Duty(l *life) {
	if !l.served || l.halted || l.stash.state == tryOut {
		return
	}
	due := l.provedTold + span(l.config.HoldLease/6)
	if l.mono < due || l.troubled && l.mono < l.troubledAt+span(l.config.BackoffMax) {
		return
	}
	j.checked[s11]++
	j.violate(s11, l.node, "leadership was last proved at %d µs, and at %d µs nothing is under way to prove it again although nothing stands in the way",
		l.provedTold, l.mono)
}

// trouble notes that a stash call failed, or that what it told may have been
// ignored because it came late: the controller may hold back for a while.
func (l *life) trouble() { l.troubled, l.troubledAt = true, l.mono }
