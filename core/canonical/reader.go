package canonical

import "strconv"

// Problem is what was wrong with the bytes that a Reader was given.
type Problem uint8

// Problems.
const (
	// Truncated: the bytes end in the middle of a value.
	Truncated Problem = iota + 1
	// BadBool: a bool is neither 0 nor 1.
	BadBool
	// BadLength: a length exceeds what the bytes behind it can hold.
	BadLength
	// BadValue: a value has the right form and no meaning (said by Fail).
	BadValue
	// Trailing: bytes are left over.
	Trailing
)

// Error is a problem and where it was found.
type Error struct {
	Problem Problem
	// Offset in bytes from the start of the input.
	Offset int
}

// Error says what was wrong and where.
func (e Error) Error() string {
	return "canonical: " + e.Problem.String() + " at byte " + strconv.Itoa(e.Offset)
}

// String is the problem in words.
func (p Problem) String() string {
	switch p {
	case Truncated:
		return "input ends inside a value"
	case BadBool:
		return "bool is neither 0 nor 1"
	case BadLength:
		return "length exceeds the input"
	case BadValue:
		return "value has no meaning"
	case Trailing:
		return "bytes are left over"
	}
	return "no problem"
}

// Reader reads canonical bytes. After the first problem every method returns the
// zero value and Err says what it was, so a decoder checks once, at its end. The
// zero value reads no bytes. A Reader is a plain value: copying it forks it.
type Reader struct {
	input   string
	at      int
	problem Error
}

// NewReader reads b. Later changes of b are not seen.
func NewReader(b []byte) Reader { return Reader{input: string(b)} }

// Err is the first problem, or nil. What is left over is no problem yet: see Done.
func (r *Reader) Err() error {
	if r.problem.Problem == 0 {
		return nil
	}
	return r.problem
}

// Done reports whether everything was read without a problem.
func (r *Reader) Done() bool { return r.problem.Problem == 0 && r.at == len(r.input) }

// Close is Err, or that bytes are left over.
func (r *Reader) Close() error {
	if r.Done() {
		return nil
	}
	r.fail(Trailing)
	return r.problem
}

// Fail makes the reader fail with BadValue at the latest position: for a value
// that its decoder cannot accept, such as an unknown kind.
func (r *Reader) Fail() { r.fail(BadValue) }

// Remaining is how many bytes are not read yet; 0 after a problem.
func (r *Reader) Remaining() int {
	if r.problem.Problem != 0 {
		return 0
	}
	return len(r.input) - r.at
}

// U8 reads one byte.
func (r *Reader) U8() uint8 {
	s := r.take(1)
	if s == "" {
		return 0
	}
	return s[0]
}

// U32 reads four bytes.
func (r *Reader) U32() uint32 {
	s := r.take(4)
	if s == "" {
		return 0
	}
	return uint32(s[0])<<24 | uint32(s[1])<<16 | uint32(s[2])<<8 | uint32(s[3])
}

// U64 reads eight bytes.
func (r *Reader) U64() uint64 {
	s := r.take(8)
	if s == "" {
		return 0
	}
	return uint64(s[0])<<56 | uint64(s[1])<<48 | uint64(s[2])<<40 | uint64(s[3])<<32 |
		uint64(s[4])<<24 | uint64(s[5])<<16 | uint64(s[6])<<8 | uint64(s[7])
}

// I64 reads eight bytes, two's complement.
func (r *Reader) I64() int64 { return int64(r.U64()) }

// Bool reads one byte, 0 or 1.
func (r *Reader) Bool() bool {
	s := r.take(1)
	if s == "" {
		return false
	}
	if s[0] > 1 {
		r.at--
		r.fail(BadBool)
	}
	return s[0] == 1
}

// Len reads the number of elements of the container that follows, each of which
// takes at least minBytes bytes (values below 1 count as 1). A length that the
// remaining bytes cannot hold is BadLength and reads as 0, so the result may be
// used as a capacity.
func (r *Reader) Len(minBytes int) int {
	start := r.at
	n := r.U64()
	if n > uint64(r.Remaining()/max(minBytes, 1)) {
		r.at = start
		r.fail(BadLength)
		return 0
	}
	return int(n)
}

// String reads a length and that many bytes.
func (r *Reader) String() string { return r.take(r.Len(1)) }

// Bytes reads a length and that many bytes, into memory of the caller's own.
func (r *Reader) Bytes() []byte { return []byte(r.String()) }

// take is the next n bytes, or "" after a problem.
func (r *Reader) take(n int) string {
	if r.problem.Problem != 0 {
		return ""
	}
	if len(r.input)-r.at < n {
		r.fail(Truncated)
		return ""
	}
	s := r.input[r.at : r.at+n]
	r.at += n
	return s
}

// fail remembers the first problem.
func (r *Reader) fail(p Problem) {
	if r.problem.Problem == 0 {
		r.problem = Error{p, r.at}
	}
}
