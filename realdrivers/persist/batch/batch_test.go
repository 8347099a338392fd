package batch

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

func randomValue(t *rapid.T, types []relation.ColumnType, i int) relation.Value {
	kind := types[i]
	switch rapid.IntRange(0, 9).Draw(t, "odd") {
	case 0:
		return relation.Value{}
	case 1:
		kind = relation.ColumnType(rapid.IntRange(1, 6).Draw(t, "type"))
	}
	v := relation.Value{Type: kind}
	switch kind {
	case relation.Bool:
		v.Bits = uint64(rapid.IntRange(0, 1).Draw(t, "bool"))
	case relation.Int64, relation.Uint64:
		v.Bits = rapid.Uint64().Draw(t, "bits")
	case relation.Float64:
		v.Bits = rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{
			0, 1 << 63, math.Float64bits(math.NaN()), math.Float64bits(math.Inf(-1)), 0x7ff0000000000001, 0xfff8000000000001,
		})).Draw(t, "float")
	case relation.Text, relation.Bytes:
		v.Text = rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
	}
	return v
}

func row(t *rapid.T, types []relation.ColumnType) relation.Row {
	switch rapid.IntRange(0, 11).Draw(t, "form") {
	case 0:
		return relation.PackError(rapid.String().Draw(t, "error"))
	case 1:
		return relation.Row(rapid.SliceOf(rapid.Byte()).Draw(t, "garbage"))
	case 2:
		types = types[:rapid.IntRange(0, len(types)).Draw(t, "fewer")]
	}
	values := make([]relation.Value, len(types))
	for i := range values {
		values[i] = randomValue(t, types, i)
	}
	return relation.Pack(values...)
}

func updates(t *rapid.T) []relation.Update {
	types := make([]relation.ColumnType, rapid.IntRange(0, 12).Draw(t, "columns"))
	for i := range types {
		types[i] = relation.ColumnType(rapid.IntRange(1, 6).Draw(t, "type"))
	}
	list := make([]relation.Update, rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(0, 3*chunk)).Draw(t, "updates"))
	for i := range list {
		list[i] = relation.Update{
			Data: row(t, types), Time: frontier.Timestamp(rapid.Uint64().Draw(t, "time")), Diff: rapid.Int64().Draw(t, "diff"),
		}
	}
	return list
}

