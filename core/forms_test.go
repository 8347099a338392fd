package core_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// odd is a frontier that is not in canonical form.
var odd = frontier.Frontier{T: 1, Empty: true}

// TestForms: a request of each kind with one thing in it that no request may have is
// answered InvalidRequest at once and changes nothing; at the very bound it is not.
func TestForms(t *testing.T) {
	cl := newClient(t, core.DefaultConfig().Limits)
	cl.accepted(createTables(2))
	cl.settle()
	good := user(1)
	bad := []core.GlobalID{{}, {N: 1}, {Kind: core.IDUser + 20, N: 1}}
	longest := core.DefaultConfig().SnapshotWait
	table := createTables(1).Collections[0]
	type form struct {
		name string
		r    core.Request
	}
	var wrong, right []form
	refuse := func(name string, r core.Request) { wrong = append(wrong, form{name, r}) }
	accept := func(name string, r core.Request) { right = append(right, form{name, r}) }
	for _, op := range []core.RequestOp{core.RequestNone, core.RequestOpCount, core.RequestOpCount + 1, 255} {
		refuse("an operation that there is not", core.Request{Op: op})
	}
	for _, id := range bad {
		spec := table
		spec.ID = id
		refuse("create", core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{table, spec}})
		refuse("drop", core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{good, id}})
		refuse("append", core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: id, Upper: frontier.At(1)}}})
		refuse("set-policy", core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: id, Policy: core.Lag(1)}}})
		refuse("update-uppers", core.Request{Op: core.RequestUpdateUppers, Uppers: []core.UpperReport{{ID: id}}})
		refuse("update-capabilities", core.Request{Op: core.RequestUpdateCapabilities, Capabilities: []core.CapabilityChange{{ID: id}}})
		refuse("alter", core.Request{Op: core.RequestAlter, Moves: []core.Move{{ID: id, Host: core.HostConfig{Size: 1}}}})
		refuse("create-exports", core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{{ID: id}}})
		refuse("alter-exports", core.Request{Op: core.RequestAlterExports, Exports: []core.ExportSpec{{ID: id}}})
		refuse("drop-exports", core.Request{Op: core.RequestDropExports, IDs: []core.GlobalID{id}})
		refuse("renew-hold", core.Request{Op: core.RequestRenewHold, GlobalID: id, Hold: 1})
		for _, op := range []core.RequestOp{core.RequestPrepareExport, core.RequestRenewToken, core.RequestCancelToken, core.RequestExport,
			core.RequestAcquireHold, core.RequestMoveHold, core.RequestReleaseHold, core.RequestSnapshot, core.RequestCollection} {
			refuse(op.String(), core.Request{Op: op, GlobalID: id, From: good, Hold: 1, Owner: 1})
		}
		// Renewing all of an owner's holds names no id.
		accept("renew all", core.Request{Op: core.RequestRenewHold, GlobalID: id, Owner: 1})
		accept("dump", core.Request{Op: core.RequestDump, GlobalID: id})
	}
	spec := table
	spec.Description.Since = odd
	refuse("since", core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{table, spec}})
	refuse("upper", core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: good, Upper: frontier.At(1)}, {ID: good, Upper: odd}}})
	refuse("reported upper", core.Request{Op: core.RequestUpdateUppers, Uppers: []core.UpperReport{{ID: good}, {ID: good, Upper: odd}}})
	refuse("as_of", core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{{ID: user(9), Description: core.ExportDescription{From: good, AsOf: odd}}}})
	for diff, ok := range map[int64]bool{1 << 40: true, 1<<40 + 1: false, -1 << 40: true, -1<<40 - 1: false, 1<<63 - 1: false, -1 << 63: false, 0: true} {
		r := core.Request{Op: core.RequestUpdateCapabilities, Owner: 1, Capabilities: []core.CapabilityChange{{ID: good, Time: 5}, {ID: good, Time: 5, Diff: diff}}}
		if ok {
			accept("diff", r)
		} else {
			refuse("diff", r)
		}
	}
	for wait, ok := range map[clock.Duration]bool{0: true, 1: true, -1: false, longest - 1: true, longest: true, longest + 1: false} {
		r := core.Request{Op: core.RequestSnapshot, GlobalID: good, AsOf: 99, Wait: wait}
		if ok {
			accept("wait", r)
		} else {
			refuse("wait", r)
		}
	}
	for _, n := range [][2]int{{1024, 0}, {1025, 0}, {0, 1024}, {0, 1025}, {512, 512}, {512, 513}, {513, 512}, {1, 1023}, {1, 1024}} {
		g := &core.Ingestion{Connection: "c", Host: core.HostConfig{Size: 1}}
		for i := range n[0] {
			g.Outputs = append(g.Outputs, core.Output{ID: user(uint64(5000 + i)), Index: uint32(i)})
		}
		for i := range n[1] {
			g.Imports = append(g.Imports, user(uint64(9000+i)))
		}
		spec := core.CollectionSpec{ID: user(5000), Description: core.Description{Kind: core.KindIngestion, Schema: table.Description.Schema, Ingestion: g}}
		r := core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{spec}}
		if n[0]+n[1] <= 1024 {
			accept("references", r)
		} else {
			refuse("references", r)
		}
	}
	for _, f := range wrong {
		before := string(cl.c.AppendCanonical(nil))
		if got := cl.ask(f.r); len(got) != 1 || got[0].Err.Code != core.InvalidRequest || !got[0].Err.Definite {
			t.Errorf("%s %+v is answered %+v", f.name, f.r, got)
		}
		if string(cl.c.AppendCanonical(nil)) != before {
			t.Errorf("%s %+v is refused and has changed something", f.name, f.r)
		}
	}
	for _, f := range right {
		for _, got := range cl.ask(f.r) {
			if got.Err.Code == core.InvalidRequest {
				t.Errorf("%s %+v is answered %+v", f.name, f.r, got)
			}
		}
		cl.settle()
	}
	if got := cl.step(&core.Input{Kind: core.InputRequest, Request: core.Request{Op: core.RequestDump}}); len(got) != 1 || got[0].Err.Code != core.InvalidRequest {
		t.Errorf("a request without an id is answered %+v", got)
	}
}

