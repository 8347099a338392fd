package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
)

// The stash's records, encoded by hand.

func tag(field, wire int) byte { return byte(field<<3 | wire) }

func word(b []byte, field int, v uint64) []byte {
	if v == 0 {
		return b
	}
	b = append(b, tag(field, 1))
	for i := 0; i < 8; i++ {
		b = append(b, byte(v>>(8*uint(i))))
	}
	return b
}

func varint(b []byte, field int, v uint64) []byte {
	if v == 0 {
		return b
	}
	b = append(b, tag(field, 0))
	for v >= 0x80 {
		b, v = append(b, byte(v)|0x80), v>>7
	}
	return append(b, byte(v))
}

func text(b []byte, field int, v string) []byte {
	return append(append(b, tag(field, 2), byte(len(v))), v...)
}

func listedValue(id core.GlobalID) string { return string(text(nil, 1, id.String())) }

func shardsValue(data persist.ShardID) string {
	return string(word(word(nil, 1, data.Hi), 2, data.Lo))
}

func descriptionValue(kind core.CollectionKind) string {
	b := varint(nil, 1, uint64(kind))
	for _, c := range schema.Columns {
		b = text(b, 2, string(varint(text(nil, 1, c.Name), 2, uint64(c.Type))))
	}
	return string(b)
}

func policyValue(p core.Policy) string {
	var b []byte
	for _, n := range p.Nodes {
		m := varint(nil, 1, uint64(n.Kind))
		if n.Kind == core.PolicyValidFrom {
			m = text(m, 2, string(varint(nil, 1, uint64(n.From.T))))
		}
		m = varint(m, 3, uint64(n.Lag))
		b = text(b, 1, string(varint(m, 4, uint64(n.Members))))
	}
	return string(b)
}
