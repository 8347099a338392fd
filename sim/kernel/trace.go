package kernel

import "example.com/tidemark/core/digest"

// TraceHash is the running digest of a run: every event that mattered and every
// effect, by content. Two runs with equal hashes did the same.
type TraceHash struct{ digest.Mixer }

const traceDomain = 0x7472616365

// Reset starts a run.
func (t *TraceHash) Reset() { t.Mixer = digest.New(traceDomain) }

// Event absorbs a popped event: its instant and what it is about. Its position in
// the queue is no part of what happened.
func (t *TraceHash) Event(e *Event) {
	t.U64(uint64(e.AtUs))
	t.U64(uint64(e.Kind)<<8 | uint64(uint8(e.Node)))
}
