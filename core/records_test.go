package core

import (
	"encoding/hex"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/wire"
)

func drawAnyFrontier(t *rapid.T, label string) frontier.Frontier {
	if rapid.IntRange(0, 9).Draw(t, label+" closed") == 9 {
		return frontier.Empty()
	}
	return frontier.At(frontier.Timestamp(rapid.Uint64().Draw(t, label)))
}

func drawGlobalID(t *rapid.T) GlobalID {
	return GlobalID{
		Kind: IDKind(rapid.IntRange(int(IDSystem), int(IDTransient)).Draw(t, "kind")),
		N:    rapid.OneOf(rapid.Uint64Range(0, 6), rapid.Uint64Range(maxIDNumber-6, maxIDNumber)).Draw(t, "number"),
	}
}

func drawDescription(t *rapid.T) Description {
	d := Description{
		Kind:  CollectionKind(rapid.IntRange(int(KindTable), int(KindReported)).Draw(t, "collection kind")),
		Since: drawAnyFrontier(t, "since"),
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "columns") {
		d.Schema.Columns = append(d.Schema.Columns, relation.Column{
			Name:     rapid.StringN(1, 8, 64).Draw(t, "name") + string(rune('a'+i)),
			Type:     relation.ColumnType(rapid.IntRange(int(relation.Bool), int(relation.Bytes)).Draw(t, "type")),
			Nullable: rapid.Bool().Draw(t, "nullable"),
		})
	}
	if rapid.Bool().Draw(t, "has status") {
		d.Status = drawGlobalID(t)
	}
	if rapid.Bool().Draw(t, "introspection") {
		d.Kind = KindIntrospection
		d.Introspection = IntrospectionType(rapid.IntRange(int(IntrospectionShardMapping), int(IntrospectionSinkStatus)).Draw(t, "type"))
	}
	if d.Introspection == IntrospectionShardMapping {
		d.Schema.Columns = []relation.Column{{Name: "id", Type: relation.Text}, {Name: "shard", Type: relation.Text, Nullable: true}}
	}
	return d
}

func TestDescriptionRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawDescription(t)
		got, _, ok := decodeDescription(encodeDescription(&want, nil))
		if diff := gocmp.Diff(want, got); diff != "" || !ok {
			t.Fatalf("%v: %s", ok, diff)
		}
	})
}

func TestShardsRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := func(label string) uint64 { return rapid.Uint64().Draw(t, label) }
		want := shards{
			data:  persist.ShardID{Hi: word("hi"), Lo: word("lo") | 1},
			remap: persist.ShardID{Hi: word("remap hi"), Lo: word("remap lo")},
		}
		if got, ok := decodeShards(encodeShards(want)); got != want || !ok {
			t.Fatalf("%v, %v: want %v", got, ok, want)
		}
		key := shardKey(want.data)
		if got, ok := parseShardKey(key); got != want.data || !ok {
			t.Fatalf("%s is read as %v, %v", key, got, ok)
		}
	})
}

func TestPolicyRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawPolicy(t).flat()
		got, unknown, ok := decodePolicy(encodePolicy(want, ""))
		if diff := gocmp.Diff(want, got); diff != "" || unknown != "" || !ok {
			t.Fatalf("%v %q: %s", ok, unknown, diff)
		}
	})
}

