package persist

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

const (
	// maxCalls bounds one sequence.
	maxCalls = 100
	// shards is how many shards a sequence uses.
	shards = 2
	// latest is the last time that a sequence names; all are close together, so that
	// equal ones are common.
	latest = 9
)

// Random compares the store with the model, result by result, over random
// sequences of calls.
func Random(t conformance.T, fresh Factory) {
	t.Helper()
	store := fresh(t)
	serial := uint64(1_000_000)
	rapid.Check(t, func(rt *rapid.T) {
		s := sequence{t: rt, store: store, wall: start}
		for i := range s.shards {
			serial++
			s.shards[i] = persist.ShardID{Hi: 0x72616e646f6d, Lo: serial}
			s.models[i] = newModel()
		}
		if store.SetWall != nil {
			store.SetWall(s.wall)
		}
		for range rapid.IntRange(1, maxCalls).Draw(rt, "calls") {
			s.step()
		}
	})
}

// sequence is one random sequence in progress.
type sequence struct {
	t      *rapid.T
	store  *Store
	wall   clock.Wall
	shards [shards]persist.ShardID
	models [shards]*model
	// past calls, with the shard they went to, to be repeated.
	past    []persist.Call
	serial  uint64
	janitor uint64
	story   []string
}

func (s *sequence) n(label string, n int) int { return rapid.IntRange(0, n-1).Draw(s.t, label) }

// step makes one call, lets time pass, or has a shard compacted.
func (s *sequence) step() {
	what := s.n("what", 17)
	if what == 16 {
		s.compact()
		return
	}
	if what >= 14 {
		s.elapse()
		return
	}
	if what == 13 && len(s.past) > 0 {
		s.call(s.past[s.n("past", len(s.past))])
		return
	}
	shard := s.n("shard", shards)
	c := s.draw(what, s.models[shard])
	c.Shard = s.shards[shard]
	s.past = append(s.past, c)
	s.call(c)
}

// compact compacts a shard; the model knows nothing of it.
func (s *sequence) compact() {
	if s.store.Compact != nil {
		s.store.Compact(s.shards[s.n("shard", shards)])
		s.story = append(s.story, "a shard is compacted")
	}
}

// call compares the store's answer with the model's.
func (s *sequence) call(c persist.Call) {
	at := 0
	for s.shards[at] != c.Shard {
		at++
	}
	want := s.models[at].apply(s.wall, &c)
	e := env{T: quiet{s.t}, store: s.store}
	got := e.do(c)
	s.story = append(s.story, fmt.Sprintf("%+v", c))
	if diff := difference(&c, want, got); diff != "" {
		s.t.Fatalf("%v\n\nthe last call (-want +got):\n%s", strings.Join(s.story, "\n"), diff)
	}
}

// elapse moves the clock, seldom back, and commits at every shard at once, so that
// no later call needs to know whether it is a commit. Leases end between the times
// at which the clock can stand, never at one.
func (s *sequence) elapse() {
	if s.store.SetWall == nil {
		return
	}
	s.wall += clock.Wall(100 * (s.n("elapsed", 7) - 1))
	s.store.SetWall(s.wall)
	s.story = append(s.story, fmt.Sprintf("the clock shows start%+d ms", s.wall-start))
	for _, shard := range s.shards {
		s.janitor++
		s.call(persist.Call{Op: persist.OpOpenWriter, Shard: shard, Writer: writer(1000 + s.janitor)})
	}
}

