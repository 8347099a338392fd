package testport_test

import (
	"io"
	"net"
	"testing"

	"example.com/tidemark/internal/testport"
)

// TestReserve: a server can listen at a reserved address, end, and listen again, and
// meanwhile nobody is given it who asks for any.
func TestReserve(t *testing.T) {
	a := testport.Reserve(t)
	for range 3 {
		l, err := net.Listen("tcp", a)
		if err != nil {
			t.Fatal(err)
		}
		talk(t, l)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var held []io.Closer
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	for range 200 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if held = append(held, l); l.Addr().String() == a {
			t.Fatalf("%s is reserved, and was given to another", a)
		}
	}
}

// talk sends a byte through a connection to a listener.
func talk(t *testing.T, l net.Listener) {
	t.Helper()
	out, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	in, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := out.Write([]byte{7}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(in, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}
