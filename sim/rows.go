package sim

import (
	"strings"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/kernel"
)

// schemas are the variants that collections are created with. Every one has a
// column that a row's identity fits into.
func schemas() []relation.Schema {
	return []relation.Schema{
		{Columns: []relation.Column{{Name: "id", Type: relation.Uint64}}},
		{Columns: []relation.Column{
			{Name: "id", Type: relation.Uint64},
			{Name: "note", Type: relation.Text, Nullable: true},
		}},
		{Columns: []relation.Column{
			{Name: "key", Type: relation.Text},
			{Name: "live", Type: relation.Bool},
			{Name: "delta", Type: relation.Int64, Nullable: true},
		}},
		{Columns: []relation.Column{
			{Name: "id", Type: relation.Uint64},
			{Name: "body", Type: relation.Bytes, Nullable: true},
			{Name: "score", Type: relation.Float64},
		}},
	}
}

// mappingSchemas are the variants of a shard mapping's; the last ones are of no use.
func mappingSchemas() []relation.Schema {
	names := [...][2]string{{"id", "shard"}, {"collection", "data"}}
	list := make([]relation.Schema, 0, len(names)+2)
	for _, n := range names {
		list = append(list, relation.Schema{Columns: []relation.Column{{Name: n[0], Type: relation.Text}, {Name: n[1], Type: relation.Text}}})
	}
	return append(list,
		relation.Schema{Columns: []relation.Column{{Name: "id", Type: relation.Text}, {Name: "shard", Type: relation.Text, Nullable: true}}},
		relation.Schema{Columns: []relation.Column{{Name: "id", Type: relation.Text}, {Name: "shard", Type: relation.Uint64}}},
		relation.Schema{Columns: []relation.Column{{Name: "id", Type: relation.Uint64}, {Name: "shard", Type: relation.Text}}},
		relation.Schema{Columns: []relation.Column{{Name: "id", Type: relation.Text}}},
		relation.Schema{Columns: []relation.Column{{Name: "id", Type: relation.Text}, {Name: "shard", Type: relation.Text}, {Name: "remap", Type: relation.Text}}})
}

// variantOf is which of n variants a plan's number means.
func variantOf(schema, n int) int { return int(uint(schema) % uint(n)) }

// A row's identity says whose it is and which, so that every row names the one
// request that wrote it.
const (
	rowOfOp     = 1 << 62
	rowOfWriter = 2 << 62
	rowOfFault  = 3 << 62
)

// rowArena carves rows from large chunks. A chunk is never written again once it
// has been handed out, so clones share rows freely.
type rowArena struct{ chunk *strings.Builder }

const rowChunk = 64 << 10

// intern is the row with these bytes.
func (a *rowArena) intern(b []byte) relation.Row {
	if a.chunk == nil || a.chunk.Cap()-a.chunk.Len() < len(b) {
		a.chunk = &strings.Builder{}
		a.chunk.Grow(max(rowChunk, len(b)))
	}
	start := a.chunk.Len()
	a.chunk.Write(b)
	return relation.Row(a.chunk.String()[start:])
}

// row is the row with an identity in a schema variant.
func (w *World) row(variant int, id uint64) relation.Row {
	b := w.rowBytes[:0]
	switch variant {
	case 0:
		b = relation.AppendUint64(b, id)
	case 1:
		b = relation.AppendUint64(b, id)
		b = appendOptionalText(b, id)
	case 2:
		b = relation.AppendText(b, hex(id))
		b = relation.AppendBool(b, id&1 == 0)
		if id%3 == 0 {
			b = relation.AppendNull(b)
		} else {
			b = relation.AppendInt64(b, -int64(id&0xffff))
		}
	default:
		b = relation.AppendUint64(b, id)
		if id%2 == 0 {
			b = relation.AppendNull(b)
		} else {
			b = relation.AppendBytes(b, []byte{0, byte(id), 0xff})
		}
		b = relation.AppendFloat64(b, id)
	}
	w.rowBytes = b
	return w.rows.intern(b)
}

func appendOptionalText(b []byte, id uint64) []byte {
	switch id % 4 {
	case 0:
		return relation.AppendNull(b)
	case 1:
		return relation.AppendText(b, "")
	}
	return relation.AppendText(b, "of the row's own")
}

// hex is a short text form of an identity.
func hex(id uint64) string {
	const digits = "0123456789abcdef"
	var b [16]byte
	for i := range b {
		b[i] = digits[id>>(60-4*uint(i))&15]
	}
	return string(b[:])
}

// badRow fits no schema: no variant's first column is nullable.
func (w *World) badRow(id uint64) relation.Row {
	w.rowBytes = relation.AppendUint64(relation.AppendNull(w.rowBytes[:0]), id)
	return w.rows.intern(w.rowBytes)
}

// errorRow is an error in a row's place.
func (w *World) errorRow(id uint64) relation.Row {
	w.rowBytes = append(append(w.rowBytes[:0], relation.PackError("bad input ")...), hex(id)...)
	return w.rows.intern(w.rowBytes)
}

// timeWithin draws a time in [from, to), or names the last one before to if there
// is none.
func timeWithin(k *kernel.Key, nth int, from, to frontier.Timestamp) frontier.Timestamp {
	if to <= from {
		return max(to, 1) - 1
	}
	return from + frontier.Timestamp(k.N(drawRowTime, uint64(to-from))+uint64(nth))%(to-from)
}

// bound is where the times of an append's rows end; one that closes its collection
// has no such end of its own.
func bound(upper frontier.Frontier, from frontier.Timestamp) frontier.Timestamp {
	if upper.Empty {
		return from + 1000
	}
	return upper.T
}

// advanced is an upper later by ms, or closed.
func advanced(upper frontier.Frontier, ms int64, closing bool) frontier.Frontier {
	if closing {
		return frontier.Empty()
	}
	return frontier.At(upper.T + frontier.Timestamp(max(ms, 1)))
}

// foreignRows are rows that somebody writes behind the controllers' back. Into a
// shard mapping nobody writes rows but controllers.
func (w *World) foreignRows(slot int, from, to frontier.Frontier, id uint64, n int) []relation.Update {
	if w.about(userID(slot)).mapping {
		return nil
	}
	list := w.updates.Carve(n)
	k := w.draws.Key(nobody, id, 0)
	variant := w.variantOfSlot(slot)
	for i := range list {
		list[i] = relation.Update{
			Data: w.row(variant, id|uint64(i)),
			Time: timeWithin(&k, i, from.T, bound(to, from.T)),
			Diff: 1,
		}
	}
	return list
}
