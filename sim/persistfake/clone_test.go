package persistfake

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// dumb is what a store holds, as plain lists that are copied whole.
type dumb struct {
	updates [3][]relation.Update
	upper   [3]uint64
	since   [3]uint64
}

func (d *dumb) clone() dumb {
	c := *d
	for i := range c.updates {
		c.updates[i] = slices.Clone(d.updates[i])
	}
	return c
}

func shardNo(i int) persist.ShardID { return persist.ShardID{Hi: 7, Lo: uint64(i) + 1} }

const day = 24 * clock.Hour

// Stores that are copied from each other, reset and written in any order never see
// each other's writes, and hold what lists that are copied whole would hold.
func TestClonesAreIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const stores = 4
		var real [stores]Store
		var want [stores]dumb
		serial := uint64(0)
		n := func(label string, n int) int { return rapid.IntRange(0, n-1).Draw(t, label) }
		for range n("steps", 150) {
			i, shard := n("store", stores), n("shard", 3)
			switch n("what", 12) {
			case 10:
				j := n("from", stores)
				real[i].CopyFrom(&real[j])
				want[i] = want[j].clone()
			case 11:
				real[i].Reset()
				want[i] = dumb{}
			case 9:
				to := n("since", 40)
				setSinceOf(t, &real[i], shard, uint64(to))
				want[i].since[shard] = max(want[i].since[shard], uint64(to))
			default:
				serial++
				rows := n("rows", 40)
				writeRows(t, &real[i], &want[i], shard, serial, rows)
			}
			compare(t, &real[i], &want[i], shard, uint64(n("as_of", 40)))
		}
		for i := range real {
			for shard := range 3 {
				compare(t, &real[i], &want[i], shard, want[i].upper[shard])
			}
		}
	})
}

func writeRows(t *rapid.T, s *Store, d *dumb, shard int, serial uint64, rows int) {
	c := persist.Call{
		Op: persist.OpCompareAndAppend, Shard: shardNo(shard), Writer: persist.WriterID{Lo: 1},
		Token:    persist.Token{Lo: serial},
		Expected: frontier.Frontier{T: frontier.Timestamp(d.upper[shard])},
		Upper:    frontier.Frontier{T: frontier.Timestamp(d.upper[shard] + 3)},
	}
	for k := range rows {
		c.Updates = append(c.Updates, relation.Update{
			Data: relation.Row([]byte{'a' + byte(serial+uint64(k)*uint64(k))%11}),
			Time: c.Expected.T + frontier.Timestamp(k*7%3), Diff: int64(k%5) - 2,
		})
	}
	var r persist.Result
	s.Apply(0, &c, &r)
	if r.Outcome != outcome.Done {
		t.Fatalf("append: %+v", r)
	}
	d.upper[shard] += 3
	d.updates[shard] = append(d.updates[shard], c.Updates...)
}

func setSinceOf(t *rapid.T, s *Store, shard int, to uint64) {
	o := persist.Opaque{Epoch: 1, Nonce: 1}
	c := persist.Call{
		Op: persist.OpCompareAndDowngradeSince, Shard: shardNo(shard), Reader: persist.ReaderID{Lo: 1},
		Opaque: o, Since: frontier.Frontier{T: frontier.Timestamp(to)},
	}
	var r persist.Result
	s.Apply(1<<50, &c, &r) // every leased reader has lapsed by then
	if r.Outcome != outcome.Done {
		t.Fatalf("downgrade: %+v", r)
	}
}

