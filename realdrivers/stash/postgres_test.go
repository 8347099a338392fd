package stash

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/internal/testpg"
)

// A connection that breaks somewhere in a transaction: the driver says what is
// certain, and no more.
func TestBrokenConnection(t *testing.T) {
	p, where := startProxy(t, testpg.Shared(t).Database(t))
	d := open(t, where)
	owner := own(t, d, 1, 1)
	for i, c := range []struct {
		name     string
		at       cut
		want     outcome.Outcome
		happened bool
	}{
		{"in the middle", cutStatement, outcome.NotDone, false},
		{"before the commit arrives", cutCommit, outcome.Unknown, false},
		{"before the answer arrives", cutAnswer, outcome.Unknown, true},
	} {
		t.Run("commit/"+c.name, func(t *testing.T) {
			n := uint64(10 + i)
			p.arm(c.at)
			if r := do(d, write(owner, n)); r.Outcome != c.want {
				t.Fatalf("%+v", r)
			}
			if got := keys(t, d, owner)[key(n)]; got != c.happened {
				t.Errorf("happened: %v", got)
			}
			want := outcome.NotDone
			if c.happened {
				want = outcome.Done
			}
			if r := do(d, resolve(write(owner, n))); r.Outcome != want {
				t.Errorf("resolve: %+v", r)
			}
			if r := do(d, write(owner, n)); r.Outcome != want {
				t.Errorf("the late original: %+v", r)
			}
		})
		t.Run("resolve/"+c.name, func(t *testing.T) {
			late := write(owner, uint64(20+i))
			p.arm(c.at)
			if r := do(d, resolve(late)); r.Outcome != outcome.Unknown {
				t.Fatalf("%+v", r)
			}
			want := outcome.Done
			if c.happened {
				want = outcome.NotDone
			}
			if r := do(d, late); r.Outcome != want {
				t.Errorf("the original: %+v", r)
			}
		})
		t.Run("take-over/"+c.name, func(t *testing.T) {
			call := stash.Call{Op: stash.OpTakeOver, Txn: stash.TxnID{Hi: 1, Lo: uint64(30 + i)}, Nonce: uint64(30 + i)}
			p.arm(c.at)
			if r := do(d, call); r.Outcome != c.want {
				t.Fatalf("%+v", r)
			}
			if got := do(d, owner).Outcome == outcome.Fenced; got != c.happened && c.at != cutAnswer {
				t.Errorf("happened: %v", got)
			}
			epoch := owner.Epoch + 1
			if r := do(d, call); r.Outcome != outcome.Done || r.Epoch != epoch {
				t.Errorf("repeated: %+v, want epoch %d", r, epoch)
			}
			owner.Epoch, owner.Nonce = epoch, call.Nonce
		})
	}
	if got := p.broken(); got != 9 {
		t.Errorf("%d connections were broken instead of 9", got)
	}
}

// A server that is killed in the middle of what several callers do, again and again,
// keeps what was told to be done, has nothing of what was told not to be, and knows
// about the rest; although its own default is that a commit does not wait for the
// disk.
func TestKilledServer(t *testing.T) {
	server := testpg.Start(t, testpg.Options{Durable: true, Settings: []string{"synchronous_commit=off", "wal_writer_delay=10s"}})
	d := open(t, server.Database(t))
	owner := own(t, d, 1, 1)
	told := newTold()
	for round := range uint64(3) {
		stop := make(chan struct{})
		var callers sync.WaitGroup
		for caller := range uint64(4) {
			callers.Go(func() { told.commit(d, owner, round<<32|caller<<16, stop) })
		}
		told.wait(30)
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		told.waitFailed()
		close(stop)
		callers.Wait()
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		told.check(t, d, owner)
	}
}

// told is what callers were told of their transactions.
type told struct {
	lock     sync.Mutex
	changed  *sync.Cond
	outcomes map[uint64]outcome.Outcome
	done     int
	failed   int
}

func newTold() *told {
	t := &told{outcomes: map[uint64]outcome.Outcome{}}
	t.changed = sync.NewCond(&t.lock)
	return t
}

// commit makes one transaction after the other.
func (x *told) commit(d *Driver, owner stash.Call, n uint64, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		n++
		var r stash.Result
		c := write(owner, n)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		d.Do(ctx, &c, &r)
		cancel()
		x.lock.Lock()
		x.outcomes[n] = r.Outcome
		if r.Outcome == outcome.Done {
			x.done++
		} else {
			x.failed++
		}
		x.changed.Broadcast()
		x.lock.Unlock()
		if r.Outcome != outcome.Done {
			return
		}
	}
}

// wait waits for so many more transactions.
func (x *told) wait(more int) {
	x.lock.Lock()
	defer x.lock.Unlock()
	for want := x.done + more; x.done < want; {
		x.changed.Wait()
	}
}

// waitFailed waits until somebody was told that something failed.
func (x *told) waitFailed() {
	x.lock.Lock()
	defer x.lock.Unlock()
	for x.failed == 0 {
		x.changed.Wait()
	}
	x.failed = 0
}

// check compares what was told with what is there, and finds out what was not told.
func (x *told) check(t *testing.T, d *Driver, owner stash.Call) {
	t.Helper()
	stored := keys(t, d, owner)
	counts := map[outcome.Outcome]int{}
	for n, o := range x.outcomes {
		counts[o]++
		switch {
		case o == outcome.Done && !stored[key(n)], o == outcome.NotDone && stored[key(n)]:
			t.Errorf("transaction %d was told to be %v; stored: %v", n, o, stored[key(n)])
		case o == outcome.Unknown:
			r := do(d, resolve(write(owner, n)))
			if r.Outcome != outcome.Done && r.Outcome != outcome.NotDone || (r.Outcome == outcome.Done) != stored[key(n)] {
				t.Errorf("transaction %d of unknown outcome is resolved as %v; stored: %v", n, r.Outcome, stored[key(n)])
			}
			x.outcomes[n] = r.Outcome
		case o != outcome.Done && o != outcome.NotDone:
			t.Errorf("transaction %d: %v", n, o)
		}
		delete(stored, key(n))
	}
	if len(stored) > 0 {
		t.Errorf("nobody asked for %v", stored)
	}
	t.Log(fmt.Sprint(counts))
}

// A process that stands still in the middle of a transaction does not keep its
// successor out for ever: the server ends the transaction.
func TestStoppedOwnerIsEnded(t *testing.T) {
	d := open(t, testpg.Shared(t).Database(t))
	tx, _, err := d.store.begin(context.Background(), stash.TxnID{Hi: 1, Lo: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.abandon(context.Background())
	var patience, durable string
	err = tx.(postgresTransaction).tx.QueryRow(context.Background(),
		"SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('synchronous_commit')").Scan(&patience, &durable)
	if err != nil || patience != "10s" || durable != "on" {
		t.Errorf("patience %q, synchronous commit %q, %v", patience, durable, err)
	}
}
