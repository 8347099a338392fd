package core

import (
	"strconv"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/wire"
)

// The stash's records (C-11), as protocol-buffers messages with these fields:
//
//	Shards      { 1: data high word, 2: data low word, 3: remap high, 4: remap low }   fixed64
//	Description { 1: kind, 2: repeated Column, 3: Frontier since, 4: status id as text,
//	              5: introspection type, 6: Ingestion, 7: ingestion's id as text,
//	              8: repeated former Host }
//	Ingestion   { 1: connection, 2: repeated Output, 3: repeated import id as text, 4: Host }
//	Output      { 1: id as text, 2: index }
//	Host        { 1: size, 2: address }
//	Export      { 1: from id as text, 2: connection, 3: Frontier as_of, 4: snapshot,
//	              5: status id as text, 6: Host, 7: repeated former Host }
//	AsOf        { 1: Frontier, 2: snapshot }
//	Column      { 1: name, 2: type, 3: nullable }
//	Frontier    { 1: time, 2: 1 if empty }
//	Policy      { 1: repeated Node in preorder }
//	Node        { 1: kind, 2: Frontier from, 3: lag, 4: members }
//	Finalize    { 1: id as text of the collection whose shard it was }
//
// Keys are ids and shards as they are printed. The empty message is the value of a
// marker (dropped).

type shards struct{ data, remap persist.ShardID }

func encodeShards(s shards) string {
	b := wire.AppendWord(nil, 1, s.data.Hi)
	b = wire.AppendWord(b, 2, s.data.Lo)
	b = wire.AppendWord(b, 3, s.remap.Hi)
	return string(wire.AppendWord(b, 4, s.remap.Lo))
}

func decodeShards(v string) (s shards, ok bool) {
	r := wire.NewReader(v)
	for f, more := r.Next(); more; f, more = r.Next() {
		switch f.Number {
		case 1:
			s.data.Hi = f.Uint
		case 2:
			s.data.Lo = f.Uint
		case 3:
			s.remap.Hi = f.Uint
		case 4:
			s.remap.Lo = f.Uint
		}
	}
	return s, !r.Bad() && s.data != persist.ShardID{}
}

func encodeFinalize(id GlobalID) string { return string(wire.AppendString(nil, 1, id.String())) }

func decodeFinalize(v string) (id GlobalID, ok bool) {
	r := wire.NewReader(v)
	for f, more := r.Next(); more; f, more = r.Next() {
		if f.Number == 1 {
			id, ok = ParseGlobalID(f.String)
		}
	}
	return id, ok && !r.Bad()
}

func appendFrontier(b []byte, field uint32, f frontier.Frontier) []byte {
	m := wire.AppendUint(nil, 1, uint64(f.T))
	if f.Empty {
		m = wire.AppendUint(m, 2, 1)
	}
	return wire.AppendString(b, field, string(m))
}

func decodeFrontier(v string) (f frontier.Frontier, ok bool) {
	r := wire.NewReader(v)
	for g, more := r.Next(); more; g, more = r.Next() {
		switch g.Number {
		case 1:
			f.T = frontier.Timestamp(g.Uint)
		case 2:
			f.Empty = g.Uint != 0
		}
	}
	return f, !r.Bad() && f.Valid()
}

func encodeDescription(d *Description, former []HostConfig) string {
	b := wire.AppendUint(nil, 1, uint64(d.Kind))
	for i := range d.Schema.Columns {
		b = wire.AppendString(b, 2, encodeColumn(&d.Schema.Columns[i]))
	}
	if d.Since != frontier.Minimum() {
		b = appendFrontier(b, 3, d.Since)
	}
	if d.Status != (GlobalID{}) {
		b = wire.AppendString(b, 4, d.Status.String())
	}
	if d.Introspection != IntrospectionNone {
		b = wire.AppendUint(b, 5, uint64(d.Introspection))
	}
	if d.Ingestion != nil {
		b = wire.AppendString(b, 6, encodeIngestion(d.Ingestion))
	}
	if d.Of != (GlobalID{}) {
		b = wire.AppendString(b, 7, d.Of.String())
	}
	return string(appendFormer(b, 8, former))
}

func encodeColumn(c *relation.Column) string {
	b := wire.AppendString(nil, 1, c.Name)
	b = wire.AppendUint(b, 2, uint64(c.Type))
	if c.Nullable {
		b = wire.AppendUint(b, 3, 1)
	}
	return string(b)
}