// compare looks at one shard through a snapshot, consolidated or not, and at its
// whole history.
func compare(t *rapid.T, s *Store, d *dumb, shard int, asOf uint64) {
	if got := s.AppendUpdates(nil, shardNo(shard)); !slices.Equal(got, d.updates[shard]) {
		t.Fatalf("history (-want +got):\n%s", cmp.Diff(d.updates[shard], got))
	}
	asOf = max(asOf, d.since[shard])
	if asOf >= d.upper[shard] {
		return
	}
	s.SnapshotUnsorted(asOf%2 == 0)
	var r persist.Result
	c := persist.Call{Op: persist.OpOpenLeasedReader, Shard: shardNo(shard), Reader: persist.ReaderID{Lo: 2}, Lease: day}
	s.Apply(0, &c, &r)
	c = persist.Call{Op: persist.OpSnapshot, Shard: shardNo(shard), Reader: persist.ReaderID{Lo: 2}, AsOf: frontier.Timestamp(asOf)}
	s.Apply(0, &c, &r)
	got, want := map[relation.Row]int64{}, map[relation.Row]int64{}
	for i, u := range r.Updates {
		if asOf%2 == 1 && (u.Diff == 0 || i > 0 && r.Updates[i-1].Data >= u.Data) {
			t.Fatalf("not consolidated: %v", r.Updates)
		}
		add(got, u)
	}
	for _, u := range d.updates[shard] {
		if uint64(u.Time) <= asOf {
			add(want, u)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || r.Outcome != outcome.Done {
		t.Fatalf("snapshot at %d: %v (-want +got):\n%s", asOf, r.Outcome, diff)
	}
}

func add(sums map[relation.Row]int64, u relation.Update) {
	sums[u.Data] += u.Diff
	if sums[u.Data] == 0 {
		delete(sums, u.Data)
	}
}

// Results stay as they were, whatever happens to the store afterwards.
func TestResultsAreFrozen(t *testing.T) {
	var s Store
	d := &dumb{}
	var kept [][]relation.Update
	var copies [][]relation.Update
	rapid.Check(t, func(t *rapid.T) {
		s.Reset()
		*d = dumb{}
		for i := range uint64(20) {
			writeRows(t, &s, d, 0, i+1, 15)
			var r persist.Result
			c := persist.Call{Op: persist.OpOpenLeasedReader, Shard: shardNo(0), Reader: persist.ReaderID{Lo: 2}, Lease: day}
			s.Apply(0, &c, &r)
			c = persist.Call{Op: persist.OpSnapshot, Shard: shardNo(0), Reader: persist.ReaderID{Lo: 2}, AsOf: frontier.Timestamp(3 * i)}
			s.Apply(0, &c, &r)
			kept, copies = append(kept, r.Updates), append(copies, slices.Clone(r.Updates))
		}
	})
	for i := range kept {
		if !slices.Equal(kept[i], copies[i]) {
			t.Fatalf("result %d has changed (-then +now):\n%s", i, cmp.Diff(copies[i], kept[i]))
		}
	}
}

func TestInspection(t *testing.T) {
	var s Store
	var r persist.Result
	apply := func(c persist.Call) {
		c.Shard = shardNo(0)
		s.Apply(0, &c, &r)
	}
	if _, ok := s.State(shardNo(0)); ok || s.Len() != 0 {
		t.Error("a shard that nobody used is there")
	}
	closed := frontier.Frontier{Empty: true}
	reader := persist.ReaderID{Lo: 1}
	apply(persist.Call{Op: persist.OpOpenWriter, Writer: persist.WriterID{Lo: 1}, Epoch: 4})
	apply(persist.Call{Op: persist.OpOpenLeasedReader, Reader: reader, Lease: day})
	apply(persist.Call{Op: persist.OpCompareAndDowngradeSince, Reader: reader, Opaque: persist.Opaque{Epoch: 4, Nonce: 2}, Since: closed})
	apply(persist.Call{Op: persist.OpCompareAndAppend, Writer: persist.WriterID{Lo: 1}, Token: persist.Token{Lo: 1}, Upper: closed})
	got, ok := s.State(shardNo(0))
	want := State{Upper: closed, HasCritical: true, CriticalSince: closed, Opaque: persist.Opaque{Epoch: 4, Nonce: 2}, WriterEpoch: 4, Leased: 1}
	if diff := cmp.Diff(want, got); diff != "" || !ok || s.Len() != 1 || s.Shard(0) != shardNo(0) {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	s.Finalize(shardNo(0))
	if got, _ = s.State(shardNo(0)); !got.Finalized {
		t.Error("not finalized by force")
	}
}

// The index finds every shard however many there are.
func TestManyShards(t *testing.T) {
	var s, clone Store
	const many = 3000
	for i := range many {
		s.use(persist.ShardID{Hi: uint64(i) << 40, Lo: uint64(i % 3)})
	}
	clone.CopyFrom(&s)
	for i := range many {
		if at := clone.index.find(clone.shards, persist.ShardID{Hi: uint64(i) << 40, Lo: uint64(i % 3)}); at != i {
			t.Fatalf("shard %d is at %d", i, at)
		}
	}
	if s.Len() != many {
		t.Errorf("%d shards", s.Len())
	}
}
