package canonical

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// field is one value of any type; only the member of its kind is set.
type field struct {
	Kind int
	N    uint64
	B    bool
	S    string
}

func appendField(b []byte, f field) []byte {
	switch f.Kind {
	case 0:
		return AppendU8(b, uint8(f.N))
	case 1:
		return AppendU32(b, uint32(f.N))
	case 2:
		return AppendU64(b, f.N)
	case 3:
		return AppendI64(b, int64(f.N))
	case 4:
		return AppendBool(b, f.B)
	case 5:
		return AppendString(b, f.S)
	}
	return AppendBytes(b, []byte(f.S))
}

func readField(r *Reader, kind int) field {
	f := field{Kind: kind}
	switch kind {
	case 0:
		f.N = uint64(r.U8())
	case 1:
		f.N = uint64(r.U32())
	case 2:
		f.N = r.U64()
	case 3:
		f.N = uint64(r.I64())
	case 4:
		f.B = r.Bool()
	case 5:
		f.S = r.String()
	default:
		f.S = string(r.Bytes())
	}
	return f
}

func drawFields(t *rapid.T) []field {
	word := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1<<31 - 1, 1 << 31, 1<<63 - 1, 1 << 63, 1<<64 - 1}))
	fields := make([]field, rapid.IntRange(0, 12).Draw(t, "fields"))
	for i := range fields {
		f := field{Kind: rapid.IntRange(0, 6).Draw(t, "kind")}
		switch f.Kind {
		case 0:
			f.N = word.Draw(t, "u8") & 0xFF
		case 1:
			f.N = word.Draw(t, "u32") & 0xFFFF_FFFF
		case 2, 3:
			f.N = word.Draw(t, "u64")
		case 4:
			f.B = rapid.Bool().Draw(t, "bool")
		default:
			f.S = string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes"))
		}
		fields[i] = f
	}
	return fields
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := drawFields(t)
		var b []byte
		for _, f := range fields {
			b = appendField(b, f)
		}
		r := NewReader(b)
		got := []field{}
		for _, f := range fields {
			got = append(got, readField(&r, f.Kind))
		}
		if diff := cmp.Diff(fields, got); diff != "" {
			t.Fatalf("written and read differ:\n%s", diff)
		}
		if !r.Done() || r.Err() != nil || r.Close() != nil {
			t.Fatalf("not done: %v, %d bytes left", r.Err(), r.Remaining())
		}
	})
}

// Every proper prefix of an encoding is refused: nothing that was cut short can
// pass for a whole state.
func TestTruncationIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := drawFields(t)
		var b []byte
		for _, f := range fields {
			b = appendField(b, f)
		}
		if len(b) == 0 {
			return
		}
		r := NewReader(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")])
		for _, f := range fields {
			readField(&r, f.Kind)
		}
		if r.Err() == nil || r.Done() || r.Remaining() != 0 {
			t.Fatal("a truncated input was read without a problem")
		}
	})
}

func TestWidthsAndOrder(t *testing.T) {
	var b []byte
	b = AppendU8(b, 0x01)
	b = AppendU32(b, 0x02030405)
	b = AppendU64(b, 0x060708090a0b0c0d)
	b = AppendI64(b, -2)
	b = AppendBool(b, true)
	b = AppendString(b, "ab")
	b = AppendBytes(b, nil)
	b = AppendLen(b, 3)
	want := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
		255, 255, 255, 255, 255, 255, 255, 254, 1,
		0, 0, 0, 0, 0, 0, 0, 2, 'a', 'b',
		0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 3}
	if !bytes.Equal(b, want) {
		t.Fatalf("got  %v\nwant %v", b, want)
	}
}

func TestProblems(t *testing.T) {
	u64 := func(v uint64) []byte { return AppendU64(nil, v) }
	for _, c := range []struct {
		name  string
		input []byte
		read  func(r *Reader)
		want  Error
	}{
		{"nothing to read", nil, func(r *Reader) { r.U8() }, Error{Truncated, 0}},
		{"short word", []byte{1, 2, 3}, func(r *Reader) { r.U32() }, Error{Truncated, 0}},
		{"second value short", []byte{1, 2}, func(r *Reader) { r.U8(); r.U64() }, Error{Truncated, 1}},
		{"bad bool", []byte{0, 2}, func(r *Reader) { r.Bool(); r.Bool() }, Error{BadBool, 1}},
		{"length beyond the input", append(u64(3), 1, 2), func(r *Reader) { _ = r.String() }, Error{BadLength, 0}},
		{"huge length", append(u64(1<<63), 1), func(r *Reader) { r.Bytes() }, Error{BadLength, 0}},
		{"length wraps 32 bits", append(u64(1<<32), 1), func(r *Reader) { r.Len(0) }, Error{BadLength, 0}},
		{"elements too big", append(u64(2), make([]byte, 15)...), func(r *Reader) { r.Len(8) }, Error{BadLength, 0}},
		{"first problem stays", []byte{2}, func(r *Reader) { r.Bool(); r.U64(); r.Fail() }, Error{BadBool, 0}},
		{"said by the decoder", []byte{9}, func(r *Reader) { r.U8(); r.Fail() }, Error{BadValue, 1}},
		{"left over", []byte{9, 9}, func(r *Reader) { r.U8(); _ = r.Close() }, Error{Trailing, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewReader(c.input)
			c.read(&r)
			var got Error
			if !errors.As(r.Err(), &got) || got != c.want {
				t.Fatalf("got %v, want %v", r.Err(), c.want)
			}
			if r.Done() || r.Len(1) != 0 || r.U64() != 0 || r.String() != "" || r.Bool() {
				t.Fatal("a reader with a problem goes on")
			}
		})
	}
}

func TestLenAcceptsWhatFits(t *testing.T) {
	b := append(AppendLen(nil, 2), make([]byte, 16)...)
	r := NewReader(b)
	if n := r.Len(8); n != 2 || r.Err() != nil {
		t.Fatalf("got %d, %v", n, r.Err())
	}
}

// FuzzReader drives a reader over any bytes by any sequence of calls: it never
// panics, and never reads past a problem.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6}, []byte{1, 2, 3})
	f.Add([]byte{5}, AppendString(nil, "abc"))
	f.Fuzz(func(t *testing.T, calls, input []byte) {
		r := NewReader(input)
		for _, call := range calls {
			failed, before := r.Err(), r.Remaining()
			f := readField(&r, int(call%7))
			if len(f.S) > len(input) {
				t.Fatalf("read %d bytes out of %d", len(f.S), len(input))
			}
			if failed != nil && (r.Err() != failed || f != field{Kind: f.Kind}) {
				t.Fatalf("went on after %v", failed)
			}
			if r.Remaining() > before {
				t.Fatal("moved backwards")
			}
		}
	})
}
