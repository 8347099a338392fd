package rpc

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/sim/persistfake"
	"example.com/tidemark/sim/stashfake"
)

// stores are the models of shards and stash, without any fault.
type stores struct {
	mu     sync.Mutex
	shards persistfake.Store
	meta   stashfake.Store
}

func wall() clock.Wall { return clock.Wall(time.Now().UnixMilli()) }

type shardDriver struct{ *stores }

func (d shardDriver) Do(_ context.Context, c *persist.Call, r *persist.Result) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shards.Apply(wall(), c, r)
}

type stashDriver struct{ *stores }

func (d stashDriver) Do(_ context.Context, c *stash.Call, r *stash.Result) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.meta.Apply(wall(), c, r)
}

// noHosts reaches no host.
type noHosts struct{}

func (noHosts) Connect(_ context.Context, _ *core.HostCall, r *core.HostResult, _ runtime.SessionEvents) {
	r.Outcome = outcome.NotDone
}
func (noHosts) Send(*core.HostCall)       {}
func (noHosts) Disconnect(*core.HostCall) {}

// world is a controller with its API on a port of its own.
type world struct {
	t      testing.TB
	stores *stores
	c      *runtime.Controller
	server *httptest.Server
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, stores: &stores{}}
	w.c = w.start()
	_, handler := NewServer(Options{Controller: w.c, Version: "test", Stores: []string{"memory"}}).Handler()
	w.server = httptest.NewUnstartedServer(handler)
	w.server.Config.Protocols = new(http.Protocols)
	w.server.Config.Protocols.SetHTTP1(true)
	w.server.Config.Protocols.SetUnencryptedHTTP2(true)
	w.server.Start()
	t.Cleanup(func() {
		w.server.CloseClientConnections()
		w.server.Close()
		w.c.Stop(context.Background())
	})
	return w
}

// start boots a controller on the world's stores.
func (w *world) start() *runtime.Controller {
	c, err := runtime.StartController(runtime.ControllerOptions{
		Persist: shardDriver{w.stores}, Stash: stashDriver{w.stores}, Transport: noHosts{},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// post sends what curl would, and returns the status and the body.
func (w *world) post(call, body string) (int, string) {
	w.t.Helper()
	response, err := http.Post(w.server.URL+"/tidemark.v1.Controller/"+call, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// ok posts and returns the decoded answer.
func (w *world) ok(call, body string) map[string]any {
	w.t.Helper()
	status, text := w.post(call, body)
	if status != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", call, body, status, text)
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		w.t.Fatalf("%s: %v in %s", call, err, text)
	}
	return answer
}

// failed is the error that a call must end with.
type failed struct {
	Code    string
	Message string
	Details []struct {
		Type  string
		Debug struct {
			Code, Limit, Advice string
			Definite            bool
			IDs                 []string `json:"ids"`
			Frontier            map[string]any
		}
	}
}

func (w *world) fails(call, body string) (int, failed) {
	w.t.Helper()
	status, text := w.post(call, body)
	var f failed
	if err := json.Unmarshal([]byte(text), &f); err != nil || status == http.StatusOK {
		w.t.Fatalf("%s %s: %d %s, want an error", call, body, status, text)
	}
	return status, f
}

const twoColumns = `[{"name":"k","type":"int64"},{"name":"v","type":"text","nullable":true}]`

func (w *world) table(id string) {
	w.t.Helper()
	w.ok("CreateCollections", `{"collections":[{"id":"`+id+`","kind":"table","columns":`+twoColumns+`}]}`)
}
