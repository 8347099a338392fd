package sim

import (
	"math/bits"

	"example.com/tidemark/core/clock"
	simclock "example.com/tidemark/sim/clock"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// draw is a latency in microseconds.
func draw(d *plan.Distribution, k *kernel.Key) int64 { return drawAs(d, k, drawLatency) }

// drawAs draws under another purpose, where one key needs several latencies. One
// word decides both where in the range it lies and whether it is in the tail.
func drawAs(d *plan.Distribution, k *kernel.Key, p kernel.Purpose) int64 {
	v := k.U64(p)
	in, rest := bits.Mul64(v, uint64(max(d.MaxUs-d.MinUs, 0))+1)
	us := d.MinUs + int64(in)
	if d.TailPermille > 0 {
		if tail, _ := bits.Mul64(rest, 1000); tail < uint64(d.TailPermille) {
			us *= max(d.TailFactor, 1)
		}
	}
	if d.StepUs > 0 {
		us = (us + d.StepUs - 1) / d.StepUs * d.StepUs
	}
	return us
}

// wallOf is the wall clock of a node, or of somebody else who is skewMs off.
func (w *World) wallOf(n int, skewMs int64) clock.Wall {
	switch {
	case n >= nodeCount:
		return w.hosting.machines[w.hosting.places[w.hosting.processes[n-nodeCount].place].machine].clock.Wall(w.nowUs)
	case n >= 0:
		return w.clocks[n].Wall(w.nowUs)
	}
	return simclock.Epoch + clock.Wall(w.nowUs/millisecond+skewMs)
}
