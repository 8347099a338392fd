package runtime

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"example.com/tidemark/codec/journal"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/replay"
)

// fullDisk has room for so many bytes more.
type fullDisk struct{ left int }

type fullFile struct {
	*os.File
	disk *fullDisk
}

func (f fullFile) Write(b []byte) (int, error) {
	n := min(len(b), f.disk.left)
	f.disk.left -= n
	f.File.Write(b[:n])
	if n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

type failures struct {
	nobody
	errs []error
}

func (f *failures) JournalFailed(err *JournalError) { f.errs = append(f.errs, err) }

// A full disk costs the steps of that time, says so, and nothing else: the journal
// goes on when there is room, and what is there replays.
func TestJournalOnFullDisk(t *testing.T) {
	dir, disk, seen, now := t.TempDir(), &fullDisk{left: 1 << 20}, &failures{}, time.Now()
	cfg := core.DefaultConfig()
	cfg.ServicesEvery = 0
	j, err := newJournal(JournalOptions{Dir: dir, SyncEvery: -1}, &cfg, seen)
	if err != nil {
		t.Fatal(err)
	}
	j.now = func() time.Time { return now }
	j.open = func(path string) (journalFile, error) {
		f, err := openSegment(path)
		if err != nil {
			return nil, err
		}
		return fullFile{f.(*os.File), disk}, nil
	}
	var machine core.Controller
	if err := j.begin(&machine); err != nil {
		t.Fatal(err)
	}
	mono := clock.Instant(0)
	step := func() {
		in, out := core.Input{Kind: core.InputWake}, core.Effects{}
		if mono == 0 {
			in.Kind, in.Boot = core.InputBoot, core.Boot{Entropy: entropy(), Config: cfg}
		}
		mono += 1000
		at := clock.Now{Mono: mono, Wall: 1_700_000_000_000}
		machine.Step(at, &in, &out)
		j.step(at, &in, &out)
		j.flush(&machine)
	}
	for range 10 {
		step()
	}
	disk.left = 5 // the next step is cut off
	for range 10 {
		step()
	}
	disk.left = 1 << 20
	now = now.Add(journalRetry)
	for range 10 {
		step()
	}
	j.close(journal.EndStopped)
	if len(seen.errs) != 1 || !errors.Is(seen.errs[0], syscall.ENOSPC) {
		t.Fatalf("told of %v", seen.errs)
	}
	segments, err := replay.Segments(dir)
	if err != nil || len(segments) != 2 {
		t.Fatalf("%v, %v", segments, err)
	}
	r, err := replay.Play(segments, sim.Options{})
	if err != nil || len(r.Damage) > 0 || r.Divergence != nil {
		t.Fatalf("%v, %+v", err, r)
	}
	if len(r.Gaps) != 1 || r.Gaps[0].First != 11 || r.Gaps[0].Last != 21 || r.Lives[0].Last != 30 {
		t.Errorf("gaps %+v, lives %+v", r.Gaps, r.Lives)
	}
}

// A step that fits no frame leaves a gap.
func TestJournalOfLongStep(t *testing.T) {
	dir, seen := t.TempDir(), &failures{}
	cfg := core.DefaultConfig()
	j, err := newJournal(JournalOptions{Dir: dir}, &cfg, seen)
	if err != nil {
		t.Fatal(err)
	}
	var machine core.Controller
	if err := j.begin(&machine); err != nil {
		t.Fatal(err)
	}
	long := core.Input{Kind: core.InputRequest}
	long.Request = core.Request{ID: 1, Op: core.RequestDrop, IDs: make([]core.GlobalID, journal.MaxFrame)}
	wake := core.Input{Kind: core.InputWake}
	for _, in := range []*core.Input{&wake, &long, &wake} {
		var out core.Effects
		machine.Step(clock.Now{Wall: 1}, in, &out)
		j.step(clock.Now{Wall: 1}, in, &out)
		j.flush(&machine)
	}
	j.close(journal.EndStopped)
	segments, _ := replay.Segments(dir)
	r, err := replay.Play(segments, sim.Options{})
	if err != nil || len(r.Damage) > 0 || r.Divergence != nil || len(r.Gaps) != 1 || r.Gaps[0].First != 2 || r.Gaps[0].Last != 2 {
		t.Fatalf("%v, %+v", err, r)
	}
	if len(seen.errs) != 1 || !errors.Is(seen.errs[0], journal.ErrTooLong) {
		t.Errorf("told of %v", seen.errs)
	}
}
