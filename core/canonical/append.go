package canonical

// AppendU8 appends one byte.
func AppendU8(b []byte, v uint8) []byte { return append(b, v) }

// AppendU32 appends four bytes.
func AppendU32(b []byte, v uint32) []byte {
	return append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// AppendU64 appends eight bytes.
func AppendU64(b []byte, v uint64) []byte {
	return append(b, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
		byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// AppendI64 appends eight bytes, two's complement.
func AppendI64(b []byte, v int64) []byte { return AppendU64(b, uint64(v)) }

// AppendBool appends 1 for true and 0 for false.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendLen appends the number of elements of the container that follows. It is
// eight bytes wide, so that no length can be cut short. n must not be negative.
func AppendLen(b []byte, n int) []byte { return AppendU64(b, uint64(n)) }

// AppendString appends the length of v and its bytes.
func AppendString(b []byte, v string) []byte { return append(AppendLen(b, len(v)), v...) }

// AppendBytes appends the length of v and v itself, exactly as AppendString does.
func AppendBytes(b, v []byte) []byte { return append(AppendLen(b, len(v)), v...) }