// TestPolicyKeepsUnknownFields: what a newer version put into the record is still
// there, in its order, after this one has put another policy in its place (T-5).
func TestPolicyKeepsUnknownFields(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawPolicy(t).flat(), drawPolicy(t).flat()
		var extra []byte
		for range rapid.IntRange(1, 3).Draw(t, "unknown fields") {
			field := rapid.Uint32Range(2, 1<<20).Draw(t, "number")
			switch rapid.IntRange(0, 2).Draw(t, "type") {
			case 0:
				extra = wire.AppendUint(extra, field, rapid.Uint64Min(1).Draw(t, "value"))
			case 1:
				extra = wire.AppendWord(extra, field, rapid.Uint64Min(1).Draw(t, "value"))
			case 2:
				extra = wire.AppendString(extra, field, rapid.String().Draw(t, "value"))
			}
		}
		// The newer version wrote its fields before the known one.
		_, unknown, ok := decodePolicy(string(extra) + encodePolicy(before, ""))
		if unknown != string(extra) || !ok {
			t.Fatalf("kept %x of %x, %v", unknown, extra, ok)
		}
		got, again, ok := decodePolicy(encodePolicy(after, unknown))
		if diff := gocmp.Diff(after, got); diff != "" || again != unknown || !ok {
			t.Fatalf("after a rewrite: %v, %x: %s", ok, again, diff)
		}
	})
}

