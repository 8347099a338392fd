package transport

import (
	"crypto/tls"
	"fmt"
	"net"
)

// Listen opens the address that a host serves sessions at. Beyond the loopback
// interface it refuses to without TLS and a token.
func Listen(address, token string, secure *tls.Config) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	if !loopback(l.Addr()) && (secure == nil || token == "") {
		l.Close()
		return nil, fmt.Errorf("transport: %s is reachable from other machines: give a certificate and a token, or listen on 127.0.0.1", address)
	}
	if secure != nil {
		return tls.NewListener(l, secure), nil
	}
	return l, nil
}
