//go:build linux

package orchestrator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
)

// pretend is the first argument that makes the test's program a host.
const pretend = "pretend-to-be-a-host"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == pretend {
		beHost(os.Args[2], os.Args[3:])
		return
	}
	goleak.VerifyTestMain(m)
}

// beHost says that it listens at its own process id, and waits to be ended.
func beHost(mode string, args []string) {
	if mode == "stubborn" {
		signal.Ignore(syscall.SIGTERM)
	}
	if mode == "fails" {
		fmt.Fprintln(os.Stderr, "this host has nothing to run on")
		os.Exit(3)
	}
	address := args[slices.Index(args, "--address-file")+1]
	if err := os.WriteFile(address+".new", []byte(fmt.Sprintln(os.Getpid())), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(address+".new", address); err != nil {
		panic(err)
	}
	time.Sleep(10 * time.Minute)
}

var u7 = core.HostID{Object: core.GlobalID{Kind: core.IDUser, N: 7}, Size: 2}

func open(t testing.TB, dir, mode string) *Orchestrator {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o, err := New(Options{Dir: dir, Command: []string{self, pretend, mode}, Check: 20 * time.Millisecond, Grace: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return o
}

func do(o *Orchestrator, op core.OrchestratorOp, host core.HostID, epoch uint64) core.OrchestratorResult {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var r core.OrchestratorResult
	o.Do(ctx, &core.OrchestratorCall{Op: op, Host: host, Epoch: epoch}, &r)
	return r
}

func expect(t testing.TB, got core.OrchestratorResult, want outcome.Outcome, epoch uint64) {
	t.Helper()
	if got.Outcome != want || got.Epoch != epoch {
		t.Fatalf("%+v, want %v, epoch %d", got, want, epoch)
	}
}

// pidOf waits for a process other than the given ones and is its id.
func pidOf(t testing.TB, o *Orchestrator, host core.HostID, but ...string) string {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if place, err := o.Find(context.Background(), host); err == nil && !slices.Contains(but, place.Address) {
			if place.Token == "" {
				t.Fatal("no token")
			}
			return place.Address
		}
	}
	t.Fatalf("no process of host %v within half a minute", host)
	return ""
}

func send(t testing.TB, pid string, sig syscall.Signal) {
	t.Helper()
	var n int
	fmt.Sscan(pid, &n)
	if err := syscall.Kill(n, sig); err != nil {
		t.Fatal(err)
	}
}

func alive(pid string) bool {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	return err == nil && !bytes.Contains(b, []byte(") Z "))
}

func TestLifeOfAService(t *testing.T) {
	o := open(t, t.TempDir(), "host")
	expect(t, do(o, core.OrchestratorEnsure, u7, 4), outcome.Done, 0)
	first := pidOf(t, o, u7)
	expect(t, do(o, core.OrchestratorEnsure, u7, 4), outcome.Done, 0)
	send(t, first, syscall.SIGKILL)
	second := pidOf(t, o, u7, first)
	other := core.HostID{Object: core.GlobalID{Kind: core.IDSystem, N: 1}, Size: 1}
	expect(t, do(o, core.OrchestratorEnsure, other, 5), outcome.Done, 0)
	third := pidOf(t, o, other)
	r := do(o, core.OrchestratorList, core.HostID{}, 0)
	want := []core.Service{{Host: other, Epoch: 5}, {Host: u7, Epoch: 4}}
	if r.Outcome != outcome.Done || !slices.Equal(r.Services, want) {
		t.Errorf("%+v, want %+v", r, want)
	}
	expect(t, do(o, core.OrchestratorStop, u7, 4), outcome.Done, 0)
	if alive(second) || !alive(third) {
		t.Errorf("alive: %v, %v", alive(second), alive(third))
	}
	expect(t, do(o, core.OrchestratorStop, u7, 4), outcome.Done, 0)
	if r := do(o, core.OrchestratorList, core.HostID{}, 0); len(r.Services) != 1 {
		t.Errorf("%+v", r)
	}
}

// Each service remembers the highest epoch that a call about it had, whether or not
// it runs; a lower one changes nothing.
func TestEpochs(t *testing.T) {
	dir := t.TempDir()
	o := open(t, dir, "host")
	expect(t, do(o, core.OrchestratorStop, u7, 6), outcome.Done, 0)
	expect(t, do(o, core.OrchestratorEnsure, u7, 5), outcome.Fenced, 6)
	expect(t, do(open(t, dir, "host"), core.OrchestratorEnsure, u7, 5), outcome.Fenced, 6)
	expect(t, do(o, core.OrchestratorEnsure, u7, 7), outcome.Done, 0)
	pid := pidOf(t, o, u7)
	expect(t, do(o, core.OrchestratorStop, u7, 6), outcome.Fenced, 7)
	expect(t, do(o, core.OrchestratorEnsure, u7, 8), outcome.Done, 0)
	expect(t, do(o, core.OrchestratorStop, u7, 7), outcome.Fenced, 8)
	if !alive(pid) || pidOf(t, o, u7) != pid {
		t.Error("an older controller ended the process")
	}
}

// A controller that comes after another one takes its processes over as they are, and
// looks after them.
func TestAdoption(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, "host")
	expect(t, do(a, core.OrchestratorEnsure, u7, 1), outcome.Done, 0)
	pid := pidOf(t, a, u7)
	a.Close()
	b := open(t, dir, "host")
	expect(t, do(b, core.OrchestratorEnsure, u7, 2), outcome.Done, 0)
	if pidOf(t, b, u7) != pid {
		t.Error("another process was started")
	}
	send(t, pid, syscall.SIGKILL)
	next := pidOf(t, b, u7, pid)
	b.Close()
	c := open(t, dir, "host")
	expect(t, do(c, core.OrchestratorStop, u7, 3), outcome.Done, 0)
	if alive(next) {
		t.Error("an adopted process was not stopped")
	}
}

// Two orchestrators over one directory start one process.
func TestTwoOrchestrators(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir, "host"), open(t, dir, "host")
	expect(t, do(a, core.OrchestratorEnsure, u7, 1), outcome.Done, 0)
	expect(t, do(b, core.OrchestratorEnsure, u7, 1), outcome.Done, 0)
	pid := pidOf(t, a, u7)
	for range 3 {
		send(t, pid, syscall.SIGKILL)
		pid = pidOf(t, b, u7, pid)
		if other := pidOf(t, a, u7); other != pid {
			t.Fatalf("two processes: %s and %s", pid, other)
		}
	}
}

