package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// ledger is the dumb judge's account of appends: what clients were told of each row
// at each time, against what landed. It knows no batches, tokens or order.
type ledger struct {
	lines []ledgerLine
	first map[ledgerKey]int32 // line of a shard and time, the others by next
	// asked are all appends; waiting finds those without an answer by life and request id.
	asked   []askedAppend
	waiting map[[2]uint64]int
	// shardOf is where what is appended to a table must land; what lands in others
	// nobody asked for by an append.
	shardOf map[core.GlobalID]uint64
	tables  map[uint64]bool
}

type ledgerKey struct {
	shard uint64
	time  frontier.Timestamp
}

// ledgerLine has, of a row at a time, the acknowledged net count, how far what is
// uncertain may take it down and up, and what landed.
type ledgerLine struct {
	row                            relation.Row
	next                           int32
	acknowledged, down, up, landed int64
}

type askedAppend struct {
	parts    []core.Append
	answered bool
}

func newLedger() ledger {
	return ledger{first: map[ledgerKey]int32{}, waiting: map[[2]uint64]int{},
		shardOf: map[core.GlobalID]uint64{}, tables: map[uint64]bool{}}
}

// forget empties l and keeps its memory.
func (l *ledger) forget() {
	clear(l.lines)
	clear(l.asked)
	l.lines, l.asked = l.lines[:0], l.asked[:0]
	clear(l.first)
	clear(l.waiting)
	clear(l.shardOf)
	clear(l.tables)
}

// open takes up where a table's rows land.
func (l *ledger) open(id core.GlobalID, shard uint64) { l.shardOf[id], l.tables[shard] = shard, true }

// at is the line of a row at a time, made if it is new.
func (l *ledger) at(shard uint64, u *relation.Update) *ledgerLine {
	k := ledgerKey{shard, u.Time}
	first, ok := l.first[k]
	if !ok {
		first = -1
	}
	i := first
	for i >= 0 && l.lines[i].row != u.Data {
		i = l.lines[i].next
	}
	if i < 0 {
		i = int32(len(l.lines))
		l.lines = append(l.lines, ledgerLine{row: u.Data, next: first})
		l.first[k] = i
	}
	return &l.lines[i]
}

// ask notes an append. If another request has the same id while it is open, whose
// answer is whose cannot be told here: neither is taken for answered.
func (l *ledger) ask(k [2]uint64, r *record) {
	_, twice := l.waiting[k]
	if twice {
		l.waiting[k] = -1
	}
	if r.op != core.RequestAppend {
		return
	}
	l.asked = append(l.asked, askedAppend{parts: r.appends})
	if !twice {
		l.waiting[k] = len(l.asked) - 1
	}
}

// answer takes up an answer: what is acknowledged must be there; of what is refused
// for certain nothing, but the other parts if the uppers of some did not fit.
func (l *ledger) answer(k [2]uint64, r *record) {
	i, ok := l.waiting[k]
	if !ok || i < 0 {
		return
	}
	delete(l.waiting, k)
	a := &l.asked[i]
	a.answered = r.code == core.Ok || r.surely
	if r.code != core.Ok && r.code != core.InvalidUppers || !a.answered {
		return
	}
	for p := range a.parts {
		shard, used := l.shardOf[a.parts[p].ID]
		if !used || slices.Contains(r.ids, a.parts[p].ID) {
			continue
		}
		for k := range a.parts[p].Updates {
			u := &a.parts[p].Updates[k]
			l.at(shard, u).acknowledged += u.Diff
		}
	}
}

func (l *ledger) land(r *record) {
	if !l.tables[r.id] {
		return
	}
	for k := range r.news {
		l.at(r.id, &r.news[k]).landed += r.news[k].Diff
	}
}

// doubt takes up what was not answered for certain: it may have landed or not.
func (l *ledger) doubt() {
	for i := range l.asked {
		if l.asked[i].answered {
			continue
		}
		for _, p := range l.asked[i].parts {
			shard, used := l.shardOf[p.ID]
			for k := range p.Updates {
				if u := &p.Updates[k]; used {
					line := l.at(shard, u)
					line.down, line.up = line.down+min(u.Diff, 0), line.up+max(u.Diff, 0)
				}
			}
		}
	}
}

// balance compares what landed with what clients were told.
func (d *dumb) balance() {
	d.written.doubt()
	for i := range d.written.lines {
		if n := &d.written.lines[i]; n.landed < n.acknowledged+n.down || n.landed > n.acknowledged+n.up {
			d.fail(s5, "what landed of a row at a time is not what clients were told")
		}
	}
}
