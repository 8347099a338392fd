package hosttrial

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
)

// storm is a trial in which everything goes wrong that may, and what it wants of its
// hosts.
type storm struct {
	sinks, desired []core.Command
	gone           []core.GlobalID
	// known are the latest uppers that any host reported.
	known [slots]frontier.Frontier
	list  []core.Command
	// dropsIn is how rarely something is dropped.
	dropsIn int
	// resumes are where the readers of what runs could be when the calm began.
	resumes [slots]frontier.Frontier
}

func (t *Trial) runStorm(seed uint64, only []int) {
	s, d := &t.storm, &t.dice
	t.says(source.Offset(d.N(20)), false)
	s.dropsIn = d.Of(1, 5, 20)
	s.known, s.gone = [slots]frontier.Frontier{}, s.gone[:0]
	s.sinks = append(s.sinks[:0], export(7, d.Of(0, 900, 1000, 1500), true), export(8, d.Of(0, 1000, 1300), d.N(2) == 0))
	s.desired = append(append(s.desired[:0], ingest()), s.sinks...)
	t.compact()
	if d.N(4) == 0 {
		t.foreign(dataShard(user(3)), frontier.At(1500))
		t.strange = true
	}
	t.acts.Begin(seed, 30+d.N(150), only)
	for t.next() {
		t.act()
	}
	t.judgeContents()
	p := t.heal()
	t.judgeContents()
	t.settled(p)
	t.toldAgain(p)
	t.letGo(p)
}

// act draws one thing that happens.
func (t *Trial) act() {
	s, d := &t.storm, &t.dice
	p := t.drawProcess()
	if p == nil {
		t.session(t.start())
		return
	}
	switch d.N(46) {
	case 0, 1:
		if t.alive() < 3 {
			t.session(t.start())
		}
	case 2:
		t.crash(p)
	case 3:
		t.session(p)
	case 4:
		t.loseSession(p)
	case 5:
		t.half(p, drop(user(1)), drop(user(7)))
	case 6, 7:
		if !t.source.finished {
			t.says(source.Offset(1+d.N(12)), false)
		}
	case 8:
		t.epoch++
	case 9:
		p.skew, p.skewed = clock.Wall(d.Of(0, -600, 600, 20_000)), true
		if t.Watcher != nil {
			t.note(p.number, "its wall clock is wrong by %d ms", p.skew)
		}
	case 10, 11:
		t.compact()
	case 12, 13:
		if n := len(t.late); n > 0 {
			t.applyLate(d.N(n))
		}
	case 14, 15, 16, 17, 18, 19:
		t.wake(clock.Duration(d.Of(1, 20, 100, 300, 1000, 2500, 8000)) * clock.Millisecond)
	case 20:
		if d.N(s.dropsIn) == 0 {
			t.dropOne()
		}
	case 21:
		if d.N(8) == 0 {
			t.says(0, true)
		}
	case 22:
		t.deposed(p)
	case 23, 24:
		p.slow = lane(d.N(int(lanes)))
	case 25, 26:
		t.fallBehind(p)
	case 27, 28, 29, 30, 31, 32, 33:
		t.serve(p, 1+d.N(12))
	default:
		for n := 1 + d.N(4); n > 0 && len(p.open) > 0; n-- {
			i := d.N(len(p.open))
			e := &p.open[i].effect
			f := fateDone
			switch {
			case d.N(4) == 0:
				f = fate(d.N(int(fates)))
			case e.Kind == storaged.EffectPersist && find(p.unknown, e.Persist.Shard) != nil && d.N(3) == 0:
				f = fateRefused // what is of unknown outcome stays so
			}
			t.end(p, i, f)
		}
	}
}

func (t *Trial) alive() (n int) {
	for _, p := range t.procs {
		if !p.dead {
			n++
		}
	}
	return n
}

// drawProcess is one of those that live, nil if there is none.
func (t *Trial) drawProcess() *process {
	n := t.alive()
	if n == 0 {
		return nil
	}
	k := t.dice.N(n)
	for _, p := range t.procs {
		if p.dead {
			continue
		}
		if k == 0 {
			return p
		}
		k--
	}
	return nil
}

