package postgres

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
)

// Texts of errors that stand for changes which the log does not tell. They are frozen:
// whoever reads the log again writes the same.
const (
	truncated = "the table was truncated: what it held is not in the log"
	partly    = "a change does not say what was there before: the table has not REPLICA IDENTITY FULL"
)

// decoder makes records of the messages of a log.
type decoder struct {
	outputs map[[2]string]uint32
	prefix  string
	// relations are the tables that changes name by number; types those of messages.
	relations map[uint32]*relationOf
	types     map[int][]uint32
	// inside a transaction, which ends at offset at.
	inside  bool
	at      source.Offset
	records []source.Record
}

// relationOf is a table as the log describes it.
type relationOf struct {
	output uint32
	wanted bool
	types  []uint32
}

func newDecoder(tables []pgx.Identifier, prefix string) decoder {
	d := decoder{outputs: map[[2]string]uint32{}, prefix: prefix, relations: map[uint32]*relationOf{}, types: map[int][]uint32{}}
	for i, t := range tables {
		d.outputs[[2]string{t[0], t[1]}] = uint32(i)
	}
	return d
}

// take takes a message. ended: a transaction is complete, and stands at an offset
// with its records.
func (d *decoder) take(m pglogrepl.Message) (at source.Offset, records []source.Record, ended bool, err error) {
	switch m := m.(type) {
	case *pglogrepl.BeginMessage:
		d.inside, d.at, d.records = true, source.Offset(m.FinalLSN), nil
	case *pglogrepl.CommitMessage:
		d.inside = false
		return d.at, d.records, true, nil
	case *pglogrepl.RelationMessage:
		d.relation(m)
	case *pglogrepl.InsertMessage:
		d.change(m.RelationID, nil, false, m.Tuple)
	case *pglogrepl.UpdateMessage:
		d.change(m.RelationID, m.OldTuple, m.OldTupleType != pglogrepl.UpdateMessageTupleTypeOld, m.NewTuple)
	case *pglogrepl.DeleteMessage:
		d.change(m.RelationID, m.OldTuple, m.OldTupleType != pglogrepl.DeleteMessageTupleTypeOld, nil)
	case *pglogrepl.TruncateMessage:
		for _, id := range m.RelationIDs {
			if v := d.relations[id]; v != nil && v.wanted {
				d.add(v.output, relation.PackError(truncated), 1)
			}
		}
	case *pglogrepl.LogicalDecodingMessage:
		if m.Transactional && m.Prefix == d.prefix {
			err = d.message(m.Content)
		}
	}
	return 0, nil, false, err
}

func (d *decoder) add(output uint32, row relation.Row, diff int64) {
	d.records = append(d.records, source.Record{Output: output, Offset: d.at, Data: row, Diff: diff})
}

func (d *decoder) relation(m *pglogrepl.RelationMessage) {
	v := &relationOf{}
	v.output, v.wanted = d.outputs[[2]string{m.Namespace, m.RelationName}], false
	_, v.wanted = d.outputs[[2]string{m.Namespace, m.RelationName}]
	for _, c := range m.Columns {
		v.types = append(v.types, c.DataType)
	}
	d.relations[m.RelationID] = v
}

// change takes a row back and adds another. partial: only a key of the old one is
// known.
func (d *decoder) change(id uint32, old *pglogrepl.TupleData, partial bool, fresh *pglogrepl.TupleData) {
	v := d.relations[id]
	if v == nil || !v.wanted {
		return
	}
	if partial {
		d.add(v.output, relation.PackError(partly), 1)
		return
	}
	if old != nil {
		d.add(v.output, tuple(v.types, old, nil), -1)
	}
	if fresh != nil {
		d.add(v.output, tuple(v.types, fresh, old), 1)
	}
}

// tuple is a row. What was stored apart and did not change is as it was before.
func tuple(types []uint32, t, before *pglogrepl.TupleData) relation.Row {
	values := make([]relation.Value, len(t.Columns))
	for i, c := range t.Columns {
		if c.DataType == pglogrepl.TupleDataTypeToast && before != nil && i < len(before.Columns) {
			c = before.Columns[i]
		}
		if c.DataType == pglogrepl.TupleDataTypeText && i < len(types) {
			values[i] = valueOf(types[i], string(c.Data))
		}
	}
	return relation.Pack(values...)
}

// message takes what a table held at first.
func (d *decoder) message(b []byte) error {
	var m message
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("a message with the prefix %s in the log is none of this source's: %w", d.prefix, err)
	}
	if m.Types != nil {
		d.types[m.Table] = m.Types
		return nil
	}
	types := d.types[m.Table]
	values := make([]relation.Value, len(m.Row))
	for i, text := range m.Row {
		if text != nil && i < len(types) {
			values[i] = valueOf(types[i], *text)
		}
	}
	d.add(uint32(m.Table), relation.Pack(values...), 1)
	return nil
}

// valueOf is a value by its type's number, from how Postgres prints it. What has no
// type of our own stays as it is printed.
func valueOf(oid uint32, text string) relation.Value {
	asText := relation.Value{Type: relation.Text, Text: text}
	switch oid {
	case pgtype.BoolOID:
		v := relation.Value{Type: relation.Bool}
		if text == "t" {
			v.Bits = 1
		}
		return v
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return relation.Value{Type: relation.Int64, Bits: uint64(n)}
		}
	case pgtype.OIDOID:
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			return relation.Value{Type: relation.Uint64, Bits: n}
		}
	case pgtype.Float4OID, pgtype.Float8OID:
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return relation.Value{Type: relation.Float64, Bits: math.Float64bits(f)}
		}
	case pgtype.ByteaOID:
		if b, err := hex.DecodeString(text[min(2, len(text)):]); err == nil {
			return relation.Value{Type: relation.Bytes, Text: string(b)}
		}
	}
	return asText
}