// Whatever is written is what is read.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := updates(t)
		file, err := Encode(want, About{"s", "k"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// some is a list with everything in it.
func some() []relation.Update {
	list := []relation.Update{
		{Data: relation.Pack(relation.Value{Type: relation.Int64, Bits: 7}, relation.Value{Type: relation.Text, Text: "tide"}), Time: 1, Diff: 1},
		{Data: relation.Pack(relation.Value{Type: relation.Int64, Bits: 8}, relation.Value{}), Time: 2, Diff: -1},
		{Data: relation.PackError("division by zero"), Time: 3, Diff: 1},
		{Data: "\xff\xff\xff", Time: math.MaxUint64, Diff: math.MinInt64},
	}
	for i := range uint64(300) {
		list = append(list, relation.Update{Data: relation.Pack(relation.Value{Type: relation.Int64, Bits: i * i}), Time: frontier.Timestamp(i), Diff: 1})
	}
	return list
}

func encoded(t testing.TB) []byte {
	t.Helper()
	file, err := Encode(some(), About{"s1", "s1/k"})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// No bit of a file can change, and no part of it be missing, without that being said.
func TestDamage(t *testing.T) {
	file := encoded(t)
	for i := range file {
		damaged := slices.Clone(file)
		damaged[i] ^= 1 << (i % 8)
		if got, err := Decode(damaged); err == nil || got != nil {
			t.Fatalf("byte %d is damaged: %v, %d updates", i, err, len(got))
		}
		if got, err := Decode(file[:i]); err == nil || got != nil {
			t.Fatalf("cut after byte %d: %v, %d updates", i, err, len(got))
		}
	}
	if _, err := Decode(append(slices.Clone(file), 0)); err == nil {
		t.Error("a byte too much was accepted")
	}
}

func TestDamageIsNamed(t *testing.T) {
	file := encoded(t)
	at := strings.Index(string(file), sealMagic)
	damaged := func(i int) []byte {
		c := slices.Clone(file)
		c[i]++
		return c
	}
	var (
		seal     *SealError
		version  *VersionError
		checksum *ChecksumError
	)
	if _, err := Decode(damaged(at)); !errors.As(err, &seal) || seal.Size != len(file) {
		t.Error(err)
	}
	if _, err := Decode(damaged(at + versionAt)); !errors.As(err, &version) || version.Found != Version+1 {
		t.Error(err)
	}
	if _, err := Decode(damaged(4)); !errors.As(err, &checksum) || !strings.Contains(err.Error(), "SHA-256") {
		t.Error(err)
	}
	if _, err := Decode([]byte("PAR1PAR1")); !errors.As(err, &seal) {
		t.Error(err)
	}
}

// A file whose seal is right, but which is none of this package's, is refused.
func TestStrangeParquet(t *testing.T) {
	type strange struct{ Time, Diff uint64 }
	type stranger struct {
		Time   uint64  `parquet:"time"`
		Diff   int64   `parquet:"diff"`
		Error  *string `parquet:"error,optional"`
		Packed *[]byte `parquet:"packed,optional"`
		V1     float32 `parquet:"v1"`
	}
	var one, other bytes.Buffer
	if err := parquet.Write(&one, []strange{{1, 2}}); err != nil {
		t.Fatal(err)
	}
	if err := parquet.Write(&other, []stranger{{Time: 1}}); err != nil {
		t.Fatal(err)
	}
	for _, file := range [][]byte{one.Bytes(), other.Bytes(), []byte("\x00\x00\x00\x00PAR1"), []byte("\x01\x01\x00\x00\x00PAR1")} {
		var format *FormatError
		if got, err := Decode(sealed(file)); got != nil || !errors.As(err, &format) {
			t.Errorf("%v, %d updates", err, len(got))
		}
	}
}

// Bytes from anywhere are refused, before they are parsed: Parquet readers allocate
// what a page says that it needs.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f))
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := Decode(file)
		if err == nil && !slices.Equal(got, some()) || err != nil && got != nil {
			t.Fatalf("%v, %d updates", err, len(got))
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	list := many()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(list, About{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/update")
}

func BenchmarkDecode(b *testing.B) {
	list := many()
	file, err := Encode(list, About{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(file); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/update")
	b.ReportMetric(float64(len(file))/float64(len(list)), "B/update")
}

func many() []relation.Update {
	var list []relation.Update
	for i := range uint64(50_000) {
		list = append(list, relation.Update{
			Data: relation.Pack(relation.Value{Type: relation.Int64, Bits: i}, relation.Value{Type: relation.Text, Text: "customer"}, relation.Value{Type: relation.Float64, Bits: math.Float64bits(float64(i) / 7)}),
			Time: frontier.Timestamp(i / 100), Diff: 1,
		})
	}
	return list
}

// More than one page and one buffer of rows.
func TestManyRows(t *testing.T) {
	want := many()
	file, err := Encode(want, About{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(file); err != nil || !slices.Equal(got, want) {
		t.Errorf("%d updates, %v", len(got), err)
	}
}

// Statistics have copies of the least and the greatest value of a column, in full. Each
// place that has them makes the file of one long row longer by the row, twice.
func TestFileOfALongRow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	long := make([]byte, 20_000)
	for i := range long {
		long[i] = byte(random.Uint32())
	}
	file, err := Encode([]relation.Update{{Data: relation.Row(relation.AppendBytes(nil, long)), Time: 1, Diff: 1}}, About{"s", "k"})
	if err != nil {
		t.Fatal(err)
	}
	if most := 7 * len(long) / 2; len(file) > most {
		t.Errorf("the file of a row of %d bytes has %d, more than %d", len(long), len(file), most)
	}
}
