package runtime_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/runtime"
)

// What is appended is read again, by this controller and by the one after it.
func TestAppendAndSnapshot(t *testing.T) {
	w := &world{}
	c := w.start(t, w.options())
	must(t, c, createTables(user(1)))
	must(t, c, appendRow(user(1), 7, 10))
	want := []relation.RowCount{{Data: row(7), Diff: 1}}
	if got := must(t, c, snapshot(user(1), 10)); !slices.Equal(got.Rows, want) {
		t.Fatalf("read %v", got.Rows)
	}
	if err := stop(c); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if err := c.Err(); !errors.Is(err, runtime.ErrStopped) {
		t.Fatalf("ended with %v", err)
	}
	again := w.start(t, w.options())
	got := must(t, again, snapshot(user(1), 10))
	if !slices.Equal(got.Rows, want) || got.Epoch != 2 {
		t.Fatalf("epoch %d read %v", got.Epoch, got.Rows)
	}
}

// Many clients at once: each row is there once.
func TestManyClients(t *testing.T) {
	w := &world{}
	c := w.start(t, w.options())
	const clients, each = 8, 25
	ids := make([]core.GlobalID, clients)
	for i := range ids {
		ids[i] = user(uint64(i + 1))
	}
	must(t, c, createTables(ids...))
	var group sync.WaitGroup
	for _, id := range ids {
		group.Go(func() {
			for n := range uint64(each) {
				if _, err := c.Submit(patience(t), appendRow(id, n, frontier.Timestamp(n+1))); err != nil {
					t.Errorf("%v: append %d: %v", id, n, err)
				}
			}
		})
	}
	group.Wait()
	for _, id := range ids {
		if got := must(t, c, snapshot(id, each)); len(got.Rows) != each {
			t.Errorf("%v holds %d rows, want %d", id, len(got.Rows), each)
		}
	}
	if s := c.Status(); s.Phase != core.PhaseRunning || s.Collections != clients || s.Epoch != 1 {
		t.Errorf("status %+v", s)
	}
	list, err := c.Collections(patience(t), true)
	if err != nil || len(list) != clients || list[0].Upper != frontier.At(each+1) {
		t.Errorf("collections %+v, %v", list, err)
	}
}

// A newer controller takes over: the older one halts, says so, and whoever asks it is
// told to use the newer one.
func TestTakeOver(t *testing.T) {
	w := &world{}
	old := w.start(t, w.options())
	must(t, old, createTables(user(1)))
	newer := w.start(t, w.options())
	must(t, newer, appendRow(user(1), 1, 1))
	_, err := old.Submit(patience(t), appendRow(user(1), 2, 2))
	if err == nil {
		t.Fatal("a deposed controller acknowledged an append")
	}
	<-old.Done()
	var halt *runtime.HaltError
	if !errors.As(old.Err(), &halt) || halt.Halt.Code != core.HaltFenced {
		t.Fatalf("ended with %v", old.Err())
	}
	_, err = old.Submit(patience(t), snapshot(user(1), 1))
	var none *runtime.NoResponseError
	if !errors.As(err, &none) || !none.Definite || !errors.As(err, &halt) {
		t.Fatalf("after the halt: %v", err)
	}
	if got := must(t, newer, snapshot(user(1), 1)); len(got.Rows) != 1 {
		t.Fatalf("read %v", got.Rows)
	}
}

// A limit of C-49 reaches the caller as a typed error.
func TestLimitReachesCaller(t *testing.T) {
	w := &world{}
	o := w.options()
	o.Config.Limits.OpenRequests = 1
	c := w.start(t, o)
	must(t, c, createTables(user(1)))
	ctx, cancel := context.WithCancel(patience(t))
	waiting := make(chan error)
	go func() {
		_, err := c.Submit(ctx, snapshot(user(1), 100))
		waiting <- err
	}()
	awaitOpen(t, c)
	_, err := c.Submit(patience(t), appendRow(user(1), 1, 1))
	var refused *core.Error
	if !errors.Is(err, core.Overloaded) || !errors.As(err, &refused) || refused.Limit != core.LimitOpenRequests || !refused.Definite {
		t.Fatalf("beyond the limit: %v", err)
	}
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	must(t, c, appendRow(user(1), 1, 1))
}