// TestRecordGolden pins the records' bytes: they are durable, and other versions
// read them. Worked out by hand from the messages in records.go.
func TestRecordGolden(t *testing.T) {
	description := Description{
		Kind: KindReported,
		Schema: relation.Schema{Columns: []relation.Column{
			{Name: "a", Type: relation.Int64}, {Name: "b", Type: relation.Text, Nullable: true},
		}},
		Since:  frontier.At(300),
		Status: GlobalID{Kind: IDUser, N: 7},
	}
	policy := Multiple(Lag(10), ValidFrom(frontier.At(3)), ValidFrom(frontier.Minimum()))
	for _, g := range []struct{ name, got, want string }{
		{
			"description", encodeDescription(&description, nil),
			"08 02  12 05 0a 01 61 10 02  12 07 0a 01 62 10 05 18 01  1a 03 08 ac 02  22 02 75 37",
		},
		{
			"policy", encodePolicy(policy, "\x10\x01"),
			"0a 04 08 03 20 03  0a 04 08 02 18 0a  0a 06 08 01 12 02 08 03  0a 04 08 01 12 00  10 01",
		},
		{
			"shards", encodeShards(shards{data: persist.ShardID{Hi: 1, Lo: 2}}),
			"09 01 00 00 00 00 00 00 00  11 02 00 00 00 00 00 00 00",
		},
	} {
		want, err := hex.DecodeString(strings.ReplaceAll(g.want, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if g.got != string(want) {
			t.Errorf("%s: %x, want %x", g.name, g.got, want)
		}
	}
	if key, want := shardKey(persist.ShardID{Hi: 0x0123456789abcdef, Lo: 0xfedcba9876543210}), "s01234567-89ab-cdef-fedc-ba9876543210"; key != want {
		t.Errorf("shard key %s, want %s", key, want)
	}
}

// TestRecordGarbage: what cannot be read is refused, never read as something else.
func TestRecordGarbage(t *testing.T) {
	column := func(b []byte) []byte { return wire.AppendString(b, 2, "\x0a\x01a\x10\x02") }
	table := column(wire.AppendUint(nil, 1, 1))
	for name, v := range map[string]string{
		"malformed":                     "\xff",
		"malformed after good":          string(table) + "\x08",
		"no kind":                       string(column(nil)),
		"a kind that is not known":      string(column(wire.AppendUint(nil, 1, 77))),
		"a kind that is cut to a known": string(column(wire.AppendUint(nil, 1, 256+1))),
		"no columns":                    string(wire.AppendUint(nil, 1, 1)),
		"a malformed column":            string(wire.AppendString(table, 2, "\x0a")),
		"a type that is not known":      string(wire.AppendString(table, 2, "\x0a\x01b\x10\x63")),
		"a type that is cut to a known": string(wire.AppendString(table, 2, "\x0a\x01b\x10\x82\x02")),
		"a malformed since":             string(wire.AppendString(table, 3, "\x08")),
		"a since that is two things":    string(wire.AppendString(table, 3, "\x08\x01\x10\x01")),
		"a status that is no id":        string(wire.AppendString(table, 4, "x7")),
	} {
		if d, _, ok := decodeDescription(v); ok {
			t.Errorf("description with %s is read as %+v", name, d)
		}
	}
	node := func(b []byte) string { return string(wire.AppendString(nil, 1, string(b))) }
	lag := wire.AppendUint(wire.AppendUint(nil, 1, uint64(PolicyLag)), 3, 5)
	for name, v := range map[string]string{
		"nothing":                       "",
		"malformed":                     "\xff",
		"malformed node":                node([]byte{0x08}),
		"no kind":                       node(nil),
		"a kind that is not known":      node(wire.AppendUint(nil, 1, 4)),
		"a kind that is cut to a known": node(wire.AppendUint(wire.AppendUint(nil, 1, 256+2), 3, 5)),
		"an empty frontier":             node(wire.AppendString(wire.AppendUint(nil, 1, uint64(PolicyValidFrom)), 2, "\x10\x01")),
		"two policies":                  node(lag) + node(lag),
		"a multiple of nothing":         node(wire.AppendUint(nil, 1, uint64(PolicyMultiple))),
		"a member missing":              node(wire.AppendUint(wire.AppendUint(nil, 1, uint64(PolicyMultiple)), 4, 2)) + node(lag),
		"more members than can be":      node(wire.AppendUint(wire.AppendUint(nil, 1, uint64(PolicyMultiple)), 4, 1<<32+1)) + node(lag),
	} {
		if p, _, ok := decodePolicy(v); ok {
			t.Errorf("policy with %s is read as %+v", name, p)
		}
	}
	for name, v := range map[string]string{"nothing": "", "malformed": "\xff", "no data shard": string(wire.AppendWord(nil, 3, 9))} {
		if s, ok := decodeShards(v); ok {
			t.Errorf("shards with %s are read as %+v", name, s)
		}
	}
	for _, k := range []string{
		"", "s", "s01234567-89ab-cdef-fedc-ba987654321", "s01234567-89ab-cdef-fedc-ba98765432100",
		"r01234567-89ab-cdef-fedc-ba9876543210", "s01234567-89ab-cdef-fedc-ba987654321g",
		"s01234567x89ab-cdef-fedc-ba9876543210", "s01234567-89ab-cdef-fedc-ba987654321\xff",
		"s+1234567-89ab-cdef-fedc-ba9876543210", "s01234567-89AB-cdef-fedc-ba9876543210",
	} {
		if s, ok := parseShardKey(k); ok {
			t.Errorf("%q is read as shard %v", k, s)
		}
	}
}

// FuzzRecords: no bytes make a decoder panic, and what one accepts is one of this
// version's own values.
func FuzzRecords(f *testing.F) {
	f.Add(encodeDescription(&Description{Kind: KindTable, Schema: relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Int64}}}}, nil))
	f.Add(encodePolicy(Multiple(Lag(3), ValidFrom(frontier.At(4))), "\x10\x01"))
	f.Add(encodeShards(shards{data: persist.ShardID{Hi: 1, Lo: 2}}))
	f.Add(shardKey(persist.ShardID{Hi: 1, Lo: 2}))
	f.Fuzz(func(t *testing.T, v string) {
		if d, _, ok := decodeDescription(v); ok {
			if again, _, ok := decodeDescription(encodeDescription(&d, nil)); !ok || !identical(&d, &again) {
				t.Fatalf("%+v is written and read as %+v, %v", d, again, ok)
			}
		}
		if p, unknown, ok := decodePolicy(v); ok {
			again, kept, ok := decodePolicy(encodePolicy(p, unknown))
			if diff := gocmp.Diff(p, again); diff != "" || kept != unknown || !ok {
				t.Fatalf("policy: %v, kept %x of %x: %s", ok, kept, unknown, diff)
			}
		}
		if s, ok := decodeShards(v); ok {
			if again, ok := decodeShards(encodeShards(s)); !ok || again != s {
				t.Fatalf("%v is written and read as %v, %v", s, again, ok)
			}
		}
		if s, ok := parseShardKey(v); ok && shardKey(s) != v {
			t.Fatalf("%q is read as %v", v, s)
		}
	})
}
