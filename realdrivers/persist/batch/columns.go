package batch

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"example.com/tidemark/core/relation"
)

// Names of the columns that every file has.
const (
	columnTime   = "time"
	columnDiff   = "diff"
	columnError  = "error"
	columnPacked = "packed"
)

// valueName is the name of the i-th column of the rows.
func valueName(i int) string { return "v" + strconv.Itoa(i+1) }

// columns are where everything is in the rows of a file.
type columns struct {
	schema                     *parquet.Schema
	time, diff, failed, packed int
	// values and types are those of the rows' own columns.
	values []int
	types  []relation.ColumnType
}

// typesOf are the column types of most rows: as many as the first row has, each of
// the type of the first value in it that is not null.
func typesOf(updates []relation.Update) []relation.ColumnType {
	var (
		values []relation.Value
		types  []relation.ColumnType
		known  int
	)
	for i := range updates {
		var ok bool
		if values, ok = updates[i].Data.Unpack(values[:0]); !ok || len(values) == 0 || len(values) > relation.MaxColumns {
			continue
		}
		if types == nil {
			types = make([]relation.ColumnType, len(values))
		}
		if len(values) != len(types) {
			continue
		}
		for c, v := range values {
			if types[c] == 0 && v.Type != 0 {
				types[c] = v.Type
				known++
			}
		}
		if known == len(types) {
			break
		}
	}
	return types
}

// columnsOf are the columns of a file for rows of these types.
func columnsOf(types []relation.ColumnType) *columns {
	group := parquet.Group{
		columnTime:   parquet.Uint(64),
		columnDiff:   parquet.Int(64),
		columnError:  parquet.Optional(parquet.String()),
		columnPacked: parquet.Optional(parquet.Leaf(parquet.ByteArrayType)),
	}
	for i, t := range types {
		group[valueName(i)] = parquet.Optional(node(t))
	}
	c := &columns{schema: parquet.NewSchema("updates", group), types: types}
	// They are all there: they were just put there.
	_ = c.find()
	return c
}

// node is the column for values of a type; for one without a value any type will do.
func node(t relation.ColumnType) parquet.Node {
	switch t {
	case relation.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case relation.Int64:
		return parquet.Int(64)
	case relation.Uint64:
		return parquet.Uint(64)
	case relation.Float64:
		return parquet.Leaf(parquet.DoubleType)
	case relation.Text:
		return parquet.String()
	case relation.Bytes:
	}
	return parquet.Leaf(parquet.ByteArrayType)
}

// typeOf is the type of the values that a column was made for.
func typeOf(leaf parquet.LeafColumn) (relation.ColumnType, error) {
	for t := relation.Bool; t.Known(); t++ {
		if leaf.Node.Type().String() == node(t).Type().String() {
			return t, nil
		}
	}
	return 0, fmt.Errorf("column %v is of type %v", leaf.Path, leaf.Node.Type())
}

// read finds a file's columns in its schema.
func read(schema *parquet.Schema) (*columns, error) {
	c := &columns{schema: schema}
	for {
		leaf, ok := schema.Lookup(valueName(len(c.types)))
		if !ok {
			break
		}
		t, err := typeOf(leaf)
		if err != nil {
			return nil, err
		}
		c.types = append(c.types, t)
	}
	return c, c.find()
}

// find looks up where the columns are.
func (c *columns) find() error {
	for _, f := range []struct {
		name string
		at   *int
	}{{columnTime, &c.time}, {columnDiff, &c.diff}, {columnError, &c.failed}, {columnPacked, &c.packed}} {
		leaf, ok := c.schema.Lookup(f.name)
		if !ok {
			return fmt.Errorf("there is no column %q", f.name)
		}
		*f.at = leaf.ColumnIndex
	}
	c.values = make([]int, len(c.types))
	for i := range c.values {
		leaf, ok := c.schema.Lookup(valueName(i))
		if !ok {
			return fmt.Errorf("there is no column %q", valueName(i))
		}
		c.values[i] = leaf.ColumnIndex
	}
	if want, got := len(c.values)+4, len(c.schema.Columns()); got != want {
		return fmt.Errorf("there are %d columns instead of %d", got, want)
	}
	return nil
}

// fits reports whether a row with these values comes back as it was from columns of
// its own. memory is used again.
func (c *columns) fits(row relation.Row, values []relation.Value, memory *[]byte) bool {
	if len(values) != len(c.types) || len(values) == 0 {
		return false
	}
	packed := (*memory)[:0]
	for i, v := range values {
		switch {
		case v.Type != 0 && v.Type != c.types[i]:
			return false
		case v.Type == relation.Text && !utf8.ValidString(v.Text):
			return false
		case v.Type == relation.Float64 && math.IsNaN(math.Float64frombits(v.Bits)):
			return false // nobody promises to keep its bits
		}
		packed = v.Append(packed)
	}
	*memory = packed
	return string(packed) == string(row)
}
