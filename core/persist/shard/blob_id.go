package shard

import (
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
)

// BlobID names a blob of a shard. Until is the number of the last state that it may
// enter: its maker gives it a number that is some states ahead, and who finds it
// unreferenced by that state or a later one knows that it is garbage, whatever
// commits are still under way (docs/persist-format.md).
type BlobID struct {
	Until  consensus.Seqno
	Hi, Lo uint64
}

// enters reports whether the blob may enter the state of this number.
func (b BlobID) enters(next consensus.Seqno) bool { return next <= b.Until }

const (
	hexDigits = "0123456789abcdef"
	// seqnoDigits and nameDigits are the widths of the two parts of a blob's name.
	seqnoDigits = 16
	nameDigits  = 32
)

// StateKey is the consensus store's key of a shard.
func StateKey(id persist.ShardID) string { return id.String() }

// BlobPrefix is how the keys of a shard's blobs begin.
func BlobPrefix(id persist.ShardID) string { return id.String() + "/" }

// Key is where the blob is stored: the shard, the number, the name. Keys of one shard
// are in the order of their numbers.
func (b BlobID) Key(id persist.ShardID) string {
	k := append(make([]byte, 0, 96), BlobPrefix(id)...)
	k = appendHex(k, uint64(b.Until))
	k = append(k, '-')
	k = appendHex(k, b.Hi)
	return string(appendHex(k, b.Lo))
}

// ParseBlobKey is the blob of the shard that key is the key of; ok is false if it is
// none.
func ParseBlobKey(id persist.ShardID, key string) (b BlobID, ok bool) {
	prefix := BlobPrefix(id)
	if len(key) != len(prefix)+seqnoDigits+1+nameDigits || key[:len(prefix)] != prefix {
		return BlobID{}, false
	}
	name := key[len(prefix):]
	seqno, ok1 := parseHex(name[:seqnoDigits])
	hi, ok2 := parseHex(name[seqnoDigits+1 : seqnoDigits+17])
	lo, ok3 := parseHex(name[seqnoDigits+17:])
	if !ok1 || !ok2 || !ok3 || name[seqnoDigits] != '-' {
		return BlobID{}, false
	}
	return BlobID{consensus.Seqno(seqno), hi, lo}, true
}

func appendHex(b []byte, v uint64) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, hexDigits[v>>uint(shift)&15])
	}
	return b
}

func parseHex(s string) (v uint64, ok bool) {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}
