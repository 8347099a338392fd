package rpc

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

func TestAppendAndSnapshot(t *testing.T) {
	w := newWorld(t)
	w.table("u1")
	w.ok("Append", `{"appends":[{"id":"u1","upper":20,"updates":[
		{"row":[1,"a"],"time":10},{"row":["9223372036854775807",null],"time":10,"diff":"2"},{"row":[1,"a"],"time":12,"diff":-1}]}]}`)
	got := w.ok("Snapshot", `{"id":"u1","asOf":11}`)
	want := `[map[diff:1 row:[1 a]] map[diff:2 row:[9223372036854775807 <nil>]]]`
	if fmt.Sprint(got["rows"]) != want {
		t.Errorf("rows %v, want %s", got["rows"], want)
	}
	if got := w.ok("Snapshot", `{"id":"u1"}`); got["asOf"] != "19" || len(got["rows"].([]any)) != 1 {
		t.Errorf("the latest snapshot is %v", got)
	}
	w.ok("Append", `{"appends":[{"id":"u1","upper":"closed"}]}`)
	got = w.ok("GetCollection", `{"id":"u1"}`)
	if fmt.Sprint(got["upper"]) != "map[closed:true]" {
		t.Errorf("upper %v of a closed collection", got["upper"])
	}
}

func TestEveryControlCall(t *testing.T) {
	w := newWorld(t)
	w.table("u1")
	w.ok("CreateCollections", `{"collections":[
		{"id":"u2","kind":"reported","columns":[{"name":"n","type":"uint64"}]},
		{"id":"s1","kind":"introspection","introspection":"shard-mapping","columns":[{"name":"id","type":"text"},{"name":"shard","type":"text"}]},
		{"id":"u3","kind":"ingestion","columns":[{"name":"n","type":"uint64"}],"ingestion":
			{"connection":"counter:","outputs":[{"id":"u3","index":0},{"id":"u4","index":1}],"imports":["u1"],"host":{"address":"h1:1"}}},
		{"id":"u4","kind":"subsource","of":"u3","columns":[{"name":"n","type":"uint64"}]}]}`)
	w.ok("SetPolicies", `{"changes":[{"id":"u1","policy":{"multiple":{"policies":[{"lag":1000},{"validFrom":0}]}}}]}`)
	w.ok("UpdateUppers", `{"uppers":[{"id":"u2","upper":5000}]}`)
	w.ok("AlterHosts", `{"moves":[{"id":"u3","host":{"size":2}}]}`)

	held := w.ok("AcquireHold", `{"id":"u1","owner":7,"hold":1}`)
	if held["time"] != "0" {
		t.Errorf("held at %v", held["time"])
	}
	w.ok("RenewHold", `{"owner":7}`)
	w.ok("MoveHold", `{"id":"u1","owner":7,"hold":1,"time":3}`)
	w.ok("ReleaseHold", `{"id":"u1","owner":7,"hold":1}`)
	w.ok("UpdateCapabilities", `{"owner":7,"changes":[{"id":"u1","time":4,"diff":2}]}`)

	token := w.ok("PrepareExport", `{"id":"u9","from":"u1","owner":7}`)["token"].(string)
	w.ok("RenewToken", `{"id":"u9","from":"u1","owner":7,"token":"`+token+`"}`)
	w.ok("CreateExports", `{"exports":[{"id":"u9","from":"u1","connection":"jsonl:/tmp/x","snapshot":true,"host":{"address":"h1:1"},"token":"`+token+`"}]}`)
	w.ok("AlterExports", `{"exports":[{"id":"u9","from":"u1","connection":"jsonl:/tmp/x","host":{"address":"h2:1"}}]}`)
	export := w.ok("GetExport", `{"id":"u9"}`)["export"].(map[string]any)
	if export["connection"] != "jsonl:/tmp/x" || export["from"] != "u1" {
		t.Errorf("the export is %v", export)
	}
	token = w.ok("PrepareExport", `{"id":"u10","from":"u1","owner":7}`)["token"].(string)
	w.ok("CancelToken", `{"id":"u10","token":"`+token+`"}`)

	all := w.ok("Frontiers", ``)
	if n := len(all["collections"].([]any)); n != 5 {
		t.Errorf("%d collections", n)
	}
	if held := fmt.Sprint(find(t, all["collections"], "id", "u1")["heldBy"]); !strings.Contains(held, "export u9") || !strings.Contains(held, "ingestion u3") {
		t.Errorf("u1 is held by %s", held)
	}
	if host := find(t, all["hosts"], "name", "u3/2"); host["live"] != 1.0 && host["live"] != 0.0 {
		t.Errorf("host %v", host)
	}
	status := w.ok("Status", `{}`)
	if status["phase"] != "running" || status["epoch"] != "1" || status["collections"] != "6" || status["hosts"] == "0" {
		t.Errorf("status %v", status)
	}
	w.ok("DropExports", `{"ids":["u9","u99"],"skipUnknown":true}`)
	w.ok("DropCollections", `{"ids":["u3","u4"]}`)
	if c := find(t, w.ok("Frontiers", `{"ids":["u4"]}`)["collections"], "id", "u4"); c["dropped"] != true {
		t.Errorf("u4 after its drop: %v", c)
	}
}

