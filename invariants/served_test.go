package invariants

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

var reader = persist.ReaderID{Hi: 7, Lo: 7}

// snapshot asks for one, which then holds the table.
func (s *script) snapshot(asOf frontier.Timestamp) core.RequestID {
	q := s.ask(core.Request{Op: core.RequestSnapshot, GlobalID: tableID, AsOf: asOf})
	s.view(tableID).Snapshots++
	s.move(*s.view(tableID))
	return q
}

func readCall(op persist.Op) persist.Call {
	c := persist.Call{Op: op, Shard: shardOne, Reader: reader}
	switch op {
	case persist.OpOpenLeasedReader:
		c.Lease = 1
	case persist.OpSnapshot:
		c.AsOf = 15
	default:
	}
	return c
}

// beginRead asks for a snapshot at 15 and opens its reader.
func (s *script) beginRead() core.RequestID {
	q := s.snapshot(15)
	e := s.issue(readCall(persist.OpOpenLeasedReader))
	s.done(e, persist.Result{Outcome: outcome.Done, Upper: at(20)})
	return q
}

// dropTable makes the table durably dropped.
func (s *script) dropTable() {
	s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{tableID}})
	s.commit(dropWrites()...)
	s.view(tableID).Dropped = true
}

// servedStories are those about snapshots, drops, cancels and refusals.
func servedStories() []story {
	return []story{
		{"a snapshot whose time is complete is not read", "L5", func(s *script) { s.snapshot(15); s.next() }},
		{"a snapshot waits for an upper that nobody fetches", "L5", func(s *script) {
			s.snapshot(25)
			s.wait(s.config.BackoffMax)
			s.running()
			s.move(*s.view(tableID))
		}},
		{"a failed read is not repeated", "L5", func(s *script) {
			s.snapshot(15)
			e := s.issue(readCall(persist.OpOpenLeasedReader))
			s.done(e, persist.Result{Outcome: outcome.NotDone})
			s.wait(s.config.BackoffMax)
			s.running()
			s.move(*s.view(tableID))
		}},
		{"a snapshot is read at another time", "S2", func(s *script) {
			s.beginRead()
			c := readCall(persist.OpSnapshot)
			c.AsOf = 14
			s.issue(c)
		}},
		{"one of two snapshots is read at another time", "S2", func(s *script) {
			s.snapshot(15)
			s.step--
			s.us -= 1000
			s.snapshot(16)
			for reader := range uint64(2) {
				c := readCall(persist.OpOpenLeasedReader)
				c.Reader.Lo += reader
				s.issue(c)
			}
			s.next()
			c := readCall(persist.OpSnapshot)
			c.AsOf = 14
			s.issue(c)
		}},
		{"a snapshot is refused for a time that is readable", "S2", func(s *script) {
			s.answer(s.snapshot(15), core.Response{Err: core.Error{Code: core.ReadBeforeSince, Definite: true, IDs: []core.GlobalID{tableID}, Frontier: at(16)}})
		}},
		{"an opened reader does not read", "L5", func(s *script) { s.beginRead(); s.next() }},
		{"a lost shard leaves a snapshot waiting", "L5", func(s *script) {
			s.snapshot(25)
			s.view(tableID).Phase = core.ShardFailed
			s.next()
			s.move(*s.view(tableID))
		}},
		{"a reader stays open", "S12", func(s *script) {
			q := s.beginRead()
			s.refuse(q, core.IOError, tableID)
			s.next()
		}},
		{"a reader is closed while its read is out", "S8", func(s *script) {
			s.beginRead()
			s.issue(readCall(persist.OpSnapshot))
			s.next()
			s.issue(readCall(persist.OpCloseReader))
		}},
		{"a drop leaves a snapshot waiting", "L5", func(s *script) {
			s.snapshot(25)
			s.dropTable()
			s.move(*s.view(tableID))
		}},
		{"a drop leaves an append waiting", "S9", func(s *script) {
			s.dropTable()
			s.view(tableID).QueuedAppends = 1
			s.move(*s.view(tableID))
		}},
		{"a dropped collection is written", "S9", func(s *script) {
			s.dropTable()
			s.move(*s.view(tableID))
			s.issue(persist.Call{Op: persist.OpCompareAndAppend, Shard: shardOne, Writer: writer, Epoch: 1, Token: persist.Token{Hi: 50}, Expected: at(20), Upper: at(30)})
		}},
		{"a cancel is not answered", "S11", func(s *script) {
			q := s.snapshot(25)
			s.next()
			s.observe(Observation{Kind: Cancelled, RequestID: q})
		}},
		{"a refused report moves an upper", "S11", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestUpdateUppers, Uppers: []core.UpperReport{{ID: tableID, Upper: at(30)}}})
			s.view(tableID).Upper = at(30)
			s.move(*s.view(tableID))
			s.refuse(q, core.NotReportable, tableID)
		}},
		{"a refusal names no id", "S11", func(s *script) {
			s.refuse(s.ask(core.Request{Op: core.RequestReleaseHold, GlobalID: tableID, Owner: 1, Hold: 1}), core.InvalidReadHold)
		}},
		{"a refusal names another id", "S11", func(s *script) {
			s.refuse(s.ask(core.Request{Op: core.RequestReleaseHold, GlobalID: tableID, Owner: 1, Hold: 1}), core.InvalidReadHold, otherID)
		}},
		{"a refusal tells another upper", "S11", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Upper: at(30), Updates: []relation.Update{{Data: rowTrue, Time: 5, Diff: 1}}}}})
			s.refuse(q, core.InvalidUppers, tableID)
		}},
		{"a call has no operation", "S12", func(s *script) { s.issue(persist.Call{Shard: shardOne}) }},
		{"a call has no reader", "S12", func(s *script) { s.issue(persist.Call{Op: persist.OpCloseReader, Shard: shardOne}) }},
		{"a client is told of a snapshot that is not open", "S8", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestCollection, GlobalID: tableID})
			s.answer(q, core.Response{Info: []core.CollectionInfo{{ID: tableID, Holds: []core.Hold{{Kind: core.HoldSnapshot, Request: 999, Time: 3, Count: 1}}}}})
		}},
	}
}

// A snapshot that is repeated after its backoff, answered and closed is nobody's fault.
func TestServedAllows(t *testing.T) {
	s := world(t)
	q := s.beginRead()
	e := s.issue(readCall(persist.OpSnapshot))
	s.done(e, persist.Result{Outcome: outcome.NotYet, Upper: at(20)})
	s.wait(s.config.BackoffMin)
	e = s.issue(readCall(persist.OpSnapshot))
	s.done(e, persist.Result{Outcome: outcome.Done, Upper: at(20)})
	s.view(tableID).Snapshots--
	s.move(*s.view(tableID))
	s.answer(q, core.Response{Rows: []relation.RowCount{{Data: rowFalse, Diff: 1}, {Data: rowTrue, Diff: 2}}})
	s.issue(readCall(persist.OpCloseReader))
	s.next()
	s.silent()
}

// A dropped collection that nothing holds and whose since is durably empty must have
// come to its end at rest.
func TestDroppedStays(t *testing.T) {
	s := world(t)
	s.grace()
	s.dropTable()
	v := s.view(tableID)
	v.Since, v.Implied = empty(), empty()
	s.move(*v)
	s.downgrade(tableID, empty())
	if why := s.j.unfinished(s.j.lifeOf(s.life), &s.j.things[s.j.slotOf(tableID)], s.j.beliefAt(0, s.j.slotOf(tableID))); why == "" {
		t.Fatal("a dropped collection may stay for ever")
	}
}
