package core

import "example.com/tidemark/core/clock"

// Reconsider looks at everything again: each collection, what runs on hosts, the hosts,
// the requests that wait. What is kept of capabilities is summed anew. Right after a step
// and at its moment nothing follows from that and no timer changes, because each step
// already derives all that follows from it (C-9). Judges ask for it, of a copy: an effect
// is something that the step has forgotten. The wall clock goes on without any step: what
// waits for it is left alone.
func (c *Controller) Reconsider(now clock.Now, out *Effects) {
	now.Wall = 0
	c.begin(now, c.cause, out)
	if c.phase == PhaseRunning {
		c.unparkUntilDone()
		for _, at := range c.order {
			c.collections.At(at).heldStale = true
			c.touch(at)
		}
		for _, at := range c.objectOrder {
			c.touchObject(at)
		}
		for _, at := range c.hostOrder {
			c.touchHost(at)
		}
		for n := len(c.tokenOrder); n > 0; n-- {
			if i := c.tokenOrder[n-1]; c.tokens.At(i).timer == 0 {
				c.tokenLapses(i) // unless the create that kept it is still open (C-31)
			}
		}
	}
	c.finish()
}