// draw is a call to the shard of m, whose upper most appends expect.
func (s *sequence) draw(what int, m *model) persist.Call {
	switch what {
	case 0, 1, 2:
		return s.drawAppend(m)
	case 3, 4:
		op := [...]persist.Op{persist.OpSnapshot, persist.OpListen}[s.n("listen", 2)]
		return persist.Call{Op: op, Reader: s.reader(), AsOf: frontier.Timestamp(s.n("as_of", latest+1))}
	case 5, 6:
		return persist.Call{Op: persist.OpDowngradeSince, Reader: s.reader(), Since: s.frontier("to")}
	case 7, 8:
		lease := clock.Duration(100*s.n("lease", 4)+50) * millisecond
		return persist.Call{Op: persist.OpOpenLeasedReader, Reader: s.reader(), Lease: lease}
	case 9:
		return persist.Call{
			Op: persist.OpCompareAndDowngradeSince, Reader: s.reader(), Since: s.frontier("to"),
			ExpectedOpaque: s.opaque("expected"), Opaque: s.opaque("mine"),
		}
	case 10:
		return persist.Call{Op: persist.OpOpenWriter, Writer: s.writer(), Epoch: uint64(s.n("epoch", 4))}
	default:
		return s.drawRest(m)
	}
}

func (s *sequence) drawRest(m *model) persist.Call {
	switch s.n("rest", 6) {
	case 0:
		return persist.Call{Op: persist.OpFetchUpper}
	case 1:
		return persist.Call{Op: persist.OpHeartbeat, Reader: s.reader()}
	case 2:
		return persist.Call{Op: persist.OpCloseReader, Reader: s.reader()}
	case 3:
		return finalize()
	case 4:
		return s.drawEnd(m)
	default:
		return persist.Call{Op: persist.OpOpenCritical, Reader: s.reader(), Opaque: s.opaque("mine")}
	}
}

// drawEnd is the next call of somebody who wants the shard finalized.
func (s *sequence) drawEnd(m *model) persist.Call {
	sinceFirst := s.n("since first", 2) == 0
	if m.upper != closedAt && (m.since == closedAt || !sinceFirst) {
		s.serial++
		return appendCall(1, s.serial, front(m.upper), closed())
	}
	for n := uint64(1); n <= 2; n++ {
		if m.leased[reader(n)] != nil {
			return closeReader(n)
		}
	}
	for n := uint64(1); n <= 2; n++ {
		if k := m.critical[reader(n)]; k != nil && (k.since != closedAt || m.since != closedAt) {
			return swap(n, k.opaque, k.opaque, closed())
		}
	}
	if m.since != closedAt {
		return swap(1, opaque(0, 0), opaque(1, 1), closed())
	}
	return finalize()
}

func (s *sequence) drawAppend(m *model) persist.Call {
	c := persist.Call{
		Op: persist.OpCompareAndAppend, Writer: s.writer(), Epoch: uint64(s.n("epoch", 4)),
		Expected: front(m.upper),
	}
	if s.n("another expected", 4) == 3 {
		c.Expected = s.frontier("expected")
	}
	c.Upper = s.frontier("upper")
	if s.n("advance", 4) > 0 && !c.Expected.Empty {
		c.Upper = at(c.Expected.T + frontier.Timestamp(s.n("by", 4)))
	}
	s.serial++
	c.Token = token(s.serial)
	for range s.n("rows", 4) {
		t := frontier.Timestamp(s.n("time", 4))
		if s.n("far", 8) > 0 {
			t += c.Expected.T
		}
		diff := int64(s.n("diff", 4)) - 2
		data := relation.Row("abc"[s.n("row", 3):][:1])
		c.Updates = append(c.Updates, row(data, t, diff))
	}
	return c
}

func (s *sequence) reader() persist.ReaderID { return reader(uint64(s.n("reader", 2)) + 1) }

func (s *sequence) writer() persist.WriterID { return writer(uint64(s.n("writer", 3)) + 1) }

// opaque is often the zero value, that of a reader without an owner.
func (s *sequence) opaque(label string) persist.Opaque {
	epoch := uint64(s.n(label+" epoch", 3))
	if epoch == 0 {
		return persist.Opaque{}
	}
	return opaque(epoch, uint64(s.n(label+" nonce", 2))+1)
}

func (s *sequence) frontier(label string) frontier.Frontier {
	n := s.n(label, latest+2)
	if n > latest {
		return closed()
	}
	return at(frontier.Timestamp(n))
}

// quiet gives a rapid test what an env needs.
type quiet struct{ *rapid.T }

func (quiet) Run(string, func(conformance.T)) bool { panic("conformance: a property has no subtests") }
