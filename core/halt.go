package core

// halt stops the machine for good (C-13, C-4): what is open is answered Halted,
// and nothing else that this step wanted to do is done.
func (c *Controller) halt(code HaltCode, where string, a, b uint64) {
	if c.phase == PhaseHalted {
		return
	}
	c.phase = PhaseHalted
	c.halted = Halt{Code: code, Where: where, A: a, B: b}
	c.out.keepResponses()
	for c.firstOpen != 0 {
		r := c.firstOpen
		c.respond(r, &Response{Err: Error{Code: Halted, Definite: !c.requests.At(r).sent}})
	}
}

// fenced halts because a newer epoch owns the stash or a shard.
func (c *Controller) fenced(where string, epoch uint64) {
	c.halt(HaltFenced, where, epoch, c.epoch)
}

// keepResponses withdraws every effect but the responses.
func (e *Effects) keepResponses() {
	kept := e.list[:0]
	for i := range e.list {
		if e.list[i].Kind == EffectRespond {
			kept = append(kept, e.list[i])
		}
	}
	e.list = kept
}
