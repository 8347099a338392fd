package relation

import "strconv"

// Value is one unpacked value: what a reader of a row gets to see. The zero value
// is null. Values are comparable.
type Value struct {
	// Type is the value's type, 0 for null.
	Type ColumnType
	// Bits of a Bool (0 or 1), an Int64 (two's complement), a Uint64, or a Float64
	// (IEEE 754 bits, for math.Float64frombits).
	Bits uint64
	// Text of a Text or of Bytes.
	Text string
}

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.Type == 0 }

// Append appends the value's packed form. A value of no known type is a null.
func (v Value) Append(b []byte) []byte {
	switch v.Type {
	case Bool:
		return AppendBool(b, v.Bits != 0)
	case Int64:
		return AppendInt64(b, int64(v.Bits))
	case Uint64:
		return AppendUint64(b, v.Bits)
	case Float64:
		return AppendFloat64(b, v.Bits)
	case Text, Bytes:
		return appendEscaped(b, v.Type, v.Text)
	}
	return AppendNull(b)
}

// Pack is the row of the given values.
func Pack(values ...Value) Row {
	var b []byte
	for _, v := range values {
		b = v.Append(b)
	}
	return Row(b)
}

// Unpack appends the row's values to dst. ok is false if r is an error or not
// a packed row at all; dst then comes back as it was.
func (r Row) Unpack(dst []Value) (values []Value, ok bool) {
	values = dst
	for rest := string(r); rest != ""; {
		n := packedLen(rest)
		if n == 0 {
			return dst, false
		}
		values = append(values, unpackValue(rest[:n]))
		rest = rest[n:]
	}
	return values, true
}

// unpackValue is the value that s, exactly one valid packed value, holds.
func unpackValue(s string) Value {
	t := ColumnType(s[0])
	switch t {
	case Bool:
		return Value{Type: t, Bits: uint64(s[1])}
	case Int64:
		return Value{Type: t, Bits: word(s[1:]) ^ signBit}
	case Uint64:
		return Value{Type: t, Bits: word(s[1:])}
	case Float64:
		return Value{Type: t, Bits: ieeeFloat(word(s[1:]))}
	case Text, Bytes:
		return Value{Type: t, Text: unescape(s[1 : len(s)-1])}
	}
	return Value{}
}

func word(s string) uint64 {
	return uint64(s[0])<<56 | uint64(s[1])<<48 | uint64(s[2])<<40 | uint64(s[3])<<32 |
		uint64(s[4])<<24 | uint64(s[5])<<16 | uint64(s[6])<<8 | uint64(s[7])
}

// unescape is what was escaped; if nothing was, it is s itself.
func unescape(s string) string {
	if firstZero(s) < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		b = append(b, s[i])
		if s[i] == 0 {
			i++
		}
	}
	return string(b)
}

// AppendText appends the row for people: (7,"a",null), error("…") for an error,
// and packed("…") for bytes that are no row. Floats print as their bits, since
// nothing here computes with them.
func (r Row) AppendText(b []byte) []byte {
	if message, ok := r.UnpackError(); ok {
		return append(strconv.AppendQuote(append(b, "error("...), message), ')')
	}
	values, ok := r.Unpack(nil)
	if !ok {
		return append(strconv.AppendQuote(append(b, "packed("...), string(r)), ')')
	}
	b = append(b, '(')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.appendText(b)
	}
	return append(b, ')')
}

// String is AppendText as a string.
func (r Row) String() string { return string(r.AppendText(nil)) }

func (v Value) appendText(b []byte) []byte {
	switch v.Type {
	case Bool:
		return strconv.AppendBool(b, v.Bits != 0)
	case Int64:
		return strconv.AppendInt(b, int64(v.Bits), 10)
	case Uint64:
		return append(strconv.AppendUint(b, v.Bits, 10), 'u')
	case Float64:
		return strconv.AppendUint(append(b, "f0x"...), v.Bits, 16)
	case Text:
		return strconv.AppendQuote(b, v.Text)
	case Bytes:
		return strconv.AppendQuoteToASCII(append(b, 'b'), v.Text)
	}
	return append(b, "null"...)
}
