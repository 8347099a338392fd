package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a load generator says is in the sink exactly once, although hosts and
// controllers come and go meanwhile.
func TestCounterReachesTheFileOnce(t *testing.T) {
	w, files := &world{}, t.TempDir()
	out := filepath.Join(files, "out.jsonl")
	address, stopHost := w.host(t, files, "127.0.0.1:0")
	c, stopController := w.controller(t)
	must(t, c, createIngestion(user(1), "load:counter?rate=1500&count=6000", address))
	createExport(t, c, user(2), user(1), "jsonl:out.jsonl", address)
	for round := 0; len(counted(t, out)) < 4000; round++ {
		before := len(counted(t, out))
		for end := time.Now().Add(time.Minute); len(counted(t, out)) < before+300; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("nothing new after %d numbers", before)
			}
		}
		switch round % 3 {
		case 0:
			stopHost()
			_, stopHost = w.host(t, files, address)
		case 1:
			stopController()
			_, stopController = w.controller(t)
		case 2:
			_, stopController = w.controller(t) // takes over from the one that runs
		}
	}
	complete(t, out, 6000)
}

// What a host says of itself over HTTP follows what it does.
func TestStatusPages(t *testing.T) {
	w, files := &world{}, t.TempDir()
	said := &lines{}
	address, _ := w.hostWith(t, slog.New(slog.NewTextHandler(said, nil)), "--files", files, "--listen", "127.0.0.1:0",
		"--token", testToken, "--status-listen", "127.0.0.1:0")
	base := "http://" + said.field(t, "status is served", "address")
	defer http.DefaultClient.CloseIdleConnections()
	expect(t, base+"/healthz", http.StatusOK, `"phase": "running"`)
	expect(t, base+"/readyz", http.StatusServiceUnavailable, `"session_open": false`)
	expect(t, base+"/metrics", http.StatusOK, "tidemark_host_session 0")
	expect(t, base+"/other", http.StatusNotFound, "")
	c, _ := w.controller(t)
	must(t, c, createIngestion(user(1), "load:counter?rate=1500&count=10", address))
	createExport(t, c, user(2), user(1), "jsonl:out.jsonl", address)
	complete(t, filepath.Join(files, "out.jsonl"), 10)
	expect(t, base+"/readyz", http.StatusOK, `"epoch": 1`)
	expect(t, base+"/", http.StatusOK, `"kind": "export"`)
	expect(t, base+"/metrics", http.StatusOK, `tidemark_host_object_condition{condition="`)
	expect(t, base+"/metrics", http.StatusOK, `tidemark_host_effect_seconds_count{driver="sink",op="write",outcome="done"}`)
}

func expect(t *testing.T, url string, code int, text string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != code || !strings.Contains(string(body), text) {
		t.Errorf("%s: %s, %v, without %s:\n%s", url, r.Status, err, text, body)
	}
}

// lines is a log that a test reads.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// field is a field of the first line with a message, which is waited for.
func (l *lines) field(t *testing.T, message, name string) string {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		l.mu.Lock()
		all := l.text.String()
		l.mu.Unlock()
		for line := range strings.Lines(all) {
			if _, rest, ok := strings.Cut(line, name+"="); ok && strings.Contains(line, message) {
				value, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
				return value
			}
		}
	}
	t.Fatalf("%q was not logged", message)
	return ""
}

// Wrong usage is told in one line, without secrets.
func TestWrongUsage(t *testing.T) {
	stores := []string{"--persist-consensus", "mem://", "--blob", "mem://"}
	for _, v := range []struct {
		arguments, environ []string
		want               string
	}{
		{nil, nil, "--persist-consensus and --blob are needed"},
		{append(stores, "--listen", "nonsense"), nil, "not HOST:PORT"},
		{append(stores, "--token", "short"), nil, "needs at least 16"},
		{append(stores, "--token", "@/does/not/exist"), nil, "--token: open"},
		{append(stores, "--tls-cert", "c.pem"), nil, "go together"},
		{append(stores, "extra"), nil, "takes no argument, only flags"},
		{append(stores, "--speed", "9"), nil, "not defined: -speed; storaged --help"},
		{append(stores, "--log-level", "loud"), nil, "--log-level is"},
		{append(stores, "--stop-within", "0s"), nil, "--stop-within must be positive"},
		{stores, []string{"STORAGED_STOP_WITHIN=hunter2"}, "environment variable STORAGED_STOP_WITHIN"},
		{[]string{"--persist-consensus", "postgres://me:hunter2@db/x?y=z", "--blob", "mem://"}, nil, "--persist-consensus"},
		{append(stores, "--listen", "0.0.0.0:0"), nil, "reachable from other machines"},
		{append(stores, "--listen", "127.0.0.1:0", "--tls-cert", "/does/not/exist", "--tls-key", "/does/not/exist"), nil, "--tls-cert, --tls-key"},
	} {
		var out, bad bytes.Buffer
		code := Main(append([]string{"storaged"}, v.arguments...), v.environ, &out, &bad)
		if code == exitOK || !strings.Contains(bad.String(), v.want) || strings.Contains(bad.String(), "hunter2") {
			t.Errorf("%q: code %d, %q, want %q", v.arguments, code, bad.String(), v.want)
		}
	}
	for _, argument := range []string{"--help", "-h", "--version"} {
		var out, bad bytes.Buffer
		if code := Main([]string{"storaged", argument}, nil, &out, &bad); code != exitOK || !strings.Contains(out.String(), "storaged") {
			t.Errorf("%s: %d, %q", argument, code, out.String())
		}
	}
}
