package relation

import (
	"strconv"
	"strings"
	"testing"
)

func TestSchemaValid(t *testing.T) {
	column := func(name string, typ ColumnType) Column { return Column{Name: name, Type: typ} }
	many := func(n int) (s Schema) {
		for i := range n {
			s.Columns = append(s.Columns, column(strconv.Itoa(i), Text))
		}
		return s
	}
	for _, c := range []struct {
		name   string
		schema Schema
		want   bool
	}{
		{"one column", many(1), true},
		{"every type", Schema{[]Column{column("a", Bool), column("b", Int64), column("c", Uint64),
			column("d", Float64), column("e", Text), column("f", Bytes)}}, true},
		{"as many as allowed", many(MaxColumns), true},
		{"one too many", many(MaxColumns + 1), false},
		{"none", Schema{}, false},
		{"no name", Schema{[]Column{column("", Text)}}, false},
		{"longest name", Schema{[]Column{column(strings.Repeat("n", MaxNameBytes), Text)}}, true},
		{"name too long", Schema{[]Column{column(strings.Repeat("n", MaxNameBytes+1), Text)}}, false},
		{"name not UTF-8", Schema{[]Column{column("\xFF", Text)}}, false},
		{"name twice", Schema{[]Column{column("a", Text), column("b", Text), column("a", Int64)}}, false},
		{"names differ in case", Schema{[]Column{column("a", Text), column("A", Text)}}, true},
		{"no type", Schema{[]Column{column("a", 0)}}, false},
		{"unknown type", Schema{[]Column{column("a", Bytes+1)}}, false},
	} {
		if got := c.schema.Valid(); got != c.want {
			t.Errorf("%s: Valid() = %v", c.name, got)
		}
	}
}

func TestSchemaEqual(t *testing.T) {
	base := Column{Name: "a", Type: Text, Nullable: true}
	s := Schema{[]Column{base, {Name: "b", Type: Int64}}}
	if !s.Equal(Schema{append([]Column(nil), s.Columns...)}) || !(Schema{}).Equal(Schema{Columns: []Column{}}) {
		t.Error("a copy is not equal")
	}
	for _, other := range []Schema{
		{},
		{[]Column{base}},
		{[]Column{s.Columns[1], base}},
		{[]Column{{Name: "c", Type: Text, Nullable: true}, s.Columns[1]}},
		{[]Column{{Name: "a", Type: Bytes, Nullable: true}, s.Columns[1]}},
		{[]Column{{Name: "a", Type: Text}, s.Columns[1]}},
	} {
		if s.Equal(other) || other.Equal(s) {
			t.Errorf("%v equals %v", s, other)
		}
	}
}

func TestColumnTypeNames(t *testing.T) {
	seen := map[string]bool{}
	for typ := ColumnType(0); typ <= Bytes+1; typ++ {
		if typ.Known() == (typ.String() == "type?") {
			t.Errorf("type %d: known %v, prints as %s", typ, typ.Known(), typ)
		}
		if typ.Known() && seen[typ.String()] {
			t.Errorf("two types print as %s", typ)
		}
		seen[typ.String()] = true
	}
}