// crowd is how many commands that mean nothing a long history has, so that a host does not
// get through it in one step.
const crowd = 300

// session sends the desired state, and what was dropped, beginning with any of it.
func (t *Trial) session(p *process) {
	s := &t.storm
	list := append(s.list[:0], s.desired...)
	for _, id := range s.gone {
		list = append(list, drop(id))
	}
	k := t.dice.N(len(list))
	list = append(list, list[:k]...)
	n := len(list)
	if t.dice.N(6) == 0 {
		for range crowd {
			list = append(list, core.Command{Kind: core.CommandAllowCompaction, ID: user(9), Frontier: frontier.At(1)})
		}
	}
	s.list = list
	if t.dice.N(2) == 0 && n < len(list) {
		t.connect(p, slices.Concat(list[n:], list[k:n]))
		return
	}
	t.connect(p, list[k:])
}

// compact moves the critical readers of the remap shard and of the exports' input as
// C-34 and C-37 say.
func (t *Trial) compact() {
	s := &t.storm
	for _, p := range t.procs {
		for n := range p.uppers {
			if before(s.known[n], p.uppers[n]) {
				s.known[n] = p.uppers[n]
			}
		}
	}
	remap, input := frontier.Empty(), frontier.Empty()
	for i := range s.desired {
		for _, x := range s.desired[i].Source.Exports {
			if u := s.known[slot(x.ID)]; !u.Empty {
				remap = earlier(remap, stepBack(u))
			}
		}
	}
	for i := range s.sinks {
		c := &s.sinks[i].Sink
		hold := c.AsOf
		if u := s.known[slot(c.ID)]; u != (frontier.Frontier{}) {
			hold = u
			if u = stepBack(u); !u.Empty {
				hold = u
			}
		}
		if !slices.Contains(s.gone, c.ID) {
			input = earlier(input, hold)
		}
	}
	t.hold(remapShard, remap)
	t.hold(dataShard(user(1)), input)
}

// hold moves the controllers' reader of a shard.
func (t *Trial) hold(shard persist.ShardID, since frontier.Frontier) {
	var r persist.Result
	own := persist.Opaque{Epoch: 1, Nonce: 1}
	c := persist.Call{Op: persist.OpCompareAndDowngradeSince, Shard: shard, Reader: persist.ReaderID{Lo: 1}, Opaque: own}
	if !since.Empty {
		c.Since = since
	}
	if t.store.Apply(t.wall(), &c, &r); t.Watcher != nil && r.Outcome == outcome.Done {
		t.note(0, "the controllers' reader lets shard s%x-%x be compacted to %v", shard.Hi, shard.Lo, since)
	}
}

// foreign advances a new shard, as if it had been somebody else's before.
func (t *Trial) foreign(shard persist.ShardID, upper frontier.Frontier) {
	var r persist.Result
	c := persist.Call{Op: persist.OpCompareAndAppend, Shard: shard, Writer: persist.WriterID{Lo: 1}, Token: persist.Token{Lo: 1}, Upper: upper}
	t.store.Apply(t.wall(), &c, &r)
}

// dropOne drops an export of the ingestion, or a sink.
func (t *Trial) dropOne() {
	s := &t.storm
	id := user(uint64(t.dice.Of(2, 3, 8)))
	if slices.Contains(s.gone, id) {
		return
	}
	s.gone = append(s.gone, id)
	t.ended[slot(id)] = true
	s.desired = slices.DeleteFunc(s.desired, func(c core.Command) bool { return c.Sink.ID == id })
	x := &s.desired[0].Source.Exports
	*x = slices.DeleteFunc(slices.Clone(*x), func(e core.SourceExport) bool { return e.ID == id })
	for _, p := range t.procs {
		switch {
		case p.dead:
		case t.dice.N(2) == 0:
			t.send(p, drop(id))
		default:
			t.dropUndecided(p, id)
		}
	}
}

