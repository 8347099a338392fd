//go:build linux

package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// writer appends to its tables, all of them in one request, until ctx ends.
func (w *world) writer(ctx context.Context, rnd *rand.Rand, tables ...*table) {
	next, upper := uint64(1), uint64(0)
	for ctx.Err() == nil {
		at := max(upper, uint64(time.Now().UnixMilli()))
		q := &tidemarkpb.AppendRequest{}
		var sent [][]uint64
		for _, t := range tables {
			part := &tidemarkpb.Append{Id: t.id, Upper: timeOf(at + 1)}
			var numbers []uint64
			t.mu.Lock()
			for range 1 + rnd.IntN(4) {
				t.rows[next] = &row{time: at}
				numbers = append(numbers, next)
				part.Updates = append(part.Updates, &tidemarkpb.Update{
					Row: &structpb.ListValue{Values: []*structpb.Value{structpb.NewNumberValue(float64(next))}}, Time: at,
				})
				next++
			}
			t.mu.Unlock()
			sent = append(sent, numbers)
			q.Appends = append(q.Appends, part)
		}
		_, err := call(ctx, w.api, q, tidemarkpb.ControllerClient.Append)
		for i, t := range tables {
			t.settle(sent[i], fateOf(t.id, err))
		}
		upper = max(upper, at+1)
		if err != nil {
			w.log.event("append %v up to %d: %v", ids(tables), at+1, err)
			if f := detail(err).GetFrontier(); f != nil {
				upper = max(upper, f.GetTime())
			}
			time.Sleep(time.Duration(rnd.IntN(100)) * time.Millisecond)
		}
		time.Sleep(time.Duration(rnd.IntN(30)) * time.Millisecond)
	}
}

func timeOf(t uint64) *tidemarkpb.Frontier {
	return &tidemarkpb.Frontier{Mark: &tidemarkpb.Frontier_Time{Time: t}}
}

func ids(tables []*table) (list []string) {
	for _, t := range tables {
		list = append(list, t.id)
	}
	return list
}

// fateOf is what an append's answer says of one table's part.
func fateOf(id string, err error) fate {
	if err == nil {
		return acknowledged
	}
	d := detail(err)
	switch {
	case d == nil || !d.GetDefinite():
		return unknown
	case d.GetCode() == "InvalidUppers" && !slices.Contains(d.GetIds(), id):
		return acknowledged // the parts that are not named are durable (C-52)
	}
	return refused
}

func (t *table) settle(numbers []uint64, f fate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range numbers {
		t.rows[n].fate = f
	}
}

// snapshot reads a collection of one number per row, as a multiset.
func (w *world) snapshot(ctx context.Context, id string, asOf *uint64) (at uint64, content map[uint64]int64, err error) {
	answer, err := call(ctx, w.api, &tidemarkpb.SnapshotRequest{Id: id, AsOf: asOf, WaitMs: 3000}, tidemarkpb.ControllerClient.Snapshot)
	if err != nil {
		return 0, nil, err
	}
	content = map[uint64]int64{}
	for _, r := range answer.GetRows() {
		content[uint64(r.GetRow().GetValues()[0].GetNumberValue())] += r.GetDiff()
	}
	return answer.GetAsOf(), content, nil
}

// reader reads any of the collections until ctx ends.
func (w *world) reader(ctx context.Context, rnd *rand.Rand) {
	for ctx.Err() == nil {
		time.Sleep(time.Duration(20+rnd.IntN(100)) * time.Millisecond)
		if rnd.IntN(4) == 0 {
			w.readSource(ctx, sourceID)
			if w.o.Wide {
				w.readSource(ctx, managedID)
				w.readFollowed(ctx)
			}
			continue
		}
		t := w.tables[rnd.IntN(len(w.tables))]
		at, content, err := w.snapshot(ctx, t.id, nil)
		if err == nil {
			err = t.note(at, content)
			w.violatedIf(err)
		} else {
			w.log.event("read %s: %v", t.id, err)
		}
	}
}

