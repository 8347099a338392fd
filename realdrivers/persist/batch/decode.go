package batch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// Decode is the updates in a file, in the order in which they were written. A file
// that is not as it was written is a *SealError, *VersionError, *ChecksumError or
// *FormatError.
func Decode(file []byte) (updates []relation.Update, err error) {
	if err := unseal(file); err != nil {
		return nil, err
	}
	defer recovered(&err)
	if updates, err = decode(file); err != nil {
		return nil, &FormatError{err}
	}
	return updates, nil
}

func decode(file []byte) ([]relation.Update, error) {
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	c, err := read(f.Schema())
	if err != nil {
		return nil, err
	}
	d := decoder{columns: c, updates: make([]relation.Update, 0, f.NumRows())}
	for _, group := range f.RowGroups() {
		if err := d.group(group); err != nil {
			return nil, err
		}
	}
	return d.updates, nil
}

// decoder collects the updates of a file.
type decoder struct {
	*columns
	updates []relation.Update
	buffer  []byte
}

func (d *decoder) group(group parquet.RowGroup) error {
	rows := group.Rows()
	defer rows.Close()
	// Who asks for more rows than there are has the library look for each of the others.
	left := int(group.NumRows())
	list := make([]parquet.Row, min(chunk, left))
	for left > 0 {
		n, err := rows.ReadRows(list[:min(len(list), left)])
		left -= n
		for _, row := range list[:n] {
			if err := d.row(row); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case n == 0:
			return io.ErrNoProgress
		}
	}
	return nil
}

func (d *decoder) row(row parquet.Row) error {
	if len(row) != len(d.values)+4 {
		return fmt.Errorf("row %d has %d columns", len(d.updates), len(row))
	}
	u := relation.Update{Time: frontier.Timestamp(row[d.time].Uint64()), Diff: row[d.diff].Int64()}
	switch packed, failed := row[d.packed], row[d.failed]; {
	case !packed.IsNull():
		u.Data = relation.Row(packed.ByteArray())
	case !failed.IsNull():
		u.Data = relation.PackError(string(failed.ByteArray()))
	default:
		d.buffer = d.buffer[:0]
		for i, at := range d.values {
			d.buffer = d.append(d.buffer, d.types[i], row[at])
		}
		u.Data = relation.Row(d.buffer)
	}
	d.updates = append(d.updates, u)
	return nil
}

// append appends a value's packed form.
func (d *decoder) append(b []byte, t relation.ColumnType, v parquet.Value) []byte {
	if v.IsNull() {
		return relation.AppendNull(b)
	}
	switch t {
	case relation.Bool:
		return relation.AppendBool(b, v.Boolean())
	case relation.Int64:
		return relation.AppendInt64(b, v.Int64())
	case relation.Uint64:
		return relation.AppendUint64(b, v.Uint64())
	case relation.Float64:
		return relation.AppendFloat64(b, math.Float64bits(v.Double()))
	case relation.Text:
		return relation.AppendText(b, string(v.ByteArray()))
	case relation.Bytes:
	}
	return relation.AppendBytes(b, v.ByteArray())
}
