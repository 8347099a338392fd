package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/realdrivers/persist"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/realdrivers/stash"
)

// A loop that does not come by is told, as long as that is so.
func TestHealthOfStuckLoop(t *testing.T) {
	meta, err := stash.Open(t.Context(), "mem://")
	if err != nil {
		t.Fatal(err)
	}
	defer meta.Close()
	shards, err := persist.Open(t.Context(), "mem://", "mem://", persist.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer shards.Close()
	c, err := runtime.StartController(runtime.ControllerOptions{Stash: meta, Persist: shards})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop(context.Background())
	d := &daemon{gate: newGate(), stuckAfter: time.Minute}
	health := func() int {
		w := httptest.NewRecorder()
		d.healthz(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
		return w.Code
	}
	if code := health(); code != http.StatusOK {
		t.Errorf("before there is a controller: %d", code)
	}
	d.gate.open(c)
	if code := health(); code != http.StatusOK {
		t.Errorf("with a controller: %d", code)
	}
	stuck, goOn, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		c.Look(context.Background(), func(*core.Controller) {
			close(stuck)
			<-goOn
		})
	}()
	<-stuck
	d.stuckAfter = time.Millisecond
	if code := health(); code != http.StatusServiceUnavailable {
		t.Errorf("with a stuck loop: %d", code)
	}
	close(goOn)
	<-done
	d.stuckAfter = time.Minute
	if code := health(); code != http.StatusOK {
		t.Errorf("with a loop that goes on: %d", code)
	}
}
