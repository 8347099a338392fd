package storaged_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
)

// desk is a controller's side of one host, and a dumb model of what the host must
// run: a definition per id, and how often it was dropped in this session.
type desk struct {
	*world
	p *process
	// running are the definitions that the host must run.
	running map[core.GlobalID]core.Command
	// readers are the readers of those that must have run on.
	readers map[core.GlobalID]persist.ReaderID
	// owed are the ids that this session has yet to hear of as dropped.
	owed []core.GlobalID
}

// shape is a definition of an object, of which there are a few.
func shape(n uint64, variant int) core.Command {
	id := user(n)
	if n%2 == 0 {
		c := core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{
			ID: id, Connection: "topic", Data: dataShard(user(1)), Schema: oneColumn, Snapshot: variant%2 == 1,
		}}
		return c
	}
	c := core.Command{Kind: core.CommandCreateSource, Source: core.SourceCommand{
		ID: id, Connection: "numbers", Remap: persist.ShardID{Hi: 2, Lo: n},
		Exports: []core.SourceExport{{ID: id, Data: dataShard(id), Schema: oneColumn}},
	}}
	if variant%2 == 1 {
		sub := user(n + 100)
		c.Source.Exports = append(c.Source.Exports, core.SourceExport{ID: sub, Output: 1, Data: dataShard(sub), Schema: oneColumn})
	}
	return c
}

// moved is the definition with the fields changed that legitimately move (H-2).
func moved(c core.Command, by uint64) core.Command {
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

// apply is the model: what a command means for what runs.
func (d *desk) apply(c core.Command) {
	switch c.Kind {
	case core.CommandCreateSource, core.CommandCreateSink:
		id := created(&c)
		if before, ok := d.running[id]; !ok || !sameShape(&before, &c) {
			d.anew(id)
		}
		d.running[id] = c
	case core.CommandAllowCompaction, core.CommandStop:
		if c.Kind == core.CommandAllowCompaction && !c.Frontier.IsEmpty() {
			return
		}
		d.owed = append(d.owed, c.ID)
		if c.ID.N > 100 {
			d.dropSub(c.ID)
			return
		}
		delete(d.running, c.ID)
		d.anew(c.ID)
	}
}

// anew forgets the run of an id: what runs next is another one, and reports anew.
func (d *desk) anew(id core.GlobalID) {
	delete(d.readers, id)
	delete(d.p.uppers, id)
	delete(d.p.uppers, user(id.N+100))
}

// dropSub drops an export alone: its ingestion runs on without it.
func (d *desk) dropSub(id core.GlobalID) {
	of := user(id.N - 100)
	if c, ok := d.running[of]; ok && c.Kind == core.CommandCreateSource {
		c.Source.Exports = c.Source.Exports[:1:1]
		d.running[of] = c
	}
}

func sameShape(a, b *core.Command) bool {
	return a.Kind == b.Kind && len(a.Source.Exports) == len(b.Source.Exports) && a.Sink.Snapshot == b.Sink.Snapshot
}

// drawCommand is a command that a controller may send after the history.
func (d *desk) drawCommand(t *rapid.T) core.Command {
	id := user(uint64(rapid.SampledFrom([]int{2, 2, 1, 1, 3, 4}).Draw(t, "id")))
	switch rapid.IntRange(0, 6).Draw(t, "command") {
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
	return shape(id.N, rapid.IntRange(0, 1).Draw(t, "variant"))
}

// session sends a whole desired state, which may end half-way.
func (d *desk) session(t *rapid.T) {
	var list []core.Command
	for n := uint64(1); n <= 4; n++ {
		c, ok := d.running[user(n)]
		switch rapid.IntRange(0, 5).Draw(t, "fate") {
		case 0:
			list = append(list, shape(n, rapid.IntRange(0, 1).Draw(t, "variant")))
		case 1:
			list = append(list, drop(user(n)))
		case 2:
		default:
			if ok {
				list = append(list, moved(c, rapid.Uint64Range(0, 3).Draw(t, "moved")))
			}
		}
	}
	d.nonce++
	s := core.Session{Epoch: 1, Nonce: d.nonce}
	d.step(d.p, &storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: s, Wall: d.wall()}})
	if rapid.IntRange(0, 3).Draw(t, "half") == 0 {
		d.send(d.p, list[:rapid.IntRange(0, len(list)).Draw(t, "sent")]...)
		d.step(d.p, &storaged.Input{Kind: storaged.InputSessionLost, Session: s})
		d.owed = nil
		return
	}
	d.send(d.p, append(list, core.Command{Kind: core.CommandInitializationComplete})...)
	d.owed = nil
	before := d.running
	d.running = map[core.GlobalID]core.Command{}
	for _, c := range list {
		id := c.ID
		if c.Kind == core.CommandCreateSource || c.Kind == core.CommandCreateSink {
			id = created(&c)
		}
		if b, ok := before[id]; ok {
			d.running[id] = b
		}
		d.apply(c)
	}
	for n := uint64(1); n <= 4; n++ {
		if _, ok := d.running[user(n)]; !ok {
			d.anew(user(n))
		}
	}
}

