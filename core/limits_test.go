package core_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
)

// client drives a controller whose calls all succeed, unless they are held back.
type client struct {
	t    *testing.T
	c    core.Controller
	now  clock.Now
	id   core.RequestID
	open []core.Effect
}

func newClient(t *testing.T, limits core.Limits) *client {
	cl := &client{t: t}
	cfg := core.DefaultConfig()
	cfg.Limits = limits
	cl.step(&core.Input{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{5}, Config: cfg}})
	cl.settle()
	return cl
}

func (cl *client) step(in *core.Input) (responses []core.Response) {
	var out core.Effects
	cl.c.Step(cl.now, in, &out)
	for i := range out.Len() {
		if e := out.At(i); e.Kind == core.EffectRespond {
			responses = append(responses, e.Response)
		} else {
			cl.open = append(cl.open, *e)
		}
	}
	return responses
}

// settle completes every call.
func (cl *client) settle() (responses []core.Response) {
	for len(cl.open) > 0 {
		e := cl.open[0]
		cl.open = cl.open[1:]
		responses = append(responses, cl.step(answered(&e, outcome.Done, frontier.Minimum(), nil))...)
	}
	return responses
}

func (cl *client) ask(r core.Request) []core.Response {
	cl.id++
	r.ID = cl.id
	return cl.step(&core.Input{Kind: core.InputRequest, Request: r})
}

// accepted asks and wants no error, now or later.
func (cl *client) accepted(r core.Request) {
	cl.t.Helper()
	for _, resp := range cl.ask(r) {
		if resp.Err.Code != core.Ok {
			cl.t.Fatalf("%v: %v", r.Op, &resp.Err)
		}
	}
}

// refused asks and wants the limit's error at once, and the state byte for byte as
// it was.
func (cl *client) refused(r core.Request, limit core.LimitKind) {
	cl.t.Helper()
	before, out := string(cl.c.AppendCanonical(nil)), len(cl.open)
	got := cl.ask(r)
	if len(got) != 1 || got[0].Err.Code != core.Overloaded || got[0].Err.Limit != limit || !got[0].Err.Definite {
		cl.t.Fatalf("%v is answered %+v, want Overloaded (%v)", r.Op, got, limit)
	}
	if string(cl.c.AppendCanonical(nil)) != before || len(cl.open) != out {
		cl.t.Fatalf("%v is refused and has changed something", r.Op)
	}
}

func user(n uint64) core.GlobalID { return core.GlobalID{Kind: core.IDUser, N: n} }

func createTables(n uint64) core.Request {
	r := core.Request{Op: core.RequestCreate}
	for i := uint64(1); i <= n; i++ {
		r.Collections = append(r.Collections, core.CollectionSpec{ID: user(i), Description: core.Description{
			Kind: core.KindTable, Schema: relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Int64}}},
		}})
	}
	return r
}

func rowsAt(n int, t frontier.Timestamp) []relation.Update {
	var list []relation.Update
	for i := range n {
		list = append(list, relation.Update{Data: relation.Row(relation.AppendInt64(nil, int64(i))), Time: t, Diff: 1})
	}
	return list
}

func appendTo(id core.GlobalID, updates []relation.Update, upper frontier.Timestamp) core.Request {
	return core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: id, Updates: updates, Upper: frontier.At(upper)}}}
}

// rowBytes is what one row of rowsAt counts.
var rowBytes = int64(len(rowsAt(1, 0)[0].Data))

