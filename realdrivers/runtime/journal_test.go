package runtime_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tidemark/codec/journal"
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/replay"
)

// journaled runs a controller that does a bit of everything, with its journal in dir.
func journaled(t *testing.T, w *world, o runtime.JournalOptions, appends int) *runtime.Controller {
	t.Helper()
	options := w.options()
	options.Journal = &o
	c := w.start(t, options)
	must(t, c, createTables(user(1), user(2)))
	info := must(t, c, &core.Request{Op: core.RequestCollection, GlobalID: user(1)})
	from := info.Info[0].Upper.T
	for n := range frontier.Timestamp(appends) {
		must(t, c, appendRow(user(1), uint64(n), from+n))
	}
	must(t, c, snapshot(user(1), from+frontier.Timestamp(appends)-1))
	if _, err := c.Submit(patience(t), appendRow(user(7), 1, 1)); !errors.Is(err, core.IdentifierMissing) {
		t.Fatalf("append to nothing: %v", err)
	}
	return c
}

func play(t *testing.T, dir string) *replay.Report {
	t.Helper()
	segments, err := replay.Segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := replay.Play(segments, sim.Options{Judged: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Divergence != nil {
		t.Fatalf("diverges: %v", r.Divergence)
	}
	if len(r.Damage) > 0 {
		t.Fatalf("damaged: %v", r.Damage)
	}
	if len(r.Result.Violations) > 0 {
		t.Fatalf("violations: %+v", r.Result.Violations)
	}
	return r
}

// What two controllers did one after the other comes out again, step by step, over
// several segments.
func TestJournalReplays(t *testing.T) {
	w, dir := &world{}, t.TempDir()
	o := runtime.JournalOptions{Dir: dir, Build: "test", SegmentBytes: 4000, SyncEvery: -1}
	for range 2 {
		if err := stop(journaled(t, w, o, 60)); err != nil {
			t.Fatal(err)
		}
	}
	r := play(t, dir)
	if len(r.Lives) != 2 || r.Segments < 4 || len(r.Gaps) != 0 || r.Effects == 0 {
		t.Fatalf("%d segments, gaps %v, %d effects, lives %+v", r.Segments, r.Gaps, r.Effects, r.Lives)
	}
	for i, l := range r.Lives {
		if l.Ended != journal.EndStopped || l.Epoch != uint64(i+1) || l.Collections != 2 || !l.Judged || l.Build != "test" {
			t.Errorf("life %+v", l)
		}
	}
	for _, s := range r.Result.Oracles {
		if s.Checked == 0 {
			t.Errorf("%s judged nothing", s.Name)
		}
	}
	list, _ := os.ReadDir(dir)
	for _, e := range list {
		if info, _ := e.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v", e.Name(), info.Mode())
		}
	}
}

// What a controller that dies has done so far is on record: a journal that is copied
// while it is written is whole.
func TestJournalOfTheDead(t *testing.T) {
	w, dir, copied := &world{}, t.TempDir(), t.TempDir()
	c := journaled(t, w, runtime.JournalOptions{Dir: dir, SyncEvery: time.Hour}, 20)
	epoch := c.Status().Epoch
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	r := play(t, copied)
	if len(r.Lives) != 1 || r.Lives[0].Ended != journal.EndNone || r.Lives[0].Epoch != epoch {
		t.Fatalf("lives %+v", r.Lives)
	}
}

// A halt is the end of a journal, too.
func TestJournalOfTheFenced(t *testing.T) {
	w, dir := &world{}, t.TempDir()
	c := journaled(t, w, runtime.JournalOptions{Dir: dir}, 5)
	newer := w.start(t, w.options())
	must(t, newer, appendRow(user(2), 1, 1))
	c.Submit(patience(t), appendRow(user(2), 2, 2))
	stop(c)
	r := play(t, dir)
	if len(r.Lives) != 1 || r.Lives[0].Ended != journal.EndHalted {
		t.Fatalf("lives %+v", r.Lives)
	}
}

// Old segments make room for new ones; what is left replays from its checkpoint.
func TestJournalIsBounded(t *testing.T) {
	w, dir := &world{}, t.TempDir()
	const segment = 20_000
	c := journaled(t, w, runtime.JournalOptions{Dir: dir, SegmentBytes: segment, TotalBytes: 3 * segment}, 300)
	stop(c)
	var total int64
	filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			total += info.Size()
		}
		return nil
	})
	// A segment ends with the batch that fills it.
	if total > 5*segment {
		t.Errorf("%d bytes are kept", total)
	}
	r := play(t, dir)
	if len(r.Gaps) != 1 || r.Gaps[0].First != 1 || r.Lives[0].Judged || r.Lives[0].Collections != 2 {
		t.Errorf("gaps %+v, lives %+v", r.Gaps, r.Lives)
	}
}

// A directory that cannot be is said at the start, with its name.
func TestJournalNeedsDirectory(t *testing.T) {
	w := &world{}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", filepath.Join(file, "journal")} {
		o := w.options()
		o.Journal = &runtime.JournalOptions{Dir: dir}
		c, err := runtime.StartController(o)
		if err == nil {
			stop(c)
			t.Fatalf("%q: started", dir)
		}
		if !strings.Contains(err.Error(), dir) {
			t.Errorf("%q: %v", dir, err)
		}
	}
}

// A change that hides behind a new checksum is found by what follows from it.
func TestForgedJournal(t *testing.T) {
	w, dir := &world{}, t.TempDir()
	stop(journaled(t, w, runtime.JournalOptions{Dir: dir}, 3))
	segments, _ := replay.Segments(dir)
	data, _ := os.ReadFile(segments[0])
	r, err := journal.NewReader(data)
	if err != nil {
		t.Fatal(err)
	}
	var s journal.Segment
	forged := s.AppendBegin(nil, &r.Header, r.State)
	var machine core.Controller
	var v journal.Record
	changed := false
	for r.Next(&v) == nil && v.Step != 0 {
		var out core.Effects
		machine.Step(v.Now, &v.Input, &out)
		if a := v.Input.Request.Appends; len(a) > 0 && len(a[0].Updates) > 0 && !changed {
			changed = true // in a copy: the machine keeps what it was given
			v.Input.Request.Appends = slices.Clone(a)
			v.Input.Request.Appends[0].Updates = slices.Clone(a[0].Updates)
			v.Input.Request.Appends[0].Updates[0].Diff = 2
		}
		forged, _ = s.AppendStep(forged, v.Now, &v.Input, &out)
	}
	if !changed {
		t.Fatal("no append was found")
	}
	if err := os.WriteFile(segments[0], forged, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := replay.Play(segments, sim.Options{Judged: true})
	if err != nil || report.Divergence == nil || !strings.Contains(report.Divergence.Error(), "does not come out") {
		t.Fatalf("%v, %+v", err, report.Divergence)
	}
}

// A stop that comes with a request open leaves a journal that says so.
func TestJournalAndCancel(t *testing.T) {
	w, dir := &world{}, t.TempDir()
	c := journaled(t, w, runtime.JournalOptions{Dir: dir}, 2)
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		c.Submit(context.Background(), snapshot(user(2), 1<<40))
	}()
	awaitOpen(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.Stop(ctx)
	<-asked
	play(t, dir)
}
