package stash

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"example.com/tidemark/core/outcome"
)

// childPlace is where the process that is to be killed finds its store.
const childPlace = "TIDEMARK_TEST_PLACE"

// TestChild is the process that is killed. It takes the store over and commits, and
// says the number of each transaction that is done.
func TestChild(t *testing.T) {
	where := os.Getenv(childPlace)
	if where == "" {
		t.Skip("SKIP: it is the process that TestKilledProcess kills")
	}
	d := open(t, where)
	now := uint64(time.Now().UnixNano())
	owner := own(t, d, now, now)
	for n := owner.Epoch << 32; ; n++ {
		if r := do(d, write(owner, n)); r.Outcome != outcome.Done {
			t.Fatalf("%+v", r)
		}
		fmt.Fprintf(os.Stdout, "\ndone %d\n", n)
	}
}

// A process that is killed while it commits to a file has lost nothing that it said
// was done, and what it did not say is done or not, as a whole.
func TestKilledProcess(t *testing.T) {
	where := "sqlite://" + filepath.Join(t.TempDir(), "stash.db")
	told := map[string]bool{}
	const rounds = 3
	for round := range rounds {
		for _, n := range killed(t, where, 20+7*round) {
			told[key(n)] = true
		}
	}
	d := open(t, where)
	stored := keys(t, d, own(t, d, 1, 1))
	for k := range told {
		if !stored[k] {
			t.Errorf("%s was told to be done and is not there", k)
		}
	}
	if more := len(stored) - len(told); more > rounds {
		t.Errorf("%d transactions are there that nobody was told of; %d processes were killed", more, rounds)
	}
}

// killed starts a process, kills it when it has said so many transactions, and is
// all that it said.
func killed(t *testing.T, where string, enough int) (said []uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChild$", "-test.v")
	command.Env = append(os.Environ(), childPlace+"="+where)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var n uint64
		if _, err := fmt.Sscanf(lines.Text(), "done %d", &n); err != nil {
			continue
		}
		if said = append(said, n); len(said) == enough {
			if err := command.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if len(said) < enough {
		t.Fatalf("the process ended after %d transactions", len(said))
	}
	_ = command.Wait()
	return said
}