// rest lets everything come about, and compares.
func (d *desk) rest(t *rapid.T) {
	d.calm(200_000)
	d.p.h.Each(func(v *storaged.ObjectView) bool {
		c, ok := d.running[v.ID]
		switch {
		case !ok:
			t.Fatalf("%v runs, and is not wanted: %+v", v.ID, *v)
		case v.Sink != (c.Kind == core.CommandCreateSink) || v.Exports != len(c.Source.Exports):
			t.Fatalf("%v runs by another definition: %+v", v.ID, *v)
		case v.Condition == storaged.Ending:
			t.Fatalf("%v does not come to its end", v.ID)
		}
		if r, ok := d.readers[v.ID]; ok && r != v.Reader {
			t.Fatalf("%v was restarted, though nothing about it has changed", v.ID)
		}
		d.readers[v.ID] = v.Reader
		return true
	})
	var v storaged.View
	if d.p.h.View(&v); v.Objects != len(d.running) || v.WaitingCommands != 0 {
		t.Fatalf("%d objects run, %d are wanted; %d commands wait", v.Objects, len(d.running), v.WaitingCommands)
	}
	byID := func(a, b core.GlobalID) int { return a.Compare(b) }
	slices.SortFunc(d.owed, byID)
	slices.SortFunc(d.p.dropped, byID)
	if !slices.Equal(d.owed, d.p.dropped) {
		t.Fatalf("dropped %v, reported %v", d.owed, d.p.dropped)
	}
	for n := uint64(1); n <= 4; n++ {
		d.reported(t, user(n))
	}
}

// reported demands that this session was told everything (H-4).
func (d *desk) reported(t *rapid.T, id core.GlobalID) {
	c, ok := d.running[id]
	var v storaged.View
	if d.p.h.View(&v); !ok || !v.Ready {
		return
	}
	if c.Kind == core.CommandCreateSink && d.p.uppers[id] != d.target(id).progress {
		t.Fatalf("%v: reported %v, its progress is %v", id, d.p.uppers[id], d.target(id).progress)
	}
	for _, x := range c.Source.Exports {
		if st, _ := d.store.State(x.Data); d.p.uppers[x.ID] != st.Upper {
			t.Fatalf("%v: reported %v, durable is %v", x.ID, d.p.uppers[x.ID], st.Upper)
		}
	}
}

// TestSessions: sessions that come and go, end half-way, repeat, change and leave out
// definitions, and commands after them, in any order and without waiting for what
// they lead to: what runs in the end is what the model says, what has not changed was
// never restarted, and every drop is answered, once (H-1 to H-7).
func TestSessions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &desk{world: newWorld(t), running: map[core.GlobalID]core.Command{}, readers: map[core.GlobalID]persist.ReaderID{}}
		d.free = true
		d.source.head = 5
		d.p = d.start()
		for n := rapid.IntRange(1, 60).Draw(t, "acts"); n > 0; n-- {
			switch rapid.IntRange(0, 9).Draw(t, "act") {
			case 0, 1:
				d.session(t)
			case 2, 3:
				d.rest(t)
			case 4:
				if len(d.p.open) > 0 {
					d.end(d.p, rapid.IntRange(0, len(d.p.open)-1).Draw(t, "call"), fateLate)
				}
			case 5:
				d.wake(1000)
			default:
				var v storaged.View
				if d.p.h.View(&v); v.Open {
					c := d.drawCommand(t)
					d.apply(c)
					d.send(d.p, c)
				}
			}
		}
		d.rest(t)
	})
}
