package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// With TLS, too, the one port speaks gRPC, and a gRPC client without the token is told
// so in its own terms.
func TestGRPCOverTLS(t *testing.T) {
	dir := t.TempDir()
	if err := writeCertificate(dir); err != nil {
		t.Fatal(err)
	}
	const token = "0123456789abcdef"
	r := run(t, "--tls-cert", filepath.Join(dir, "cert.pem"), "--tls-key", filepath.Join(dir, "key.pem"), "--token", token)
	text, err := os.ReadFile(filepath.Join(dir, "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP2(true)
	defer transport.CloseIdleConnections()
	url := strings.Replace(r.url, "http://", "https://", 1)
	for bearer, want := range map[string]connect.Code{"": connect.CodeUnauthenticated, "0123456789abcdeX": connect.CodeUnauthenticated, token: 0} {
		client := tidemarkpb.NewControllerClient(&http.Client{Transport: &authorizing{next: transport, bearer: bearer}}, url, connect.WithGRPC())
		status, err := client.Status(t.Context(), connect.NewRequest(&tidemarkpb.StatusRequest{}))
		if want == 0 && (err != nil || status.Msg.GetVersion() == "") || want != 0 && connect.CodeOf(err) != want {
			t.Errorf("with %d characters of a token: %v", len(bearer), err)
		}
	}
}
