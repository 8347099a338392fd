package relation

import (
	"cmp"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawSchema draws a valid schema of up to five columns.
func drawSchema(t *rapid.T) Schema {
	columns := make([]Column, rapid.IntRange(1, 5).Draw(t, "columns"))
	for i := range columns {
		columns[i] = Column{
			Name:     string(rune('a' + i)),
			Type:     ColumnType(rapid.IntRange(int(Bool), int(Bytes)).Draw(t, "type")),
			Nullable: rapid.Bool().Draw(t, "nullable"),
		}
	}
	return Schema{columns}
}

// drawValue draws a value that fits the column, from a domain small enough that
// equal prefixes and escaped zeros are common.
func drawValue(t *rapid.T, c Column) Value {
	if c.Nullable && rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return Value{}
	}
	v := Value{Type: c.Type}
	switch c.Type {
	case Bool:
		v.Bits = uint64(rapid.IntRange(0, 1).Draw(t, "bool"))
	case Float64:
		v.Bits = math.Float64bits(rapid.OneOf(rapid.Float64(),
			rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN()})).Draw(t, "float"))
	case Int64, Uint64:
		v.Bits = rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 255, 1<<63 - 1, 1 << 63, 1<<64 - 1})).Draw(t, "word")
	case Text:
		v.Text = rapid.StringOfN(rapid.SampledFrom([]rune{0, 1, 'a', 0x7F, 0xFF, 0x10FFFF}), 0, 5, -1).Draw(t, "text")
	case Bytes:
		v.Text = string(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', 0xFE, 0xFF}), 0, 5).Draw(t, "bytes"))
	}
	return v
}

func drawRow(t *rapid.T, s Schema) []Value {
	values := make([]Value, len(s.Columns))
	for i, c := range s.Columns {
		values[i] = drawValue(t, c)
	}
	return values
}

// compareValues is the dumb order: null first, then by the values themselves.
func compareValues(a, b Value) int {
	if a.IsNull() || b.IsNull() {
		return cmp.Compare(a.Type, b.Type)
	}
	switch a.Type {
	case Int64:
		return cmp.Compare(int64(a.Bits), int64(b.Bits))
	case Float64:
		return compareFloats(math.Float64frombits(a.Bits), math.Float64frombits(b.Bits))
	case Text, Bytes:
		return strings.Compare(a.Text, b.Text)
	}
	return cmp.Compare(a.Bits, b.Bits)
}

// compareFloats is the total order of IEEE 754 where the language has none: the
// sign decides between NaNs and numbers, and between zeros. NaNs here have one
// payload.
func compareFloats(a, b float64) int {
	nanSide := func(f float64) int {
		switch {
		case f == f:
			return 0
		case math.Signbit(f):
			return -1
		}
		return 1
	}
	positive := func(f float64) int {
		if math.Signbit(f) {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(nanSide(a), nanSide(b)), cmp.Compare(a, b), cmp.Compare(positive(a), positive(b)))
}

func compareTuples(a, b []Value) int {
	for i := range a {
		if c := compareValues(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

func TestRowOrderIsColumnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchema(t)
		a, b := drawRow(t, s), drawRow(t, s)
		// Half of the time they differ in one column only.
		if rapid.Bool().Draw(t, "alike") {
			b = append([]Value(nil), a...)
			i := rapid.IntRange(0, len(b)-1).Draw(t, "differs")
			b[i] = drawValue(t, s.Columns[i])
		}
		if got, want := cmp.Compare(Pack(a...), Pack(b...)), compareTuples(a, b); got != want {
			t.Fatalf("packed order %d, column order %d\n%q\n%q", got, want, string(Pack(a...)), string(Pack(b...)))
		}
	})
}

func TestPackRoundTripAndFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchema(t)
		values := drawRow(t, s)
		row := Pack(values...)
		if !s.Fits(row) {
			t.Fatalf("%v does not fit its own schema %v", row, s)
		}
		got, ok := row.Unpack([]Value{{Type: Text, Text: "kept"}})
		if !ok || got[0].Text != "kept" {
			t.Fatalf("unpack: %v %v", got, ok)
		}
		if diff := gocmp.Diff(values, got[1:]); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Any bytes at all: what unpacks packs back to the same bytes, so that two rows
// with the same values are the same row; and Fits agrees with the dumb check.
func TestOneFormPerRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 1, 2, 5, 5, 6, 'a', 0x80, 0xC3, 0xA9, 0xFF}), 0, 14).Draw(t, "raw")
		row := Row(raw)
		values, ok := row.Unpack(nil)
		if ok && Pack(values...) != row {
			t.Fatalf("%q unpacks to %v and packs to %q", raw, values, string(Pack(values...)))
		}
		if !ok && len(values) > 0 {
			t.Fatalf("%q does not unpack, and yet gives %v", raw, values)
		}
		s := drawSchema(t)
		want := row.IsError() || ok && dumbFits(s, values)
		if got := s.Fits(row); got != want {
			t.Fatalf("Fits(%q) = %v, want %v for %v", raw, got, want, s)
		}
	})
}

