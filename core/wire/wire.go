// Package wire reads and writes the protocol-buffers wire format, as much of it
// as the stash's records need (T-5): varints, 64-bit words and length-delimited
// fields, with explicit field numbers. The format is described at
// https://protobuf.dev/programming-guides/encoding.
//
// Unknown fields are kept as they came (Fields.Unknown), so that an older binary
// that rewrites a record does not lose what a newer one put there.
package wire

// Type of a field on the wire.
type Type uint8

// Wire types; the deprecated groups are refused.
const (
	Varint Type = 0
	Word64 Type = 1
	Length Type = 2
	Word32 Type = 5
)

// AppendUint appends a varint field; zero is the default and is left out.
func AppendUint(b []byte, field uint32, v uint64) []byte {
	if v == 0 {
		return b
	}
	return appendVarint(appendTag(b, field, Varint), v)
}

// AppendWord appends a fixed 64-bit field; zero is the default and is left out.
func AppendWord(b []byte, field uint32, v uint64) []byte {
	if v == 0 {
		return b
	}
	b = appendTag(b, field, Word64)
	for i := 0; i < 8; i++ {
		b = append(b, byte(v>>(8*uint(i))))
	}
	return b
}

// AppendString appends a length-delimited field, also if it is empty: a repeated
// field's elements must all be there.
func AppendString(b []byte, field uint32, s string) []byte {
	b = appendVarint(appendTag(b, field, Length), uint64(len(s)))
	return append(b, s...)
}

// AppendBytes appends a length-delimited field exactly as AppendString does.
func AppendBytes(b []byte, field uint32, p []byte) []byte {
	b = appendVarint(appendTag(b, field, Length), uint64(len(p)))
	return append(b, p...)
}

func appendTag(b []byte, field uint32, t Type) []byte {
	return appendVarint(b, uint64(field)<<3|uint64(t))
}

func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// Field is one field of a message.
type Field struct {
	Number uint32
	Type   Type
	// Uint holds a varint or a fixed word, String a length-delimited value.
	Uint   uint64
	String string
	// Raw is the whole field as it came, tag included.
	Raw string
}

// Reader walks the fields of one message.
type Reader struct {
	rest string
	bad  bool
}

// NewReader reads the fields of a message.
func NewReader(message string) Reader { return Reader{rest: message} }

// Next is the next field; ok is false at the end or at the first malformed byte.
func (r *Reader) Next() (f Field, ok bool) {
	if r.rest == "" || r.bad {
		return Field{}, false
	}
	start := r.rest
	tag, ok := r.varint()
	if !ok || tag>>3 == 0 || tag>>3 > 1<<29-1 {
		r.bad = true
		return Field{}, false
	}
	f.Number, f.Type = uint32(tag>>3), Type(tag&7)
	switch f.Type {
	case Varint:
		f.Uint, ok = r.varint()
	case Word64:
		f.Uint, ok = r.word(8)
	case Word32:
		f.Uint, ok = r.word(4)
	case Length:
		f.String, ok = r.bytes()
	default:
		ok = false
	}
	if !ok {
		r.bad = true
		return Field{}, false
	}
	f.Raw = start[:len(start)-len(r.rest)]
	return f, true
}

// Bad reports whether the message was malformed.
func (r *Reader) Bad() bool { return r.bad }

func (r *Reader) varint() (v uint64, ok bool) {
	for i := 0; i < 10 && i < len(r.rest); i++ {
		c := r.rest[i]
		if i == 9 && c > 1 {
			return 0, false
		}
		v |= uint64(c&0x7f) << (7 * uint(i))
		if c < 0x80 {
			r.rest = r.rest[i+1:]
			return v, true
		}
	}
	return 0, false
}

func (r *Reader) word(n int) (v uint64, ok bool) {
	if len(r.rest) < n {
		return 0, false
	}
	for i := 0; i < n; i++ {
		v |= uint64(r.rest[i]) << (8 * uint(i))
	}
	r.rest = r.rest[n:]
	return v, true
}

func (r *Reader) bytes() (s string, ok bool) {
	n, ok := r.varint()
	if !ok || n > uint64(len(r.rest)) {
		return "", false
	}
	s, r.rest = r.rest[:n], r.rest[n:]
	return s, true
}
