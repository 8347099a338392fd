package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged/sink"
)

// purpose separates what is derived from the boot's entropy (C-2), from each other
// and from what a controller derives. Each value is a function of (entropy, purpose,
// what it is for), not of how many were drawn.
type purpose uint64

const (
	purposeWriter purpose = iota + 0x100
	purposeReader
	purposeToken
	purposeFence
	purposeJitter
	purposeCause
)

func (h *Host) derive(p purpose, a, b uint64) digest.Sum {
	m := digest.New(uint64(p))
	for _, e := range h.entropy {
		m.U64(e)
	}
	m.U64(a)
	m.U64(b)
	return m.Sum()
}

func (h *Host) serial() uint64 {
	h.nextSerial++
	return h.nextSerial
}

func (h *Host) newReader() persist.ReaderID {
	s := h.derive(purposeReader, h.serial(), 0)
	return persist.ReaderID{Hi: s.Hi, Lo: s.Lo | 1}
}

func (h *Host) newToken() persist.Token {
	s := h.derive(purposeToken, h.serial(), 0)
	return persist.Token{Hi: s.Hi, Lo: s.Lo | 1}
}

func (h *Host) newFence() sink.Fence {
	s := h.derive(purposeFence, h.serial(), 0)
	return sink.Fence{Hi: s.Hi, Lo: s.Lo | 1}
}

// writer is the writer of one run of an object, of each of the shards that it
// writes. A later run is another writer, so that a token of the earlier one cannot
// pass for its own.
func (h *Host) writer(o *object) persist.WriterID {
	s := h.derive(purposeWriter, o.run, 0)
	return persist.WriterID{Hi: s.Hi, Lo: s.Lo | 1}
}

// backoff is how long to wait before the next try (C-92): exponential in the
// number of failures, capped, and spread over its upper half by jitter.
func (h *Host) backoff(tries uint32, salt core.EffectID) clock.Duration {
	d := h.settings.BackoffMin
	for i := uint32(1); i < tries && d < h.settings.BackoffMax; i++ {
		d *= 2
	}
	return h.jittered(min(d, h.settings.BackoffMax), salt)
}

func (h *Host) jittered(d clock.Duration, salt core.EffectID) clock.Duration {
	jitter := h.derive(purposeJitter, uint64(salt), 0).Lo % uint64(d/2+1)
	return d - d/2 + clock.Duration(jitter)
}
