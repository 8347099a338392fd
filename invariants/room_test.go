package invariants

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

// limited is a controller that lets an owner have so many holds.
func (s *script) limited(holds int64) {
	s.config.Limits.HoldsPerOwner = holds
	s.again()
}

// changes asks for changes of owner 1's counts on the table.
func (s *script) changes(list ...core.CapabilityChange) core.RequestID {
	for i := range list {
		list[i].ID = tableID
	}
	return s.ask(core.Request{Op: core.RequestUpdateCapabilities, Owner: 1, Capabilities: list})
}

// counted grants changes after which so many counts are there.
func (s *script) counted(counts int64, list ...core.CapabilityChange) {
	q := s.changes(list...)
	s.view(tableID).CountedHolds = counts
	s.move(*s.view(tableID))
	s.answer(q, core.Response{})
}

// crowded refuses changes because of the limit.
func (s *script) crowded(q core.RequestID) {
	s.answer(q, core.Response{Err: core.Error{Code: core.Overloaded, Definite: true, Limit: core.LimitHoldsPerOwner}})
}

func roomStories() []story {
	change := func(t frontier.Timestamp, diff int64) core.CapabilityChange {
		return core.CapabilityChange{Time: t, Diff: diff}
	}
	return []story{
		{"a batch goes beyond the limit of holds", "S11", func(s *script) {
			s.limited(2)
			s.counted(3, change(4, 1), change(5, 1), change(6, 1))
		}},
		{"a batch that gives back one and takes two goes beyond the limit", "S11", func(s *script) {
			s.limited(2)
			s.counted(2, change(4, 1), change(5, 1))
			s.counted(3, change(4, -1), change(6, 1), change(7, 1))
		}},
		{"a batch is refused at the limit although it adds nothing", "S11", func(s *script) {
			s.limited(2)
			s.counted(2, change(4, 1), change(5, 1))
			s.crowded(s.changes(change(4, -1), change(6, 1)))
		}},
		{"a batch is refused although its net fits", "S11", func(s *script) {
			s.limited(2)
			s.crowded(s.changes(change(4, 1), change(5, 1), change(6, 1), change(6, -1)))
		}},
		{"a count grows beyond all bounds", "S11", func(s *script) {
			for range 3 {
				s.counted(1, change(4, mostCapabilities))
			}
		}},
		{"giving back is refused for want of leadership", "S11", func(s *script) {
			s.counted(1, change(4, 1))
			s.wait(s.config.HoldLease / 2)
			s.refuse(s.changes(change(4, -1)), core.NotLeader)
		}},
		{"giving back is refused for the since", "S11", func(s *script) {
			s.counted(1, change(4, 1))
			v := s.view(tableID)
			s.answer(s.changes(change(4, 1), change(4, -2)), core.Response{Err: core.Error{
				Code: core.ReadBeforeSince, Definite: true, IDs: []core.GlobalID{tableID}, Frontier: v.Since}})
		}},
		{"a dropped collection is held", "S11", func(s *script) {
			s.dropTable()
			s.move(*s.view(tableID))
			s.counted(1, change(4, 1))
		}},
		{"what is held of a dropped collection cannot be given back", "S11", func(s *script) {
			s.counted(1, change(4, 1))
			s.dropTable()
			s.move(*s.view(tableID))
			s.refuse(s.changes(change(4, -1)), core.IdentifierMissing, tableID)
		}},
		{"more is given back than was taken since the first lapsed", "S8", func(s *script) {
			s.counted(1, change(4, 3))
			s.wait(s.config.HoldLease)
			s.commit()
			s.counted(1, change(4, 2))
			s.counted(0, change(4, -6))
		}},
	}
}

// What the limit allows: as many as it says, and any batch that adds none.
func TestRoomAllows(t *testing.T) {
	s := world(t)
	s.limited(2)
	s.counted(2, core.CapabilityChange{Time: 4, Diff: 2}, core.CapabilityChange{Time: 5, Diff: 1})
	s.counted(2, core.CapabilityChange{Time: 5, Diff: -1}, core.CapabilityChange{Time: 6, Diff: 1})
	s.crowded(s.changes(core.CapabilityChange{Time: 7, Diff: 1}))
	s.counted(2, core.CapabilityChange{Time: 6, Diff: 1})
	s.silent()
}

// A count that may have lapsed before more was added is what was there or only what
// was added: giving the old back may be refused or not.
func TestCountAfterItLapsed(t *testing.T) {
	for _, refused := range []bool{false, true} {
		s := world(t)
		s.counted(1, core.CapabilityChange{Time: 4, Diff: 3})
		s.wait(s.config.HoldLease)
		s.commit()
		s.counted(1, core.CapabilityChange{Time: 4, Diff: 2})
		if q := s.changes(core.CapabilityChange{Time: 4, Diff: -4}); refused {
			s.refuse(q, core.InvalidReadHold, tableID)
		} else {
			s.move(*s.view(tableID))
			s.answer(q, core.Response{})
		}
		s.silent()
	}
}