func find(t *testing.T, list any, key, value string) map[string]any {
	t.Helper()
	for _, e := range list.([]any) {
		if m := e.(map[string]any); m[key] == value {
			return m
		}
	}
	t.Fatalf("no %s = %s in %v", key, value, list)
	return nil
}

// Each kind of failure comes with its code, its ids and its numbers.
func TestFailures(t *testing.T) {
	w := newWorld(t)
	w.table("u1")
	w.ok("CreateCollections", `{"collections":[{"id":"u2","kind":"reported","columns":`+twoColumns+`}]}`)
	w.ok("Append", `{"appends":[{"id":"u1","upper":100}]}`)
	for _, f := range []struct {
		call, body   string
		status       int
		code, detail string
		ids          string
		message      string
	}{
		{"Append", `{"appends":[{"id":"u9","upper":1,"updates":[{"row":[1,"a"]}]}]}`, 404, "not_found", "IdentifierMissing", "[u9]", "create the collection first"},
		{"Append", `{"appends":[{"id":"u2","upper":1,"updates":[{"row":[1,"a"]}]}]}`, 400, "failed_precondition", "NotAppendable", "[u2]", "append to tables only"},
		{"Append", `{"appends":[{"id":"u1","upper":200,"updates":[{"row":[1],"time":150}]}]}`, 400, "invalid_argument", "RowMismatch", "[u1]", "appends[0].updates[0].row of u1: 1 values for 2 columns (k int64, v text)"},
		{"Append", `{"appends":[{"id":"u1","upper":200,"updates":[{"row":["x","y"],"time":150}]}]}`, 400, "invalid_argument", "RowMismatch", "[u1]", `column "k" (int64): "x" is not a whole number that fits`},
		{"Append", `{"appends":[{"id":"u1","upper":200,"updates":[{"row":[9007199254740993,"y"],"time":150}]}]}`, 400, "invalid_argument", "RowMismatch", "[u1]", `give numbers from 2^53 on as text`},
		{"Append", `{"appends":[{"id":"u1","upper":200,"updates":[{"row":[1,"a"],"time":250}]}]}`, 400, "invalid_argument", "UpdateBeyondUpper", "[u1]", "before its entry's new upper"},
		{"Append", `{"appends":[{"id":"u1","upper":50,"updates":[{"row":[1,"a"],"time":20}]}]}`, 409, "aborted", "InvalidUppers", "[u1]", "upper [100]"},
		{"Append", `{"appends":[{"id":"u1","updates":[{"row":[1,"a"],"time":20}]}]}`, 400, "invalid_argument", "InvalidRequest", "[]", "appends[0].upper: missing"},
		{"Snapshot", `{"id":"7"}`, 400, "invalid_argument", "InvalidRequest", "[]", `id: "7" is no id`},
		{"Snapshot", `{"id":"u1","asOf":1000,"waitMs":50}`, 504, "deadline_exceeded", "DeadlineExceeded", "[]", "wait longer"},
		{"Snapshot", `{"id":"u1","waitMs":"99999999999999"}`, 400, "invalid_argument", "InvalidRequest", "[]", "more than a year"},
		{"CreateCollections", `{"collections":[{"id":"u1","kind":"table","columns":[{"name":"k","type":"bool"}]}]}`, 409, "already_exists", "SourceIDReused", "[u1]", ""},
		{"CreateCollections", `{"collections":[{"id":"u3","kind":"tabel"}]}`, 400, "invalid_argument", "InvalidRequest", "[]", `collections[0].kind: "tabel" is not one of table, reported`},
		{"Snapshot", `{"id":"u2"}`, 400, "invalid_argument", "InvalidRequest", "[u2]", "there is no complete time that can be read yet (since 0, upper 0)"},
		{"SetPolicies", `{"changes":[{"id":"u1","policy":{"validFrom":"closed"}}]}`, 400, "invalid_argument", "InvalidPolicy", "[u1]", ""},
		{"SetPolicies", `{"changes":[{"id":"u1"}]}`, 400, "invalid_argument", "InvalidRequest", "[]", "validFrom, lag or multiple"},
		{"ReleaseHold", `{"id":"u1","owner":1,"hold":1}`, 400, "failed_precondition", "InvalidReadHold", "[u1]", ""},
		{"CreateExports", `{"exports":[{"id":"u8","from":"u1","connection":"x","host":{"size":1},"token":5}]}`, 400, "failed_precondition", "TokenExpired", "[u8]", "prepare the export again"},
	} {
		status, got := w.fails(f.call, f.body)
		if status != f.status || got.Code != f.code || !strings.Contains(got.Message, f.message) {
			t.Errorf("%s %s:\n%d %s %q,\nwant %d %s with %q", f.call, f.body, status, got.Code, got.Message, f.status, f.code, f.message)
		}
		if len(got.Details) != 1 || got.Details[0].Type != "tidemark.v1.ErrorDetail" {
			t.Errorf("%s %s: details %+v", f.call, f.body, got.Details)
			continue
		}
		d := got.Details[0].Debug
		if d.Code != f.detail || fmt.Sprint(d.IDs) != f.ids || !d.Definite || d.Advice == "" {
			t.Errorf("%s %s: detail %+v, want %s of %s", f.call, f.body, d, f.detail, f.ids)
		}
		if f.detail == "InvalidUppers" && d.Frontier["time"] != "100" {
			t.Errorf("%s: frontier %v", f.body, d.Frontier)
		}
	}
}

