package batch

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"example.com/tidemark/core/relation"
)

// chunk is how many rows are handed to the library at a time.
const chunk = 512

// About says what a file is, for people.
type About struct{ Shard, Key string }

// Encode is the file that holds the updates.
func Encode(updates []relation.Update, about About) (_ []byte, err error) {
	defer recovered(&err)
	e := encoderOf(typesOf(updates))
	e.writer.SetKeyValueMetadata(keyShard, about.Shard)
	e.writer.SetKeyValueMetadata(keyKey, about.Key)
	for len(updates) > 0 {
		n := min(chunk, len(updates))
		if _, err := e.writer.WriteRows(e.rows(updates[:n])); err != nil {
			return nil, err
		}
		updates = updates[n:]
	}
	if err := e.writer.Close(); err != nil {
		return nil, err
	}
	file := sealed(e.file.Bytes())
	e.keep()
	return file, nil
}

// Names in a file's metadata.
const (
	keyFormat = "tidemark.format"
	keyShard  = "tidemark.shard"
	keyKey    = "tidemark.key"
)

// encoders are those that have written their file: to make one takes longer than to
// write a small file.
var encoders sync.Pool

// keptSize is up to what size of its file an encoder is kept, with all its memory.
const keptSize = 1 << 20

// encoderOf is an encoder of rows of these types, used or new.
func encoderOf(types []relation.ColumnType) *encoder {
	if e, ok := encoders.Get().(*encoder); ok && slices.Equal(e.types, types) {
		e.file.Reset()
		e.writer.Reset(&e.file)
		return e
	}
	e := &encoder{columns: columnsOf(types)}
	e.writer = parquet.NewGenericWriter[any](&e.file, e.schema, parquet.Compression(compression()),
		parquet.CreatedBy("tidemark", fmt.Sprint(Version), "batch"), parquet.DataPageStatistics(false),
		parquet.WriteBufferSize(0), parquet.KeyValueMetadata(keyFormat, fmt.Sprint(Version)))
	return e
}

// keep has the encoder used again.
func (e *encoder) keep() {
	if e.file.Len() <= keptSize {
		encoders.Put(e)
	}
}

func compression() compress.Codec { return &parquet.Zstd }

// encoder turns updates into rows of Parquet, and these into a file; its memory is
// used again.
type encoder struct {
	*columns
	file   bytes.Buffer
	writer *parquet.GenericWriter[any]
	list   []parquet.Row
	values []relation.Value
	buffer []byte
}

func (e *encoder) rows(updates []relation.Update) []parquet.Row {
	width := len(e.columns.values) + 4
	for len(e.list) < len(updates) {
		e.list = append(e.list, make(parquet.Row, width))
	}
	for i := range updates {
		e.row(e.list[i], &updates[i])
	}
	return e.list[:len(updates)]
}

// row fills one in.
func (e *encoder) row(row parquet.Row, u *relation.Update) {
	row[e.time] = parquet.Int64Value(int64(u.Time)).Level(0, 0, e.time)
	row[e.diff] = parquet.Int64Value(u.Diff).Level(0, 0, e.diff)
	row[e.failed] = parquet.NullValue().Level(0, 0, e.failed)
	row[e.packed] = parquet.NullValue().Level(0, 0, e.packed)
	for _, at := range e.columns.values {
		row[at] = parquet.NullValue().Level(0, 0, at)
	}
	var ok bool
	if e.values, ok = u.Data.Unpack(e.values[:0]); ok && e.fits(u.Data, e.values, &e.buffer) {
		for i, v := range e.values {
			if at := e.columns.values[i]; v.Type != 0 {
				row[at] = value(v).Level(0, 1, at)
			}
		}
		return
	}
	if text, ok := u.Data.UnpackError(); ok && utf8.ValidString(text) && relation.PackError(text) == u.Data {
		row[e.failed] = parquet.ValueOf(text).Level(0, 1, e.failed)
		return
	}
	row[e.packed] = parquet.ValueOf(string(u.Data)).Level(0, 1, e.packed)
}

// value is one as Parquet has it.
func value(v relation.Value) parquet.Value {
	switch v.Type {
	case relation.Bool:
		return parquet.BooleanValue(v.Bits != 0)
	case relation.Int64, relation.Uint64:
		return parquet.Int64Value(int64(v.Bits))
	case relation.Float64:
		return parquet.DoubleValue(math.Float64frombits(v.Bits))
	case relation.Text, relation.Bytes:
	}
	return parquet.ValueOf(v.Text)
}

// recovered makes an error of a panic of the library's.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &FormatError{fmt.Errorf("%v", p)}
	}
}
