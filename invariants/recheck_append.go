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
	place map[ledgerKey]int
	// asked are all appends; open finds those without an answer by life and request id.
	asked []askedAppend
	open  map[[2]uint64]int
}

type ledgerKey struct {
	shard uint64 // its place + 1; or 0, and the collection
	id    core.GlobalID
	row   relation.Row
	time  frontier.Timestamp
}

// ledgerLine has, of a row at a time of a collection, the acknowledged net count and
// how far what is uncertain may take it down and up; of a shard, what landed.
type ledgerLine struct {
	key                            ledgerKey
	acknowledged, down, up, landed int64
}

type askedAppend struct {
	parts    []core.Append
	answered bool
}

func newLedger() ledger {
	return ledger{place: map[ledgerKey]int{}, open: map[[2]uint64]int{}}
}

func (l *ledger) at(k ledgerKey) *ledgerLine {
	i, ok := l.place[k]
	if !ok {
		i = len(l.lines)
		l.lines = append(l.lines, ledgerLine{key: k})
		l.place[k] = i
	}
	return &l.lines[i]
}

// ask notes an append. If another request has the same id while it is open, whose
// answer is whose cannot be told here: neither is taken for answered.
func (l *ledger) ask(k [2]uint64, r *record) {
	_, twice := l.open[k]
	if twice {
		l.open[k] = -1
	}
	if r.op != core.RequestAppend {
		return
	}
	l.asked = append(l.asked, askedAppend{parts: r.appends})
	if !twice {
		l.open[k] = len(l.asked) - 1
	}
}

// answer takes up an answer: what is acknowledged must be there; of what is refused
// for certain nothing, but the other parts if the uppers of some did not fit.
func (l *ledger) answer(k [2]uint64, r *record) {
	i, ok := l.open[k]
	if !ok || i < 0 {
		return
	}
	delete(l.open, k)
	a := &l.asked[i]
	a.answered = r.code == core.Ok || r.surely
	if r.code != core.Ok && r.code != core.InvalidUppers || !a.answered {
		return
	}
	for p := range a.parts {
		if slices.Contains(r.ids, a.parts[p].ID) {
			continue
		}
		for _, u := range a.parts[p].Updates {
			l.at(ledgerKey{id: a.parts[p].ID, row: u.Data, time: u.Time}).acknowledged += u.Diff
		}
	}
}

func (l *ledger) land(r *record) {
	for _, u := range r.news {
		l.at(ledgerKey{shard: r.id + 1, row: u.Data, time: u.Time}).landed += u.Diff
	}
}

// doubt takes up what was not answered for certain: it may have landed or not.
func (l *ledger) doubt() {
	for i := range l.asked {
		if l.asked[i].answered {
			continue
		}
		for _, p := range l.asked[i].parts {
			for _, u := range p.Updates {
				s := l.at(ledgerKey{id: p.ID, row: u.Data, time: u.Time})
				s.down, s.up = s.down+min(u.Diff, 0), s.up+max(u.Diff, 0)
			}
		}
	}
}

// balance compares what landed in each shard with what clients were told of its
// collection.
func (d *dumb) balance() {
	l := &d.written
	l.doubt()
	for i := range l.lines {
		told, there := l.lines[i], ledgerKey{row: l.lines[i].key.row, time: l.lines[i].key.time}
		landed := told.landed
		if told.key.shard == 0 {
			shard, ok := d.shardOfID[told.key.id]
			if !ok {
				continue // its shard was never used
			}
			there.shard, landed = shard+1, 0
			if k, ok := l.place[there]; ok {
				landed = l.lines[k].landed
			}
		} else {
			there.id = d.idOfShard[told.key.shard-1]
			if _, ok := l.place[there]; ok {
				continue // compared from that side
			}
		}
		if landed < told.acknowledged+told.down || landed > told.acknowledged+told.up {
			d.fail(s5, "what landed of a row at a time is not what clients were told")
		}
	}
}
