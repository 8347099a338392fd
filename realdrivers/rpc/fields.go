package rpc

import (
	"fmt"
	"strconv"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// closedWord is the empty frontier for people.
const closedWord = "closed"

// at is the path of an entry of a list.
func at(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }

// toID reads an id.
func toID(field, text string) (core.GlobalID, error) {
	id, ok := core.ParseGlobalID(text)
	switch {
	case ok:
		return id, nil
	case text == "":
		return id, bad(field, "missing; ids look like u7, s12 or t3")
	}
	return id, bad(field, "%s is no id; ids look like u7, s12 or t3", quoted(text))
}

// toOptionalID reads an id that may be left out.
func toOptionalID(field, text string) (core.GlobalID, error) {
	if text == "" {
		return core.GlobalID{}, nil
	}
	return toID(field, text)
}

func toIDs(field string, texts []string) ([]core.GlobalID, error) {
	ids := make([]core.GlobalID, len(texts))
	for i, text := range texts {
		var err error
		if ids[i], err = toID(at(field, i), text); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// toFrontier reads a frontier that must be there.
func toFrontier(field string, f *tidemarkpb.Frontier) (frontier.Frontier, error) {
	switch mark := f.GetMark().(type) {
	case *tidemarkpb.Frontier_Time:
		return frontier.At(frontier.Timestamp(mark.Time)), nil
	case *tidemarkpb.Frontier_Closed:
		if mark.Closed {
			return frontier.Empty(), nil
		}
	}
	return frontier.Frontier{}, bad(field, `missing; give a time, or "closed"`)
}

// toOptionalFrontier reads a frontier; none is the minimum.
func toOptionalFrontier(field string, f *tidemarkpb.Frontier) (frontier.Frontier, error) {
	if f == nil {
		return frontier.Minimum(), nil
	}
	return toFrontier(field, f)
}

func fromFrontier(f frontier.Frontier) *tidemarkpb.Frontier {
	if t, ok := f.AsOption(); ok {
		return &tidemarkpb.Frontier{Mark: &tidemarkpb.Frontier_Time{Time: uint64(t)}}
	}
	return &tidemarkpb.Frontier{Mark: &tidemarkpb.Frontier_Closed{Closed: true}}
}

// toSpan reads a span in milliseconds.
func toSpan(field string, ms uint64) (clock.Duration, error) {
	const most = uint64(366 * 24 * time.Hour / time.Millisecond)
	if ms > most {
		return 0, bad(field, "%d ms is more than a year (%d)", ms, most)
	}
	return clock.Duration(ms) * clock.Millisecond, nil
}

// toHost reads where something runs. Whether it makes sense is the core's to say.
func toHost(h *tidemarkpb.Host) core.HostConfig {
	return core.HostConfig{Size: h.GetSize(), Address: h.GetAddress()}
}

func fromHost(h core.HostConfig) *tidemarkpb.Host {
	return &tidemarkpb.Host{Size: h.Size, Address: h.Address}
}

// choice finds the value of an enumeration by its name.
func choice[T interface {
	~uint8
	fmt.Stringer
}](field, text string, values []T) (T, error) {
	names := ""
	for i, v := range values {
		if v.String() == text {
			return v, nil
		}
		switch {
		case i > 0 && i == len(values)-1:
			names += " or "
		case i > 0:
			names += ", "
		}
		names += v.String()
	}
	if text == "" {
		return 0, bad(field, "missing; it is one of %s", names)
	}
	return 0, bad(field, "%s is not one of %s", quoted(text), names)
}

var (
	columnTypes = []relation.ColumnType{
		relation.Bool, relation.Int64, relation.Uint64, relation.Float64, relation.Text, relation.Bytes,
	}
	kinds = []core.CollectionKind{
		core.KindTable, core.KindReported, core.KindIntrospection, core.KindIngestion, core.KindSubsource,
	}
	introspections = []core.IntrospectionType{
		core.IntrospectionShardMapping, core.IntrospectionSourceStatus, core.IntrospectionSinkStatus,
	}
)

func toSchema(field string, columns []*tidemarkpb.Column) (relation.Schema, error) {
	s := relation.Schema{Columns: make([]relation.Column, len(columns))}
	for i, c := range columns {
		t, err := choice(at(field, i)+".type", c.GetType(), columnTypes)
		if err != nil {
			return relation.Schema{}, err
		}
		s.Columns[i] = relation.Column{Name: c.GetName(), Type: t, Nullable: c.GetNullable()}
	}
	return s, nil
}

func fromSchema(s relation.Schema) []*tidemarkpb.Column {
	columns := make([]*tidemarkpb.Column, len(s.Columns))
	for i, c := range s.Columns {
		columns[i] = &tidemarkpb.Column{Name: c.Name, Type: c.Type.String(), Nullable: c.Nullable}
	}
	return columns
}

// fromRows are rows of a snapshot of id.
func fromRows(id core.GlobalID, rows []relation.RowCount) ([]*tidemarkpb.Row, error) {
	out := make([]*tidemarkpb.Row, len(rows))
	for i := range rows {
		list, ok := unpack(rows[i].Data)
		if !ok {
			return nil, &UnreadableError{ID: id, Row: i}
		}
		out[i] = &tidemarkpb.Row{Row: list, Diff: rows[i].Diff}
	}
	return out, nil
}
