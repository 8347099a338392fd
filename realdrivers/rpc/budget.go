package rpc

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"connectrpc.com/connect"
)

// A message takes many times its size while it is worked on: a row of one number is
// some bytes of JSON, and a hundred times as many in memory. So what is worked on at
// the same time is bounded, and what goes beyond is refused before it is read.
const (
	// maxUnderWay is how many bytes of messages may be under way.
	maxUnderWay = 2 * MaxMessage
	// uncounted is how many bytes of each message do not count, so that small ones are
	// never refused because of large ones.
	uncounted = 64 << 10
	// maxInflation is the most that a compressed byte can become.
	maxInflation = 1032
)

// budget counts the bytes of the messages that are under way.
type budget struct{ used atomic.Int64 }

// bounded refuses messages while too much is under way.
func (b *budget) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := &countedBody{ReadCloser: r.Body, budget: b, weight: 1, free: uncounted}
		if compressed(r.Header) {
			body.weight, body.free = maxInflation, 0
		}
		defer body.release()
		r.Body = body
		next.ServeHTTP(w, r)
		if body.refused { // who still sends when the connection is closed does not hear why
			io.Copy(io.Discard, io.LimitReader(body.ReadCloser, MaxMessage))
		}
	})
}

func compressed(h http.Header) bool {
	for _, name := range []string{"Content-Encoding", "Connect-Content-Encoding", "Grpc-Encoding"} {
		if v := h.Get(name); v != "" && !strings.EqualFold(v, "identity") {
			return true
		}
	}
	return false
}

// countedBody is a message that is being read.
type countedBody struct {
	io.ReadCloser
	budget *budget
	weight int64
	// free bytes are left that do not count; taken are counted, up to MaxMessage, beyond
	// which the message is refused anyway.
	free, taken int64
	refused     bool
}

// Close implements io.Closer. The server closes the message itself, when the answer is
// there.
func (c *countedBody) Close() error { return nil }

// Read implements io.Reader. It takes the bytes from the budget when they have come,
// a buffer at a time, so that nobody is counted who only says that he will send much.
func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	counted := int64(n) * c.weight
	free := min(c.free, counted)
	c.free -= free
	if counted = min(counted-free, MaxMessage-c.taken); counted == 0 {
		return n, err
	}
	c.taken += counted
	if used := c.budget.used.Add(counted); used > maxUnderWay {
		c.refused = true
		return 0, connect.NewError(connect.CodeResourceExhausted, fmt.Errorf(
			"rpc: messages of %d MiB are being worked on, which is the limit; send this one again when some are answered, or in smaller ones", maxUnderWay>>20))
	}
	return n, err
}

// release gives back what was taken, once the call has ended.
func (c *countedBody) release() { c.budget.used.Add(-c.taken) }