// What is no message at all is refused by a word, too.
func TestNoMessage(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{`{`, `[]`, `{"nonsense":1}`, `{"ids":"u1"}`, `{"ids":[1]}`, strings.Repeat(`{"ids":`, 20000)} {
		if status, got := w.fails("Frontiers", body); status != 400 || got.Code != "invalid_argument" {
			t.Errorf("%.40s: %d %s", body, status, got.Message)
		}
	}
	deep := strings.Repeat(`{"multiple":{"policies":[`, 3000) + strings.Repeat(`]}}`, 3000)
	if status, got := w.fails("SetPolicies", `{"changes":[{"id":"u1","policy":`+deep+`}]}`); status != 400 {
		t.Errorf("a deep policy: %d %s", status, got.Message)
	}
	wide := strings.Repeat(`{"lag":1},`, 3000)
	if status, got := w.fails("SetPolicies", `{"changes":[{"id":"u1","policy":{"multiple":{"policies":[`+wide+`{"lag":1}]}}}]}`); status != 400 {
		t.Errorf("a wide policy: %d %s", status, got.Message)
	}
	if status, _ := w.post("NoSuchCall", `{}`); status != http.StatusNotFound {
		t.Errorf("an unknown call: %d", status)
	}
}

// The same port speaks every protocol.
func TestProtocols(t *testing.T) {
	w := newWorld(t)
	h2 := &http.Client{Transport: &http.Transport{Protocols: new(http.Protocols)}}
	h2.Transport.(*http.Transport).Protocols.SetUnencryptedHTTP2(true)
	for i, p := range []struct {
		name    string
		client  *http.Client
		options []connect.ClientOption
	}{
		{"connect", http.DefaultClient, nil},
		{"gRPC", h2, []connect.ClientOption{connect.WithGRPC()}},
		{"gRPC-web", http.DefaultClient, []connect.ClientOption{connect.WithGRPCWeb()}},
		{"JSON", http.DefaultClient, []connect.ClientOption{connect.WithProtoJSON()}},
	} {
		t.Run(p.name, func(t *testing.T) {
			client := tidemarkpb.NewControllerClient(p.client, w.server.URL, p.options...)
			id := fmt.Sprintf("u%d", i+1)
			w.table(id)
			row, _ := structpb.NewList([]any{float64(i), p.name})
			_, err := client.Append(t.Context(), connect.NewRequest(&tidemarkpb.AppendRequest{Appends: []*tidemarkpb.Append{{
				Id: id, Upper: &tidemarkpb.Frontier{Mark: &tidemarkpb.Frontier_Time{Time: 5}},
				Updates: []*tidemarkpb.Update{{Row: row, Time: 3}},
			}}}))
			if err != nil {
				t.Fatal(err)
			}
			stream, err := client.SnapshotStream(t.Context(), connect.NewRequest(&tidemarkpb.SnapshotRequest{Id: id}))
			if err != nil {
				t.Fatal(err)
			}
			if !stream.Receive() || len(stream.Msg().GetRows()) != 1 || stream.Msg().GetAsOf() != 4 {
				t.Errorf("received %v, %v", stream.Msg(), stream.Err())
			}
			if stream.Receive() || stream.Err() != nil {
				t.Errorf("another piece %v, %v", stream.Msg(), stream.Err())
			}
			_, err = client.GetExport(t.Context(), connect.NewRequest(&tidemarkpb.GetRequest{Id: "u77"}))
			checkDetail(t, err, connect.CodeNotFound, "IdentifierMissing")
		})
	}
}

