package mechanical

import (
	"context"
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tidemark/sim/mutate"
)

// fatal are sites that no harness worth its name may miss.
var fatal = []string{
	`snapshot.go:\d+ \*Controller.readEnded drop-call: c.respond`,
	`collection.go:\d+ \*Controller.advance extremum: col.implied.Join`,
	`shard_write.go:\d+ \*Controller.batchDone drop-call: c.partDone`,
	`collection.go:\d+ \*Controller.updateSince drop-assign: col.since = since`,
	`requests.go:\d+ \*Controller.respond drop-call: c.emit`,
}

// TestFatalMutantsAreKilled builds the core with all its sites, proves that it is
// the same core with all of them off, and that it is not with some of them on.
func TestFatalMutantsAreKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the whole program twice")
	}
	root, err := mutate.Root(".", "cmd/simrun")
	if err != nil {
		t.Fatal(err)
	}
	l := &Lab{Root: root, Dir: t.TempDir(), Command: "./cmd/simrun", Profiles: []string{"default"},
		Stages: []uint64{30}, Memory: 4 << 30, Environ: os.Environ()}
	ctx := context.Background()
	sites, err := l.Build(ctx, Core())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Prove(ctx, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Control(ctx); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range fatal {
		s := only(t, sites, pattern)
		if o := l.Run(ctx, *s); o.Verdict == Survived || o.Verdict == Broken {
			t.Errorf("%s: %s, %s", s, o.Verdict, o.Detail)
		}
	}
	if err := l.BuildTests(ctx); err != nil {
		t.Fatal(err)
	}
	// No simulated world uses batches: their own tests notice.
	if s := only(t, sites, `batch.go:\d+ \*Batch.Add drop-assign`); l.Noticed(ctx, *s) == "" {
		t.Errorf("%s: no test of the core fails", s)
	}
}

// only is the first site that a pattern matches.
func only(t *testing.T, sites []Site, pattern string) *Site {
	t.Helper()
	matching := regexp.MustCompile(pattern)
	for i := range sites {
		if matching.MatchString(sites[i].String()) {
			return &sites[i]
		}
	}
	t.Fatalf("no site matches %s", pattern)
	return nil
}

func TestSilentSpans(t *testing.T) {
	for _, c := range []struct {
		bad  []uint64
		want []span
	}{
		{nil, []span{{31, 40}}},
		{[]uint64{31}, []span{{32, 40}}},
		{[]uint64{40}, []span{{31, 39}}},
		{[]uint64{33, 34, 36}, []span{{31, 32}, {35, 35}, {37, 40}}},
	} {
		if diff := cmp.Diff(c.want, silentSpans(31, 40, c.bad)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.bad, diff)
		}
	}
}

func TestLimits(t *testing.T) {
	l := &Lab{Dir: t.TempDir(), Environ: os.Environ()}
	out, err := l.shell(context.Background(), l.Dir, limits{processor: 1}, 7, "sh", "-c", "echo $"+Variable+"; while :; do :; done")
	if err == nil || out.ended == 0 || string(out.stdout) != "7\n" {
		t.Fatalf("got %q, ended by %v, %v", out.stdout, out.ended, err)
	}
}
