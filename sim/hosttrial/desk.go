package hosttrial

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
)

// desk is a controller's side of one host, and a dumb model of what the host must run: a
// definition per id, and how often it was dropped in this session.
type desk struct {
	p *process
	// running are the definitions that the host must run; none for an id that it must not.
	running [objects + 1]core.Command
	// readers are the readers of those that must have run on.
	readers [objects + 1]persist.ReaderID
	// owed are the ids that this session has yet to hear of as dropped.
	owed, said []core.GlobalID
	list       []core.Command
}

// objects is how many ids there are.
const objects = 4

func (t *Trial) runDesk(seed uint64, only []int) {
	d := &t.desk
	d.running, d.readers, d.owed = [objects + 1]core.Command{}, [objects + 1]persist.ReaderID{}, d.owed[:0]
	t.free = true
	t.says(5, t.dice.N(3) == 0)
	d.p = t.start()
	t.acts.Begin(seed, 5+t.dice.N(50), only)
	for t.next() {
		t.deskAct()
	}
	t.deskRest()
}

// deskAct draws one thing that happens.
func (t *Trial) deskAct() {
	d := &t.desk
	switch t.dice.N(10) {
	case 0, 1:
		t.deskSession()
	case 2:
		t.deskRest()
	case 3, 4:
		if open := len(d.p.open); open > 0 {
			t.end(d.p, t.dice.N(open), fate(t.dice.Of(int(fateDone), int(fateDone), int(fateLate), int(fateRefused), int(fateLost))))
		}
	case 5:
		t.wake(clock.Duration(t.dice.Of(1, 20, 150)) * clock.Millisecond)
	default:
		var v storaged.View
		if d.p.core.View(&v); v.Open {
			c := t.drawCommand()
			t.model(&c)
			t.send(d.p, c)
		}
	}
}

// shape is a definition of an object, of which there are a few.
func shape(n uint64, variant int) core.Command {
	id := user(n)
	if n%2 == 0 {
		return core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{
			ID: id, Connection: topic, Data: dataShard(user(1)), Schema: oneColumn, Snapshot: variant == 1,
		}}
	}
	c := core.Command{Kind: core.CommandCreateSource, Source: core.SourceCommand{
		ID: id, Connection: "numbers", Remap: persist.ShardID{Hi: 2, Lo: n},
		Exports: []core.SourceExport{{ID: id, Data: dataShard(id), Schema: oneColumn}},
	}}
	if variant == 1 {
		sub := user(n + 100)
		c.Source.Exports = append(c.Source.Exports, core.SourceExport{ID: sub, Output: 1, Data: dataShard(sub), Schema: oneColumn})
	}
	return c
}

// moved is the definition with the fields changed that legitimately move (H-2).
func moved(c core.Command, by int) core.Command {
	if c.Kind == core.CommandCreateSink {
		c.Sink.AsOf = frontier.At(frontier.Timestamp(by))
	} else {
		c.Source.Resume = frontier.At(frontier.Timestamp(by))
	}
	return c
}

func created(c *core.Command) core.GlobalID {
	if c.Kind == core.CommandCreateSink {
		return c.Sink.ID
	}
	return c.Source.ID
}

// model is what a command means for what runs.
func (t *Trial) model(c *core.Command) {
	d := &t.desk
	switch c.Kind {
	case core.CommandCreateSource, core.CommandCreateSink:
		id := created(c)
		if b := &d.running[id.N]; b.Kind == core.CommandNone || !sameShape(b, c) {
			t.anew(id)
		}
		d.running[id.N] = *c
	case core.CommandAllowCompaction, core.CommandStop:
		if c.Kind == core.CommandAllowCompaction && !c.Frontier.Empty {
			return
		}
		d.owed = append(d.owed, c.ID)
		if c.ID.N > 100 {
			if of := &d.running[c.ID.N-100]; of.Kind == core.CommandCreateSource {
				of.Source.Exports = of.Source.Exports[:1:1]
			}
			return
		}
		d.running[c.ID.N] = core.Command{}
		t.anew(c.ID)
	default:
	}
}

// anew forgets the run of an id: what runs next is another one, and reports anew.
func (t *Trial) anew(id core.GlobalID) {
	d := &t.desk
	d.readers[id.N] = persist.ReaderID{}
	d.p.uppers[slot(id)], d.p.uppers[slot(user(id.N+100))] = frontier.Frontier{}, frontier.Frontier{}
}

func sameShape(a, b *core.Command) bool {
	return a.Kind == b.Kind && len(a.Source.Exports) == len(b.Source.Exports) && a.Sink.Snapshot == b.Sink.Snapshot
}