func TestProcessesThatDoNotEnd(t *testing.T) {
	o := open(t, t.TempDir(), "stubborn")
	expect(t, do(o, core.OrchestratorEnsure, u7, 1), outcome.Done, 0)
	pid := pidOf(t, o, u7)
	expect(t, do(o, core.OrchestratorStop, u7, 1), outcome.Done, 0)
	if alive(pid) {
		t.Error("it lives")
	}
	expect(t, do(o, core.OrchestratorEnsure, u7, 1), outcome.Done, 0)
	pid = pidOf(t, o, u7, pid)
	send(t, pid, syscall.SIGSTOP)
	expect(t, do(o, core.OrchestratorStop, u7, 1), outcome.Done, 0)
	if alive(pid) {
		t.Error("it lives, paused")
	}
}

// Whatever process.json says, a process that is not the service's is not touched.
func TestForeignProcessesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	o := open(t, dir, "host")
	expect(t, do(o, core.OrchestratorEnsure, u7, 1), outcome.Done, 0)
	pid := pidOf(t, o, u7)
	time.Sleep(50 * time.Millisecond) // beginnings are told in hundredths of a second
	foreign := exec.Command("sleep", "600")
	if err := foreign.Start(); err != nil {
		t.Skip("SKIP: no sleep: ", err)
	}
	defer foreign.Wait()
	defer foreign.Process.Kill()
	path := filepath.Join(dir, "u7-2", processFile)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var p process
	json.Unmarshal(b, &p)
	p.PID = foreign.Process.Pid
	b, _ = json.Marshal(&p)
	os.WriteFile(path, b, 0o600)
	expect(t, do(o, core.OrchestratorStop, u7, 1), outcome.Done, 0)
	if !alive(fmt.Sprint(p.PID)) || alive(pid) {
		t.Errorf("foreign alive: %v, the service's: %v", alive(fmt.Sprint(p.PID)), alive(pid))
	}
}

// A controller that is killed just when it has started a process leaves no record of
// it, or an older one. The next one finds the process by its lock.
func TestProcessesThatWereNotRecorded(t *testing.T) {
	for _, record := range []string{"", "nonsense", `{"pid":1,"began":"1","boot":"another"}`} {
		dir := t.TempDir()
		o := open(t, dir, "host")
		expect(t, do(o, core.OrchestratorEnsure, u7, 1), outcome.Done, 0)
		pid := pidOf(t, o, u7)
		path := filepath.Join(dir, "u7-2", processFile)
		if record == "" {
			os.Remove(path)
		} else {
			os.WriteFile(path, []byte(record), 0o600)
		}
		expect(t, do(o, core.OrchestratorStop, u7, 1), outcome.Done, 0)
		if alive(pid) {
			t.Errorf("with %q on record it lives", record)
		}
	}
}

// A program that cannot run is tried again, later and later, and leaves what it said.
func TestHostsThatFail(t *testing.T) {
	dir := t.TempDir()
	o := open(t, dir, "fails")
	expect(t, do(o, core.OrchestratorEnsure, u7, 1), outcome.Done, 0)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		b, _ := os.ReadFile(filepath.Join(dir, "u7-2", logFile))
		if strings.Count(string(b), "nothing to run on") >= 3 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the log: %q", b)
		}
	}
	expect(t, do(o, core.OrchestratorStop, u7, 1), outcome.Done, 0)
	if _, err := New(Options{Dir: dir}); err == nil {
		t.Error("an orchestrator without a command")
	}
}

func TestDamagedRecords(t *testing.T) {
	dir := t.TempDir()
	o := open(t, dir, "host")
	expect(t, do(o, core.OrchestratorStop, u7, 1), outcome.Done, 0)
	path := filepath.Join(dir, "u7-2", stateFile)
	good, _ := os.ReadFile(path)
	for _, bad := range []string{"", "{}", "nonsense", `{"format":9}`} {
		os.WriteFile(path, []byte(bad), 0o600)
		expect(t, do(o, core.OrchestratorEnsure, u7, 9), outcome.NotDone, 0)
	}
	os.WriteFile(path, good, 0o600)
	expect(t, do(o, core.OrchestratorEnsure, u7, 9), outcome.Done, 0)
	for _, host := range []core.HostID{{}, {Address: "a:1"}, {Object: u7.Object}} {
		expect(t, do(o, core.OrchestratorEnsure, host, 9), outcome.NotDone, 0)
	}
	os.Mkdir(filepath.Join(dir, "lost+found"), 0o700)
	os.WriteFile(filepath.Join(dir, "u8-1"), nil, 0o600)
	if r := do(o, core.OrchestratorList, core.HostID{}, 0); r.Outcome != outcome.Done || len(r.Services) != 1 {
		t.Errorf("%+v", r)
	}
}