// readSource checks that a counter's collection is 1, 2, 3 and so on.
func (w *world) readSource(ctx context.Context, id string) {
	at, content, err := w.snapshot(ctx, id, nil)
	if err != nil {
		w.log.event("read %s: %v", id, err)
		return
	}
	w.violatedIf(contiguous(fmt.Sprintf("%s at %d", id, at), content))
}

// contiguous demands the numbers from 1 on, each once.
func contiguous(what string, content map[uint64]int64) error {
	for n := range uint64(len(content)) {
		if content[n+1] != 1 {
			return fmt.Errorf("%s has %d numbers, and %d is there %d times", what, len(content), n+1, content[n+1])
		}
	}
	return nil
}

// holder acquires holds, keeps them, and reads at them, until ctx ends. While a hold
// was renewed in time, the newest controller must not say that its time is gone.
func (w *world) holder(ctx context.Context, rnd *rand.Rand, owner uint64) {
	for n := uint64(1); ctx.Err() == nil; n++ {
		t := w.tables[rnd.IntN(len(w.tables))]
		began := time.Now()
		held, err := call(ctx, w.api, &tidemarkpb.AcquireHoldRequest{Id: t.id, Owner: owner, Hold: n}, tidemarkpb.ControllerClient.AcquireHold)
		if err != nil {
			w.log.event("hold %d.%d of %s: %v", owner, n, t.id, err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		w.keep(ctx, rnd, t, owner, n, held.GetTime(), began)
		call(ctx, w.api, &tidemarkpb.ReleaseHoldRequest{Id: t.id, Owner: owner, Hold: n}, tidemarkpb.ControllerClient.ReleaseHold)
	}
}

func (w *world) keep(ctx context.Context, rnd *rand.Rand, t *table, owner, n, at uint64, renewed time.Time) {
	w.holds.Add(1)
	until := time.Now().Add(time.Duration(5+rnd.IntN(15)) * time.Second)
	for ctx.Err() == nil && time.Now().Before(until) {
		began := time.Now()
		_, err := call(ctx, w.api, &tidemarkpb.RenewHoldRequest{Id: t.id, Owner: owner, Hold: n, Time: at}, tidemarkpb.ControllerClient.RenewHold)
		switch {
		case err == nil && began.Sub(renewed) < holdLease:
			renewed = began
		case time.Since(renewed) >= holdLease:
			return // lapsed: nothing is promised any more
		case w.newest(err) && detail(err).GetCode() == "InvalidReadHold":
			w.violatedIf(fmt.Errorf("hold %d.%d of %s at %d, renewed %s ago, is gone: %w", owner, n, t.id, at, time.Since(renewed), err))
			return
		}
		_, content, err := w.snapshot(ctx, t.id, &at)
		switch {
		case err == nil:
			w.heldReads.Add(1)
			w.violatedIf(t.note(at, content))
		case time.Since(renewed) < holdLease && w.newest(err) && detail(err).GetCode() == "ReadBeforeSince":
			w.violatedIf(fmt.Errorf("%s cannot be read at %d although hold %d.%d was renewed %s ago: %w", t.id, at, owner, n, time.Since(renewed), err))
			return
		}
		time.Sleep(time.Duration(200+rnd.IntN(600)) * time.Millisecond)
	}
}

// newest reports whether a failure was said by a controller of the newest epoch that
// anybody has heard of.
func (w *world) newest(err error) bool {
	d := detail(err)
	if d == nil {
		return false
	}
	for {
		known := w.epoch.Load()
		if d.GetEpoch() < known {
			return false
		}
		if d.GetEpoch() == known || w.epoch.CompareAndSwap(known, d.GetEpoch()) {
			return true
		}
	}
}

// follow hears of epochs, so that newest knows them.
func (w *world) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if answer, err := call(ctx, w.api, &tidemarkpb.FrontiersRequest{}, tidemarkpb.ControllerClient.Frontiers); err == nil {
			w.newestEpoch(answer.GetEpoch())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (w *world) newestEpoch(epoch uint64) {
	for known := w.epoch.Load(); epoch > known && !w.epoch.CompareAndSwap(known, epoch); known = w.epoch.Load() {
	}
}
