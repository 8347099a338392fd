// Package journal is the form of a controller's journal, purely: what bytes a
// segment consists of, and what they mean. Whoever runs a controller writes one
// (realdrivers/runtime); whoever wants to know what it did replays it (simrun replay).
//
// A segment is a magic line and frames. A frame is
//
//	length   4 bytes, big-endian: of the kind and the payload; at most MaxFrame
//	check    4 bytes, big-endian: CRC-32C over the check before it, kind and payload
//	kind     1 byte
//	payload
//
// Because each check covers the one before it, a frame that is changed, moved, left
// out or repeated does not fit, nor does one of another segment. The check finds
// damage and careless edits. Who recomputes it is found by the replay: the recorded
// effects do not come out.
//
// The first frame is the Header, the second the Checkpoint: the machine's state in
// canonical bytes before the step First. Then come steps: each an input with the
// readings of the clocks that it came with, and a hash of each effect that followed,
// written before any of them is released. An End says that the segment was closed and
// why; without one the process died. Steps are numbered from 1 over all segments of an
// incarnation, so that what is missing between two of them shows.
//
// Values are written along one description for both directions (input.go and its
// neighbours): unsigned numbers as base-128 varints, signed ones zigzag, lists with
// their length first, of a tagged struct only what its kind reads. Reading accepts any
// bytes, never panics, and allocates no more than they justify.
package journal
