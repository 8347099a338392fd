package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/tidemark/internal/testport"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"controllerd": func() { os.Exit(Main(os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the command as a user does. The controller listens at a free
// address of the loopback interface, where ctl looks for it, too; $SERVER is its URL,
// and $SECOND another free address. The scripts have commands of their own:
//
//	ready              waits until the controller at $SERVER is ready
//	until PATTERN ARG…  runs controllerd until its output matches
//	get [!] PATH       a GET of the server, with what it answered in stdout
//	post CALL JSON     what curl would send to the API; its status is the first line
//	certificate DIR    a certificate for 127.0.0.1, DIR/cert.pem and DIR/key.pem
//	big FILE           rows for ctl append that are large enough for a blob
//	newer WHAT DIR     lets the data directory hold a stash, states or blobs of a newer
//	                   version
//	held WHAT DIR      what the data directory holds of the stash, the states or blobs
//	code N ARG…        runs controllerd, which must end with that exit code
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			first := testport.Reserve(t)
			env.Setenv("CONTROLLERD_LISTEN", first)
			env.Setenv("CONTROLLERD_SERVER", "http://"+first)
			env.Setenv("SERVER", "http://"+first)
			env.Setenv("SECOND", testport.Reserve(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": scriptReady, "until": scriptUntil, "get": scriptGet, "post": scriptPost, "certificate": scriptCertificate,
			"big": scriptBig, "newer": scriptNewer, "held": scriptHeld, "code": scriptCode,
		},
	})
}

// patience is how long a server on this machine may take.
const patience = time.Minute

func scriptReady(ts *testscript.TestScript, neg bool, arguments []string) {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	deadline := time.Now().Add(patience)
	last := ""
	for time.Now().Before(deadline) {
		response, err := client.Get(ts.Getenv("SERVER") + "/readyz")
		if err == nil {
			text, _ := io.ReadAll(response.Body)
			response.Body.Close()
			last = string(text)
			if (response.StatusCode == http.StatusOK) != neg {
				fmt.Fprint(ts.Stdout(), last)
				return
			}
		} else {
			last = err.Error()
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("not ready: %s", last)
}

func scriptUntil(ts *testscript.TestScript, _ bool, arguments []string) {
	pattern := regexp.MustCompile(arguments[0])
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		ts.Check(ts.Exec("controllerd", arguments[1:]...))
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("it does not come to say %s", arguments[0])
}

func scriptGet(ts *testscript.TestScript, neg bool, arguments []string) {
	request, err := http.NewRequest(http.MethodGet, ts.Getenv("SERVER")+arguments[0], nil)
	ts.Check(err)
	if token := ts.Getenv("TOKEN"); token != "" {
		request.SetBasicAuth("anybody", token)
	}
	if host := ts.Getenv("HOST_HEADER"); host != "" {
		request.Host = host
	}
	send(ts, neg, request)
}

func scriptPost(ts *testscript.TestScript, neg bool, arguments []string) {
	request, err := http.NewRequest(http.MethodPost, ts.Getenv("SERVER")+"/tidemark.v1.Controller/"+arguments[0], strings.NewReader(arguments[1]))
	ts.Check(err)
	request.Header.Set("Content-Type", "application/json")
	if token := ts.Getenv("TOKEN"); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	send(ts, neg, request)
}

func send(ts *testscript.TestScript, neg bool, request *http.Request) {
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), response.StatusCode)
	if compact := compactJSON(text); compact != "" {
		text = []byte(compact + "\n")
	}
	ts.Stdout().Write(text)
	if (response.StatusCode == http.StatusOK) == neg {
		ts.Fatalf("answered %s: %s", response.Status, text)
	}
}

func scriptCertificate(ts *testscript.TestScript, _ bool, arguments []string) {
	dir := ts.MkAbs(arguments[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(writeCertificate(dir))
}

// writeCertificate makes a certificate for the loopback interface.
func writeCertificate(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	write := func(name, kind string, der []byte) error {
		var b bytes.Buffer
		if err := pem.Encode(&b, &pem.Block{Type: kind, Bytes: der}); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600)
	}
	if err := write("cert.pem", "CERTIFICATE", cert); err != nil {
		return err
	}
	return write("key.pem", "PRIVATE KEY", private)
}

// A collector gets spans; one that does not take them delays nothing.
func TestTraces(t *testing.T) {
	got := make(chan string, 8)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got <- r.URL.Path + " " + string(text)
	})}
	go server.Serve(listener)
	defer server.Shutdown(context.Background())
	tr := newTraces("http://"+listener.Addr().String()+"/", slog.New(slog.DiscardHandler))
	tr.add("stash commit", "done", time.Millisecond)
	tr.close()
	text := <-got
	for _, want := range []string{"/v1/traces ", `"name":"stash commit"`, `"stringValue":"done"`, `"stringValue":"tidemark-controllerd"`, `"traceId":"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %s", text, want)
		}
	}
}
