package rpc

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/tidemark/core"
)

// waiting is a controller that answers nothing until it is let go.
type waiting struct {
	Controller
	come, goOn chan struct{}
}

func (w *waiting) Submit(ctx context.Context, r *core.Request) (*core.Response, error) {
	w.come <- struct{}{}
	<-w.goOn
	return w.Controller.Submit(ctx, r)
}

// While much is under way, large messages are refused by a message that says so and
// small ones are served; when it has ended, large ones are served again.
func TestBudget(t *testing.T) {
	w := newWorld(t)
	w.table("u1")
	c := &waiting{Controller: w.c, come: make(chan struct{}, 8), goOn: make(chan struct{})}
	s := NewServer(Options{Controller: c})
	_, handler := s.Handler()
	w.server.Config.Handler = handler
	// Space is part of the message, and of what it counts for.
	body := func(size int) string {
		return `{"id":"u1"` + strings.Repeat(" ", size) + `}`
	}
	type answer struct {
		status int
		text   string
	}
	answers := make(chan answer, 8)
	send := func(size int) {
		status, text := w.post("GetCollection", body(size))
		answers <- answer{status, text}
	}
	for range 3 {
		go send(maxUnderWay/3 - 1<<20)
		<-c.come
	}
	if status, text := w.post("GetCollection", body(8<<20)); status != http.StatusTooManyRequests || !strings.Contains(text, "128 MiB") {
		t.Errorf("beyond the limit: %d %.300s", status, text)
	}
	go send(uncounted / 2)
	<-c.come
	close(c.goOn)
	for range 4 {
		if a := <-answers; a.status != http.StatusOK {
			t.Errorf("within the limit: %d %.300s", a.status, a.text)
		}
	}
	<-await(t, func() bool { return s.underWay.used.Load() == 0 }) // a handler ends after its answer
	if status, text := w.post("GetCollection", body(8<<20)); status != http.StatusOK {
		t.Errorf("after all have ended: %d %.300s", status, text)
	}
	w.server.Close() // which waits for the handlers
	if left := s.underWay.used.Load(); left != 0 {
		t.Errorf("%d bytes are counted for ever", left)
	}
}

// What is compressed counts for what it may become.
func TestBudgetOfCompressed(t *testing.T) {
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	fmt.Fprint(z, strings.Repeat(" ", 1<<20))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	b, read := &budget{}, int64(0)
	handler := b.bounded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		read = b.used.Load()
	}))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", &small)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Encoding", "gzip")
	handler.ServeHTTP(nil, r)
	if read < 1<<20 || b.used.Load() != 0 {
		t.Errorf("a mebibyte counted for %d bytes, and %d are left", read, b.used.Load())
	}
}
