package invariants

import (
	"slices"
	"strconv"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// The stash's records are protocol-buffers messages (see core/records.go for the
// field numbers). They are decoded here by code of our own.

// fields walks one message.
type fields struct {
	rest string
	bad  bool
	num  uint64
	word uint64
	text string
}

func (f *fields) varint() uint64 {
	var v uint64
	for i := 0; i < len(f.rest) && i < 10; i++ {
		c := f.rest[i]
		v |= uint64(c&0x7f) << (7 * uint(i))
		if c < 0x80 {
			f.rest = f.rest[i+1:]
			return v
		}
	}
	f.bad = true
	return 0
}

func (f *fields) next() bool {
	if f.rest == "" || f.bad {
		return false
	}
	tag := f.varint()
	f.num, f.word, f.text = tag>>3, 0, ""
	switch tag & 7 {
	case 0:
		f.word = f.varint()
	case 1, 5:
		n := 8
		if tag&7 == 5 {
			n = 4
		}
		if len(f.rest) < n {
			f.bad = true
			return false
		}
		for i := 0; i < n; i++ {
			f.word |= uint64(f.rest[i]) << (8 * uint(i))
		}
		f.rest = f.rest[n:]
	case 2:
		n := f.varint()
		if n > uint64(len(f.rest)) {
			f.bad = true
			return false
		}
		f.text, f.rest = f.rest[:n], f.rest[n:]
	default:
		f.bad = true
	}
	return !f.bad
}

// idOfKey reads an id as it is printed.
func idOfKey(key string) (id core.GlobalID, ok bool) {
	if len(key) < 2 {
		return id, false
	}
	switch key[0] {
	case 's':
		id.Kind = core.IDSystem
	case 'u':
		id.Kind = core.IDUser
	case 't':
		id.Kind = core.IDTransient
	default:
		return id, false
	}
	n, err := strconv.ParseUint(key[1:], 10, 62)
	id.N = n
	return id, err == nil
}

// shardOfKey reads a shard's id as it is printed: "s" and a UUID.
func shardOfKey(key string) (s persist.ShardID, ok bool) {
	if len(key) != 37 || key[0] != 's' {
		return s, false
	}
	hi, err1 := strconv.ParseUint(key[1:9]+key[10:14]+key[15:19], 16, 64)
	lo, err2 := strconv.ParseUint(key[20:24]+key[25:], 16, 64)
	return persist.ShardID{Hi: hi, Lo: lo}, err1 == nil && err2 == nil
}

// listedOf is the id in an entry of the list of shards to finalize.
func listedOf(value string) (id core.GlobalID, ok bool) {
	f := fields{rest: value}
	for f.next() {
		if f.num == 1 {
			id, ok = idOfKey(f.text)
		}
	}
	return id, ok && !f.bad
}

func shardsOf(value string) (data, remap persist.ShardID, ok bool) {
	f := fields{rest: value}
	for f.next() {
		switch f.num {
		case 1:
			data.Hi = f.word
		case 2:
			data.Lo = f.word
		case 3:
			remap.Hi = f.word
		case 4:
			remap.Lo = f.word
		}
	}
	return data, remap, !f.bad && data != (persist.ShardID{})
}

func frontierOf(value string) (r frontier.Frontier, ok bool) {
	f := fields{rest: value}
	for f.next() {
		switch f.num {
		case 1:
			r.T = frontier.Timestamp(f.word)
		case 2:
			r.Empty = f.word != 0
		}
	}
	return r, !f.bad
}

func descriptionOf(value string) (d core.Description, ok bool) {
	f := fields{rest: value}
	ok = true
	for f.next() && ok {
		switch f.num {
		case 1:
			d.Kind = core.CollectionKind(f.word)
		case 2:
			var c relation.Column
			c, ok = columnOf(f.text)
			d.Schema.Columns = append(d.Schema.Columns, c)
		case 3:
			d.Since, ok = frontierOf(f.text)
		case 4:
			d.Status, ok = idOfKey(f.text)
		case 5:
			d.Introspection = core.IntrospectionType(f.word)
		case 6:
			d.Ingestion, ok = ingestionOf(f.text)
		case 7:
			d.Of, ok = idOfKey(f.text)
		}
	}
	return d, ok && !f.bad
}

func columnOf(value string) (c relation.Column, ok bool) {
	f := fields{rest: value}
	for f.next() {
		switch f.num {
		case 1:
			c.Name = f.text
		case 2:
			c.Type = relation.ColumnType(f.word)
		case 3:
			c.Nullable = f.word != 0
		}
	}
	return c, !f.bad
}

func policyOf(value string) (p core.Policy, ok bool) {
	f := fields{rest: value}
	ok = true
	for f.next() && ok {
		if f.num == 1 {
			var n core.PolicyNode
			n, ok = policyNodeOf(f.text)
			p.Nodes = append(p.Nodes, n)
		}
	}
	return p, ok && !f.bad
}

func policyNodeOf(value string) (n core.PolicyNode, ok bool) {
	f := fields{rest: value}
	ok = true
	for f.next() && ok {
		switch f.num {
		case 1:
			n.Kind = core.PolicyKind(f.word)
		case 2:
			n.From, ok = frontierOf(f.text)
		case 3:
			n.Lag = frontier.Timestamp(f.word)
		case 4:
			n.Members = uint32(f.word)
		}
	}
	return n, ok && !f.bad
}

func sameDescription(a, b *core.Description) bool { return a.Since == b.Since && sameThing(a, b) }

// sameThing reports whether two descriptions are identical in C-20's sense: where to
// begin is no part of what a collection is.
func sameThing(a, b *core.Description) bool {
	return a.Kind == b.Kind && a.Status == b.Status && a.Introspection == b.Introspection && a.Of == b.Of &&
		sameSchema(a.Schema, b.Schema) && sameIngestion(a.Ingestion, b.Ingestion)
}

func sameIngestion(a, b *core.Ingestion) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Connection == b.Connection && a.Host == b.Host && slices.Equal(a.Outputs, b.Outputs) && slices.Equal(a.Imports, b.Imports)
}
