//go:build linux

package torture

import (
	"math/rand/v2"
	"net"
	"net/url"
	"testing"
	"time"

	"example.com/tidemark/internal/tests3"
)

// objects is an S3 server for the blobs.
type objects struct {
	server *tests3.Server
	// location of the bucket, by the wire.
	location string
}

// newObjects starts one, with a wire that can be cut.
func (w *world) newObjects(t testing.TB) (*objects, error) {
	s := &objects{server: tests3.Start(t)}
	bucket, err := url.Parse(s.server.Bucket(t))
	if err != nil {
		return nil, err
	}
	parameters := bucket.Query()
	endpoint, err := url.Parse(parameters.Get("endpoint"))
	if err != nil {
		return nil, err
	}
	wire, err := newProxy("programs to S3", func() (net.Conn, error) { return net.Dial("tcp", endpoint.Host) })
	if err != nil {
		return nil, err
	}
	w.wires = append(w.wires, wire)
	parameters.Set("endpoint", "http://"+wire.address())
	bucket.RawQuery = parameters.Encode()
	s.location = bucket.String()
	return s, nil
}

func killObjects(w *world, rnd *rand.Rand) bool {
	if !w.store.TryLock() {
		return false
	}
	defer w.store.Unlock()
	w.log.event("S3 killed")
	if err := w.objects.server.Kill(); err != nil {
		w.broken(err)
		return false
	}
	time.Sleep(some(rnd, 0, 2000))
	if err := w.objects.server.Start(); err != nil {
		w.broken(err)
	}
	w.log.event("S3 started")
	return true
}
