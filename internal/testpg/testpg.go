package testpg

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
)

// shared is the server of this test binary, started by the first test that wants
// it.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Shared is a server for all tests of this binary, whose TestMain calls Main. It is
// not to be stopped or reconfigured.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = start(Options{}) })
	if shared.err != nil {
		refuse(t, shared.err)
	}
	return shared.server
}

// Main runs the tests of a binary, ends its shared server, and is the exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.server == nil {
		return code
	}
	if err := shared.server.remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// Start is a server for this test alone, which may stop, kill and start it again.
func Start(t testing.TB, options Options) *Server {
	t.Helper()
	s, err := start(options)
	if err != nil {
		refuse(t, err)
	}
	t.Cleanup(func() {
		if err := s.remove(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func start(options Options) (*Server, error) {
	s, err := create(options)
	if err != nil {
		return nil, err
	}
	if err := s.Start(); err != nil {
		_ = s.remove()
		return nil, err
	}
	return s, nil
}

// refuse skips the test, or fails it where servers are required.
func refuse(t testing.TB, err error) {
	t.Helper()
	if ci := os.Getenv("CI"); ci != "" && ci != "0" && ci != "false" {
		t.Fatal(err)
	}
	t.Skipf("SKIP: no Postgres for this test: %v", err)
}

// Database makes a fresh database for this test and is its URL. It goes with the
// server.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	if err := s.Exec(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return s.URL(name)
}
