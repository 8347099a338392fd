package storaged_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/internal/draws"
)

// storm is a world in which everything goes wrong that may: copies of one host,
// crashes, lost sessions, controllers that take over, calls that are lost, late or
// refused, clocks that differ, leases that lapse, and shards that are compacted as
// far as a controller that hears everything would let them.
type storm struct {
	*world
	t       *rapid.T
	sinks   []core.Command
	desired []core.Command
	gone    []core.GlobalID
	// known are the latest uppers that any host reported.
	known map[core.GlobalID]frontier.Frontier
}

func newStorm(t *rapid.T) *storm {
	s := &storm{world: newWorld(t), t: t, known: map[core.GlobalID]frontier.Frontier{}}
	s.source.head = source.Offset(rapid.IntRange(0, 20).Draw(t, "head"))
	s.sinks = []core.Command{
		export(7, frontier.Timestamp(rapid.SampledFrom([]int{0, 900, 1000, 3000}).Draw(t, "as_of 7")), true),
		export(8, frontier.Timestamp(rapid.SampledFrom([]int{0, 1000, 2500}).Draw(t, "as_of 8")), rapid.Bool().Draw(t, "snapshot 8")),
	}
	s.desired = append([]core.Command{ingest()}, s.sinks...)
	s.compact()
	if rapid.IntRange(0, 3).Draw(t, "foreign") == 0 {
		s.foreign(dataShard(user(3)), frontier.At(2000))
		s.strange = user(3)
	}
	return s
}

// session sends the desired state, and what was dropped, in some order of ids.
func (s *storm) session(p *process) {
	list := slices.Clone(s.desired)
	for _, id := range s.gone {
		list = append(list, drop(id))
	}
	s.connect(p, s.shuffled(list)...)
}

// shuffled rotates a list, which is enough to have any object first.
func (s *storm) shuffled(list []core.Command) []core.Command {
	k := rapid.IntRange(0, len(list)-1).Draw(s.t, "first")
	return slices.Concat(list[k:], list[:k])
}

// compact moves the critical readers of the remap shard and of the exports' input as
// C-34 and C-37 say.
func (s *storm) compact() {
	for _, p := range s.procs {
		for id, u := range p.uppers {
			s.known[id] = s.known[id].Join(u)
		}
	}
	remap, input := frontier.Empty(), frontier.Empty()
	for _, c := range s.desired {
		for _, x := range c.Source.Exports {
			if !s.known[x.ID].IsEmpty() {
				remap = remap.Meet(s.known[x.ID].StepBack())
			}
		}
	}
	for _, c := range s.sinks {
		hold := c.Sink.AsOf
		if s.known[c.Sink.ID] != frontier.Minimum() {
			hold = s.known[c.Sink.ID].StepBack()
		}
		if !slices.Contains(s.gone, c.Sink.ID) {
			input = input.Meet(hold)
		}
	}
	s.hold(remapShard, remap)
	s.hold(dataShard(user(1)), input)
}

func (s *storm) hold(shard persist.ShardID, since frontier.Frontier) {
	var res persist.Result
	own := persist.Opaque{Epoch: 1, Nonce: 1}
	c := persist.Call{Op: persist.OpOpenCritical, Shard: shard, Reader: persist.ReaderID{Lo: 1}, Opaque: own}
	s.store.Apply(s.wall(), &c, &res)
	c = persist.Call{Op: persist.OpCompareAndDowngradeSince, Shard: shard, Reader: persist.ReaderID{Lo: 1}, ExpectedOpaque: own, Opaque: own}
	if !since.IsEmpty() {
		c.Since = since
	}
	s.store.Apply(s.wall(), &c, &res)
	if res.Outcome != outcome.Done {
		s.t.Fatalf("compaction: %+v", res)
	}
}

func (s *storm) alive() []*process {
	var list []*process
	for _, p := range s.procs {
		if !p.dead {
			list = append(list, p)
		}
	}
	return list
}

// act draws one thing that happens.
func (s *storm) act() {
	t := s.t
	alive := s.alive()
	if len(alive) == 0 {
		s.session(s.start())
		return
	}
	p := alive[rapid.IntRange(0, len(alive)-1).Draw(t, "host")]
	switch what := rapid.IntRange(0, 39).Draw(t, "what"); what {
	case 0:
		if len(alive) < 3 {
			s.session(s.start())
		}
	case 1:
		s.crash(p)
	case 2:
		s.session(p)
	case 3:
		s.step(p, &storaged.Input{Kind: storaged.InputSessionLost, Session: p.session})
	case 4:
		s.half(p)
	case 5:
		if !s.source.finished {
			s.source.head += source.Offset(rapid.IntRange(1, 12).Draw(t, "more"))
		}
	case 6:
		s.epoch++
	case 7:
		p.skew = clock.Wall(rapid.SampledFrom([]int{0, -3000, 3000, 60_000}).Draw(t, "skew"))
	case 8, 9:
		s.compact()
	case 10, 11:
		if len(s.late) > 0 {
			i := rapid.IntRange(0, len(s.late)-1).Draw(t, "late")
			var in storaged.Input
			s.apply(s.late[i].by, &s.late[i].effect, &in, 0)
			s.late = slices.Delete(s.late, i, i+1)
		}
	case 12, 13, 14, 15, 16, 17:
		span := rapid.SampledFrom([]clock.Duration{clock.Millisecond, 100 * clock.Millisecond, clock.Second, 3 * clock.Second, 20 * clock.Second, 80 * clock.Second}).Draw(t, "span")
		s.wake(span)
	case 18:
		if rapid.IntRange(0, 4).Draw(t, "really") == 0 {
			s.dropOne()
		}
	case 19:
		if rapid.IntRange(0, 9).Draw(t, "really") == 0 {
			s.source.finished = true
		}
	case 20, 21, 22, 23, 24, 25, 26, 27:
		s.serve(p, rapid.IntRange(1, 12).Draw(t, "rounds"))
	default:
		for n := rapid.IntRange(1, 4).Draw(t, "calls"); n > 0 && len(p.open) > 0; n-- {
			f := fateDone
			if rapid.IntRange(0, 4).Draw(t, "bad") == 0 {
				f = fate(rapid.IntRange(0, int(fates)-1).Draw(t, "fate"))
			}
			s.end(p, rapid.IntRange(0, len(p.open)-1).Draw(t, "call"), f)
		}
	}
}

