package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/realdrivers/transport"
	"example.com/tidemark/sim/persistfake"
	"example.com/tidemark/sim/stashfake"
)

func TestMain(m *testing.M) {
	playRole()
	goleak.VerifyTestMain(m)
}

// world is what controllers and hosts share: stores in memory.
type world struct {
	mu     sync.Mutex
	shards persistfake.Store
	meta   stashfake.Store
}

type shards struct{ w *world }

func (d shards) Do(_ context.Context, call *persist.Call, result *persist.Result) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.shards.Apply(clock.Wall(time.Now().UnixMilli()), call, result)
}

type metadata struct{ w *world }

func (d metadata) Do(_ context.Context, call *stash.Call, result *stash.Result) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.meta.Apply(clock.Wall(time.Now().UnixMilli()), call, result)
}

func (w *world) open(context.Context, *options, *slog.Logger) (runtime.Persist, func() error, error) {
	return shards{w}, func() error { return nil }, nil
}

const testToken = "a-token-of-this-test"

// controller runs a controller until the test ends or stop is called.
func (w *world) controller(t *testing.T) (c *runtime.Controller, stop func()) {
	t.Helper()
	client := transport.NewClient(transport.ClientOptions{Token: testToken})
	cfg := core.DefaultConfig()
	cfg.ServicesEvery = 0
	cfg.AdvanceEvery = 20 * clock.Millisecond
	cfg.BackoffMin, cfg.BackoffMax = 5*clock.Millisecond, 50*clock.Millisecond
	c, err := runtime.StartController(runtime.ControllerOptions{
		Config: cfg, Persist: shards{w}, Stash: metadata{w}, Transport: client,
	})
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			c.Stop(ctx)
			client.Close()
		})
	}
	t.Cleanup(stop)
	return c, stop
}

// host runs a host until the test ends or stop is called.
func (w *world) host(t *testing.T, files, listen string) (address string, stop func()) {
	t.Helper()
	return w.hostWith(t, slog.New(slog.DiscardHandler), "--files", files, "--listen", listen, "--token", testToken)
}

func (w *world) hostWith(t *testing.T, log *slog.Logger, flags ...string) (address string, stop func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "address")
	o := &options{}
	if err := o.read(append([]string{"--persist-consensus", "mem://", "--blob", "mem://", "--address-file", path, "--stop-within", "10s"},
		flags...), nil, io.Discard); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, o, log, w.open) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if b, err := os.ReadFile(path); err == nil {
			return strings.TrimSpace(string(b)), stop
		}
	}
	t.Fatal("the host does not say where it listens")
	return "", nil
}

func must(t *testing.T, c *runtime.Controller, r *core.Request) *core.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	response, err := c.Submit(ctx, r)
	if err != nil {
		t.Fatalf("%v: %v", r.Op, err)
	}
	return response
}

func user(n uint64) core.GlobalID { return core.GlobalID{Kind: core.IDUser, N: n} }

// createIngestion and createExport are requests for objects on a remote host.
func createIngestion(id core.GlobalID, connection, address string) *core.Request {
	return &core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{
		ID: id, Description: core.Description{
			Kind:      core.KindIngestion,
			Schema:    relation.Schema{Columns: []relation.Column{{Name: "n", Type: relation.Int64}}},
			Ingestion: &core.Ingestion{Connection: connection, Outputs: []core.Output{{ID: id}}, Host: core.HostConfig{Address: address}},
		},
	}}}
}

func createExport(t *testing.T, c *runtime.Controller, id, from core.GlobalID, connection, address string) {
	t.Helper()
	r := must(t, c, &core.Request{Op: core.RequestPrepareExport, GlobalID: id, From: from, Owner: 1})
	must(t, c, &core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{{
		ID: id, Token: r.Token, Description: core.ExportDescription{
			From: from, Connection: connection, AsOf: frontier.Minimum(), Snapshot: true, Host: core.HostConfig{Address: address},
		},
	}}})
}

// counted is the numbers in the order of a file of JSON lines; whatever is not a
// number that came once fails the test.
func counted(t *testing.T, path string) (list []int64) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
		b = b[:i+1] // what follows is being written
	} else {
		return nil
	}
	seen := map[int64]bool{}
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		var line struct {
			Diff int64
			Row  struct{ N int64 }
		}
		if err := json.Unmarshal(s.Bytes(), &line); err != nil || line.Diff != 1 || seen[line.Row.N] {
			t.Fatalf("%s: a line that is damaged or came twice: %v", s.Bytes(), err)
		}
		seen[line.Row.N] = true
		list = append(list, line.Row.N)
	}
	return list
}

// complete waits until a file has exactly the numbers from 1 to n.
func complete(t *testing.T, path string, n int) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		list := counted(t, path)
		if len(list) == n {
			for _, v := range list {
				if v < 1 || v > int64(n) {
					t.Fatalf("%d is none of the numbers", v)
				}
			}
			return
		}
		if len(list) > n || time.Now().After(end) {
			t.Fatalf("%d of %d numbers are there", len(list), n)
		}
	}
}
