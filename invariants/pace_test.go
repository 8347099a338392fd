package invariants

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

func fetchOne() persist.Call { return persist.Call{Op: persist.OpFetchUpper, Shard: shardOne} }

// ended plays a call that ends with an outcome.
func (s *script) ended(c persist.Call, o outcome.Outcome) {
	e := s.issue(c)
	s.done(e, persist.Result{Outcome: o, Upper: s.shard(c.Shard).Upper})
}

// answerClock answers a request while the wall clock says wall with the time offered.
func (s *script) answerClock(wall clock.Wall, offered frontier.Timestamp) {
	q := s.ask(core.Request{Op: core.RequestMoveHold, GlobalID: tableID, Owner: 77, Hold: 77})
	s.wall = wall
	s.answer(q, core.Response{Clock: offered, Err: core.Error{Code: core.InvalidReadHold, Definite: true, IDs: []core.GlobalID{tableID}}})
	s.wall = 0
}

// again boots another controller that opens the table and serves.
func (s *script) again() {
	s.boot(1)
	s.views[int(s.life)*10+1] = s.opened(tableID, shardOne, core.KindTable)
	s.answer(s.ask(core.Request{Op: core.RequestAppend}), core.Response{})
	s.silent()
}

// outlive takes a hold and lets its lease be over for longer than any wake is late.
func (s *script) outlive() {
	s.grace()
	s.acquire(tableID, 1, 1, 4)
	s.wait(s.config.HoldLease + graceOfWakes)
	for i := 0; i < 2; i++ {
		s.next()
		s.commit()
		s.silent()
		s.wait(settledFor)
	}
	s.next()
	s.commit()
	s.silent()
}

// paceStories are those about time: what is offered, how calls are paced, how
// leadership is kept.
func paceStories() []story {
	return []story{
		{"a time is offered that the stash server's does not allow", "S4", func(s *script) { s.answerClock(9000, 9000) }},
		{"a time is offered that is not the wall clock's", "S4", func(s *script) { s.answerClock(100, 99) }},
		{"a time is offered before the take-over", "S4", func(s *script) {
			s.next()
			s.as(1, 2)
			s.boots[2] = s.us
			s.observe(Observation{Kind: Booted, Config: &s.config})
			s.answerClock(100, 100)
		}},
		{"a failed call is sent again at once", "S12", func(s *script) {
			s.ended(fetchOne(), outcome.NotDone)
			s.issue(fetchOne())
		}},
		{"a call is sent again while it is out", "S12", func(s *script) {
			s.issue(fetchOne())
			s.next()
			s.issue(fetchOne())
		}},
		{"a call is sent again when its deadline passes", "S12", func(s *script) {
			s.issue(fetchOne())
			s.wait(s.config.PersistDeadline)
			s.issue(fetchOne())
		}},
		{"the backoff does not grow", "S12", func(s *script) {
			for i := 0; i < 3; i++ {
				s.ended(fetchOne(), outcome.NotDone)
				s.wait(s.config.BackoffMin)
			}
			s.ended(fetchOne(), outcome.NotDone)
		}},
		{"leadership is not proved in time", "S11", func(s *script) {
			s.wait(s.config.HoldLease / 5)
			s.ended(fetchOne(), outcome.Done)
		}},
		{"an append is let in although too many wait", "S11", func(s *script) {
			s.config.Limits.QueuedAppends = 1
			s.again()
			s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Upper: at(5)}}})
			s.answer(s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Upper: at(5)}}}), core.Response{})
		}},
		{"an append is let in although too many bytes wait", "S11", func(s *script) {
			s.config.Limits.QueuedBytes = int64(len(rowTrue))
			s.again()
			s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Upper: at(30), Updates: []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}}}}})
			s.answer(s.append(tableID, 9, 40, relation.Update{Data: rowTrue, Time: 35, Diff: 1}), core.Response{})
		}},
		{"a hold is counted long after it lapsed", "S8", func(s *script) {
			s.outlive()
			s.next()
			s.move(*s.view(tableID))
		}},
		{"a hold is released long after it lapsed", "S8", func(s *script) {
			s.outlive()
			s.answer(s.ask(core.Request{Op: core.RequestReleaseHold, GlobalID: tableID, Owner: 1, Hold: 1}), core.Response{})
		}},
		{"a hold is renewed long after it lapsed", "S8", func(s *script) {
			s.outlive()
			s.answer(s.ask(core.Request{Op: core.RequestRenewHold, GlobalID: tableID, Owner: 1, Hold: 1, At: 4}), core.Response{Time: 4})
		}},
		{"a reader is not renewed when the controller is woken for that", "L8", func(s *script) {
			s.reading()
			s.woken(mostMissed + 1)
		}},
		{"a lost commit is resolved at once", "S12", func(s *script) {
			c := stash.Call{Op: stash.OpCommit, Txn: stash.TxnID{Hi: 77, Lo: 1}}
			s.doneStash(s.issueStash(c), stash.Result{Outcome: outcome.Unknown})
			c.Op = stash.OpResolve
			s.issueStash(c)
		}},
	}
}

