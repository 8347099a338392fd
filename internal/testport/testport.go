// Package testport reserves addresses for servers that tests start as processes of their
// own, before these listen, and while they are down between two lives. A port that was
// merely free a moment ago may be anybody's by then.
package testport

import "testing"

// Reserve returns the host:port of an address on the loopback interface. On Linux nobody
// else is given it until the test has ended; elsewhere it is free now.
func Reserve(t testing.TB) string {
	t.Helper()
	address, release, err := reserve()
	if err != nil {
		t.Fatalf("testport: %v", err)
	}
	t.Cleanup(func() {
		if err := release(); err != nil {
			t.Errorf("testport: %v", err)
		}
	})
	return address
}
