//go:build linux

package torture

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/types/known/structpb"

	"example.com/tidemark/internal/testport"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

var (
	building sync.Once
	built    string
	buildErr error
)

// programs builds controllerd and storaged once, and is where they are; TORTURE_PROGRAMS
// names a directory that has others.
func programs() (string, error) {
	building.Do(func() {
		if built = os.Getenv("TORTURE_PROGRAMS"); built != "" {
			return
		}
		if built, buildErr = os.MkdirTemp("", "tidemark-programs-"); buildErr != nil {
			return
		}
		out, err := exec.Command("go", "build", "-buildvcs=false", "-o", built+string(filepath.Separator),
			"example.com/tidemark/cmd/controllerd", "example.com/tidemark/cmd/storaged").CombinedOutput()
		if err != nil {
			buildErr = fmt.Errorf("build: %w\n%s", err, out)
		}
	})
	return built, buildErr
}

// single is one controller by itself, with its log.
type single struct {
	*process
	t       testing.TB
	address string
	api     *api
}

// newSingle prepares one with its data in dir; it does not run yet.
func newSingle(t testing.TB, dir string, arguments ...string) *single {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIP: it runs the real programs, which takes its time")
	}
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	address := testport.Reserve(t)
	s := &single{t: t, address: address, api: newAPI(address)}
	s.process = newProcess("controllerd", filepath.Join(t.TempDir(), "log"), filepath.Join(bin, "controllerd"),
		append([]string{"--data", dir, "--listen", address, "--storaged", filepath.Join(bin, "storaged")}, arguments...)...)
	t.Cleanup(func() {
		s.end(syscall.SIGKILL, time.Minute)
		s.api.http.CloseIdleConnections()
	})
	return s
}

// run starts it.
func (s *single) run() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

// log is what it has said so far.
func (s *single) log() string {
	text, _ := os.ReadFile(s.logPath)
	return string(text)
}

// until waits until something is so, or fails with the log.
func (s *single) until(what string, so func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited for %s; the log:\n%s", what, s.log())
		}
	}
}

// lives demands that it has not crashed.
func (s *single) lives() {
	s.t.Helper()
	if runs, _, code := s.state(); !runs {
		s.t.Fatalf("the controller has ended with %d; its log:\n%s", code, s.log())
	}
	s.calm()
}

// limitFiles lets no file that it writes grow beyond so many bytes.
func (s *single) limitFiles(bytes uint64) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return // the next one has no limit
	}
	limit := unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(s.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		s.t.Fatal(err)
	}
}

// calm demands that nothing in its log is a panic.
func (s *single) calm() {
	s.t.Helper()
	if log := s.log(); strings.Contains(log, "panic") || strings.Contains(log, "goroutine ") {
		s.t.Fatalf("it panicked:\n%s", log)
	}
}

func (s *single) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	s.t.Cleanup(cancel)
	return ctx
}

// create makes a table of texts.
func (s *single) create(id string) {
	s.t.Helper()
	if _, err := until(s.context(), s.api, &tidemarkpb.CreateCollectionsRequest{Collections: []*tidemarkpb.Collection{{
		Id: id, Kind: "table", Columns: []*tidemarkpb.Column{{Name: "v", Type: "text"}},
	}}}, tidemarkpb.ControllerClient.CreateCollections); err != nil {
		s.t.Fatalf("create: %v; the log:\n%s", err, s.log())
	}
}

// add appends one row at a time.
func (s *single) add(id string, at uint64, value string) error {
	_, err := call(context.Background(), s.api, appendOf(id, at, value), appendCall)
	return err
}

var appendCall = tidemarkpb.ControllerClient.Append

func appendOf(id string, at uint64, value string) *tidemarkpb.AppendRequest {
	return &tidemarkpb.AppendRequest{Appends: []*tidemarkpb.Append{{
		Id: id, Upper: timeOf(at + 1), Updates: []*tidemarkpb.Update{{
			Row: &structpb.ListValue{Values: []*structpb.Value{structpb.NewStringValue(value)}}, Time: at,
		}},
	}}}
}

// read is the latest contents.
func (s *single) read(id string) (map[string]int64, error) {
	answer, err := call(context.Background(), s.api, &tidemarkpb.SnapshotRequest{Id: id, WaitMs: 3000}, tidemarkpb.ControllerClient.Snapshot)
	if err != nil {
		return nil, err
	}
	content := map[string]int64{}
	for _, r := range answer.GetRows() {
		content[r.GetRow().GetValues()[0].GetStringValue()] += r.GetDiff()
	}
	return content, nil
}

// post sends anything to a call of the API.
func (s *single) post(call, contentType string, body []byte) (status int, answer string, err error) {
	response, err := s.api.http.Post("http://"+s.address+"/tidemark.v1.Controller/"+call, contentType, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// ready is what /readyz says.
func (s *single) ready() (bool, string) {
	response, err := s.api.http.Get("http://" + s.address + "/readyz")
	if err != nil {
		return false, err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode == http.StatusOK, string(text)
}
