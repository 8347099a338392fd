package core

import (
	"testing"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// TestStepsAreBounded: with more collections than one step may walk over, boot, the
// end of C-48's time and a moment at which every shard's fetch is due go on over
// several wakes, each of them bounded, and reach all collections, in the order of
// ids although the stash is in the order of text.
func TestStepsAreBounded(t *testing.T) {
	const n = 2*maxInstallsPerStep + 500
	entries := benchEntries(n, KindReported)
	r := &rig{tb: t}
	cfg := benchConfig()
	cfg.HoldLease, cfg.FetchEvery = 10*clock.Minute, clock.Minute
	r.load(Boot{Entropy: [4]uint64{1}, Config: cfg}, entries)
	// Shards, descriptions and policies.
	if wakes, least := r.wakes(), 4*n/maxInstallsPerStep-2; wakes < least || wakes > least+4 {
		t.Errorf("boot takes %d wakes, want %d or a few more", wakes, least)
	}
	if len(r.open) != n {
		t.Fatalf("%d shards are being opened, want %d", len(r.open), n)
	}
	r.drain()
	for i := range n {
		var v CollectionView
		r.c.CollectionAt(i, &v)
		if v.ID != benchID(i) || v.Phase != ShardOpen {
			t.Fatalf("collection %d is %v, in phase %d", i, v.ID, v.Phase)
		}
	}
	for _, moment := range []clock.Duration{cfg.FetchEvery, cfg.HoldLease - cfg.FetchEvery} {
		r.now.Mono = r.now.Mono.Add(moment)
		if wakes := r.wakes(); wakes < 3 {
			t.Errorf("%d collections are due and handled in %d wakes", n, wakes)
		}
		fetches := 0
		for i := range r.open {
			if r.open[i].op == persist.OpFetchUpper {
				fetches++
			}
		}
		if fetches != n {
			t.Errorf("%d of %d uppers are fetched", fetches, n)
		}
		r.drain()
	}
}

// wakes wakes the machine until nothing is due and returns how often.
func (r *rig) wakes() int {
	for n := 0; ; n++ {
		if r.c.NextWake() > r.now.Mono {
			return n
		}
		if n > 100 {
			r.tb.Fatalf("woken %d times at %d, it wants to be woken at %d", n, r.now.Mono, r.c.NextWake())
		}
		before := len(r.open)
		r.in = Input{Kind: InputWake}
		r.step()
		if most := maxInstallsPerStep + maxTimersPerStep; len(r.open)-before > most || r.c.Touched() > most {
			r.tb.Fatalf("one wake touches %d collections and sends %d calls", r.c.Touched(), len(r.open)-before)
		}
	}
}

// TestGatheredBatch: everything queued on a collection while a write is out goes
// out as one, in the order of arrival, with nothing lost or doubled, whatever
// shares memory inside.
func TestGatheredBatch(t *testing.T) {
	r := newRig(t, benchEntries(1, KindTable))
	row := func(i int) relation.Row { return relation.Row(relation.AppendInt64(nil, int64(i))) }
	var out Effects
	var writes [][]relation.Update
	var open []EffectID
	step := func(in Input) {
		out.Reset()
		r.c.Step(r.now, &in, &out)
		for i := range out.Len() {
			if e := out.At(i); e.Kind == EffectPersist && e.Persist.Op == persist.OpCompareAndAppend {
				writes = append(writes, e.Persist.Updates)
				open = append(open, e.ID)
			}
		}
	}
	const n = 300
	for i := range n {
		at := frontier.Timestamp(5 + i)
		updates := []relation.Update{{Data: row(2 * i), Time: at, Diff: 1}, {Data: row(2*i + 1), Time: at, Diff: 1}}
		r.in.Request = Request{ID: RequestID(i + 1), Op: RequestAppend}
		// Entries of one id are joined.
		r.in.Request.Appends = []Append{
			{ID: benchID(0), Updates: updates[:1], Upper: frontier.At(at + 1)}, {ID: benchID(0), Updates: updates[1:], Upper: frontier.At(at + 1)},
		}
		if i == 0 {
			r.in.Request.Appends = []Append{{ID: benchID(0), Upper: frontier.At(5)}}
		}
		step(Input{Kind: InputRequest, Request: r.in.Request})
	}
	step(Input{Kind: InputPersistDone, Effect: open[0], Persist: persist.Result{Outcome: outcome.Done, Upper: frontier.At(5)}})
	if len(writes) != 2 || len(writes[0]) != 0 || len(writes[1]) != 2*(n-1) {
		t.Fatalf("%d writes go out", len(writes))
	}
	for i, u := range writes[1] {
		if want := (relation.Update{Data: row(i + 2), Time: frontier.Timestamp(6 + i/2), Diff: 1}); u != want {
			t.Fatalf("update %d is %v, want %v", i, u, want)
		}
	}
}