func checkDetail(t *testing.T, err error, code connect.Code, detail string) {
	t.Helper()
	if connect.CodeOf(err) != code {
		t.Fatalf("%v, want %v", err, code)
	}
	for _, d := range err.(*connect.Error).Details() {
		if m, bad := d.Value(); bad == nil {
			if m, ok := m.(*tidemarkpb.ErrorDetail); ok && m.GetCode() == detail {
				return
			}
		}
	}
	t.Errorf("no detail %s in %v", detail, err)
}

func TestSnapshotInPieces(t *testing.T) {
	w := newWorld(t)
	w.table("u1")
	rows := make([]string, 2*rowsPerPiece+1)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"row":[%d,"x"]}`, i)
	}
	w.ok("Append", `{"appends":[{"id":"u1","upper":1,"updates":[`+strings.Join(rows, ",")+`]}]}`)
	client := tidemarkpb.NewControllerClient(http.DefaultClient, w.server.URL)
	stream, err := client.SnapshotStream(t.Context(), connect.NewRequest(&tidemarkpb.SnapshotRequest{Id: "u1"}))
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for stream.Receive() {
		sizes = append(sizes, len(stream.Msg().GetRows()))
	}
	if want := []int{rowsPerPiece, rowsPerPiece, 1}; stream.Err() != nil || !slices.Equal(sizes, want) {
		t.Errorf("pieces of %v, %v; want %v", sizes, stream.Err(), want)
	}
}

func TestWatch(t *testing.T) {
	w := newWorld(t)
	w.table("u1")
	w.table("u2")
	client := tidemarkpb.NewControllerClient(http.DefaultClient, w.server.URL)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := client.Watch(ctx, connect.NewRequest(&tidemarkpb.WatchRequest{EveryMs: 100}))
	if err != nil {
		t.Fatal(err)
	}
	if !stream.Receive() || len(stream.Msg().GetCollections()) != 2 {
		t.Fatalf("first %v, %v", stream.Msg(), stream.Err())
	}
	w.ok("Append", `{"appends":[{"id":"u2","upper":9}]}`)
	for stream.Receive() {
		list := stream.Msg().GetCollections()
		if len(list) == 1 && list[0].GetId() == "u2" && list[0].GetUpper().GetTime() == 9 {
			cancel()
			for stream.Receive() {
			}
			return
		}
	}
	t.Errorf("the append was not told: %v", stream.Err())
}

// A controller that another one replaced says so, and how to go on.
func TestFencedController(t *testing.T) {
	w := newWorld(t)
	w.table("u1")
	newer := w.start()
	defer newer.Stop(context.Background())
	<-await(t, func() bool { return newer.Status().Epoch == 2 })
	status, text := w.post("CreateCollections", `{"collections":[{"id":"u2","kind":"reported","columns":`+twoColumns+`}]}`)
	if status == http.StatusOK {
		t.Errorf("a deposed controller created a collection: %s", text)
	}
	<-w.c.Done()
	status, got := w.fails("Snapshot", `{"id":"u1"}`)
	if status != http.StatusServiceUnavailable || !strings.Contains(got.Message, "epoch 2 has taken over") {
		t.Errorf("%d %s", status, got.Message)
	}
	if _, got = w.fails("Frontiers", ``); got.Code != "unavailable" || len(got.Details) != 1 || got.Details[0].Debug.Code != "Halted" {
		t.Errorf("frontiers of a halted controller: %+v", got)
	}
	if halt := w.ok("Status", ``)["halt"].(string); !strings.Contains(halt, "use the newer one") {
		t.Errorf("status of a halted controller: %q", halt)
	}
}

func await(t *testing.T, f func() bool) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !f() && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}()
	return done
}

func TestDump(t *testing.T) {
	w := newWorld(t)
	w.table("u1")
	client := tidemarkpb.NewControllerClient(http.DefaultClient, w.server.URL)
	stream, err := client.Dump(t.Context(), connect.NewRequest(&tidemarkpb.DumpRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for stream.Receive() {
		text.Write(stream.Msg().GetJson())
	}
	if !strings.Contains(text.String(), `{"id": "u1", "kind": "table"`) {
		t.Errorf("dump %s %v", text.String(), stream.Err())
	}
}
