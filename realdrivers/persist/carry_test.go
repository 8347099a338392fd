package persist

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	states "example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/blob"
	"example.com/tidemark/realdrivers/consensus"
)

// stalling is a store that, while it stalls, answers no compare-and-set before its
// caller gives up, and does nothing then.
type stalling struct {
	consensus.Mem
	stalls atomic.Bool
	// met hears of each compare-and-set that stalls.
	met chan struct{}
}

func (s *stalling) Do(ctx context.Context, c *states.Call, r *states.Result) {
	if c.Op == states.OpCompareAndSet && s.stalls.Load() {
		s.met <- struct{}{}
		<-ctx.Done()
		*r = states.Result{Outcome: outcome.Unknown}
		return
	}
	s.Mem.Do(ctx, c, r)
}

// A caller that makes its own call of the store gives it up with its context. Others
// whose appends were with it, or wait for it, are served all the same.
func TestCallerGivesUpWhatItCarries(t *testing.T) {
	s := &stalling{met: make(chan struct{}, 100)}
	d, err := New(s, new(blob.Mem), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if o := appendAt(d, 0, payload(0)); o != outcome.Done {
		t.Fatal(o)
	}
	s.stalls.Store(true)
	ctx, giveUp := context.WithCancel(t.Context())
	first := make(chan outcome.Outcome, 1)
	go func() {
		var r persist.Result
		d.Do(ctx, &persist.Call{
			Op: persist.OpCompareAndAppend, Shard: theShard, Writer: theWriter, Token: persist.Token{Hi: 7, Lo: 2},
			Expected: frontier.At(1), Upper: frontier.At(2), Updates: []relation.Update{{Data: payload(1), Time: 1, Diff: 1}},
		}, &r)
		first <- r.Outcome
	}()
	<-s.met
	second := make(chan outcome.Outcome, 1)
	go func() {
		second <- do(d, persist.Call{Op: persist.OpOpenLeasedReader, Reader: theReader, Lease: 1 << 40}).Outcome
	}()
	s.stalls.Store(false)
	giveUp()
	select {
	case o := <-first:
		if o != outcome.Unknown {
			t.Errorf("who gave up was told %v", o)
		}
	case <-time.After(time.Minute):
		t.Fatal("who gave up still waits")
	}
	if o := <-second; o != outcome.Done {
		t.Errorf("another caller was told %v", o)
	}
}

// Close does not wait for a caller's store, and the caller is told that it does not
// know.
func TestCloseUnderWhatACallerCarries(t *testing.T) {
	s := &stalling{met: make(chan struct{}, 100)}
	d, err := New(s, new(blob.Mem), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.stalls.Store(true)
	told := make(chan outcome.Outcome, 1)
	go func() { told <- appendAt(d, 0, payload(0)) }()
	<-s.met
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if o := <-told; o != outcome.Unknown {
		t.Errorf("the caller was told %v", o)
	}
}