// reading opens a reader whose first heartbeat is due in a Heartbeat.
func (s *script) reading() {
	s.config.HoldLease, s.config.Heartbeat = 100*clock.Hour, clock.Second // leadership need not be proved meanwhile
	s.again()
	e := s.issue(readCall(persist.OpOpenLeasedReader))
	s.done(e, persist.Result{Outcome: outcome.Done})
	s.silent()
}

// woken lets a Heartbeat pass, and the controller do something else n times because it is
// woken.
func (s *script) woken(n int) {
	s.wait(s.config.Heartbeat)
	for range n {
		s.next()
		s.ended(fetchOne(), outcome.Done)
	}
	s.next()
	s.commit()
}

// A heartbeat that is out is not due, nor is one that failed a moment ago; a reader that
// lapsed gets none, nor one that is not open.
func TestBeatsAllow(t *testing.T) {
	for _, o := range []outcome.Outcome{outcome.Done, outcome.NotDone, outcome.Unknown} {
		s := world(t)
		s.reading()
		s.wait(s.config.Heartbeat)
		s.next()
		s.done(s.issue(readCall(persist.OpHeartbeat)), persist.Result{Outcome: o})
		s.wait(s.config.BackoffMin)
		s.next()
		s.issue(readCall(persist.OpHeartbeat))
		s.woken(mostMissed + 3)
		s.silent()
	}
	s := world(t)
	s.reading()
	s.snapshot(15)
	s.next()
	s.done(s.issue(readCall(persist.OpSnapshot)), persist.Result{Outcome: outcome.LeaseExpired})
	s.woken(mostMissed + 3)
	s.silent()
	s = world(t)
	s.reading()
	s.next()
	s.done(s.issue(readCall(persist.OpOpenLeasedReader)), persist.Result{Outcome: outcome.NotDone})
	s.woken(mostMissed + 3)
	s.silent()
}

// What is allowed: the first call after a success at once, and one that repeats a
// failed one after its backoff.
func TestPaceAllows(t *testing.T) {
	s := world(t)
	s.ended(fetchOne(), outcome.Done)
	s.ended(fetchOne(), outcome.NotDone)
	s.wait(s.config.BackoffMin / 2)
	s.ended(fetchOne(), outcome.Unknown)
	s.wait(s.config.BackoffMin)
	s.issue(fetchOne())
	s.wait(s.config.PersistDeadline + 2*s.config.BackoffMin)
	s.next()
	s.commit()
	s.ended(fetchOne(), outcome.Done)
	s.ended(fetchOne(), outcome.Done)
	s.silent()
}

// The time offered is the wall clock's, or the bound if that is less.
func TestClockAllows(t *testing.T) {
	s := world(t)
	s.answerClock(0, 0)
	s.answerClock(100, 100)
	s.answerClock(-5, 0)
	s.silent()
}

// Appends up to the limit are let in.
func TestQueueAllows(t *testing.T) {
	s := world(t)
	s.config.Limits.QueuedAppends, s.config.Limits.QueuedBytes = 2, 2*int64(len(rowTrue))
	s.again()
	s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Upper: at(30), Updates: []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}}}}})
	s.write(tableID, 8, 30, []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}})
	s.answer(s.append(tableID, 9, 40, relation.Update{Data: rowTrue, Time: 35, Diff: 1}), core.Response{})
	s.silent()
}