// serve answers all that is open, a few times.
func (s *storm) serve(p *process, rounds int) {
	for ; rounds > 0; rounds-- {
		for n := len(p.open); n > 0; n-- {
			s.end(p, 0, fateDone)
		}
		s.wake(10 * clock.Millisecond)
	}
}

// crash ends a process; its calls may still take effect.
func (s *storm) crash(p *process) {
	p.dead = true
	for i := range p.open {
		s.late = append(s.late, late{p.open[i], p})
	}
	p.open = nil
}

// half begins a session that ends before its InitializationComplete.
func (s *storm) half(p *process) {
	s.nonce++
	session := core.Session{Epoch: s.epoch, Nonce: s.nonce}
	s.step(p, &storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: session, Wall: s.wall()}})
	s.send(p, drop(user(1)), drop(user(7)))
	s.step(p, &storaged.Input{Kind: storaged.InputSessionLost, Session: session})
}

// dropOne drops an export of the ingestion, or a sink.
func (s *storm) dropOne() {
	id := rapid.SampledFrom([]core.GlobalID{user(2), user(3), user(8)}).Draw(s.t, "dropped")
	if slices.Contains(s.gone, id) {
		return
	}
	s.gone = append(s.gone, id)
	s.ended[id] = true
	s.desired = slices.DeleteFunc(s.desired, func(c core.Command) bool { return c.Sink.ID == id })
	x := &s.desired[0].Source.Exports
	*x = slices.DeleteFunc(slices.Clone(*x), func(e core.SourceExport) bool { return e.ID == id })
	for _, p := range s.alive() {
		s.send(p, drop(id))
	}
}

// heal ends all faults, leaves one host, and lets it get on.
func (s *storm) heal() *process {
	alive := s.alive()
	if len(alive) == 0 {
		alive = append(alive, s.start())
	}
	for _, p := range alive[1:] {
		s.crash(p)
	}
	p := alive[0]
	p.skew = 0
	s.source.finished = s.source.finished || rapid.Bool().Draw(s.t, "finish")
	s.session(p)
	s.calm(70 * clock.Second)
	s.compact()
	s.calm(70 * clock.Second)
	return p
}

// settled demands that everything which was asked has come about.
func (s *storm) settled(p *process) {
	t := s.t
	for _, id := range s.gone {
		if !slices.Contains(p.dropped, id) {
			t.Fatalf("%v was dropped, and is not reported", id)
		}
	}
	soon := frontier.At(frontier.Timestamp(s.wall() - 5000))
	for _, c := range s.desired {
		ids := []core.GlobalID{c.Sink.ID}
		if c.Kind == core.CommandCreateSource {
			ids = nil
			for _, x := range c.Source.Exports {
				ids = append(ids, x.ID)
			}
		}
		for _, id := range ids {
			var v storaged.ObjectView
			p.h.Find(c.Sink.ID, &v)
			switch u := p.uppers[id]; {
			case s.source.finished && !u.IsEmpty():
				t.Fatalf("%v: the source is finished, reported %v, durable %v: %+v", id, u, s.durable(id), v)
			case !soon.LessEqual(u):
				t.Fatalf("%v: reported %v, durable %v, the time is %d: %+v", id, u, s.durable(id), s.wall(), v)
			}
		}
	}
	p.h.Each(func(v *storaged.ObjectView) bool {
		if v.Buffered != 0 {
			t.Fatalf("records are kept that are written: %+v", *v)
		}
		s.leased(p, v)
		return true
	})
	if _, offsets := s.bindings(); s.source.head > 0 && (len(offsets) == 0 || offsets[len(offsets)-1] != s.source.head) {
		t.Fatalf("bound %v of %d records", offsets, s.source.head)
	}
}

// leased demands that a reader which is needed is there (L8).
func (s *storm) leased(p *process, v *storaged.ObjectView) {
	if v.Condition != storaged.Running {
		return
	}
	var res persist.Result
	c := persist.Call{Op: persist.OpHeartbeat, Shard: v.Input, Reader: v.Reader}
	if s.store.Apply(s.wall(), &c, &res); !v.Reading || res.Outcome != outcome.Done {
		s.t.Fatalf("%v runs, and its reader is %v: %+v", v.ID, res.Outcome, *v)
	}
}

// TestStorm: whatever goes wrong, every record is in its collection exactly once, at
// the one time that the bindings say, and every change is out exactly once; and when
// it is over everything gets on.
func TestStorm(t *testing.T) {
	counts := map[string]int{}
	draws.Until(t, func() []string {
		return draws.Unmet(counts,
			"compare-and-append mismatch", "sink open mismatch", "sink open fenced", "downgrade-since lease-expired")
	}, func(t *rapid.T) {
		s := newStorm(t)
		s.counts = counts
		for n := rapid.IntRange(1, 300).Draw(t, "acts"); n > 0; n-- {
			s.act()
			s.judge(s.sinks...)
		}
		p := s.heal()
		s.judge(s.sinks...)
		s.settled(p)
	})
	t.Logf("%v", counts)
}
