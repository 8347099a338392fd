package persistfake

import (
	"slices"
	"testing"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// Reads at every kind of time of long histories, by a store and by a clone that
// goes its own way, against the whole history added up.
func TestReadsOfLongHistories(t *testing.T) {
	random := uint64(7)
	draw := func(bound uint64) uint64 {
		random = random*6364136223846793005 + 1442695040888963407
		return random >> 33 % bound
	}
	stores := [2]*Store{{}, {}}
	reader := persist.ReaderID{Lo: 2}
	var r persist.Result
	apply := func(s *Store, c persist.Call) {
		c.Shard = shardNo(0)
		s.Apply(0, &c, &r)
		if r.Outcome != outcome.Done {
			t.Fatalf("%v: %+v", c.Op, r)
		}
	}
	apply(stores[0], persist.Call{Op: persist.OpOpenLeasedReader, Reader: reader, Lease: day})
	stores[1].CopyFrom(stores[0])
	for token := uint64(1); token < 3000; token++ {
		s := stores[draw(2)]
		st, _ := s.State(shardNo(0))
		c := persist.Call{Op: persist.OpCompareAndAppend, Writer: persist.WriterID{Lo: 1}, Token: persist.Token{Lo: token},
			Expected: st.Upper, Upper: frontier.Frontier{T: st.Upper.T + 10}}
		for range draw(6) {
			u := relation.Update{Data: names[draw(64)], Time: st.Upper.T + frontier.Timestamp(draw(10)), Diff: int64(draw(3)) - 1}
			if u.Diff != 0 {
				c.Updates = append(c.Updates, u)
			}
		}
		apply(s, c)
		if draw(40) == 0 {
			apply(s, persist.Call{Op: persist.OpDowngradeSince, Reader: reader, Since: frontier.Frontier{T: st.Since.T + frontier.Timestamp(draw(uint64(st.Upper.T-st.Since.T)+1))}})
		}
		if draw(100) == 0 {
			stores[0].CopyFrom(stores[1])
		}
		st, _ = s.State(shardNo(0))
		if draw(3) == 0 {
			asOf := st.Since.T + frontier.Timestamp(draw(uint64(st.Upper.T-st.Since.T)))
			apply(s, persist.Call{Op: persist.OpSnapshot, Reader: reader, AsOf: asOf})
			if want := addedUp(s, asOf); !slices.Equal(r.Updates, want) {
				t.Fatalf("at %d: %v, not %v", asOf, r.Updates, want)
			}
		}
	}
	sh := stores[0].use(shardNo(0))
	if sh.newest == nil || sh.newest.prev == nil || sh.imaged == 0 {
		t.Error("no checkpoints or no image came about")
	}
}

// addedUp is the contents of the shard at asOf, the simplest way.
func addedUp(s *Store, asOf frontier.Timestamp) (list []relation.Update) {
	diffs := map[relation.Row]int64{}
	for _, u := range s.AppendUpdates(nil, shardNo(0)) {
		if u.Time <= asOf {
			diffs[u.Data] += u.Diff
		}
	}
	for row, diff := range diffs {
		if diff != 0 {
			list = append(list, relation.Update{Data: row, Time: asOf, Diff: diff})
		}
	}
	slices.SortFunc(list, func(a, b relation.Update) int { return slices.Compare([]byte(a.Data), []byte(b.Data)) })
	return list
}