// TestConnections: what a client says of an external system has 1 to 4096 bytes.
func TestConnections(t *testing.T) {
	for _, n := range []int{0, 1, 4095, 4096, 4097} {
		cl := newClient(t, core.DefaultConfig().Limits)
		cl.accepted(createTables(1))
		cl.settle()
		connection := string(make([]byte, n))
		spec := core.CollectionSpec{ID: user(7), Description: core.Description{Kind: core.KindIngestion, Schema: createTables(1).Collections[0].Description.Schema,
			Ingestion: &core.Ingestion{Connection: connection, Outputs: []core.Output{{ID: user(7)}}, Host: core.HostConfig{Address: "far:1"}}}}
		responses := append(cl.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{spec}}), cl.settle()...)
		token := cl.ask(core.Request{Op: core.RequestPrepareExport, GlobalID: user(8), From: user(1), Owner: 1})
		export := core.ExportSpec{ID: user(8), Token: token[0].Token, Description: core.ExportDescription{From: user(1), Connection: connection, Host: core.HostConfig{Address: "far:1"}}}
		responses = append(responses, append(cl.ask(core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{export}}), cl.settle()...)...)
		if len(responses) != 2 {
			t.Fatalf("%d bytes: %d answers", n, len(responses))
		}
		for _, r := range responses {
			want := core.Ok
			if n == 0 || n > 4096 {
				want = core.InvalidDescription
			}
			if r.Err.Code != want {
				t.Errorf("%d bytes: %v, want %v", n, r.Err.Code, want)
			}
		}
	}
}
