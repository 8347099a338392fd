package core

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

// rig is a controller of n collections, all of one kind, whose calls all succeed.
type rig struct {
	tb   testing.TB
	c    Controller
	now  clock.Now
	in   Input
	out  Effects
	open []sent
	// answered counts responses without an error, moved the downgrades.
	answered, moved int
}

// sent is what of an open call its success repeats.
type sent struct {
	id           EffectID
	cause        Cause
	kind         EffectKind
	op           persist.Op
	since, upper frontier.Frontier
	opaque       persist.Opaque
}

const benchLag = 10

// benchEntries is the stash of n collections with a lag policy, in the order in
// which a stash gives it: of keys as text, which is not that of ids.
func benchEntries(n int, kind CollectionKind) []stash.Entry {
	d := Description{Kind: kind, Schema: relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Int64}}}}
	description, policy := encodeDescription(&d, nil), encodePolicy(Lag(benchLag), "")
	var list []stash.Entry
	for _, in := range []stash.Collection{stash.CollectionMetadata, stash.CollectionDescriptions, stash.CollectionPolicies} {
		for i := range n {
			e := stash.Entry{Collection: in, Key: benchID(i).String(), Value: description}
			switch in {
			case stash.CollectionMetadata:
				e.Value = encodeShards(shards{data: persist.ShardID{Hi: 1, Lo: uint64(i) + 1}})
			case stash.CollectionPolicies:
				e.Value = policy
			}
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b stash.Entry) int {
		return cmp.Or(int(a.Collection)-int(b.Collection), strings.Compare(a.Key, b.Key))
	})
	return list
}

func benchID(i int) GlobalID { return GlobalID{Kind: IDUser, N: uint64(i)} }

// benchConfig leaves only what a benchmark asks for: no fetches, no proofs of
// leadership.
func benchConfig() Config {
	cfg := DefaultConfig()
	cfg.FetchEvery, cfg.HoldLease, cfg.ClockMargin, cfg.ServicesEvery = maxSpan, maxSpan, 0, 0
	return cfg
}

// newRig boots a controller, opens all shards and lets C-48's time pass.
func newRig(tb testing.TB, entries []stash.Entry) *rig {
	r := &rig{tb: tb}
	r.boot(entries)
	r.now.Mono = r.now.Mono.Add(maxSpan)
	r.in = Input{Kind: InputWake}
	r.step()
	r.drain()
	return r
}

func (r *rig) boot(entries []stash.Entry) {
	r.load(Boot{Entropy: [4]uint64{1, 2, 3, 4}, Config: benchConfig()}, entries)
	r.drain()
}

// load boots a controller up to the step in which it is told what the stash has.
func (r *rig) load(b Boot, entries []stash.Entry) {
	r.in = Input{Kind: InputBoot, Boot: b}
	r.step()
	r.in = Input{Kind: InputStashDone, Effect: r.take(), Stash: stash.Result{Outcome: outcome.Done, Epoch: 1}}
	r.step()
	r.in = Input{Kind: InputStashDone, Effect: r.take(), Stash: stash.Result{Outcome: outcome.Done, Entries: entries}}
	r.step()
}

func (r *rig) take() EffectID {
	if len(r.open) != 1 {
		r.tb.Fatalf("%d calls are out, want one", len(r.open))
	}
	id := r.open[0].id
	r.open = r.open[:0]
	return id
}

// step feeds r.in and keeps the calls that follow.
func (r *rig) step() {
	r.out.Reset()
	r.c.Step(r.now, &r.in, &r.out)
	for i := range r.out.Len() {
		e := r.out.At(i)
		if e.Kind != EffectRespond {
			p := &e.Persist
			r.open = append(r.open, sent{e.ID, e.Cause, e.Kind, p.Op, p.Since, p.Upper, p.Opaque})
			continue
		}
		if e.Response.Err.Code != Ok {
			r.tb.Fatal(&e.Response.Err)
		}
		r.answered++
	}
}

// drain completes every call and wakes the machine for as long as it is due.
func (r *rig) drain() {
	for {
		for i := 0; i < len(r.open); i++ {
			r.complete(i)
			r.step()
		}
		r.open = r.open[:0]
		if r.c.NextWake() > r.now.Mono {
			return
		}
		r.in = Input{Kind: InputWake}
		r.step()
	}
}

// complete makes r.in the success of an open call.
func (r *rig) complete(i int) {
	call := &r.open[i]
	r.in.Effect, r.in.Cause = call.id, call.cause
	if call.kind == EffectStash {
		r.in.Kind, r.in.Stash = InputStashDone, stash.Result{Outcome: outcome.Done}
		return
	}
	if call.op == persist.OpCompareAndDowngradeSince {
		r.moved++
	}
	r.in.Kind = InputPersistDone
	r.in.Persist = persist.Result{Outcome: outcome.Done, Since: call.since, ReaderSince: call.since, Upper: call.upper, Opaque: call.opaque}
}

