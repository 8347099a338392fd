package storaged

import "example.com/tidemark/core"

// halt stops the machine for good (C-4). The step runs to its end, so that nothing
// is pulled away under whoever found the contradiction; what it emitted is withdrawn
// then, and all that is remembered is why.
func (h *Host) halt(code core.HaltCode, where string, a, b uint64) {
	if h.phase != PhaseHalted {
		h.phase = PhaseHalted
		h.halted = core.Halt{Code: code, Where: where, A: a, B: b}
	}
}

// forget empties the state of a machine that this step has halted.
func (h *Host) forget() {
	out := h.out
	out.list = out.list[:h.mark]
	*h = Host{phase: PhaseHalted, halted: h.halted, forgotten: true, now: h.now, ignored: h.ignored}
}
