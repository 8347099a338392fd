package invariants

import (
	"unicode/utf8"

	"example.com/tidemark/core/relation"
)

// isError reports that a row is a packed error: its first byte is FF.
func isError(r relation.Row) bool { return len(r) > 0 && r[0] == 0xFF }

// fits judges a packed row against a schema (the packed form is described in
// core/relation/pack.go): one value per column, of its type, null only where
// allowed, nothing left over. Errors fit everywhere.
func fits(s relation.Schema, r relation.Row) bool {
	if isError(r) {
		return true
	}
	i := 0
	for c := range s.Columns {
		col := &s.Columns[c]
		if i >= len(r) {
			return false
		}
		tag := r[i]
		i++
		if tag == 0 {
			if !col.Nullable {
				return false
			}
			continue
		}
		if tag != byte(col.Type) {
			return false
		}
		n := valueLength(col.Type, string(r[i:]))
		if n < 0 {
			return false
		}
		i += n
	}
	return i == len(r)
}

// valueLength is the length of a packed value behind its tag, or -1.
func valueLength(t relation.ColumnType, s string) int {
	switch t {
	case relation.Bool:
		if len(s) < 1 || s[0] > 1 {
			return -1
		}
		return 1
	case relation.Int64, relation.Uint64, relation.Float64:
		if len(s) < 8 {
			return -1
		}
		return 8
	case relation.Text, relation.Bytes:
		n := escapedLength(s)
		if t == relation.Text && n > 0 && !validText(s[:n-1]) {
			return -1
		}
		return n
	}
	return -1
}

// escapedLength finds the closing 00, the first that FF does not follow.
func escapedLength(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] != 0 {
			continue
		}
		if i+1 < len(s) && s[i+1] == 0xFF {
			i++
			continue
		}
		return i + 1
	}
	return -1
}

// validText checks UTF-8 between the escaped zeros.
func validText(s string) bool {
	start := 0
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			if !utf8.ValidString(s[start:i]) {
				return false
			}
			i++
			start = i + 1
		}
	}
	return start >= len(s) || utf8.ValidString(s[start:])
}

// schemaWellFormed judges a schema from outside (C-22).
func schemaWellFormed(s relation.Schema) bool {
	if len(s.Columns) == 0 || len(s.Columns) > relation.MaxColumns {
		return false
	}
	for i := range s.Columns {
		c := &s.Columns[i]
		if c.Name == "" || len(c.Name) > relation.MaxNameBytes || !utf8.ValidString(c.Name) ||
			c.Type < relation.Bool || c.Type > relation.Bytes {
			return false
		}
		for k := 0; k < i; k++ {
			if s.Columns[k].Name == c.Name {
				return false
			}
		}
	}
	return true
}

func sameSchema(a, b relation.Schema) bool {
	if len(a.Columns) != len(b.Columns) {
		return false
	}
	for i := range a.Columns {
		if a.Columns[i] != b.Columns[i] {
			return false
		}
	}
	return true
}

// print128 is a sum of row fingerprints weighted by counts: two contents are equal
// if and only if their sums are, up to an accident of one in 2^64.
type print128 struct{ a, b uint64 }

func (p *print128) add(r relation.Row, diff int64) {
	x, y := fingerprint(r)
	p.a += x * uint64(diff)
	p.b += y * uint64(diff)
}

func (p *print128) sum(q print128) {
	p.a += q.a
	p.b += q.b
}

func fingerprint(r relation.Row) (uint64, uint64) {
	x, y := uint64(0x243f6a8885a308d3)^uint64(len(r)), uint64(0x13198a2e03707344)
	i := 0
	for ; i+8 <= len(r); i += 8 {
		v := uint64(r[i]) | uint64(r[i+1])<<8 | uint64(r[i+2])<<16 | uint64(r[i+3])<<24 |
			uint64(r[i+4])<<32 | uint64(r[i+5])<<40 | uint64(r[i+6])<<48 | uint64(r[i+7])<<56
		x, y = absorb(x, y, v)
	}
	var v uint64
	for k := 0; i < len(r); i, k = i+1, k+8 {
		v |= uint64(r[i]) << uint(k)
	}
	x, y = absorb(x, y, v)
	return finish(x ^ y), finish(y + x<<1)
}

func absorb(x, y, v uint64) (uint64, uint64) {
	x = (x ^ v) * 0x9e3779b97f4a7c15
	x ^= x >> 32
	y = (y + v) * 0xd6e8feb86659fd93
	y ^= y >> 29
	return x, y
}

func finish(v uint64) uint64 {
	v ^= v >> 33
	v *= 0xff51afd7ed558ccd
	v ^= v >> 33
	return v
}