// BenchmarkFrontierUpdate: a reported upper moves, the lag policy moves the since,
// the shard is told and answers. One op is all of that for one of n collections,
// which come in an order that caches do not like.
func BenchmarkFrontierUpdate(b *testing.B) {
	for _, n := range []int{1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := newRig(b, benchEntries(n, KindReported))
			stride := n*618/1000 | 1
			uppers := make([]UpperReport, 1)
			// A round takes a second, so that no downgrade waits for the rate limit.
			pass := 1_000_000/clock.Duration(n) + 1
			ops, at := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				at = (at + stride) % n
				uppers[0] = UpperReport{ID: benchID(at), Upper: frontier.At(frontier.Timestamp((ops/n + 2) * 2 * benchLag))}
				r.in.Kind = InputRequest
				r.in.Request = Request{ID: 1, Op: RequestUpdateUppers, Uppers: uppers}
				r.now.Mono = r.now.Mono.Add(pass)
				r.step()
				r.complete(0)
				r.open = r.open[:0]
				r.step()
				ops++
			}
			if r.answered != ops || r.moved != ops {
				b.Fatalf("%d updates, %d answered, %d downgrades", ops, r.answered, r.moved)
			}
		})
	}
}

// BenchmarkAppend: one row to one table, sent, durable, answered; the since stays.
func BenchmarkAppend(b *testing.B) {
	const n = 64
	r := newRig(b, benchEntries(n, KindTable))
	row := relation.Row(relation.AppendInt64(nil, 1))
	ops := 0
	b.ReportAllocs()
	for b.Loop() {
		// Requests are frozen: lists of their own for each.
		t := frontier.Timestamp(ops / n)
		r.in.Kind = InputRequest
		r.in.Request = Request{ID: 1, Op: RequestAppend, Appends: []Append{{
			ID: benchID(ops % n), Upper: frontier.At(t + 1), Updates: []relation.Update{{Data: row, Time: t, Diff: 1}},
		}}}
		r.now.Mono += 100
		r.step()
		for i := 0; i < len(r.open); i++ {
			r.complete(i)
			r.step()
		}
		r.open = r.open[:0]
		ops++
	}
	if r.answered != ops {
		b.Fatalf("%d appends, %d answered", ops, r.answered)
	}
}

// BenchmarkBoot: take over, install, and open all shards of a stash of n
// collections. The metrics are per collection: time, and heap that stays in use.
func BenchmarkBoot(b *testing.B) {
	const n = 100_000
	b.Run(fmt.Sprint(n), func(b *testing.B) {
		entries := benchEntries(n, KindReported)
		boots, inUse := 0, uint64(0)
		for b.Loop() {
			b.StopTimer()
			before := heapInUse()
			b.StartTimer()
			r := &rig{tb: b}
			r.boot(entries)
			b.StopTimer()
			if r.c.Collections() != n || r.c.effects.Len() != 0 {
				b.Fatalf("%d collections, %d calls out", r.c.Collections(), r.c.effects.Len())
			}
			r.open, r.out, r.in = nil, Effects{}, Input{}
			inUse += heapInUse() - before
			runtime.KeepAlive(r)
			boots++
			b.StartTimer()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(boots*n), "ns/collection")
		b.ReportMetric(float64(inUse)/float64(boots*n), "B/collection")
	})
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// held is a rig of n collections with two holds on each.
func held(b *testing.B, n int) *rig {
	r := newRig(b, benchEntries(n, KindReported))
	// What the holds need is a proof of leadership that is not as old as the boot.
	r.c.meta.verifiedAt = r.now.Mono
	for i := range 2 * n {
		r.in.Kind = InputRequest
		r.in.Request = Request{ID: 1, Op: RequestAcquireHold, GlobalID: benchID(i / 2), Owner: OwnerID(i/2 + 1), Hold: HoldID(i + 1), Earliest: true}
		r.step()
	}
	return r
}

// BenchmarkCopyFrom: a clone of a controller into recycled memory.
func BenchmarkCopyFrom(b *testing.B) {
	const n = 64
	b.Run(fmt.Sprint(n), func(b *testing.B) {
		r := held(b, n)
		var to Controller
		to.CopyFrom(&r.c)
		b.ReportAllocs()
		for b.Loop() {
			to.CopyFrom(&r.c)
		}
		if to.Digest() != r.c.Digest() {
			b.Fatal("the copy is another state")
		}
	})
}

// BenchmarkDigest: the state's digest after one of n collections has changed.
func BenchmarkDigest(b *testing.B) {
	for _, n := range []int{64, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := held(b, n)
			before := r.c.Digest()
			var sum digest.Sum
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				r.c.unhash(r.c.order[i%n])
				sum = r.c.Digest()
				i++
			}
			if sum != before {
				b.Fatal("an unchanged state has another digest")
			}
		})
	}
}
