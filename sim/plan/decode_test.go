package plan_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"example.com/tidemark/sim/plan"
	"github.com/google/go-cmp/cmp"
)

// minimal is a valid plan with every comment style.
const minimal = `// what failed, and why
{
  "version": 1, /* the format */ "seed": 7, "profile": "by-hand//not-a-comment",
  "chaos_ms": 1000, "grid_ms": 10,
  "config": {"reader_lease_ms": 4000, "heartbeat_ms": 1000, "hold_lease_ms": 4000, "clock_margin_ms": 10,
    "fetch_every_ms": 1000, "since_every_ms": 200, "backoff_min_ms": 10, "backoff_max_ms": 100,
    "persist_deadline_ms": 500, "read_deadline_ms": 500, "stash_deadline_ms": 500, "snapshot_wait_ms": 500,
    "max_clock_skew_ms": 0, "open_requests": 1, "queued_appends": 1, "queued_bytes": 1,
    "holds_per_owner": 1, "ids_per_request": 1},
  "latency": {"network": {"min_us": 0, "max_us": 1}, "persist": {"min_us": 0, "max_us": 1}, "stash": {"min_us": 0, "max_us": 1}},
  "rates": {},
  "ops": [ // one
    {"id": 1, "at_ms": 5, "kind": "create", "as": "admin", "node": -1, "parts": [{"slot": 1, "kind": "table"}]}
  ]
}
`

func TestDecodeByHand(t *testing.T) {
	p, err := plan.Decode([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	if p.Version != plan.Version || p.Slots() != 2 || p.Hosted() {
		t.Errorf("a plan of version 1 became one of version %d with %d controllers", p.Version, p.Slots())
	}
	if p.Profile != "by-hand//not-a-comment" || len(p.Ops) != 1 || p.Ops[0].Parts[0].Kind != plan.KindTable {
		t.Errorf("got %+v", p)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := minimal
	change := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the plan", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"newer version", change(`"version": 1`, `"version": 3, "galaxies": []`), "plan: version: 3 is newer than this program knows (2)"},
		{"no version", change(`"version": 1,`, ""), "plan: version: missing; is this a plan?"},
		{"old version", change(`"version": 1`, `"version": 0`), "plan: version: 0 does not exist"},
		{"empty", "", "plan: line 1: unexpected end of JSON input"},
		{"not json", "hello", "plan: line 1: invalid character 'h' looking for beginning of value"},
		{"list", "[]", "plan: line 1: not a plan: array"},
		{"unknown field", change(`"chaos_ms"`, `"kaos_ms"`), `plan: json: unknown field "kaos_ms"`},
		{"type", change(`"seed": 7`, `"seed": "x"`), "plan: line 3: seed is no uint64: string"},
		{"negative time", change(`"at_ms": 5`, `"at_ms": -5`), "plan: ops[0].at_ms: -5 is not in 0…31622400000"},
		{"absurd chaos", change(`"chaos_ms": 1000`, `"chaos_ms": 99999999999999`), "plan: chaos_ms: 99999999999999 is not in 1…31622400000"},
		{"kind", change(`"kind": "create"`, `"kind": "destroy"`), `plan: ops[0].kind: "destroy" is no operation`},
		{"heartbeat", change(`"heartbeat_ms": 1000`, `"heartbeat_ms": 4000`), "plan: config.heartbeat_ms: 4000 is not below the reader lease 4000"},
		{"twice", change(`"ops": [`, `"ops": [{"id": 1, "at_ms": 5, "kind": "dump", "as": "reader", "node": 0},`), "plan: ops[1].id: 1 comes twice"},
		{"comment", change(`// one`, `/* one`), "plan: line 12: a comment is not closed"},
		{"trailing", good + "{}", "plan: line 16: invalid character '{' after top-level value"},
		{"slot", change(`"slot": 1`, `"slot": 99999999`), "plan: ops[0].parts.slot: 99999999 is not in 0…1048576"},
		{"policy", change(`"kind": "table"`, `"policy": {}`), "plan: ops[0].parts.policy: one of from, from_empty, lag, of and nodes is wanted"},
		{"null policy list", change(`"kind": "table"`, `"policy": {"of": null}`), "plan: ops[0].parts.policy: one of from, from_empty, lag, of and nodes is wanted"},
		{"deep policy", change(`"kind": "table"`, `"policy": `+strings.Repeat(`{"of":[`, 100)+`{"lag":1}`+strings.Repeat(`]}`, 100)), "plan: ops[0].parts.policy: more than 1024 nodes, or deeper than 64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := plan.Decode([]byte(c.text))
			if err == nil {
				t.Fatal("accepted")
			}
			var typed *plan.Error
			if !errors.As(err, &typed) {
				t.Fatalf("%T is not typed", err)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Error(diff)
			}
			if typed.Newer != (c.name == "newer version") {
				t.Error("Newer is wrong")
			}
		})
	}
}

// TestEveryFieldIsJudged sets each integer of a plan to an absurd value: none may
// be accepted, but for the few that have no bounds.
func TestEveryFieldIsJudged(t *testing.T) {
	free := map[string]bool{"Seed": true, "Cause": true, "Value": true, "Lag": true}
	p := sample()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	judged := 0
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if name := v.Type().Field(i).Name; !free[name] {
					walk(path+"."+name, v.Field(i))
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(path, v.Index(i))
			}
		case reflect.Pointer:
			if !v.IsNil() {
				walk(path, v.Elem())
			}
		case reflect.Int, reflect.Int64:
			old := v.Int()
			v.SetInt(-1 << 62 >> (64 - v.Type().Bits()))
			if p.Validate() == nil {
				t.Errorf("%s: a hugely negative value is accepted", path)
			}
			v.SetInt(old)
			judged++
		case reflect.Uint64:
			old := v.Uint()
			v.SetUint(1 << 63)
			if p.Validate() == nil {
				t.Errorf("%s: a huge value is accepted", path)
			}
			v.SetUint(old)
			judged++
		case reflect.String:
			old := v.String()
			v.SetString("no such thing\n")
			if p.Validate() == nil {
				t.Errorf("%s: an unknown name is accepted", path)
			}
			v.SetString(old)
			judged++
		}
	}
	walk("plan", reflect.ValueOf(p).Elem())
	if judged < 100 {
		t.Errorf("only %d fields were tried", judged)
	}
}

