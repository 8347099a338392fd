package wire

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// unhex reads hexadecimal digits with spaces between groups.
func unhex(t testing.TB, digits string) string {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// golden messages: bytes worked out by hand from the encoding's description, so
// that any other implementation reads what this one writes. The first three are
// that page's own examples.
var golden = []struct {
	name, bytes string
	append      func(b []byte) []byte
	read        []Field
}{
	{
		"varint 150 in field 1", "08 9601",
		func(b []byte) []byte { return AppendUint(b, 1, 150) },
		[]Field{{Number: 1, Type: Varint, Uint: 150}},
	},
	{
		"string in field 2", "12 07 74657374696e67",
		func(b []byte) []byte { return AppendString(b, 2, "testing") },
		[]Field{{Number: 2, Type: Length, String: "testing"}},
	},
	{
		"message in field 3", "1a 03 08 96 01",
		func(b []byte) []byte { return AppendString(b, 3, string(AppendUint(nil, 1, 150))) },
		[]Field{{Number: 3, Type: Length, String: "\x08\x96\x01"}},
	},
	{
		"fixed word, little end first", "21 efcdab8967452301",
		func(b []byte) []byte { return AppendWord(b, 4, 0x0123456789abcdef) },
		[]Field{{Number: 4, Type: Word64, Uint: 0x0123456789abcdef}},
	},
	{
		"zeros are left out, empty strings are not", "0a 00",
		func(b []byte) []byte { return AppendWord(AppendUint(AppendString(b, 1, ""), 2, 0), 3, 0) },
		[]Field{{Number: 1, Type: Length}},
	},
	{
		"the largest varint takes ten bytes", "08 ffffffffffffffffff01",
		func(b []byte) []byte { return AppendUint(b, 1, math.MaxUint64) },
		[]Field{{Number: 1, Type: Varint, Uint: math.MaxUint64}},
	},
	{
		"a field above 15 takes a tag of two bytes", "8001 01  7a 01 61",
		func(b []byte) []byte { return AppendString(AppendUint(b, 16, 1), 15, "a") },
		[]Field{{Number: 16, Type: Varint, Uint: 1}, {Number: 15, Type: Length, String: "a"}},
	},
	{
		"the last field number", "f8ffffff0f 7f",
		func(b []byte) []byte { return AppendUint(b, 1<<29-1, 127) },
		[]Field{{Number: 1<<29 - 1, Type: Varint, Uint: 127}},
	},
	{
		"a repeated field", "08 01 08 02 08 01",
		func(b []byte) []byte { return AppendUint(AppendUint(AppendUint(b, 1, 1), 1, 2), 1, 1) },
		[]Field{{Number: 1, Uint: 1}, {Number: 1, Uint: 2}, {Number: 1, Uint: 1}},
	},
	{
		// Nothing here writes it, but others may.
		"a 32-bit word", "0d 78563412", nil,
		[]Field{{Number: 1, Type: Word32, Uint: 0x12345678}},
	},
	{
		"a varint longer than it need be", "08 8000", nil,
		[]Field{{Number: 1, Type: Varint}},
	},
}

func TestGolden(t *testing.T) {
	for _, g := range golden {
		want := unhex(t, g.bytes)
		if g.append != nil {
			if got := string(g.append([]byte("before"))); got != "before"+want {
				t.Errorf("%s: wrote %x, want %x", g.name, got[6:], want)
			}
		}
		fields, ok := readAll(want)
		if !ok {
			t.Errorf("%s: malformed", g.name)
		}
		for i := range fields {
			fields[i].Raw = ""
		}
		if diff := gocmp.Diff(g.read, fields); diff != "" {
			t.Errorf("%s: %s", g.name, diff)
		}
	}
}

func TestMalformed(t *testing.T) {
	for name, digits := range map[string]string{
		"field 0":                      "00 01",
		"a field number too large":     "8080808010 01",
		"a tag of eleven bytes":        "8080808080808080808001 01",
		"an unfinished tag":            "80",
		"no value":                     "08",
		"an unfinished varint":         "08 ff",
		"a varint of more than 64 bit": "08 ffffffffffffffffff02",
		"a varint of eleven bytes":     "08 ffffffffffffffffffff01",
		"a short word":                 "09 01020304050607",
		"a short 32-bit word":          "0d 010203",
		"a string beyond the end":      "0a 02 61",
		"a string of absurd length":    "0a ffffffffffffffffff01 61",
		"a group":                      "0b 0c",
		"wire type 7":                  "0f 00",
	} {
		// A good field before it is still read; nothing after it is.
		r := NewReader(unhex(t, "10 05"+digits))
		if f, ok := r.Next(); !ok || f.Uint != 5 {
			t.Errorf("%s: the field before it: %+v, %v", name, f, ok)
		}
		for range 2 {
			if f, ok := r.Next(); ok || f != (Field{}) || !r.Bad() {
				t.Errorf("%s: read %+v, %v", name, f, ok)
			}
		}
	}
}

func readAll(message string) (fields []Field, ok bool) {
	r := NewReader(message)
	for f, more := r.Next(); more; f, more = r.Next() {
		fields = append(fields, f)
	}
	return fields, !r.Bad()
}

// TestRoundTrip: what is written is read again, field by field, and the raw parts
// are the message.
func TestRoundTrip(t *testing.T) {
	value := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(1, 300), rapid.SampledFrom([]uint64{127, 128, 1<<63 - 1, 1 << 63, math.MaxUint64}))
	rapid.Check(t, func(t *rapid.T) {
		var message []byte
		var want []Field
		for range rapid.IntRange(0, 8).Draw(t, "fields") {
			before := len(message)
			f := Field{Number: rapid.Uint32Range(1, 1<<29-1).Draw(t, "number")}
			switch f.Type = rapid.SampledFrom([]Type{Varint, Word64, Length}).Draw(t, "type"); f.Type {
			case Varint:
				f.Uint = max(1, value.Draw(t, "value"))
				message = AppendUint(message, f.Number, f.Uint)
			case Word64:
				f.Uint = max(1, value.Draw(t, "value"))
				message = AppendWord(message, f.Number, f.Uint)
			case Length:
				f.String = rapid.String().Draw(t, "string")
				message = AppendString(message, f.Number, f.String)
			}
			f.Raw = string(message[before:])
			want = append(want, f)
		}
		got, ok := readAll(string(message))
		if diff := gocmp.Diff(want, got); diff != "" || !ok {
			t.Fatalf("well-formed %v: %s", ok, diff)
		}
	})
}

// FuzzReader: any bytes are read to their end or to the first malformed one, and
// the fields' raw parts are exactly what was read: a rewrite that keeps them loses
// nothing.
func FuzzReader(f *testing.F) {
	for _, g := range golden {
		f.Add(unhex(f, g.bytes))
	}
	f.Add("\x0b\x0c")
	f.Fuzz(func(t *testing.T, message string) {
		fields, ok := readAll(message)
		var b []byte
		for _, field := range fields {
			if field.Number == 0 || field.Number > 1<<29-1 || field.Raw == "" {
				t.Fatalf("read %+v", field)
			}
			b = append(b, field.Raw...)
		}
		raw := string(b)
		if !strings.HasPrefix(message, raw) || ok && raw != message {
			t.Fatalf("the raw parts of %x are %x, well-formed %v", message, raw, ok)
		}
		again, ok := readAll(raw)
		if diff := gocmp.Diff(fields, again); diff != "" || !ok {
			t.Fatalf("reading the raw parts again: %v %s", ok, diff)
		}
	})
}
