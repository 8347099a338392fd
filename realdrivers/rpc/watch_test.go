package rpc

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
	"example.com/tidemark/realdrivers/runtime"
)

// stepped is a controller whose steps the test tells of, and that counts who looks.
type stepped struct {
	Controller
	raised chan struct{}
	looks  atomic.Int64
}

func (s *stepped) Steps(context.Context) (<-chan struct{}, func(), error) {
	return s.raised, func() {}, nil
}

func (s *stepped) Collections(ctx context.Context, holds bool) ([]runtime.Collection, error) {
	s.looks.Add(1)
	return s.Controller.Collections(ctx, holds)
}

// A watch looks after steps, and does not look where there were none, however long
// that is; what happened before it asks again is told once.
func TestWatchFollowsSteps(t *testing.T) {
	w := newWorld(t)
	w.table("u1")
	c := &stepped{Controller: w.c, raised: make(chan struct{}, 1)}
	_, handler := NewServer(Options{Controller: c}).Handler()
	server := httptest.NewServer(handler)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := tidemarkpb.NewControllerClient(http.DefaultClient, server.URL).Watch(ctx, connect.NewRequest(&tidemarkpb.WatchRequest{EveryMs: 1}))
	if err != nil || !stream.Receive() {
		t.Fatal(err, stream.Err())
	}
	w.ok("Append", `{"appends":[{"id":"u1","upper":5}]}`)
	time.Sleep(3 * minWatchEvery * time.Millisecond) // long enough for one that looks by the clock
	w.ok("Append", `{"appends":[{"id":"u1","upper":9}]}`)
	c.raised <- struct{}{}
	if !stream.Receive() || stream.Msg().GetCollections()[0].GetUpper().GetTime() != 9 {
		t.Errorf("after a step: %v, %v", stream.Msg(), stream.Err())
	}
	if n := c.looks.Load(); n != 2 {
		t.Errorf("it looked %d times for one step", n)
	}
}

// A watch ends with its controller.
func TestWatchEnds(t *testing.T) {
	w := newWorld(t)
	stream, err := tidemarkpb.NewControllerClient(http.DefaultClient, w.server.URL).Watch(t.Context(), connect.NewRequest(&tidemarkpb.WatchRequest{}))
	if err != nil || !stream.Receive() {
		t.Fatal(err, stream.Err())
	}
	w.c.Stop(t.Context())
	for stream.Receive() {
	}
	if code := connect.CodeOf(stream.Err()); code != connect.CodeUnavailable {
		t.Errorf("it ended with %v: %v", code, stream.Err())
	}
}