func decodeDescription(v string) (d Description, former []HostConfig, ok bool) {
	r := wire.NewReader(v)
	ok = true
	for f, more := r.Next(); more && ok; f, more = r.Next() {
		switch f.Number {
		case 1:
			ok = f.Uint < uint64(KindRemap)
			d.Kind = CollectionKind(f.Uint)
		case 2:
			var c relation.Column
			c, ok = decodeColumn(f.String)
			d.Schema.Columns = append(d.Schema.Columns, c)
		case 3:
			d.Since, ok = decodeFrontier(f.String)
		case 4:
			d.Status, ok = ParseGlobalID(f.String)
		case 5:
			ok = f.Uint < uint64(IntrospectionTypeCount)
			d.Introspection = IntrospectionType(f.Uint)
		case 6:
			d.Ingestion, ok = decodeIngestion(f.String)
		case 7:
			d.Of, ok = ParseGlobalID(f.String)
		case 8:
			var h HostConfig
			h, ok = decodeHost(f.String)
			former = append(former, h)
		}
	}
	return d, former, ok && !r.Bad() && d.Schema.Valid() && kindFits(&d)
}

func decodeColumn(v string) (c relation.Column, ok bool) {
	r := wire.NewReader(v)
	ok = true
	for f, more := r.Next(); more && ok; f, more = r.Next() {
		switch f.Number {
		case 1:
			c.Name = f.String
		case 2:
			ok = f.Uint <= uint64(relation.Bytes)
			c.Type = relation.ColumnType(f.Uint)
		case 3:
			c.Nullable = f.Uint != 0
		}
	}
	return c, ok && !r.Bad()
}

// encodePolicy puts the fields that decodePolicy did not know back.
func encodePolicy(p Policy, unknown string) string {
	var b []byte
	for i := range p.Nodes {
		n := &p.Nodes[i]
		m := wire.AppendUint(nil, 1, uint64(n.Kind))
		if n.Kind == PolicyValidFrom {
			m = appendFrontier(m, 2, n.From)
		}
		m = wire.AppendUint(m, 3, uint64(n.Lag))
		m = wire.AppendUint(m, 4, uint64(n.Members))
		b = wire.AppendString(b, 1, string(m))
	}
	return string(append(b, unknown...))
}

func decodePolicy(v string) (p Policy, unknown string, ok bool) {
	r := wire.NewReader(v)
	ok = true
	var kept []byte
	for f, more := r.Next(); more && ok; f, more = r.Next() {
		if f.Number != 1 {
			kept = append(kept, f.Raw...)
			continue
		}
		var n PolicyNode
		n, ok = decodePolicyNode(f.String)
		p.Nodes = append(p.Nodes, n)
	}
	return p, string(kept), ok && !r.Bad() && p.Valid()
}

func decodePolicyNode(v string) (n PolicyNode, ok bool) {
	r := wire.NewReader(v)
	ok = true
	for f, more := r.Next(); more && ok; f, more = r.Next() {
		switch f.Number {
		case 1:
			ok = f.Uint <= uint64(PolicyMultiple)
			n.Kind = PolicyKind(f.Uint)
		case 2:
			n.From, ok = decodeFrontier(f.String)
		case 3:
			n.Lag = frontier.Timestamp(f.Uint)
		case 4:
			ok = f.Uint <= maxPolicyNodes
			n.Members = uint32(f.Uint)
		}
	}
	return n, ok && !r.Bad()
}

// shardKey is a shard's key in the stash; parseShardKey reads it.
func shardKey(s persist.ShardID) string { return s.String() }

func parseShardKey(k string) (s persist.ShardID, ok bool) {
	if len(k) != 37 || k[0] != 's' {
		return s, false
	}
	var words [2]uint64
	nibble := 0
	for i := 1; i < len(k); i++ {
		if i == 9 || i == 14 || i == 19 || i == 24 {
			if k[i] != '-' {
				return s, false
			}
			continue
		}
		v, err := strconv.ParseUint(k[i:i+1], 16, 8)
		if err != nil {
			return s, false
		}
		words[nibble/16] = words[nibble/16]<<4 | v
		nibble++
	}
	s = persist.ShardID{Hi: words[0], Lo: words[1]}
	return s, s.String() == k
}
