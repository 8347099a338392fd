// Package digest is the project's one frozen 128-bit mixer: for state digests,
// trace hashes and keyed randomness. It is not cryptographic. Its output is
// pinned by golden vectors and is the same on 32 and 64 bits; changing it would
// move every seed.
//
// Two 64-bit lanes absorb each word by a bijection of the lane (rotate, xor or
// add, multiply by an odd constant); the finish is the finalizer of MurmurHash3
// (Appleby) over both lanes.
package digest

import "math/bits"

// Sum is a 128-bit digest. Sums form a commutative group under Add, which is how
// a state's digest is kept incrementally: it is the sum of its entities' digests.
type Sum struct{ Hi, Lo uint64 }

// Add is s + t modulo 2^128.
func (s Sum) Add(t Sum) Sum {
	lo, carry := bits.Add64(s.Lo, t.Lo, 0)
	hi, _ := bits.Add64(s.Hi, t.Hi, carry)
	return Sum{hi, lo}
}

// Sub is s − t modulo 2^128.
func (s Sum) Sub(t Sum) Sum {
	lo, borrow := bits.Sub64(s.Lo, t.Lo, 0)
	hi, _ := bits.Sub64(s.Hi, t.Hi, borrow)
	return Sum{hi, lo}
}

// AppendText appends the sum as 32 hexadecimal digits.
func (s Sum) AppendText(b []byte) []byte {
	return appendHex(appendHex(b, s.Hi), s.Lo)
}

// String is the sum as 32 hexadecimal digits.
func (s Sum) String() string { return string(s.AppendText(nil)) }

func appendHex(b []byte, v uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[v>>uint(shift)&15])
	}
	return b
}

const (
	seedA = 0x9e3779b97f4a7c15
	seedB = 0xd1b54a32d192ed03
	mulA  = 0xff51afd7ed558ccd
	mulB  = 0xc4ceb9fe1a85ec53
)

// Mixer absorbs words and yields a Sum. The zero value is not usable; start with
// New. A Mixer is a plain value: copying it forks the stream.
type Mixer struct{ a, b uint64 }

// New is a mixer whose stream is separated from others by domain.
func New(domain uint64) Mixer {
	m := Mixer{seedA, seedB}
	m.U64(domain)
	return m
}

// U64 absorbs one word.
func (m *Mixer) U64(v uint64) {
	m.a = (bits.RotateLeft64(m.a, 23) ^ v) * mulA
	m.b = (bits.RotateLeft64(m.b, 41) + v) * mulB
	m.b ^= m.a >> 29
}

// Bytes absorbs a byte string, length first, so that no two sequences of fields
// collide by their boundaries.
func (m *Mixer) Bytes(p []byte) {
	m.U64(uint64(len(p)))
	for len(p) >= 8 {
		m.U64(uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 |
			uint64(p[4])<<32 | uint64(p[5])<<40 | uint64(p[6])<<48 | uint64(p[7])<<56)
		p = p[8:]
	}
	if len(p) > 0 {
		var v uint64
		for i, c := range p {
			v |= uint64(c) << (8 * uint(i))
		}
		m.U64(v)
	}
}

// String absorbs a string exactly as Bytes absorbs its bytes.
func (m *Mixer) String(s string) {
	m.U64(uint64(len(s)))
	for len(s) >= 8 {
		m.U64(uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56)
		s = s[8:]
	}
	if len(s) > 0 {
		var v uint64
		for i := 0; i < len(s); i++ {
			v |= uint64(s[i]) << (8 * uint(i))
		}
		m.U64(v)
	}
}

// Sum is the digest of everything absorbed so far; the mixer can go on.
func (m *Mixer) Sum() Sum {
	x, y := finish(m.a^bits.RotateLeft64(m.b, 32)), finish(m.b+m.a)
	return Sum{Hi: x, Lo: y + x}
}

func finish(v uint64) uint64 {
	v ^= v >> 33
	v *= mulA
	v ^= v >> 33
	v *= mulB
	return v ^ v>>33
}

// Of is the digest of one byte string.
func Of(p []byte) Sum {
	m := New(0)
	m.Bytes(p)
	return m.Sum()
}