// drawCommand is a command that a controller may send after the history.
func (t *Trial) drawCommand() core.Command {
	id := user(uint64(t.dice.Of(2, 2, 1, 1, 3, 4)))
	switch t.dice.N(7) {
	case 0:
		return core.Command{Kind: core.CommandStop, ID: id}
	case 1:
		return drop(id)
	case 2:
		return drop(user(id.N + 100))
	case 3:
		return core.Command{Kind: core.CommandAllowCompaction, ID: id, Frontier: frontier.At(5)}
	case 4:
		return core.Command{Kind: core.CommandUpdateConfiguration, Settings: settings()}
	}
	return shape(id.N, t.dice.N(2))
}

// deskSession sends a whole desired state, which may end half-way.
func (t *Trial) deskSession() {
	d := &t.desk
	list := d.list[:0]
	for n := uint64(1); n <= objects; n++ {
		switch t.dice.N(6) {
		case 0:
			list = append(list, shape(n, t.dice.N(2)))
		case 1:
			list = append(list, drop(user(n)))
		case 2:
		default:
			if c := &d.running[n]; c.Kind != core.CommandNone {
				list = append(list, moved(*c, t.dice.N(4)))
			}
		}
	}
	d.list = list
	if t.dice.N(4) == 0 {
		t.half(d.p, list[:t.dice.N(len(list)+1)]...)
		d.owed = d.owed[:0]
		return
	}
	t.connect(d.p, list)
	d.owed = d.owed[:0]
	before := d.running
	d.running = [objects + 1]core.Command{}
	for i := range list {
		id := list[i].ID
		if list[i].Kind != core.CommandAllowCompaction {
			id = created(&list[i])
		}
		d.running[id.N] = before[id.N]
		t.model(&list[i])
	}
	for n := uint64(1); n <= objects; n++ {
		if d.running[n].Kind == core.CommandNone {
			t.anew(user(n))
		}
	}
}

// deskRest lets everything come about, and compares.
func (t *Trial) deskRest() {
	if t.why != "" {
		return
	}
	d := &t.desk
	t.calm(clock.Duration(t.dice.Of(3, 15)) * 200 * clock.Millisecond)
	d.p.core.Each(func(v *storaged.ObjectView) bool {
		c := &d.running[v.ID.N]
		switch {
		case c.Kind == core.CommandNone:
			t.fail("S13", "%v runs (%v), and nobody wants it", v.ID, v.Condition)
		case v.Sink != (c.Kind == core.CommandCreateSink) || v.Exports != len(c.Source.Exports):
			t.fail("S13", "%v runs by another definition than it was told", v.ID)
		case v.Condition == storaged.Ending:
			t.fail("L2", "%v does not come to its end", v.ID)
		}
		if r := d.readers[v.ID.N]; r != (persist.ReaderID{}) && r != v.Reader && v.Condition == storaged.Running {
			t.fail("S13", "%v was restarted, though nothing about it has changed", v.ID)
		}
		d.readers[v.ID.N] = v.Reader
		return true
	})
	wanted := 0
	for n := range d.running {
		if d.running[n].Kind != core.CommandNone {
			wanted++
		}
	}
	var v storaged.View
	if d.p.core.View(&v); v.Objects != wanted || v.WaitingCommands != 0 {
		t.fail("L4", "%d objects run, %d are wanted; %d commands wait", v.Objects, wanted, v.WaitingCommands)
	}
	byID := func(a, b core.GlobalID) int { return a.Compare(b) }
	slices.SortFunc(d.owed, byID)
	d.said = append(d.said[:0], d.p.dropped...)
	slices.SortFunc(d.said, byID)
	if !slices.Equal(d.owed, d.said) {
		t.fail("S13", "this session asked for the end of %v, and was told of %v", d.owed, d.said)
	}
	for n := uint64(1); n <= objects && v.Ready; n++ {
		t.reported(user(n))
	}
}

// reported demands that this session was told everything (H-4).
func (t *Trial) reported(id core.GlobalID) {
	d := &t.desk
	c := &d.running[id.N]
	if c.Kind == core.CommandCreateSink {
		if told, is := d.p.uppers[slot(id)], t.kept(id).Progress; told != is {
			t.fail("L6", "%v: %v is reported, its progress is %v", id, told, is)
		}
	}
	for _, x := range c.Source.Exports {
		if st, _ := t.store.State(x.Data); d.p.uppers[slot(x.ID)] != st.Upper {
			t.fail("L6", "%v: %v is reported, durable is %v", x.ID, d.p.uppers[slot(x.ID)], st.Upper)
		}
	}
}