// A request that is given up when something of it was sent has an unknown outcome,
// and runs on.
func TestCancelAfterSending(t *testing.T) {
	w := &world{}
	sent, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.beforePersist = func(_ context.Context, call *persist.Call) outcome.Outcome {
		if call.Op == persist.OpCompareAndAppend && len(call.Updates) > 0 {
			once.Do(func() { close(sent) })
			<-release
		}
		return outcome.None
	}
	c := w.start(t, w.options())
	must(t, c, createTables(user(1)))
	ctx, cancel := context.WithCancel(patience(t))
	go func() {
		<-sent
		cancel()
	}()
	_, err := c.Submit(ctx, appendRow(user(1), 1, 1))
	var none *runtime.NoResponseError
	if !errors.As(err, &none) || none.Definite || !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	close(release)
	if got := must(t, c, snapshot(user(1), 1)); len(got.Rows) != 1 {
		t.Fatalf("read %v", got.Rows)
	}
}

// A driver that panics, or says nothing, has left the outcome unknown; the machine
// finds out what became of the call.
func TestBrokenDriver(t *testing.T) {
	w := &world{}
	var calls atomic.Int64
	w.beforePersist = func(_ context.Context, call *persist.Call) outcome.Outcome {
		if calls.Add(1)%2 == 0 {
			panic("a driver's own mistake")
		}
		return outcome.None
	}
	o := w.options()
	seen := &recorder{}
	o.Observer = seen
	c := w.start(t, o)
	must(t, c, createTables(user(1)))
	for n := range frontier.Timestamp(5) {
		must(t, c, appendRow(user(1), uint64(n), n+1))
	}
	if got := must(t, c, snapshot(user(1), 5)); len(got.Rows) != 5 {
		t.Fatalf("read %v", got.Rows)
	}
	if seen.panics.Load() == 0 || seen.unknown.Load() < seen.panics.Load() || seen.steps.Load() == 0 {
		t.Errorf("%d panics, %d unknown outcomes, %d steps", seen.panics.Load(), seen.unknown.Load(), seen.steps.Load())
	}
}

// A controller that cannot reach its stash takes requests, and lets them go when it
// is stopped: nothing of them has happened.
func TestStopBeforeBoot(t *testing.T) {
	w := &world{}
	w.beforeStash = notReachable
	c := w.start(t, w.options())
	asked := make(chan error)
	go func() {
		_, err := c.Submit(context.Background(), createTables(user(1)))
		asked <- err
	}()
	awaitOpen(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Stop(ctx); err != nil {
		t.Fatalf("stop: %v", err)
	}
	err := <-asked
	var refused *core.Error
	var none *runtime.NoResponseError
	if !(errors.As(err, &refused) && refused.Definite) && !(errors.As(err, &none) && none.Definite) {
		t.Fatalf("stopped: %v", err)
	}
	if _, err := c.Submit(context.Background(), createTables(user(1))); !errors.Is(err, runtime.ErrStopped) {
		t.Fatalf("after the stop: %v", err)
	}
}

// Stop waits for what is open.
func TestStopWaits(t *testing.T) {
	w := &world{}
	sent, release := make(chan struct{}), make(chan struct{})
	w.beforePersist = func(_ context.Context, call *persist.Call) outcome.Outcome {
		if call.Op == persist.OpCompareAndAppend && len(call.Updates) > 0 {
			close(sent)
			<-release
		}
		return outcome.None
	}
	c := w.start(t, w.options())
	must(t, c, createTables(user(1)))
	asked, stopped := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := c.Submit(context.Background(), appendRow(user(1), 1, 1))
		asked <- err
	}()
	<-sent
	go func() { stopped <- stop(c) }()
	for {
		_, err := c.Submit(patience(t), &core.Request{Op: core.RequestCollection, GlobalID: user(1)})
		if errors.Is(err, runtime.ErrStopped) {
			break
		}
	}
	select {
	case err := <-stopped:
		t.Fatalf("stopped with a request open: %v", err)
	default:
	}
	close(release)
	if err := <-asked; err != nil {
		t.Fatalf("the open request: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Fatalf("stop: %v", err)
	}
}

// What cannot work is refused before anything starts.
func TestOptions(t *testing.T) {
	w := &world{}
	for name, change := range map[string]func(*runtime.ControllerOptions){
		"no stash":        func(o *runtime.ControllerOptions) { o.Stash = nil },
		"a bad span":      func(o *runtime.ControllerOptions) { o.Config.HoldLease = -1 },
		"no orchestrator": func(o *runtime.ControllerOptions) { o.Config.ServicesEvery = 1 },
		"a bad queue":     func(o *runtime.ControllerOptions) { o.Queue = -1 },
	} {
		o := w.options()
		change(&o)
		if c, err := runtime.StartController(o); err == nil {
			stop(c)
			t.Errorf("%s: started", name)
		}
	}
}
