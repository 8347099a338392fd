// Package tests3 gives tests a real S3 server: versitygw, pinned in tools/s3, built
// by the go command the first time, on a port of loopback, over a temporary
// directory. It is stopped with the test, and with the test's process however that
// ends.
//
//	url := tests3.Start(t).Bucket(t) // s3://…
//
// Credentials go where every client looks for them, into the test's environment. A
// test that cannot have a server is skipped, or fails if CI is set.
package tests3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/tidemark/internal/testport"
)

// Server is an S3 server of a test's own.
type Server struct {
	program, dir, address string
	command               *exec.Cmd
	// ended is closed when the process has ended.
	ended   chan struct{}
	buckets atomic.Uint64
}

const (
	// building and starting bound how long it takes until there is a program, and until
	// it answers.
	building = 5 * time.Minute
	starting = 30 * time.Second
	// accessKey and secretKey are those of the server's only account.
	accessKey, secretKey = "tidemark", "tidemark-secret"
)

// Start is a server for this test, which may stop, kill and start it again.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := build()
	if err != nil {
		refuse(t, err)
	}
	s := &Server{program: program, dir: t.TempDir(), address: testport.Reserve(t)}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": "",
	} {
		if value == "" {
			unset(t, name)
		} else {
			t.Setenv(name, value)
		}
	}
	if err := s.Start(); err != nil {
		refuse(t, err)
	}
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// unset takes a variable out of the environment until the test has ended.
func unset(t testing.TB, name string) {
	t.Helper()
	t.Setenv(name, "")
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

// build is the path of the server's program, which the go command keeps among the
// other things that it has built.
func build() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), building)
	defer cancel()
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("tests3: go env: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(module)))
	command := exec.CommandContext(ctx, "go", "tool", "-modfile="+filepath.Join(root, "tools", "s3", "go.mod"), "-n", "versitygw")
	command.Dir = root
	command.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false")
	var problems bytes.Buffer
	command.Stderr = &problems
	program, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("tests3: build versitygw from tools/s3: %w\n%s", err, &problems)
	}
	return strings.TrimSpace(string(program)), nil
}

// refuse skips the test, or fails it where servers are required.
func refuse(t testing.TB, err error) {
	t.Helper()
	if ci := os.Getenv("CI"); ci != "" && ci != "0" && ci != "false" {
		t.Fatal(err)
	}
	t.Skipf("SKIP: no S3 server for this test: %v", err)
}

// Start starts a server that does not run, and returns when it answers. Its address
// stays the same.
func (s *Server) Start() error {
	ready := make(chan error, 1)
	s.ended = make(chan struct{})
	go s.run(ready)
	if err := <-ready; err != nil {
		return fmt.Errorf("tests3: %w", err)
	}
	return s.answers()
}

// run starts the process and waits for its end, on one thread, with which the
// process ends.
func (s *Server) run(ready chan<- error) {
	runtime.LockOSThread()
	defer close(s.ended)
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		ready <- err
		return
	}
	defer log.Close()
	if err := os.MkdirAll(s.objects(), 0o755); err != nil {
		ready <- err
		return
	}
	s.command = exec.Command(s.program, "--port", s.address, "--quiet", "posix", s.objects())
	s.command.Env = []string{"ROOT_ACCESS_KEY=" + accessKey, "ROOT_SECRET_KEY=" + secretKey, "HOME=" + s.dir}
	s.command.Dir, s.command.Stdout, s.command.Stderr = s.dir, log, log
	s.command.SysProcAttr = attributes()
	err = s.command.Start()
	ready <- err
	if err == nil {
		// How it ended is in its log.
		_ = s.command.Wait()
	}
}

func (s *Server) log() string     { return filepath.Join(s.dir, "log") }
func (s *Server) objects() string { return filepath.Join(s.dir, "objects") }

// answers waits until the server takes requests.
func (s *Server) answers() error {
	client := http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	for began := time.Now(); time.Since(began) < starting; time.Sleep(20 * time.Millisecond) {
		response, err := client.Get("http://" + s.address + "/")
		if err == nil {
			return response.Body.Close()
		}
		select {
		case <-s.ended:
			return fmt.Errorf("tests3: the server ended at its start; its log:\n%s", s.text())
		default:
		}
	}
	return fmt.Errorf("tests3: the server does not answer; its log:\n%s", s.text())
}

func (s *Server) text() string {
	text, _ := os.ReadFile(s.log())
	return string(text[max(0, len(text)-4096):])
}

// Kill ends the server at once. Ending one that does not run is nothing.
func (s *Server) Kill() error {
	select {
	case <-s.ended:
		return nil
	default:
	}
	if err := s.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("tests3: kill the server: %w", err)
	}
	<-s.ended
	return nil
}

// Bucket makes a fresh bucket and is the location of all of it.
func (s *Server) Bucket(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("bucket-%d", s.buckets.Add(1))
	// The server keeps a bucket as a directory.
	if err := os.Mkdir(filepath.Join(s.objects(), name), 0o755); err != nil {
		t.Fatal(err)
	}
	return "s3://" + name + "?" + url.Values{"endpoint": {"http://" + s.address}}.Encode()
}
