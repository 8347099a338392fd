package codec_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"example.com/tidemark/codec"
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// fill sets every field that v has, at any depth, to something; a field that a
// codec forgets therefore fails the round trip, also one added later.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "elements")
		if n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range n {
			fill(t, v.Index(i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.String:
		v.SetString(string(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "bytes")))
	case reflect.Uint8:
		v.SetUint(rapid.Uint64Range(0, 255).Draw(t, "kind"))
	case reflect.Uint32:
		v.SetUint(rapid.Uint64Range(0, 1<<32-1).Draw(t, "number"))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "number"))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	default:
		t.Fatalf("a %s that the test cannot fill", v.Type())
	}
}

func roundTrip[T any](t *testing.T, write func([]byte, *T) []byte, read func(string) (T, error)) {
	rapid.Check(t, func(t *rapid.T) {
		var v T
		fill(t, reflect.ValueOf(&v).Elem())
		line := write([]byte("before "), &v)
		text := strings.TrimPrefix(string(line), "before ")
		if strings.ContainsAny(text, "\n\r") {
			t.Fatalf("more than one line: %q", text)
		}
		back, err := read(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(v, back); diff != "" {
			t.Fatalf("%s\n%s", text, diff)
		}
	})
	var zero T
	if back, err := read(string(write(nil, &zero))); err != nil || !reflect.DeepEqual(zero, back) {
		t.Errorf("the zero value: %v %+v", err, back)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Run("persist call", func(t *testing.T) { roundTrip(t, codec.AppendPersistCall, codec.ParsePersistCall) })
	t.Run("persist result", func(t *testing.T) { roundTrip(t, codec.AppendPersistResult, codec.ParsePersistResult) })
	t.Run("stash call", func(t *testing.T) { roundTrip(t, codec.AppendStashCall, codec.ParseStashCall) })
	t.Run("stash result", func(t *testing.T) { roundTrip(t, codec.AppendStashResult, codec.ParseStashResult) })
	t.Run("request", func(t *testing.T) { roundTrip(t, codec.AppendRequest, codec.ParseRequest) })
	t.Run("response", func(t *testing.T) { roundTrip(t, codec.AppendResponse, codec.ParseResponse) })
	t.Run("command", func(t *testing.T) { roundTrip(t, codec.AppendCommand, codec.ParseCommand) })
	t.Run("report", func(t *testing.T) { roundTrip(t, codec.AppendReport, codec.ParseReport) })
	t.Run("input", func(t *testing.T) { roundTrip(t, codec.AppendInput, codec.ParseInput) })
	t.Run("effect", func(t *testing.T) { roundTrip(t, codec.AppendEffect, codec.ParseEffect) })
}

// TestLines shows what lines look like.
func TestLines(t *testing.T) {
	u7 := core.GlobalID{Kind: core.IDUser, N: 7}
	for _, c := range []struct{ got, want string }{
		{
			string(codec.AppendEffect(nil, &core.Effect{
				Kind: core.EffectPersist, ID: 7, Cause: 3, Persist: persist.Call{
					Op: persist.OpCompareAndAppend, Shard: persist.ShardID{Lo: 1}, Upper: frontier.At(5),
					Updates: []relation.Update{{Data: "a b", Time: 3, Diff: 1}, {Data: "\x00", Time: 4, Diff: -2}},
				},
			})),
			`persist id=7 cause=3 call=(compare-and-append shard=s00000000-0000-0000-0000-000000000001 expected=[0] upper=[5] updates={"a b"@3:+1 "\x00"@4:-2})`,
		},
		{
			string(codec.AppendInput(nil, &core.Input{
				Kind: core.InputRequest, Cause: 9, Request: core.Request{
					Op: core.RequestSetPolicy, ID: 4, Policies: []core.PolicyChange{
						{ID: u7, Policy: core.Multiple(core.Lag(5), core.ValidFrom(frontier.At(3)))},
					},
				},
			})),
			`request cause=9 request=(set-policy id=4 policies={(id=u7 policy={multiple:2 lag:5 from:[3]})})`,
		},
		{
			string(codec.AppendResponse(nil, &core.Response{
				Request: 4, Epoch: 2, Err: core.Error{Code: core.InvalidUppers, IDs: []core.GlobalID{u7}, Frontier: frontier.Empty(), Definite: true},
			})),
			`InvalidUppers to=4 epoch=2 definite=true ids={u7} frontier=[]`,
		},
		{
			string(codec.AppendStashCall(nil, &stash.Call{
				Op: stash.OpCommit, Epoch: 3, Nonce: 8, Txn: stash.TxnID{Lo: 2},
				Writes: []stash.Write{{Kind: stash.WriteInsert, Collection: stash.CollectionDropped, Key: "u7"}},
			})),
			`commit epoch=3 nonce=8 txn=x00000000-0000-0000-0000-000000000002 writes={(insert in=storage-dropped key="u7")}`,
		},
		{
			string(codec.AppendPersistResult(nil, &persist.Result{Outcome: outcome.Mismatch, Upper: frontier.At(8)})),
			`mismatch upper=[8]`,
		},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"explode id=1", `codec: "explode" is unknown`},
		{"persist id=x", `codec: "x" is no unsigned number`},
		{"persist colour=7", `codec: unknown field "colour"`},
		{"persist id=1 id=2", `codec: "id" comes twice`},
		{"persist call=(compare-and-append", `codec: a closing bracket is wanted at ""`},
		{"persist call=7", `codec: a group is wanted`},
		{"persist call=(snapshot upper=3)", `codec: "3" is no frontier`},
		{"persist call=(snapshot shard=s12)", `codec: "s12" is no s and a UUID`},
		{`persist call=(snapshot updates={"a@3:+1})`, `codec: a string is not closed at "\"a@3:+1})"`},
		{"persist id=1)", `codec: ")" is left over`},
		{"persist id", `codec: "id" has no value`},
	} {
		_, err := codec.ParseEffect(c.line)
		var typed *codec.SyntaxError
		if !errors.As(err, &typed) {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		if diff := cmp.Diff(c.want, err.Error()); diff != "" {
			t.Errorf("%s: %s", c.line, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`persist id=7 call=(compare-and-append expected=[0] upper=[5] updates={"a b"@3:+1})`)
	f.Add(`respond response=(InvalidUppers to=4 ids={u7 k9:1} info=(policy={odd:1:[!2]:3:4} holds={(named time=1)}))`)
	f.Add(strings.Repeat("a=(", 100))
	f.Fuzz(func(t *testing.T, line string) {
		v, err := codec.ParseEffect(line)
		if err != nil {
			return
		}
		again, err := codec.ParseEffect(string(codec.AppendEffect(nil, &v)))
		if err != nil || !cmp.Equal(v, again) {
			t.Fatalf("%v\n%s", err, cmp.Diff(v, again))
		}
	})
}

func TestDump(t *testing.T) {
	v := core.View{Phase: core.PhaseRunning, Epoch: 3, Ignored: 2}
	got := codec.AppendDump(nil, &v, []core.CollectionView{
		{ID: core.GlobalID{Kind: core.IDUser, N: 1}, Kind: core.KindTable, Upper: frontier.At(1<<63 + 1), Since: frontier.Empty(), Policy: core.Lag(5)},
		{ID: core.GlobalID{Kind: core.IDUser, N: 2}, Kind: core.KindReported, Dropped: true},
	})
	want := `{
  "phase": "running",
  "epoch": 3,
  "grace_ends_us": 0,
  "verified_at_us": 0,
  "open_requests": 0,
  "open_effects": 0,
  "queued_control": 0,
  "waiting_requests": 0,
  "queued_parts": 0,
  "queued_bytes": 0,
  "ignored": 2,
  "clock_alarms": 0,
  "collections": [
    {"id": "u1", "kind": "table", "introspection": "none", "data": "s00000000-0000-0000-0000-000000000000", "remap": "s00000000-0000-0000-0000-000000000000", "shard": "opening", "dropped": false, "since": [], "implied": [0], "upper": [9223372036854775809], "durable_since": [0], "reader_since": [0], "policy": ["lag:5"], "named_holds": 0, "counted_holds": 0, "snapshots": 0, "own_reads": 0, "tokens": 0, "dependent": false, "dependants": [0], "queued_appends": 0},
    {"id": "u2", "kind": "reported", "introspection": "none", "data": "s00000000-0000-0000-0000-000000000000", "remap": "s00000000-0000-0000-0000-000000000000", "shard": "opening", "dropped": true, "since": [0], "implied": [0], "upper": [0], "durable_since": [0], "reader_since": [0], "policy": [], "named_holds": 0, "counted_holds": 0, "snapshots": 0, "own_reads": 0, "tokens": 0, "dependent": false, "dependants": [0], "queued_appends": 0}
  ]
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	v.Halt = core.Halt{Code: core.HaltContradiction, Where: "holds", A: 1, B: 2}
	for _, b := range [][]byte{got, codec.AppendDump(nil, &v, nil)} {
		if !json.Valid(b) {
			t.Errorf("no JSON: %s", b)
		}
	}
}

// TestDumpShowsEveryField changes each field of the views in turn.
func TestDumpShowsEveryField(t *testing.T) {
	var v core.View
	cs := []core.CollectionView{{}}
	before := string(codec.AppendDump(nil, &v, cs))
	change := func(name string, f reflect.Value) {
		old := reflect.ValueOf(f.Interface())
		switch f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int, reflect.Int64:
			f.SetInt(1)
		case reflect.Uint8, reflect.Uint64:
			f.SetUint(1)
		case reflect.Struct:
			switch x := f.Addr().Interface().(type) {
			case *frontier.Frontier:
				*x = frontier.At(1)
			case *core.Policy:
				*x = core.Lag(1)
			case *core.GlobalID:
				x.N = 1
			case *persist.ShardID:
				x.Lo = 1
			case *core.Halt:
				x.Code = core.HaltFenced
			default:
				t.Fatalf("%s: a %s that the test cannot change", name, f.Type())
			}
		default:
			t.Fatalf("%s: a %s that the test cannot change", name, f.Type())
		}
		if string(codec.AppendDump(nil, &v, cs)) == before {
			t.Errorf("%s is not shown", name)
		}
		f.Set(old)
	}
	for _, x := range []reflect.Value{reflect.ValueOf(&v).Elem(), reflect.ValueOf(&cs[0]).Elem()} {
		for i := range x.NumField() {
			change(x.Type().Field(i).Name, x.Field(i))
		}
	}
}
