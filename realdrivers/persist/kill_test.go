package persist

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	states "example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/realdrivers/blob"
	"example.com/tidemark/realdrivers/consensus"
)

// The environment of a process that is to be killed: where its stores are, and
// whether it gets stuck between the first blob that it puts and the commit.
const (
	childPlace = "TIDEMARK_TEST_PLACE"
	childStuck = "TIDEMARK_TEST_STUCK"
)

// TestChild is the process that is killed. It appends rows, and says each upper that
// is durable; if it is to get stuck it says so once it is.
func TestChild(t *testing.T) {
	dir := os.Getenv(childPlace)
	if dir == "" {
		t.Skip("SKIP: it is the process that TestKilledProcess kills")
	}
	d := child(t, place{dir})
	next := uint64(do(d, persist.Call{Op: persist.OpFetchUpper}).Upper.T)
	for ; ; next++ {
		if o := appendAt(d, next, payload(next)); o != outcome.Done {
			t.Fatal(o)
		}
		fmt.Fprintf(os.Stdout, "\nupper %d\n", next+1)
	}
}

func child(t *testing.T, p place) *Driver {
	if os.Getenv(childStuck) == "" {
		d, _ := p.open(t, eachBlob())
		return d
	}
	at, err := consensus.Parse(p.consensus())
	if err != nil {
		t.Fatal(err)
	}
	c, err := consensus.Open(context.Background(), at, consensus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := blob.Parse(p.blobs())
	if err != nil {
		t.Fatal(err)
	}
	b, err := blob.Open(context.Background(), data, blob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stuck := consensusFunc(func(ctx context.Context, call *states.Call, r *states.Result) {
		if call.Op == states.OpCompareAndSet {
			fmt.Fprint(os.Stdout, "\nstuck\n")
			select {}
		}
		c.Do(ctx, call, r)
	})
	d, err := New(stuck, b, Options{Config: eachBlob()})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// startChild starts the process, and kill ends it as a loss of power would end all of
// it, once it has said so many lines, the last of which is returned.
func startChild(t *testing.T, p place, stuck bool, lines int) (last string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChild$", "-test.v")
	command.Env = append(os.Environ(), childPlace+"="+p.dir)
	if stuck {
		command.Env = append(command.Env, childStuck+"=1")
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for n := 0; n < lines && said.Scan(); {
		if line := said.Text(); strings.HasPrefix(line, "upper ") || line == "stuck" {
			last = line
			n++
		}
	}
	if err := command.Process.Kill(); err != nil {
		t.Error(err)
	}
	for said.Scan() { // what it said before it was dead
		if line := said.Text(); strings.HasPrefix(line, "upper ") {
			last = line
		}
	}
	_ = command.Wait()
	return last
}

// A process that is killed in the middle of what it does has lost nothing that it
// said was durable, and leaves nothing but garbage, which others collect.
func TestKilledProcess(t *testing.T) {
	p := place{t.TempDir()}
	var upper uint64
	for round := range 3 {
		last := startChild(t, p, false, 5+3*round)
		if _, err := fmt.Sscanf(last, "upper %d", &upper); err != nil {
			t.Fatalf("%q: %v", last, err)
		}
	}
	if last := startChild(t, p, true, 1); last != "stuck" {
		t.Fatalf("the process did not get stuck: %q", last)
	}
	d, heard := p.open(t, busy())
	found := uint64(do(d, persist.Call{Op: persist.OpFetchUpper}).Upper.T)
	if found != upper && found != upper+1 {
		t.Fatalf("the upper is %d, and %d was said to be durable", found, upper)
	}
	if len(p.files(t, theShard)) <= len(p.referred(t, theShard)) {
		t.Fatal("the killed processes left no garbage")
	}
	holds(t, d, found)
	deadline := time.Now().Add(time.Minute)
	for !slices.Equal(p.files(t, theShard), p.referred(t, theShard)) {
		if time.Now().After(deadline) {
			t.Fatalf("there is garbage left: %v; in use: %v", p.files(t, theShard), p.referred(t, theShard))
		}
		for range 50 {
			if o := appendAt(d, found, payload(found)); o != outcome.Done {
				t.Fatal(o)
			}
			found++
		}
	}
	holds(t, d, found)
	if list := heard.take(); len(list) > 0 {
		t.Errorf("problems: %v", list)
	}
}

// A shard that is finalized leaves no blob behind, those that killed processes left
// included.
func TestFinalizedLeavesNothing(t *testing.T) {
	p := place{t.TempDir()}
	if last := startChild(t, p, false, 4); !strings.HasPrefix(last, "upper ") {
		t.Fatal(last)
	}
	if last := startChild(t, p, true, 1); last != "stuck" {
		t.Fatal(last)
	}
	d, _ := p.open(t, busy())
	openReader(t, d)
	upper := do(d, persist.Call{Op: persist.OpFetchUpper}).Upper
	for _, c := range []persist.Call{
		{Op: persist.OpCompareAndAppend, Writer: theWriter, Token: persist.Token{Hi: 1}, Expected: upper, Upper: closed},
		{Op: persist.OpDowngradeSince, Reader: theReader, Since: closed},
		{Op: persist.OpCloseReader, Reader: theReader},
		{Op: persist.OpFinalize},
	} {
		if r := do(d, c); r.Outcome != outcome.Done {
			t.Fatalf("%v: %+v", c.Op, r)
		}
	}
	deadline := time.Now().Add(time.Minute)
	for len(p.files(t, theShard)) > 0 {
		if time.Now().After(deadline) {
			t.Fatalf("there is garbage left: %v", p.files(t, theShard))
		}
		if r := do(d, persist.Call{Op: persist.OpFetchUpper}); r.Outcome != outcome.Invalid || r.Reason != persist.ReasonFinalized {
			t.Fatalf("%+v", r)
		}
	}
	state, problem := shard.Decode(theShard, p.head(t, theShard))
	if problem != shard.ProblemNone || !state.Finalized {
		t.Errorf("%v, %+v", problem, state)
	}
}
