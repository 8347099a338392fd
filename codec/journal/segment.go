package journal

import (
	"encoding/binary"
	"errors"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// ErrTooLong says that a step does not fit a frame.
var ErrTooLong = errors.New("journal: a step is longer than a frame may be")

// Segment appends the frames of one segment, which must be written in that order.
// What it returned last must not be dropped: the next frame's check covers it.
type Segment struct {
	check   uint32
	scratch []byte
}

// End says why a segment was closed.
type End uint8

// Reasons to close a segment.
const (
	EndNone End = iota
	// EndRotated: the next segment goes on.
	EndRotated
	// EndGap: the steps that follow are not in the journal. The next segment says with
	// which step it goes on.
	EndGap
	// EndStopped: the controller was stopped.
	EndStopped
	// EndHalted: the controller halted.
	EndHalted
	endCount
)

// String is the reason in words.
func (e End) String() string {
	switch e {
	case EndRotated:
		return "rotated"
	case EndGap:
		return "a gap follows"
	case EndStopped:
		return "stopped"
	case EndHalted:
		return "halted"
	case EndNone, endCount:
	}
	return "not closed"
}

// AppendBegin appends the beginning of the segment: its header, and the state of the
// machine in canonical bytes before its first step.
func (s *Segment) AppendBegin(b []byte, h *Header, state []byte) []byte {
	b = append(b, Magic...)
	start := len(b)
	b = beginFrame(b, frameHeader)
	b = append(b, Format)
	b = write(b, h, header)
	s.check = endFrame(b, start, 0)
	for len(state) > MaxFrame/2 {
		b = s.appendState(b, frameState, state[:MaxFrame/2])
		state = state[MaxFrame/2:]
	}
	return s.appendState(b, frameCheckpoint, state)
}

func (s *Segment) appendState(b []byte, kind frameKind, state []byte) []byte {
	start := len(b)
	b = append(beginFrame(b, kind), state...)
	s.check = endFrame(b, start, s.check)
	return b
}

// AppendStep appends a step: the input and the effects that followed from it. If it
// returns ErrTooLong nothing was appended.
func (s *Segment) AppendStep(b []byte, now clock.Now, in *core.Input, out *core.Effects) ([]byte, error) {
	start := len(b)
	b = s.appendInput(b, frameStep, now, in)
	b = binary.AppendUvarint(b, uint64(out.Len()))
	for i := range out.Len() {
		var hash uint64
		hash, s.scratch = EffectHash(out.At(i), s.scratch)
		b = binary.BigEndian.AppendUint64(b, hash)
	}
	return s.end(b, start)
}

// AppendPanic appends a step that did not return.
func (s *Segment) AppendPanic(b []byte, now clock.Now, in *core.Input) ([]byte, error) {
	start := len(b)
	return s.end(s.appendInput(b, framePanic, now, in), start)
}

func (s *Segment) appendInput(b []byte, kind frameKind, now clock.Now, in *core.Input) []byte {
	c := coder{writing: true, out: beginFrame(b, kind)}
	signed(&c, &now.Mono)
	signed(&c, &now.Wall)
	input(&c, in)
	return c.out
}

// AppendEnd closes the segment.
func (s *Segment) AppendEnd(b []byte, why End) []byte {
	start := len(b)
	b, _ = s.end(append(beginFrame(b, frameEnd), byte(why)), start)
	return b
}

func (s *Segment) end(b []byte, start int) ([]byte, error) {
	if len(b)-start-frameHead > MaxFrame {
		return b[:start], ErrTooLong
	}
	s.check = endFrame(b, start, s.check)
	return b, nil
}
