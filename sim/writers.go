package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// maxOpenAppends is how many appends a writer has out at a time.
const maxOpenAppends = 2

// writer is the state of a plan.Writer: a client that advances one table's upper
// for ever, sometimes with rows, and takes older rows back.
type writer struct {
	about  uint32
	tick   uint32
	belief belief
	// next is where the next append starts if the open ones succeed.
	next frontier.Timestamp
	open [maxOpenAppends]core.RequestID
	// restUntilUs: after an answer that says that nothing can be written now.
	restUntilUs int64
	// served is the latest clock reading that came with an answer.
	served frontier.Timestamp
	// Rows that are there: a ring of room entries from base in clients.writerRows.
	base, room, head, count int32
}

func (w *World) resetWriters() {
	c := &w.clients
	c.writers = c.writers[:0]
	room := 0
	for i := range w.plan.Writers {
		p := &w.plan.Writers[i]
		size := max(p.Keys, 0) + 4*max(p.Rows, 0) + 8
		c.writers = append(c.writers, writer{about: w.aboutIndex(userID(p.Slot)), base: int32(room), room: int32(size)})
		room += size
		w.push(kernel.Event{AtUs: p.StartMs * 1000, Kind: evWriter, Slot: int32(i)})
	}
	if cap(c.writerRows) < room {
		c.writerRows = make([]relation.Row, room)
	}
	c.writerRows = c.writerRows[:room]
	clear(c.writerRows)
}

// writerTick is a writer's next append, unless too many are out.
func (w *World) writerTick(e *kernel.Event) {
	i := int(e.Slot)
	p, st := &w.plan.Writers[i], &w.clients.writers[i]
	if w.healed || p.UntilMs > 0 && w.nowUs >= p.UntilMs*1000 {
		return
	}
	w.push(kernel.Event{AtUs: w.nowUs + max(p.PeriodMs, 1)*1000, Kind: evWriter, Slot: e.Slot})
	st.tick++
	k := &w.clients.board[st.about]
	free := freeAppend(st)
	if free < 0 || w.nowUs < st.restUntilUs || k.upper.Empty {
		return
	}
	id := core.RequestID(2<<62 | uint64(uint32(p.ID))<<32 | uint64(st.tick))
	from := max(k.upper.T, st.next)
	wall := w.wallOnGrid()
	if p.ServedClock && st.served > 0 {
		wall = w.onGrid(int64(min(st.served, frontier.MaxTimestamp>>2)))
	}
	upper := max(shifted(from, 1), shifted(wall, w.plan.GridMs))
	a := core.Append{ID: k.id, Upper: frontier.At(upper)}
	if p.RowsEvery > 0 && st.tick%uint32(p.RowsEvery) == 0 {
		a.Updates = w.writerUpdates(p, st, id, int(k.variant), from, upper)
	}
	st.next = upper
	st.open[free] = id
	w.ops[len(w.ops)-2]++
	list := w.lists.appends.Carve(1)
	list[0] = a
	q := core.Request{ID: id, Op: core.RequestAppend, Appends: list}
	w.ask(pending{id: id, actor: actorWriter, client: int32(characters + i), index: uint32(i), appended: a},
		&q, w.clients.believed(&st.belief), 0)
}

func freeAppend(st *writer) int {
	for i, id := range st.open {
		if id == 0 {
			return i
		}
	}
	return -1
}

// writerUpdates are new rows, and retractions of the oldest ones beyond the number
// that the plan wants at a time.
func (w *World) writerUpdates(p *plan.Writer, st *writer, id core.RequestID, variant int, from, to frontier.Timestamp) []relation.Update {
	retract := min(max(int(st.count)+p.Rows-p.Keys, 0), int(st.count), 2*p.Rows)
	list := w.updates.Carve(p.Rows + retract)
	key := w.draws.Key(nobody, uint64(id), 7)
	for i := range list {
		list[i].Time = timeWithin(&key, i, from, to)
		if i < p.Rows {
			list[i].Data, list[i].Diff = w.row(variant, writerRowID(p.ID, st.tick, i)), 1
			continue
		}
		list[i].Data, list[i].Diff = w.clients.takeWriterRow(st), -1
	}
	return list
}

func writerRowID(id int, tick uint32, i int) uint64 {
	return rowOfWriter | uint64(id&0xffff)<<44 | uint64(tick)<<12 | uint64(i&0xfff)
}

func (c *clients) takeWriterRow(st *writer) relation.Row {
	row := c.writerRows[st.base+st.head]
	st.head = (st.head + 1) % st.room
	st.count--
	return row
}

// keepWriterRow remembers a row that is there; the oldest is forgotten if there is
// no room, and then stays for ever.
func (c *clients) keepWriterRow(st *writer, row relation.Row) {
	if st.count == st.room {
		c.takeWriterRow(st)
	}
	c.writerRows[st.base+(st.head+st.count)%st.room] = row
	st.count++
}

// writerAnswered takes in an answer. Rows of unknown outcome are neither sent nor
// retracted again.
func (w *World) writerAnswered(i uint32, a *core.Append, m *reply) {
	c := &w.clients
	st, p := &c.writers[i], &w.plan.Writers[i]
	for j, id := range st.open {
		if id == m.id {
			st.open[j] = 0
		}
	}
	if !m.silent && !m.refused {
		st.served = max(st.served, m.clock)
	}
	k := &c.board[st.about]
	done := m.code == core.Ok && !m.silent && !m.refused
	nothing := m.refused || !m.silent && !done && m.definite
	switch {
	case done:
		k.learnUpper(a.Upper)
	case m.code == core.InvalidUppers:
		k.learnUpper(m.frontier)
		st.next = 0
	default:
		st.next = 0
		if nothing {
			st.restUntilUs = w.nowUs + 2*p.PeriodMs*1000
		}
	}
	for j := range a.Updates {
		u := &a.Updates[j]
		if done && u.Diff > 0 || nothing && u.Diff < 0 {
			c.keepWriterRow(st, u.Data)
		}
	}
}
