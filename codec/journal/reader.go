package journal

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// Problem is what is wrong with a segment.
type Problem uint8

// Problems.
const (
	// Truncated: it ends in the middle of a frame.
	Truncated Problem = iota + 1
	// Damaged: a check does not fit, or a frame has no meaning.
	Damaged
	// Foreign: it is no journal, or of another format.
	Foreign
)

// Error says what is wrong with a segment, and where.
type Error struct {
	Problem Problem
	// Offset in bytes, and the number of the frame there, from 1; its step, if it would
	// be one.
	Offset int
	Frame  int
	Step   uint64
	Detail string
}

// Error says what and where, and what still holds.
func (e *Error) Error() string {
	switch e.Problem {
	case Truncated:
		return fmt.Sprintf("truncated at byte %d: %s; the %d frames before it are whole", e.Offset, e.Detail, e.Frame-1)
	case Damaged:
		return fmt.Sprintf("damaged or tampered with at byte %d, frame %d: %s; the %d frames before it are whole",
			e.Offset, e.Frame, e.Detail, e.Frame-1)
	case Foreign:
	}
	return e.Detail
}

// Reader reads one segment.
type Reader struct {
	Header Header
	// State is the checkpoint: canonical bytes.
	State []byte

	data []byte
	// start of the latest frame, at its end.
	start, at int
	frame     int
	check     uint32
	step      uint64
	ended     bool
}

// Record is a step, or the end of the segment.
type Record struct {
	// Step is its number; 0: the segment was closed because of End.
	Step uint64
	End  End

	Now   clock.Now
	Input core.Input
	// Effects are the hashes of what followed. Panicked: the step did not return.
	Effects  []uint64
	Panicked bool
}

// NewReader reads the beginning of a segment. The error is an *Error.
func NewReader(data []byte) (*Reader, error) {
	r := &Reader{data: data}
	switch n := min(len(data), len(Magic)); {
	case string(data[:n]) != Magic[:n] || len(data) == 0:
		return nil, &Error{Problem: Foreign, Detail: "not a journal: it does not begin with " + strings.TrimSpace(Magic)}
	case n < len(Magic):
		return nil, &Error{Problem: Truncated, Offset: n, Frame: 1, Detail: "it ends in its first line"}
	}
	r.at = len(Magic)
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	if err := r.readState(); err != nil {
		return nil, err
	}
	r.step = r.Header.First
	return r, nil
}

func (r *Reader) readHeader() error {
	kind, body, err := r.next()
	switch {
	case err == io.EOF:
		return r.wrong(Truncated, "it has no header")
	case err != nil:
		return err
	case kind != frameHeader || len(body) == 0:
		return r.wrong(Damaged, "its first frame is no header")
	case body[0] != Format:
		return &Error{Problem: Foreign, Detail: fmt.Sprintf("a journal of format %d; this program reads format %d: use the version that wrote it", body[0], Format)}
	case !read(body[1:], &r.Header, header):
		return r.wrong(Damaged, "the header makes no sense")
	case r.Header.First == 0 || r.Header.Segment == 0 || !r.Header.Config.Valid():
		return r.wrong(Damaged, "the header has a number or a configuration that cannot be")
	}
	return nil
}

func (r *Reader) readState() error {
	for {
		kind, body, err := r.next()
		switch {
		case err == io.EOF:
			return r.wrong(Truncated, "it has no checkpoint")
		case err != nil:
			return err
		case kind != frameState && kind != frameCheckpoint:
			return r.wrong(Damaged, "a frame stands where the checkpoint should be")
		}
		r.State = append(r.State, body...)
		if kind == frameCheckpoint {
			return nil
		}
	}
}

// Next reads the next record into v. It returns io.EOF at the end of what is there,
// with or without an End before it, and an *Error otherwise.
func (r *Reader) Next(v *Record) error {
	*v = Record{}
	kind, body, err := r.next()
	switch {
	case err != nil:
		return err
	case r.ended:
		return r.wrong(Damaged, "a frame follows the end")
	case kind == frameEnd:
		if len(body) != 1 || body[0] == 0 || body[0] >= byte(endCount) {
			return r.wrong(Damaged, "the end has no reason")
		}
		r.ended, v.End = true, End(body[0])
		return nil
	case kind != frameStep && kind != framePanic:
		return r.wrong(Damaged, fmt.Sprintf("a frame of kind %d stands among the steps", kind))
	}
	c := coder{in: body}
	signed(&c, &v.Now.Mono)
	signed(&c, &v.Now.Wall)
	input(&c, &v.Input)
	if v.Panicked = kind == framePanic; !v.Panicked {
		list(&c, &v.Effects, word[uint64])
	}
	if c.bad || len(c.in) != 0 {
		return r.wrong(Damaged, "the step makes no sense")
	}
	v.Step = r.step
	r.step++
	return nil
}

// next is the next frame.
func (r *Reader) next() (frameKind, []byte, error) {
	rest := r.data[r.at:]
	if len(rest) == 0 {
		return frameNone, nil, io.EOF
	}
	r.frame++
	r.start = r.at
	if len(rest) < frameHead {
		return 0, nil, r.wrong(Truncated, "it ends in the head of a frame")
	}
	length := binary.BigEndian.Uint32(rest)
	switch {
	case length == 0 || length > MaxFrame:
		return 0, nil, r.wrong(Damaged, fmt.Sprintf("a frame of %d bytes", length))
	case uint64(length) > uint64(len(rest)-frameHead):
		return 0, nil, r.wrong(Truncated, fmt.Sprintf("it ends %d bytes into a frame of %d", len(rest)-frameHead, length))
	}
	body := rest[frameHead : frameHead+int(length)]
	check, want := binary.BigEndian.Uint32(rest[4:]), chain(r.check, body)
	if check != want {
		return 0, nil, r.wrong(Damaged, fmt.Sprintf("the check is %08x, the content has %08x", check, want))
	}
	kind := frameKind(body[0])
	if kind == frameNone || kind >= frameKindCount {
		return 0, nil, r.wrong(Damaged, fmt.Sprintf("a frame of unknown kind %d", kind))
	}
	r.at += frameHead + int(length)
	r.check = check
	return kind, body[1:], nil
}

func (r *Reader) wrong(p Problem, detail string) error {
	return &Error{Problem: p, Offset: r.start, Frame: r.frame, Step: r.step, Detail: detail}
}
