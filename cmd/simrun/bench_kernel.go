package main

import (
	"runtime"
	"time"

	"example.com/tidemark/sim/kernel"
)

// The bare loop that everything is measured against: typed events of 32 bytes in the
// kernel's heap, so many pending, each popped, hashed and pushed again a little later.
const (
	kernelPending = 1024
	kernelEvents  = 4_000_000
)

// kernelRate is how many events per second the bare loop does.
func kernelRate() float64 {
	var queue kernel.Queue
	var trace kernel.TraceHash
	trace.Reset()
	random := uint64(1)
	draw := func() int64 {
		random = random*6364136223846793005 + 1442695040888963407
		return int64(random >> 44)
	}
	for i := range kernelPending {
		queue.Push(kernel.Event{AtUs: draw(), Kind: uint8(i % 16), Slot: int32(i)})
	}
	start := time.Now()
	for range kernelEvents {
		e, _ := queue.Pop()
		trace.Event(&e)
		trace.U64(uint64(e.Slot))
		e.AtUs += 1 + draw()
		queue.Push(e)
	}
	elapsed := time.Since(start)
	// Reading the hash keeps the loop from being optimised away.
	runtime.KeepAlive(trace.Sum())
	return kernelEvents / elapsed.Seconds()
}