// dropUndecided drops an export whose append may still take effect, and which is refused
// when it is made again.
func (t *Trial) dropUndecided(p *process, id core.GlobalID) {
	of := func(c openCall) bool {
		return laneData.of(&c.effect) && c.effect.Persist.Shard == dataShard(id)
	}
	if i := slices.IndexFunc(p.open, of); i >= 0 {
		t.end(p, i, fateLate)
	}
	t.send(p, drop(id))
	t.wake(settings().BackoffMax)
	if i := slices.IndexFunc(p.open, of); i >= 0 {
		t.end(p, i, fateRefused)
	}
	if n := len(t.late); n > 0 && t.dice.N(2) == 0 {
		t.applyLate(n - 1)
	}
}

// applyLate lets a call take effect that nobody hears of any more.
func (t *Trial) applyLate(i int) {
	v := t.late[i]
	t.late = append(t.late[:i], t.late[i+1:]...)
	var in storaged.Input
	t.apply(v.by, &v.effect, &in)
}

// fallBehind leaves a process alone, which does not know what became of an append, while
// the others go on.
func (t *Trial) fallBehind(p *process) {
	kind := lane(t.dice.Of(int(laneBindings), int(laneBindings), int(laneData), int(laneSink)))
	if i := slices.IndexFunc(p.open, func(c openCall) bool { return kind.of(&c.effect) }); i >= 0 {
		t.end(p, i, fate(t.dice.Of(int(fateLost), int(fateLate), int(fateNever))))
	}
	if !t.source.finished {
		t.says(source.Offset(1+t.dice.N(8)), false)
	}
	for _, q := range t.procs {
		if q != p && !q.dead {
			t.serve(q, 30)
		}
	}
	p.slow = kind
	t.serve(p, 1+t.dice.N(20))
}

// serve answers all that is open, a few times.
func (t *Trial) serve(p *process, rounds int) {
	for ; rounds > 0; rounds-- {
		at := 0
		for n := len(p.open); n > 0 && t.why == ""; n-- {
			c := &p.open[at]
			if !p.slow.of(&c.effect) {
				t.end(p, at, fateDone)
				continue
			}
			if !c.applied && t.dice.N(4) == 0 {
				c.applied = true
				t.apply(p, &c.effect, &c.in)
			}
			at++
		}
		t.wake(10 * clock.Millisecond)
	}
}

// heal ends all faults, leaves one host, and lets it get on.
func (t *Trial) heal() *process {
	if t.alive() == 0 {
		t.start()
	}
	var p *process
	for _, q := range t.procs {
		switch {
		case q.dead:
		case p == nil:
			p = q
		default:
			t.crash(q)
		}
	}
	p.skew, p.slow = 0, laneNone
	if t.Watcher != nil {
		t.note(0, "nothing fails any more; process %d is left", p.number)
	}
	if !t.source.finished {
		t.says(0, t.dice.N(3) == 0)
	}
	t.session(p)
	t.calm(10 * clock.Second)
	t.compact()
	t.noteResumes()
	t.calm(6 * clock.Second)
	return p
}

// noteResumes notes how far everything is when nothing goes wrong any more.
func (t *Trial) noteResumes() {
	s := &t.storm
	remap := frontier.Empty()
	for n := range s.resumes {
		s.resumes[n] = stepBack(t.durable(user(uint64(n))))
	}
	for _, x := range s.desired[0].Source.Exports {
		remap = earlier(remap, s.resumes[slot(x.ID)])
	}
	s.resumes[1] = remap
}