// TestLimits: each limit of C-49 lets through what reaches it, refuses what is
// beyond it with its own name and without a trace, and lets through again what the
// answers have made room for.
func TestLimits(t *testing.T) {
	wide := core.DefaultConfig().Limits
	with := func(set func(*core.Limits)) *client {
		l := wide
		set(&l)
		cl := newClient(t, l)
		cl.accepted(createTables(2))
		cl.settle()
		return cl
	}
	t.Run("open requests", func(t *testing.T) {
		cl := with(func(l *core.Limits) { l.OpenRequests = 2 })
		cl.accepted(appendTo(user(1), nil, 10))
		cl.accepted(appendTo(user(1), nil, 20))
		cl.refused(appendTo(user(2), nil, 10), core.LimitOpenRequests)
		cl.refused(core.Request{Op: core.RequestCollection, GlobalID: user(1)}, core.LimitOpenRequests)
		cl.settle()
		cl.accepted(appendTo(user(2), nil, 10))
	})
	t.Run("queued appends", func(t *testing.T) {
		cl := with(func(l *core.Limits) { l.QueuedAppends = 3 })
		cl.accepted(appendTo(user(1), nil, 10))
		two := appendTo(user(1), nil, 20)
		two.Appends = append(two.Appends, core.Append{ID: user(2), Upper: frontier.At(20)})
		cl.accepted(two)
		cl.refused(appendTo(user(1), nil, 30), core.LimitQueuedAppends)
		cl.refused(two, core.LimitQueuedAppends)
		cl.settle()
		cl.accepted(two)
	})
	t.Run("queued bytes", func(t *testing.T) {
		cl := with(func(l *core.Limits) { l.QueuedBytes = 5 * rowBytes })
		cl.accepted(appendTo(user(1), rowsAt(2, 5), 10))
		cl.refused(appendTo(user(2), rowsAt(4, 5), 10), core.LimitQueuedBytes)
		cl.accepted(appendTo(user(2), rowsAt(3, 5), 10))
		cl.refused(appendTo(user(1), rowsAt(1, 15), 20), core.LimitQueuedBytes)
		cl.accepted(appendTo(user(1), nil, 20))
		cl.settle()
		cl.accepted(appendTo(user(1), rowsAt(5, 25), 30))
	})
	t.Run("bytes of a cancelled append", func(t *testing.T) {
		cl := with(func(l *core.Limits) { l.QueuedBytes = 3 * rowBytes })
		cl.accepted(appendTo(user(1), rowsAt(1, 5), 10))
		cl.accepted(appendTo(user(1), rowsAt(2, 15), 20))
		cl.refused(appendTo(user(1), rowsAt(1, 25), 30), core.LimitQueuedBytes)
		if got := cl.step(&core.Input{Kind: core.InputCancel, Cancel: cl.id - 1}); len(got) != 1 || got[0].Err.Code != core.Cancelled {
			t.Fatalf("the cancelled append is answered %+v", got)
		}
		cl.accepted(appendTo(user(1), rowsAt(2, 25), 30))
	})
	t.Run("holds per owner", func(t *testing.T) {
		cl := with(func(l *core.Limits) { l.HoldsPerOwner = 2 })
		acquire := func(owner core.OwnerID, hold core.HoldID) core.Request {
			return core.Request{Op: core.RequestAcquireHold, GlobalID: user(1), Owner: owner, Hold: hold, Earliest: true}
		}
		count := func(time frontier.Timestamp, diff int64) core.Request {
			return core.Request{Op: core.RequestUpdateCapabilities, Owner: 7, Capabilities: []core.CapabilityChange{{ID: user(2), Time: time, Diff: diff}}}
		}
		cl.accepted(acquire(7, 1))
		cl.accepted(count(5, 3))
		cl.refused(acquire(7, 2), core.LimitHoldsPerOwner)
		cl.refused(count(6, 1), core.LimitHoldsPerOwner)
		// What the owner has already can be renewed and raised; another owner is another.
		cl.accepted(acquire(7, 1))
		cl.accepted(count(5, 1))
		cl.accepted(acquire(8, 1))
		// A batch that moves a count to another time has room: it is judged by its net.
		moved := count(5, -4)
		moved.Capabilities = append(moved.Capabilities, core.CapabilityChange{ID: user(2), Time: 6, Diff: 1})
		cl.accepted(moved)
		cl.accepted(core.Request{Op: core.RequestReleaseHold, GlobalID: user(1), Owner: 7, Hold: 1})
		cl.accepted(acquire(7, 2))
	})
	t.Run("ids per request", func(t *testing.T) {
		cl := with(func(l *core.Limits) { l.IDsPerRequest = 2 })
		cl.refused(createTables(3), core.LimitIDsPerRequest)
		cl.refused(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{user(1), user(1), user(1)}}, core.LimitIDsPerRequest)
		cl.accepted(createTables(2))
	})
	t.Run("before the boot", func(t *testing.T) {
		cl := &client{t: t}
		for range 1024 {
			cl.accepted(core.Request{Op: core.RequestCollection, GlobalID: user(1)})
		}
		cl.refused(core.Request{Op: core.RequestCollection, GlobalID: user(1)}, core.LimitOpenRequests)
		if got := cl.step(&core.Input{Kind: core.InputCancel, Cancel: 1}); len(got) != 1 {
			t.Fatalf("%+v", got)
		}
		cl.accepted(core.Request{Op: core.RequestCollection, GlobalID: user(1)})
	})
}
