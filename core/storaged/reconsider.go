package storaged

import "example.com/tidemark/core/clock"

// Reconsider looks at every object and every reader that leaves again. Right after a step
// and at its moment nothing follows from that and no timer changes, because each step
// already derives all that follows from it (C-9). Judges ask for it, of a copy: an effect
// is something that the step has forgotten.
//
// Two things take their time. The wall clock goes on without any step: what waits for it
// is left alone. And a copy that was shut out looks at who has a session when that is
// reconciled (H-20).
func (h *Host) Reconsider(now clock.Now, out *Effects) {
	now.Wall = 0
	h.begin(now, h.cause, out)
	if h.phase == PhaseRunning {
		for at := h.first; at != 0; at = h.objects.At(at).next {
			if h.session.ready || h.objects.At(at).stage != stageFenced {
				h.touch(at)
			}
		}
		for i := h.firstLeaving; i != 0; {
			next := h.leaving.At(i).next
			h.driveLeaving(i)
			i = next
		}
	}
	h.finish()
}
