package relation

import "unicode/utf8"

// The packed form of a row is the concatenation of its values:
//
//	null     00
//	bool     01, then 00 or 01
//	int64    02, then 8 bytes big endian, sign bit inverted
//	uint64   03, then 8 bytes big endian
//	float64  04, then 8 bytes big endian of the sortable bits
//	text     05, then the bytes with every 00 written as 00 FF, then 00
//	bytes    06, the same
//
// The first byte is null's or the column type's, so null sorts before every value
// of its column and a packed row can be walked without its schema.
//
// Why text keeps its order: let a be a proper prefix of b. Where a has its closing
// 00, b has either a byte above 00 or an escaped one, 00 FF. In the second case
// the next byte decides: after a's 00 comes the end of the row or the first byte
// of the next value, both before FF. If neither is a prefix of the other, their
// first differing bytes decide, and if the lesser of them is 00 it is followed by
// FF only after it has already decided.
//
// An error is FF followed by its message: FF starts no value, so every error sorts
// after every row.
const (
	tagNull   = 0x00
	tagError  = 0xFF
	escape    = 0xFF // follows a 00 that is part of a text
	wordBytes = 8
	signBit   = 1 << 63
)

// AppendNull appends a null.
func AppendNull(b []byte) []byte { return append(b, tagNull) }

// AppendBool appends a bool; false sorts before true.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, byte(Bool), 1)
	}
	return append(b, byte(Bool), 0)
}

// AppendInt64 appends a signed integer.
func AppendInt64(b []byte, v int64) []byte { return appendWord(b, Int64, uint64(v)^signBit) }

// AppendUint64 appends an unsigned integer.
func AppendUint64(b []byte, v uint64) []byte { return appendWord(b, Uint64, v) }

// AppendFloat64 appends the number whose IEEE 754 bits are given (what
// math.Float64bits returns). Numbers sort by value, −0 before +0, NaNs with the
// sign bit before and those without after all numbers; every bit pattern is kept,
// so two rows are equal if and only if their bits are.
func AppendFloat64(b []byte, ieee uint64) []byte {
	return appendWord(b, Float64, sortableFloat(ieee))
}

// AppendText appends a text. It must be UTF-8 to fit a schema.
func AppendText(b []byte, v string) []byte { return appendEscaped(b, Text, v) }

// AppendBytes appends a byte string.
func AppendBytes(b, v []byte) []byte { return appendEscaped(b, Bytes, v) }

// PackError is the packed form of an error in a collection. It sorts after every
// row, and among errors by message.
func PackError(message string) Row { return "\xFF" + Row(message) }

// IsError reports whether r is a packed error.
func (r Row) IsError() bool { return r != "" && r[0] == tagError }

// UnpackError is the message of a packed error; ok is false if r is not one.
func (r Row) UnpackError() (message string, ok bool) {
	if !r.IsError() {
		return "", false
	}
	return string(r[1:]), true
}

func appendWord(b []byte, t ColumnType, v uint64) []byte {
	return append(b, byte(t), byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
		byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func appendEscaped[S string | []byte](b []byte, t ColumnType, v S) []byte {
	b = append(b, byte(t))
	done := 0
	for i := 0; i < len(v); i++ {
		if v[i] == 0 {
			b = append(append(b, v[done:i+1]...), escape)
			done = i + 1
		}
	}
	return append(append(b, v[done:]...), 0)
}

// sortableFloat maps IEEE bits to an unsigned integer of the same order: negative
// numbers are inverted whole (more negative is smaller), others get the sign bit.
func sortableFloat(ieee uint64) uint64 {
	if ieee&signBit != 0 {
		return ^ieee
	}
	return ieee | signBit
}

func ieeeFloat(sortable uint64) uint64 {
	if sortable&signBit != 0 {
		return sortable &^ signBit
	}
	return ^sortable
}

// packedLen is the length of the packed value at the start of s, or 0 if s does
// not start with one in its one valid form.
func packedLen(s string) int {
	if s == "" {
		return 0
	}
	switch ColumnType(s[0]) {
	case tagNull:
		return 1
	case Bool:
		if len(s) < 2 || s[1] > 1 {
			return 0
		}
		return 2
	case Int64, Uint64, Float64:
		if len(s) < 1+wordBytes {
			return 0
		}
		return 1 + wordBytes
	case Text:
		return textLen(s)
	case Bytes:
		return bytesLen(s)
	}
	return 0
}

// bytesLen finds the end of an escaped byte string: a 00 not followed by FF.
func bytesLen(s string) int {
	for at := 1; ; at++ {
		n := firstZero(s[at:])
		if n < 0 {
			return 0
		}
		if at += n + 1; at == len(s) || s[at] != escape {
			return at
		}
	}
}

// textLen is bytesLen for valid UTF-8. No multi-byte character contains a 00.
func textLen(s string) int {
	end := bytesLen(s)
	for at := 1; at < end; {
		n := firstZero(s[at:end])
		if !utf8.ValidString(s[at : at+n]) {
			return 0
		}
		at += n + 2
	}
	return end
}

// firstZero is where the first zero byte of s is, −1 if there is none.
func firstZero(s string) int {
	for i := range len(s) {
		if s[i] == 0 {
			return i
		}
	}
	return -1
}
