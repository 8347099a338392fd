package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// kind is what a frame holds.
type kind uint8

const (
	kindGreeting kind = 1 + iota // host: what it speaks
	kindHello                    // controller: which session it wants
	kindWelcome                  // host: it is the host's session now
	kindRefused                  // host: it is not, and why
	kindCommand                  // controller: a line of codec.AppendCommand
	kindReport                   // host: a line of codec.AppendReport
	kindBeat                     // both: a sign of life
	kindBye                      // both: the session ends here
	kindCount
)

const (
	// headerSize is a frame's header, big endian: the length of kind and body, the
	// frame's number, the checksum of kind and body, the checksum of all that. The
	// header has a checksum of its own because nobody may wait for as many bytes as a
	// damaged length promises.
	headerSize = 4 + 8 + 4 + 4
	// mostBefore and mostInSession bound what a frame holds before and after the
	// session is accepted.
	mostBefore    = 16 << 10
	mostInSession = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged is a frame that is not what was sent.
var errDamaged = errors.New("a frame was damaged, lost or doubled on the way")

// appendFrame appends the n-th frame of a direction.
func appendFrame(b []byte, n uint64, k kind, body []byte) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint32(b, uint32(1+len(body)))
	b = binary.BigEndian.AppendUint64(b, n)
	b = binary.BigEndian.AppendUint32(b, crc32.Update(crc32.Checksum([]byte{byte(k)}, castagnoli), castagnoli, body))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
	return append(append(b, byte(k)), body...)
}

// readFrame reads the n-th frame of a direction, of at most so many bytes. The body
// is fresh memory.
func readFrame(r io.Reader, n uint64, most uint32) (kind, []byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err
	}
	length, sum := binary.BigEndian.Uint32(header[:]), binary.BigEndian.Uint32(header[12:])
	switch {
	case binary.BigEndian.Uint32(header[16:]) != crc32.Checksum(header[:16], castagnoli),
		binary.BigEndian.Uint64(header[4:]) != n, length == 0:
		return 0, nil, errDamaged
	case length > most:
		return 0, nil, fmt.Errorf("a frame of %d bytes, at most %d are allowed here", length, most)
	}
	frame := make([]byte, length)
	if _, err := io.ReadFull(r, frame); err != nil {
		return 0, nil, err
	}
	k := kind(frame[0])
	if crc32.Checksum(frame, castagnoli) != sum || k == 0 || k >= kindCount {
		return 0, nil, errDamaged
	}
	return k, frame[1:], nil
}
