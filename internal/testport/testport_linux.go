package testport

import (
	"fmt"
	"syscall"
)

// reserve binds a socket that never listens. Linux lets another socket bind the same port
// and listen if both allow reuse, as servers do (Go's, Postgres'); but it gives the port
// to nobody who asks for any port, nor to a connection.
func reserve() (address string, release func() error, err error) {
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	port, err := bind(s)
	if err != nil {
		syscall.Close(s)
		return "", nil, err
	}
	return fmt.Sprintf("127.0.0.1:%d", port), func() error { return syscall.Close(s) }, nil
}

func bind(s int) (port int, err error) {
	if err := syscall.SetsockoptInt(s, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, err
	}
	if err := syscall.Bind(s, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, err
	}
	name, err := syscall.Getsockname(s)
	if err != nil {
		return 0, err
	}
	return name.(*syscall.SockaddrInet4).Port, nil
}