// settled demands that everything which was asked has come about.
func (t *Trial) settled(p *process) {
	if t.why != "" {
		return
	}
	s := &t.storm
	for _, id := range s.gone {
		if !slices.Contains(p.dropped, id) {
			t.fail("L2", "%v was dropped, and is not reported", id)
		}
	}
	soon := frontier.At(frontier.Timestamp(t.wall() - 3000))
	for i := range s.desired {
		c := &s.desired[i]
		if c.Kind == core.CommandCreateSink {
			t.upToDate(p, c.Sink.ID, soon)
			continue
		}
		for _, x := range c.Source.Exports {
			t.upToDate(p, x.ID, soon)
		}
	}
	p.core.Each(func(v *storaged.ObjectView) bool {
		if v.Buffered != 0 {
			t.fail("L7", "%v keeps %d records that are written", v.ID, v.Buffered)
		}
		t.leased(v)
		return true
	})
	times, offsets := t.bindings()
	if head := t.source.head; head > 0 && (len(times) == 0 || offsets[len(offsets)-1] != head) {
		t.fail("L6", "of %d records those before %v are bound", head, offsets)
	}
	if !t.source.finished && t.source.confirmed != t.source.head {
		t.fail("L7", "everything before offset %d is written, and the source may forget what is before %d", t.source.head, t.source.confirmed)
	}
	t.judgeStatuses(p)
}

func (t *Trial) upToDate(p *process, id core.GlobalID, soon frontier.Frontier) {
	switch u := p.uppers[slot(id)]; {
	case t.source.finished && !u.Empty:
		t.fail("L6", "%v: the source is finished; reported is %v, durable %v", id, u, t.durable(id))
	case before(u, soon):
		t.fail("L6", "%v: reported is %v, durable %v, the time is %d", id, u, t.durable(id), t.wall())
	}
}

// leased demands that a reader which is needed is there (L8), and lets go of what it has
// read.
func (t *Trial) leased(v *storaged.ObjectView) {
	if v.Condition != storaged.Running {
		return
	}
	var r persist.Result
	c := persist.Call{Op: persist.OpHeartbeat, Shard: v.Input, Reader: v.Reader}
	if t.store.Apply(t.wall(), &c, &r); !v.Reading || r.Outcome != outcome.Done {
		t.fail("L8", "%v runs, and its reader is %v", v.ID, r.Outcome)
		return
	}
	if want := t.storm.resumes[slot(v.ID)]; !want.Empty && before(r.ReaderSince, want) && before(v.AsOf, want) {
		t.fail("L1", "%v reads what follows %v, and its reader keeps what follows %v", v.ID, want, r.ReaderSince)
	}
}

// toldAgain demands that a new session is told everything, whatever happens to go on
// (H-4).
func (t *Trial) toldAgain(p *process) {
	if t.why != "" {
		return
	}
	t.session(p)
	for range 4 {
		t.wake(0)
	}
	s := &t.storm
	for i := range s.desired {
		c := &s.desired[i]
		if c.Kind == core.CommandCreateSink {
			t.told(p, c.Sink.ID, t.durable(c.Sink.ID))
			continue
		}
		for _, x := range c.Source.Exports {
			var v storaged.ExportView
			if p.core.FindExport(x.ID, &v); v.Known {
				t.told(p, x.ID, v.Upper)
			}
		}
	}
	for _, id := range s.gone {
		if t.why == "" && !slices.Contains(p.dropped, id) {
			t.fail("S13", "%v does not run, and a new session is not told that it is dropped", id)
		}
	}
}

func (t *Trial) told(p *process, id core.GlobalID, upper frontier.Frontier) {
	if before(p.uppers[slot(id)], upper) {
		t.fail("L6", "%v: a new session is told %v, and it is at %v", id, p.uppers[slot(id)], upper)
	}
}

// letGo demands that of what is wanted no more nothing is left: a session names nothing.
func (t *Trial) letGo(p *process) {
	if t.why != "" {
		return
	}
	t.connect(p, nil)
	t.calm(2 * clock.Second)
	if n := p.core.Kept(); n > 0 {
		t.fail("L7", "a host that is to run nothing keeps %d things", n)
	}
	t.judgeReaders(p)
	for _, n := range [...]uint64{7, 8} {
		if slices.Contains(p.fences, t.kept(user(n)).Fence) {
			t.fail("L7", "%v has ended, and its fence is kept", user(n))
		}
	}
}
