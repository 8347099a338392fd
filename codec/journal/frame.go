package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// Magic is what a segment begins with.
const Magic = "tidemark journal\n"

// MaxFrame is the longest frame, in bytes. A step that would be longer is not
// journaled: its segment ends, and the next one begins behind it.
const MaxFrame = 64 << 20

const frameHead = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frameKind says what is in a frame.
type frameKind uint8

const (
	frameNone frameKind = iota
	frameHeader
	// frameState is a part of a checkpoint that goes on in the next frame,
	// frameCheckpoint its last part.
	frameState
	frameCheckpoint
	frameStep
	// framePanic is a step that did not return: it has no effects.
	framePanic
	frameEnd
	frameKindCount
)

// beginFrame appends the head of a frame, to be filled by endFrame.
func beginFrame(b []byte, kind frameKind) []byte {
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0, byte(kind))
}

// endFrame completes the frame that begins at start, and returns its check.
func endFrame(b []byte, start int, before uint32) uint32 {
	body := b[start+frameHead:]
	check := chain(before, body)
	binary.BigEndian.PutUint32(b[start:], uint32(len(body)))
	binary.BigEndian.PutUint32(b[start+4:], check)
	return check
}

// chain is the check of a frame behind one with the check before.
func chain(before uint32, body []byte) uint32 {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], before)
	return crc32.Update(crc32.Checksum(b[:], castagnoli), castagnoli, body)
}
