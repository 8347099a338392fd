//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/orchestrator"
	"example.com/tidemark/realdrivers/persist"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/realdrivers/stash"
	"example.com/tidemark/realdrivers/transport"
)

// role makes the test's program a host or a controller, so that they are processes
// that can be killed.
const role = "STORAGED_TEST_ROLE"

// playRole is the life of such a process.
func playRole() {
	switch os.Getenv(role) {
	case "host":
		os.Exit(Main(os.Args, os.Environ(), os.Stdout, os.Stderr))
	case "controller":
		if err := beController(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

const numbers = 8000

// beController runs a controller on what lies in a directory, until it is killed. Two
// of them run managed hosts for an ingestion and an export.
func beController(dir string) error {
	ctx := context.Background()
	o, err := killedHosts(dir)
	if err != nil {
		return err
	}
	meta, err := stash.Open(ctx, "sqlite://"+filepath.Join(dir, "stash.db"))
	if err != nil {
		return err
	}
	shards, err := persist.Open(ctx, "sqlite://"+filepath.Join(dir, "consensus.db"), "file://"+filepath.Join(dir, "blobs"), persist.Options{})
	if err != nil {
		return err
	}
	cfg := core.DefaultConfig()
	cfg.AdvanceEvery = 50 * clock.Millisecond
	cfg.BackoffMin, cfg.BackoffMax = 5*clock.Millisecond, 100*clock.Millisecond
	c, err := runtime.StartController(runtime.ControllerOptions{
		Config: cfg, Persist: shards, Stash: meta, Orchestrator: o,
		Transport: transport.NewClient(transport.ClientOptions{Find: o.Find}),
	})
	if err != nil {
		return err
	}
	if err := fill(ctx, c); err != nil {
		return err
	}
	<-c.Done()
	return c.Err()
}

// fill creates what is not there yet.
func fill(ctx context.Context, c *runtime.Controller) error {
	managed := core.HostConfig{Size: 1}
	_, err := c.Submit(ctx, &core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{
		ID: user(1), Description: core.Description{
			Kind:   core.KindIngestion,
			Schema: relation.Schema{Columns: []relation.Column{{Name: "n", Type: relation.Int64}}},
			Ingestion: &core.Ingestion{
				Connection: fmt.Sprintf("load:counter?rate=1000&count=%d", numbers), Outputs: []core.Output{{ID: user(1)}}, Host: managed,
			},
		},
	}}})
	if err != nil && !errors.Is(err, core.SourceIDReused) {
		return err
	}
	if _, err := c.Submit(ctx, &core.Request{Op: core.RequestExport, GlobalID: user(2)}); err == nil {
		return nil
	}
	r, err := c.Submit(ctx, &core.Request{Op: core.RequestPrepareExport, GlobalID: user(2), From: user(1), Owner: 1})
	if err != nil {
		return err
	}
	_, err = c.Submit(ctx, &core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{{
		ID: user(2), Token: r.Token, Description: core.ExportDescription{
			From: user(1), Connection: "jsonl:out.jsonl", AsOf: frontier.Minimum(), Snapshot: true, Host: managed,
		},
	}}})
	return err
}

// killedHosts opens the orchestrator of a directory.
func killedHosts(dir string) (*orchestrator.Orchestrator, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return orchestrator.New(orchestrator.Options{
		Dir: filepath.Join(dir, "hosts"), Command: []string{self}, Check: 50 * time.Millisecond,
		Env: []string{
			role + "=host", "STORAGED_PERSIST_CONSENSUS=sqlite://" + filepath.Join(dir, "consensus.db"),
			"STORAGED_BLOB=file://" + filepath.Join(dir, "blobs"), "STORAGED_FILES=" + filepath.Join(dir, "out"),
		},
	})
}

// harm kills the process of a host, or pauses it for a moment.
func harm(t *testing.T, dir, host string, pause time.Duration) {
	b, err := os.ReadFile(filepath.Join(dir, "hosts", host, "process.json"))
	if err != nil {
		return // it was not started yet
	}
	var p struct{ PID int }
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	if pause == 0 {
		syscall.Kill(p.PID, syscall.SIGKILL)
		return
	}
	syscall.Kill(p.PID, syscall.SIGSTOP)
	time.Sleep(pause)
	syscall.Kill(p.PID, syscall.SIGCONT)
}

// Controllers and hosts are killed at any moment, or stand still for a while: the
// file has each number once.
func TestKilledAtAnyMoment(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	start := func() *exec.Cmd {
		c := exec.Command(self, dir)
		c.Env = append(os.Environ(), role+"=controller")
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	controller := start()
	end := func() {
		controller.Process.Kill()
		controller.Wait()
	}
	t.Cleanup(func() {
		end()
		o, err := killedHosts(dir)
		if err == nil {
			err = o.Shutdown(context.Background())
		}
		if err != nil {
			t.Error(err)
		}
	})
	out := filepath.Join(dir, "out", "out.jsonl")
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	killed := map[string]int{}
	deadline := time.Now().Add(3 * time.Minute)
	for have, idle := 0, 0; have < numbers*3/4; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d numbers are there, after %v", have, numbers, killed)
		}
		// Where it takes long to start again, the next blow comes later.
		time.Sleep(time.Duration(r.IntN(500)*(1+idle/5)) * time.Millisecond)
		what := []string{"controller", "u1-1", "u2-1", "paused u1-1", "paused u2-1"}[r.IntN(5)]
		switch what {
		case "controller":
			end()
			controller = start()
		case "u1-1", "u2-1":
			harm(t, dir, what, 0)
		default:
			harm(t, dir, what[len("paused "):], time.Duration(1+r.IntN(300))*time.Millisecond)
		}
		killed[what]++
		before := have
		if have = len(counted(t, out)); have > before {
			idle = 0
		} else {
			idle++
		}
	}
	t.Log(killed)
	complete(t, out, numbers)
}
