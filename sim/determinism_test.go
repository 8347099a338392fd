package sim

import (
	"strings"
	"testing"

	"example.com/tidemark/core/digest"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

var seeds = []uint64{1, 2, 3, 5, 8, 13, 21, 34}

func TestTwins(t *testing.T) {
	for _, seed := range seeds {
		for _, profile := range []string{"default", "hostile"} {
			if diff, ok := Twin(generated(t, profile, seed)); !ok {
				t.Errorf("%s %d: %s", profile, seed, diff)
			}
		}
	}
}

func TestTracingAndReuseChangeNothing(t *testing.T) {
	used := NewWorld()
	seen := map[digest.Sum]uint64{}
	for _, seed := range seeds {
		p := generated(t, "default", seed)
		fresh := Run(p, Options{})
		lines := 0
		again := RunIn(used, p, Options{RecordDraws: true, Trace: func(string) { lines++ }})
		if fresh.TraceHash != again.TraceHash || fresh.Events != again.Events {
			t.Errorf("seed %d: %v after %d events, traced in a used world %v after %d",
				seed, fresh.TraceHash, fresh.Events, again.TraceHash, again.Events)
		}
		if lines < int(again.Events) {
			t.Errorf("seed %d: %d lines for %d events", seed, lines, again.Events)
		}
		if other, same := seen[fresh.TraceHash]; same {
			t.Errorf("seeds %d and %d have the same hash", seed, other)
		}
		seen[fresh.TraceHash] = seed
	}
}

// TestPlantedNondeterminismIsCaught perturbs a single draw of one twin, as a
// forgotten map iteration would, and wants the comparison to name where it shows.
func TestPlantedNondeterminismIsCaught(t *testing.T) {
	p := small()
	a, b := NewWorld(), NewWorld()
	var lines [2][]string
	a.Reset(p, Options{Trace: func(s string) { lines[0] = append(lines[0], s) }})
	b.Reset(p, Options{Trace: func(s string) { lines[1] = append(lines[1], s) }})
	request := uint64(requestOfOp(5, 1))
	b.draws.Reset(p.Seed, []kernel.Pin{{Purpose: drawLatency, Node: nobody, Cause: request, Value: 1 << 63}}, false, false)
	diff, ok := compare(a, b, &lines)
	if ok {
		t.Fatal("a perturbed draw went unnoticed")
	}
	if !strings.Contains(diff, "event ") || !strings.Contains(diff, "5.1") {
		t.Fatalf("the first difference is not named: %s", diff)
	}
}

// TestCloneGoesOnAlike copies a world in the middle of a run, into one that has
// another run behind it, and wants both to end the same; and the original to be
// unharmed by what the copy does.
func TestCloneGoesOnAlike(t *testing.T) {
	for _, seed := range seeds {
		p := generated(t, "default", seed)
		whole := Run(p, Options{})
		w, clone := NewWorld(), NewWorld()
		RunIn(clone, generated(t, "tiny", seed), Options{})
		w.Reset(p, Options{})
		for w.Events() < whole.Events/2 && w.Next() {
		}
		clone.CopyFrom(w)
		if clone.Digest() != w.Digest() {
			t.Fatalf("seed %d: the copy differs at once", seed)
		}
		for clone.Next() {
		}
		for w.Next() {
		}
		if a, b := w.Result(), clone.Result(); a.TraceHash != whole.TraceHash || b.TraceHash != whole.TraceHash {
			t.Errorf("seed %d: run %v, original %v, copy %v", seed, whole.TraceHash, a.TraceHash, b.TraceHash)
		}
	}
}

// TestCloneStepByStep lets original and copy take turns, so that what they share
// by mistake shows at the step at which it hurts.
func TestCloneStepByStep(t *testing.T) {
	p := small()
	p.Rates.PersistUnknownLanded, p.Rates.RequestTwice = 100, 100
	w, clone := NewWorld(), NewWorld()
	w.Reset(p, Options{})
	for range 300 {
		w.Next()
	}
	clone.CopyFrom(w)
	for step := 0; ; step++ {
		more := w.Next()
		if clone.Next() != more || clone.Digest() != w.Digest() {
			t.Fatalf("the copy differs after %d steps", step)
		}
		if !more {
			return
		}
	}
}

// TestPinsReplaceRates is what shrinking relies on: the rates that fired, pinned,
// and every rate off, make the same run.
func TestPinsReplaceRates(t *testing.T) {
	fired := 0
	for seed := uint64(1); seed <= 40; seed++ {
		p := generated(t, "default", seed)
		recorded := Run(p, Options{RecordDraws: true})
		q := *p
		q.Draws, q.OnlyPinned = recorded.Pins, true
		fired += len(recorded.Pins)
		if pinned := Run(&q, Options{}); pinned.TraceHash != recorded.TraceHash {
			t.Errorf("seed %d: %d pins do not make the same run", seed, len(recorded.Pins))
		}
		q.Draws = nil
		bare := Run(&q, Options{})
		for _, c := range bare.Faults[:rateCount] {
			if c.N > 0 {
				t.Errorf("seed %d: %s fired %d times though every rate is off", seed, c.Name, c.N)
			}
		}
	}
	if fired == 0 {
		t.Fatal("no rate ever fired")
	}
}

// TestDeletedOperationLeavesOtherDraws deletes each query of a plan and wants every
// draw that is not about it to stay as it was. The queries are of a collection that
// nobody knows: news of another would be a cause of what its writer does next.
func TestDeletedOperationLeavesOtherDraws(t *testing.T) {
	p := small()
	r := &p.Rates
	r.PersistUnknownLanded, r.PersistUnknownLost, r.PersistSlow, r.PersistNotDone = 60, 60, 60, 60
	r.RequestTwice, r.ReplyLost, r.WakeSpurious, r.CompletionDup = 100, 100, 100, 100
	for i := range p.Ops {
		if p.Ops[i].Kind == plan.OpCollection {
			p.Ops[i].Parts[0].Slot = 99
		}
	}
	all := Run(p, Options{RecordDraws: true}).Pins
	for i := range p.Ops {
		if p.Ops[i].Kind != plan.OpCollection {
			continue
		}
		q := *p
		q.Ops = append(append([]plan.Operation(nil), p.Ops[:i]...), p.Ops[i+1:]...)
		without := Run(&q, Options{RecordDraws: true}).Pins
		if a, b := notAbout(all, p.Ops[i].ID), notAbout(without, p.Ops[i].ID); !equalPins(a, b) {
			t.Errorf("without operation %d, %d draws fire instead of %d", p.Ops[i].ID, len(b), len(a))
		}
	}
}

// notAbout leaves out the draws whose cause is one of an operation's attempts.
func notAbout(pins []plan.Pin, id int) map[plan.Pin]int {
	own := map[uint64]bool{}
	for attempt := range uint32(maxAttempts) {
		request := uint64(requestOfOp(int32(id), attempt))
		own[request], own[mix(request, replySalt)], own[mix(request, wakeCause)] = true, true, true
	}
	kept := map[plan.Pin]int{}
	for _, p := range pins {
		if !own[p.Cause] {
			kept[p]++
		}
	}
	return kept
}

func equalPins(a, b map[plan.Pin]int) bool {
	if len(a) != len(b) {
		return false
	}
	for p, n := range a {
		if b[p] != n {
			return false
		}
	}
	return true
}
