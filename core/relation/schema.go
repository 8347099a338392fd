package relation

import (
	"slices"
	"unicode/utf8"
)

// ColumnType is the type of a column's values.
type ColumnType uint8

// Column types. Floats exist only as their order-preserving bits. The numbers are
// part of the packed form of a row and never change.
const (
	Bool ColumnType = iota + 1
	Int64
	Uint64
	Float64
	Text
	Bytes
)

// Known reports whether t is one of the types above.
func (t ColumnType) Known() bool { return t >= Bool && t <= Bytes }

// String is the type's name.
func (t ColumnType) String() string {
	switch t {
	case Bool:
		return "bool"
	case Int64:
		return "int64"
	case Uint64:
		return "uint64"
	case Float64:
		return "float64"
	case Text:
		return "text"
	case Bytes:
		return "bytes"
	}
	return "type?"
}

// Bounds of a schema. They keep the work of checking one row bounded.
const (
	// MaxColumns is how many columns a schema may have.
	MaxColumns = 1024
	// MaxNameBytes is how long a column's name may be.
	MaxNameBytes = 255
)

// Column is one named, typed, possibly nullable column.
type Column struct {
	Name     string
	Type     ColumnType
	Nullable bool
}

// Valid reports whether the column has a name (UTF-8, at most MaxNameBytes) and a
// known type.
func (c Column) Valid() bool {
	return c.Name != "" && len(c.Name) <= MaxNameBytes && utf8.ValidString(c.Name) && c.Type.Known()
}

// Schema describes a collection's rows. Its columns are frozen.
type Schema struct{ Columns []Column }

// Valid reports whether the schema is well formed: 1 to MaxColumns valid columns
// with different names. A schema without columns is refused: it is far more often
// a forgotten field than a wish.
func (s Schema) Valid() bool {
	if len(s.Columns) == 0 || len(s.Columns) > MaxColumns {
		return false
	}
	names := make([]string, 0, len(s.Columns))
	for _, c := range s.Columns {
		if !c.Valid() {
			return false
		}
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return len(slices.Compact(names)) == len(s.Columns)
}

// Equal reports whether both have the same columns in the same order.
func (s Schema) Equal(t Schema) bool { return slices.Equal(s.Columns, t.Columns) }

// Fits reports whether row is a row of this schema: one value per column, of the
// column's type, null only where the column is nullable, in its one packed form.
// Errors fit every schema. It allocates nothing and accepts any bytes.
func (s Schema) Fits(row Row) bool {
	if row.IsError() {
		return true
	}
	rest := string(row)
	for i := range s.Columns {
		c := &s.Columns[i]
		n := packedLen(rest)
		if n == 0 {
			return false
		}
		if tag := rest[0]; tag != byte(c.Type) && (tag != tagNull || !c.Nullable) {
			return false
		}
		rest = rest[n:]
	}
	return rest == ""
}
