package rpc

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

var drawUint64 = rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{
	0, 1<<53 - 1, 1 << 53, 1<<63 - 1, 1 << 63, math.MaxUint64,
	math.Float64bits(math.NaN()), math.Float64bits(math.Inf(1)), math.Float64bits(math.Inf(-1)), 0xfff8000000000123,
}))

func drawValue(t *rapid.T, c relation.Column) relation.Value {
	if c.Nullable && rapid.Bool().Draw(t, "null") {
		return relation.Value{}
	}
	v := relation.Value{Type: c.Type}
	switch c.Type {
	case relation.Bool:
		v.Bits = drawUint64.Draw(t, "bool") & 1
	case relation.Text:
		v.Text = rapid.String().Draw(t, "text")
	case relation.Bytes:
		v.Text = string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
	default:
		v.Bits = drawUint64.Draw(t, "bits")
	}
	return v
}

// What a snapshot shows can be appended again, and is the same row: through JSON as
// through protobuf.
func TestRowsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var schema relation.Schema
		var values []relation.Value
		for range rapid.IntRange(0, 5).Draw(t, "columns") {
			c := relation.Column{Type: rapid.SampledFrom(columnTypes).Draw(t, "type"), Nullable: rapid.Bool().Draw(t, "nullable")}
			schema.Columns = append(schema.Columns, c)
			values = append(values, drawValue(t, c))
		}
		row := relation.Pack(values...)
		list, ok := unpack(row)
		if !ok {
			t.Fatalf("%q is not read", row)
		}
		text, err := protojson.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		var again structpb.ListValue
		if err := protojson.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		for _, l := range []*structpb.ListValue{list, &again} {
			if got, err := pack(schema, l); err != nil || got != row {
				t.Fatalf("%s became %q, %v; was %q", text, got, err, row)
			}
		}
	})
}

func TestRowsThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		kind  relation.ColumnType
		value any
		want  string
	}{
		{relation.Bool, 1.0, "a number instead of a bool"},
		{relation.Int64, 1.5, "1.5 is not a whole number"},
		{relation.Int64, math.Inf(1), "may have been rounded"},
		{relation.Int64, math.NaN(), "not a whole number"},
		{relation.Int64, "9223372036854775808", "not a whole number that fits"},
		{relation.Uint64, -1.0, "-1 is less than 0"},
		{relation.Uint64, map[string]any{}, "an object instead of a whole number"},
		{relation.Float64, "0x12", "is not a number"},
		{relation.Float64, true, "a bool instead of a number"},
		{relation.Text, nil, "null, and the column is not nullable"},
		{relation.Text, []any{}, "a list instead of a text"},
		{relation.Bytes, "!", "not base64"},
		{relation.Bytes, 3.0, "a number instead of base64 text"},
	} {
		v, err := structpb.NewValue(c.value)
		if err != nil {
			t.Fatal(err)
		}
		schema := relation.Schema{Columns: []relation.Column{{Name: "c", Type: c.kind}}}
		_, err = pack(schema, &structpb.ListValue{Values: []*structpb.Value{v}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v in a %s: %v, want %q", c.value, c.kind, err, c.want)
		}
	}
	schema := relation.Schema{Columns: []relation.Column{{Name: "c", Type: relation.Bool}}}
	if _, err := pack(schema, &structpb.ListValue{Values: []*structpb.Value{nil}}); err == nil {
		t.Error("a missing value is accepted")
	}
	if _, err := pack(schema, nil); err == nil {
		t.Error("no row is accepted")
	}
}

func drawPolicy(t *rapid.T, depth int) core.Policy {
	switch rapid.IntRange(0, 2).Draw(t, "policy") {
	case 0:
		return core.Lag(frontier.Timestamp(rapid.Uint64().Draw(t, "lag")))
	case 1:
		if depth > 0 {
			members := make([]core.Policy, rapid.IntRange(1, 3).Draw(t, "members"))
			for i := range members {
				members[i] = drawPolicy(t, depth-1)
			}
			return core.Multiple(members...)
		}
	}
	return core.ValidFrom(frontier.At(frontier.Timestamp(rapid.Uint64().Draw(t, "from"))))
}

func TestPoliciesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t, 3)
		got, err := toPolicy("policy", fromPolicy(p))
		if err != nil || !slices.Equal(got.Nodes, p.Nodes) {
			t.Fatalf("%v became %v, %v", p, got, err)
		}
	})
}

// Frontiers may be written in short wherever one stands.
func TestFrontiersInShort(t *testing.T) {
	for _, c := range []struct{ short, long string }{
		{`{"appends":[{"id":"u1","upper":7},{"upper":"closed"}]}`, `{"appends":[{"id":"u1","upper":{"time":"7"}},{"upper":{"closed":true}}]}`},
		{`{"appends":[{"upper":"18446744073709551615"}]}`, `{"appends":[{"upper":{"time":"18446744073709551615"}}]}`},
	} {
		var short, long tidemarkpb.AppendRequest
		if err := (jsonCodec{}).Unmarshal([]byte(c.short), &short); err != nil {
			t.Errorf("%s: %v", c.short, err)
		}
		if err := (jsonCodec{}).Unmarshal([]byte(c.long), &long); err != nil {
			t.Errorf("%s: %v", c.long, err)
		}
		if !proto.Equal(&short, &long) {
			t.Errorf("%s is %v, want %v", c.short, &short, &long)
		}
	}
	var m tidemarkpb.AppendRequest
	for _, bad := range []string{`{"appends":[{"upper":-1}]}`, `{"appends":[{"upper":"soon"}]}`, `{"appends":[{"upper":1.5}]}`, `{"appends":[{"upper":[1]}]}`} {
		if err := (jsonCodec{}).Unmarshal([]byte(bad), &m); err == nil {
			t.Errorf("%s is accepted as %v", bad, &m)
		}
	}
}

// Whatever is sent, the answer is not that the server failed.
func FuzzCalls(f *testing.F) {
	calls := tidemarkpb.File_tidemark_v1_controller_proto.Services().ByName("Controller").Methods()
	for i := range calls.Len() {
		f.Add(uint8(i), false, []byte(`{"id":"u1","ids":["u1"],"owner":1,"hold":1}`))
		f.Add(uint8(i), true, []byte("\x0a\x02u1"))
	}
	f.Add(uint8(9), false, []byte(`{"appends":[{"id":"u1","upper":20,"updates":[{"row":[1,"a"],"time":10,"diff":"-9223372036854775808"}]}]}`))
	f.Add(uint8(0), false, []byte(`{"collections":[{"id":"u5","kind":"ingestion","ingestion":{"connection":"x","outputs":[{"id":"u5"}],"imports":["u5"],"host":{"size":300}}}]}`))
	w := newWorld(f)
	w.table("u1")
	f.Fuzz(func(t *testing.T, which uint8, binary bool, body []byte) {
		call := calls.Get(int(which) % calls.Len())
		if call.IsStreamingServer() || call.Name() == "Snapshot" {
			return // these may wait for as long as they were told to
		}
		kind := "application/json"
		if binary {
			kind = "application/proto"
		}
		r, err := http.Post(w.server.URL+"/tidemark.v1.Controller/"+string(call.Name()), kind, strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		var answer struct{ Code string }
		// Errors are JSON in both forms.
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil && (!binary || r.StatusCode != http.StatusOK) {
			t.Errorf("%s %q: %v", call.Name(), body, err)
		}
		if answer.Code == "internal" || w.c.Err() != nil {
			t.Errorf("%s %q: %s, %v", call.Name(), body, answer.Code, w.c.Err())
		}
	})
}
