package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/jackc/pgx/v5"

	"example.com/tidemark/internal/testpg"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// running is a controller in this process.
type running struct {
	t      *testing.T
	url    string
	client tidemarkpb.ControllerClient
	log    *safeBuffer
	cancel context.CancelFunc
	ended  chan int
}

// safeBuffer is a log that is read while it is written.
type safeBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// run starts a controller with flags.
func run(t *testing.T, arguments ...string) *running {
	t.Helper()
	o, log := &options{}, &safeBuffer{}
	tool := &tool{stdout: io.Discard, stderr: log}
	f := tool.flags(&command{Name: "serve"})
	o.define(f)
	if _, err := f.Read(append([]string{"--data", t.TempDir(), "--listen", "127.0.0.1:0"}, arguments...)); err != nil {
		t.Fatal(err)
	}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, log: log, cancel: cancel, ended: make(chan int, 1)}
	address := make(chan net.Addr, 1)
	go func() {
		code, err := serve(ctx, o, slog.New(slog.NewTextHandler(log, nil)), func(a net.Addr) { address <- a })
		if err != nil {
			log.Write([]byte(err.Error()))
		}
		r.ended <- code
	}()
	select {
	case a := <-address:
		r.url = "http://" + a.String()
	case code := <-r.ended:
		t.Fatalf("it ended with %d: %s", code, log)
	}
	r.client = tidemarkpb.NewControllerClient(http.DefaultClient, r.url)
	t.Cleanup(r.stop)
	return r
}

func (r *running) stop() {
	r.cancel()
	if r.ended != nil {
		<-r.ended
		r.ended = nil
	}
}

// get is what the server answers, and its status.
func (r *running) get(path string) (int, string) {
	response, err := http.Get(r.url + path)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

// until waits for something to be so.
func (r *running) until(what string, so func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			_, ready := r.get("/readyz")
			r.t.Fatalf("not %s; readyz: %s; log:\n%s", what, ready, r.log)
		}
	}
}

func (r *running) ready() bool { status, _ := r.get("/readyz"); return status == http.StatusOK }

func (r *running) append(ctx context.Context, upper uint64) error {
	_, err := r.client.Append(ctx, connect.NewRequest(&tidemarkpb.AppendRequest{Appends: []*tidemarkpb.Append{{Id: "u1", Upper: timeMark(upper)}}}))
	return err
}

// A Postgres that cannot be reached, at the start or later, ends nothing: what is
// missing is said, and work goes on when it is back.
func TestPostgresOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and stops a Postgres")
	}
	pg := testpg.Start(t, testpg.Options{})
	url := pg.Database(t)
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	r := run(t, "--stash", url, "--persist-consensus", url)
	r.until("waiting for the store", func() bool { return strings.Contains(r.log.String(), "a store cannot be opened") })
	if status, text := r.get("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, "stash") {
		t.Errorf("readyz without a store: %d %s", status, text)
	}
	if status, text := r.get("/healthz"); status != http.StatusOK {
		t.Errorf("healthz without a store: %d %s", status, text)
	}
	_, err := r.client.Frontiers(t.Context(), connect.NewRequest(&tidemarkpb.FrontiersRequest{}))
	if connect.CodeOf(err) != connect.CodeUnavailable || !strings.Contains(err.Error(), "not ready") {
		t.Errorf("a call without a store: %v", err)
	}
	if err := pg.Start(); err != nil {
		t.Fatal(err)
	}
	r.until("ready", r.ready)
	_, err = r.client.CreateCollections(t.Context(), connect.NewRequest(&tidemarkpb.CreateCollectionsRequest{Collections: []*tidemarkpb.Collection{{
		Id: "u1", Kind: "table", Columns: []*tidemarkpb.Column{{Name: "n", Type: "int64"}},
	}}}))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.append(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	appended := make(chan error, 1)
	go func() { appended <- r.append(context.Background(), 20) }()
	r.until("said to be in trouble", func() bool { return strings.Contains(r.log.String(), "calls fail") })
	if status, text := r.get("/healthz"); status != http.StatusOK {
		t.Errorf("healthz in an outage: %d %s", status, text)
	}
	if status, text := r.get("/metrics"); status != http.StatusOK || !strings.Contains(text, "tidemark_effect_retries_total") {
		t.Errorf("metrics in an outage: %d", status)
	}
	if err := pg.Start(); err != nil {
		t.Fatal(err)
	}
	if err := <-appended; err != nil {
		t.Errorf("an append through an outage: %v", err)
	}
	r.until("said to be out of trouble", func() bool { return strings.Contains(r.log.String(), "calls succeed again") })
}

// What only a person can set right ends the program, with a word about it.
func TestStoreOfNewerVersion(t *testing.T) {
	pg := testpg.Start(t, testpg.Options{})
	url := pg.Database(t)
	first := run(t, "--stash", url)
	first.until("ready", first.ready)
	first.stop()
	o := &options{data: t.TempDir(), listen: "127.0.0.1:0", stash: url, logLevel: "info", logFormat: "text", journalSegment: 1, journalTotal: 1,
		holdLease: time.Minute, stopWithin: time.Second}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	if _, err := db.Exec(t.Context(), "UPDATE stash_owner SET version = 1000"); err != nil {
		t.Fatal(err)
	}
	code, err := serve(t.Context(), o, slog.New(slog.DiscardHandler), nil)
	if code != exitNewer || err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("it ended with %d, %v", code, err)
	}
}

// A secret in a location shows up nowhere, whatever goes wrong.
func TestSecretsStaySecret(t *testing.T) {
	r := run(t, "--stash", "postgres://someone:hunter2hunter2@127.0.0.1:1/db?sslmode=disable")
	r.until("waiting for the store", func() bool { return strings.Contains(r.log.String(), "a store cannot be opened") })
	_, ready := r.get("/readyz")
	status, err := r.client.Status(t.Context(), connect.NewRequest(&tidemarkpb.StatusRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	_, metrics := r.get("/metrics")
	r.stop()
	for where, text := range map[string]string{"log": r.log.String(), "readyz": ready, "status": status.Msg.String(), "metrics": metrics} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("the %s has the password: %s", where, text)
		}
	}
	if !strings.Contains(r.log.String(), "127.0.0.1:1") {
		t.Errorf("the log does not say which store: %s", r.log)
	}
}

// Without room for its data directory it says so.
func TestDataDirectoryIsAFile(t *testing.T) {
	o := &options{data: "main.go", listen: "127.0.0.1:0", logLevel: "info", logFormat: "text", journalSegment: 1, journalTotal: 1,
		holdLease: time.Minute, stopWithin: time.Second}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	if code, err := serve(t.Context(), o, slog.New(slog.DiscardHandler), nil); code != exitFailed || err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("%d, %v", code, err)
	}
}