func dumbFits(s Schema, values []Value) bool {
	if len(values) != len(s.Columns) {
		return false
	}
	for i, v := range values {
		c := s.Columns[i]
		if v.IsNull() && !c.Nullable || !v.IsNull() && v.Type != c.Type {
			return false
		}
		if v.Type == Text && !utf8.ValidString(v.Text) {
			return false
		}
	}
	return true
}

func TestFits(t *testing.T) {
	s := Schema{[]Column{{Name: "k", Type: Int64}, {Name: "v", Type: Text, Nullable: true}}}
	k, v := Value{Type: Int64, Bits: 7}, Value{Type: Text, Text: "a\x00é"}
	good := Pack(k, v)
	for _, c := range []struct {
		name string
		row  Row
		want bool
	}{
		{"row", good, true},
		{"null where allowed", Pack(k, Value{}), true},
		{"null where not allowed", Pack(Value{}, v), false},
		{"wrong type", Pack(v, v), false},
		{"column missing", Pack(k), false},
		{"column too many", Pack(k, v, v), false},
		{"empty", "", false},
		{"cut short", good[:len(good)-1], false},
		{"cut in a word", good[:5], false},
		{"left over", good + "\x00", false},
		{"not UTF-8", Pack(k, Value{Type: Text, Text: "\xC3"}), false},
		{"character cut by the end", Row(AppendInt64(nil, 7)) + "\x05\xC3\x00", false},
		{"unknown type", Row(AppendInt64(nil, 7)) + "\x07\x00", false},
		{"bytes for text", Pack(k, Value{Type: Bytes, Text: "a"}), false},
		{"error", PackError("boom"), true},
	} {
		if got := s.Fits(c.row); got != c.want {
			t.Errorf("%s: Fits(%v) = %v", c.name, c.row, got)
		}
	}
	b := Schema{[]Column{{Name: "b", Type: Bool}}}
	if !b.Fits("\x01\x01") || b.Fits("\x01\x02") || b.Fits("\x01") {
		t.Error("a bool has two forms")
	}
}

func TestFitsAllocatesNothing(t *testing.T) {
	s := Schema{[]Column{{Name: "k", Type: Int64}, {Name: "v", Type: Text}}}
	row := Pack(Value{Type: Int64}, Value{Type: Text, Text: "some text with a \x00 in it"})
	if n := testing.AllocsPerRun(100, func() { s.Fits(row) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestErrorsSortAfterRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchema(t)
		message := rapid.String().Draw(t, "message")
		e, row := PackError(message), Pack(drawRow(t, s)...)
		if row >= e || row.IsError() || !e.IsError() || !s.Fits(e) {
			t.Fatalf("row %v, error %v", row, e)
		}
		if got, ok := e.UnpackError(); !ok || got != message {
			t.Fatalf("unpacked %q, %v", got, ok)
		}
		if _, ok := row.UnpackError(); ok {
			t.Fatal("a row unpacks as an error")
		}
		if values, ok := e.Unpack(nil); ok {
			t.Fatalf("an error unpacks as a row %v", values)
		}
	})
}

// The packed form is durable: these bytes are in shards.
func TestPackedFormIsPinned(t *testing.T) {
	for _, c := range []struct {
		value Value
		want  string
		text  string
	}{
		{Value{}, "\x00", "(null)"},
		{Value{Type: Bool, Bits: 1}, "\x01\x01", "(true)"},
		{Value{Type: Int64, Bits: 1<<64 - 2}, "\x02\x7f\xff\xff\xff\xff\xff\xff\xfe", "(-2)"},
		{Value{Type: Uint64, Bits: 258}, "\x03\x00\x00\x00\x00\x00\x00\x01\x02", "(258u)"},
		{Value{Type: Float64, Bits: math.Float64bits(1)}, "\x04\xbf\xf0\x00\x00\x00\x00\x00\x00", "(f0x3ff0000000000000)"},
		{Value{Type: Float64, Bits: math.Float64bits(-1)}, "\x04\x40\x0f\xff\xff\xff\xff\xff\xff", "(f0xbff0000000000000)"},
		{Value{Type: Text, Text: "a\x00b"}, "\x05a\x00\xffb\x00", `("a\x00b")`},
		{Value{Type: Bytes, Text: "\xff\x00"}, "\x06\xff\x00\xff\x00", `(b"\xff\x00")`},
	} {
		if got := Pack(c.value); got != Row(c.want) {
			t.Errorf("%v: got %q, want %q", c.value, string(got), c.want)
		}
		if got := Row(c.want).String(); got != c.text {
			t.Errorf("%q prints as %s, want %s", c.want, got, c.text)
		}
	}
	for row, want := range map[Row]string{
		PackError("no"): `error("no")`,
		"\x09":          `packed("\t")`,
		Pack(Value{Type: Bool}, Value{Type: Int64}): "(false,0)",
	} {
		if got := row.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add("\x05a\x00\xffb\x00\x00")
	f.Add("\xffboom")
	f.Fuzz(func(t *testing.T, raw string) {
		values, ok := Row(raw).Unpack(nil)
		if ok && Pack(values...) != Row(raw) {
			t.Fatalf("%q unpacks to %v and packs to %q", raw, values, string(Pack(values...)))
		}
		if Row(raw).String() == "" {
			t.Fatal("prints as nothing")
		}
	})
}