// sample is a plan in which every list has an element.
func sample() *plan.Plan {
	p, err := plan.Decode([]byte(minimal))
	if err != nil {
		panic(err)
	}
	since := plan.Time{Base: plan.Since, Offset: 1}
	p.Clocks = []plan.Clock{{Node: 1, Jumps: []plan.Jump{{AtMs: 1, ByMs: 1}}}}
	p.Faults = []plan.Fault{{ID: 1, Kind: plan.FaultCrash}}
	p.Owners = []plan.Owner{{ID: 1, RenewMs: 1}}
	p.Writers = []plan.Writer{{ID: 1, Slot: 1, PeriodMs: 1}}
	p.Ops[0].Parts[0].Since = &since
	p.Ops[0].Parts[0].Policy = &plan.Policy{Of: &[]plan.Policy{{From: &since}}}
	p.Loops = []plan.Loop{{ID: 1, PeriodMs: 100, Slots: 3, Op: plan.Operation{Kind: plan.OpDump, As: plan.Reader}}}
	p.Draws = []plan.Pin{{Purpose: "x"}}
	return p
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add(sample().Encode())
	f.Add([]byte(`{"version":1,"ops":[{"parts":[{"policy":{"of":[{"from_empty":true}]}}]}]}`))
	f.Add([]byte(`/*`))
	f.Add([]byte(`"\`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := plan.Decode(b)
		if err != nil {
			var typed *plan.Error
			if !errors.As(err, &typed) || strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("%T %q", err, err)
			}
			return
		}
		back, err := plan.Decode(p.Encode())
		if err != nil {
			t.Fatalf("what was accepted is refused after encoding: %v", err)
		}
		if p.Hash() != back.Hash() {
			t.Fatal("round trip changed the plan")
		}
	})
}
