package journal

import (
	"fmt"
	"strings"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// Format is the version of what this package writes. It reads no other.
const Format = 1

// Header says what a segment belongs to.
type Header struct {
	// Build names the program that wrote it.
	Build string
	// Incarnation is random; all segments of one run of a controller share it.
	Incarnation [2]uint64
	// Segment counts them, from 1.
	Segment uint64
	// First is the number of the segment's first step.
	First uint64
	// At is when the segment was begun.
	At clock.Wall
	// Config of the machine.
	Config core.Config
}

func header(c *coder, v *Header) {
	text(c, &v.Build)
	word(c, &v.Incarnation[0])
	word(c, &v.Incarnation[1])
	unsigned(c, &v.Segment)
	unsigned(c, &v.First)
	signed(c, &v.At)
	config(c, &v.Config)
}

// Extension of a segment's name.
const Extension = ".journal"

// SegmentName is the name of a segment's file. Names sort as segments follow each
// other: by the start of the incarnation, then by number.
func SegmentName(started clock.Wall, h *Header) string {
	at := time.UnixMilli(int64(started)).UTC().Format("20060102T150405.000Z")
	return fmt.Sprintf("%s-%08x-%06d%s", at, uint32(h.Incarnation[0]>>32), h.Segment, Extension)
}

// IncarnationOf is the part of a segment's name that all segments of an incarnation
// share, or "" if it is none.
func IncarnationOf(name string) string {
	rest, ok := strings.CutSuffix(name, Extension)
	at := strings.LastIndexByte(rest, '-')
	if !ok || at < 1 {
		return ""
	}
	return rest[:at]
}
