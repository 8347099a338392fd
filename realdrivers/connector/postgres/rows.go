package postgres

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"example.com/tidemark/core/relation"
)

// ownPrefix is what the names of the sink's own columns begin with.
const ownPrefix = "tidemark_"

// createTable is the statement that makes the table of a collection.
func createTable(table pgx.Identifier, schema relation.Schema) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (tidemark_seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "+
		"tidemark_time numeric(20) NOT NULL, tidemark_diff bigint NOT NULL, tidemark_error text", table.Sanitize())
	for _, c := range schema.Columns {
		if strings.HasPrefix(c.Name, ownPrefix) || len(c.Name) > 63 || c.Name == "" || strings.ContainsRune(c.Name, 0) {
			return "", fmt.Errorf("column %q cannot be one of a table of Postgres here: names have 1 to 63 bytes and do not begin with %s", c.Name, ownPrefix)
		}
		fmt.Fprintf(&b, ", %s %s", pgx.Identifier{c.Name}.Sanitize(), typeName(c.Type))
	}
	return b.String() + ")", nil
}

func typeName(t relation.ColumnType) string {
	switch t {
	case relation.Bool:
		return "boolean"
	case relation.Int64:
		return "bigint"
	case relation.Uint64:
		return "numeric(20)"
	case relation.Float64:
		return "double precision"
	case relation.Bytes:
		return "bytea"
	default:
		return "text"
	}
}

func columnNames(schema relation.Schema) []string {
	names := []string{"tidemark_time", "tidemark_diff", "tidemark_error"}
	for _, c := range schema.Columns {
		names = append(names, c.Name)
	}
	return names
}

// rows are changes as COPY wants them.
type rows struct {
	updates []relation.Update
	columns int
	next    int
	unpack  []relation.Value
	values  []any
}

// Next implements pgx.CopyFromSource.
func (r *rows) Next() bool {
	r.next++
	return r.next <= len(r.updates)
}

// Err implements pgx.CopyFromSource.
func (r *rows) Err() error { return nil }

// Values implements pgx.CopyFromSource. That the row fits the schema was checked.
func (r *rows) Values() ([]any, error) {
	u := &r.updates[r.next-1]
	r.values = append(r.values[:0], unsigned(uint64(u.Time)), u.Diff, nil)
	if message, failed := u.Data.UnpackError(); failed {
		r.values[2] = text(message)
		for range r.columns {
			r.values = append(r.values, nil)
		}
		return r.values, nil
	}
	r.unpack, _ = u.Data.Unpack(r.unpack[:0])
	for i := range r.unpack {
		r.values = append(r.values, value(&r.unpack[i]))
	}
	return r.values, nil
}

func value(v *relation.Value) any {
	switch v.Type {
	case relation.Bool:
		return v.Bits != 0
	case relation.Int64:
		return int64(v.Bits)
	case relation.Uint64:
		return unsigned(v.Bits)
	case relation.Float64:
		return math.Float64frombits(v.Bits)
	case relation.Text:
		return text(v.Text)
	case relation.Bytes:
		return []byte(v.Text)
	}
	return nil
}

func unsigned(v uint64) pgtype.Numeric {
	return pgtype.Numeric{Int: new(big.Int).SetUint64(v), Valid: true}
}

// text is what Postgres keeps of a text.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
