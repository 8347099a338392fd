package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// dumb judges a recorded history once more, with maps and whole rows instead of
// places and sums, and without looking at anything that the online judges keep. It
// knows less than they do (no leases, no limits) but what it knows it knows
// otherwise.
type dumb struct {
	open     map[[2]uint64]int // answers owed by life and request id
	asked    map[[2]uint64]askedFor
	views    map[[2]uint64]frontiers // latest view by life and slot
	shards   map[uint64]frontier.Frontier
	since    map[uint64]frontier.Frontier
	contents map[uint64][]relation.Update
	shardOf  map[int32]uint64
	idOf     map[uint64]int32
	found    map[int]string
	written  ledger
}

// askedFor is what is kept of a request: at is a read's time.
type askedFor struct {
	op   core.RequestOp
	slot int32
	at   frontier.Timestamp
}

// frontiers are those of a view.
type frontiers struct{ since, implied, upper frontier.Frontier }

// recheck gives the recorded history to the dumb judge and reports what the online
// ones missed.
func (j *Judges) recheck() {
	found := j.rejudge()
	for which := 0; which < judged; which++ {
		if message, ok := found[which]; ok && !j.has(which) {
			j.violate(which, Foreign, "found only when the history was judged again: %s", message)
		}
	}
}

func (j *Judges) has(which int) bool {
	for i := range j.violations {
		if j.violations[i].Invariant == names[which] {
			return true
		}
	}
	return false
}

// rejudge is the dumb verdict: the invariants that are broken, with what shows it.
func (j *Judges) rejudge() map[int]string {
	d := &j.again
	d.begin()
	defer d.forget()
	j.history.each(d.take)
	if _, confused := d.found[s9]; !confused && j.history.whole() {
		d.balance()
	}
	return d.found
}

// begin makes d ready for a history.
func (d *dumb) begin() {
	if d.open == nil {
		*d = dumb{
			open: map[[2]uint64]int{}, asked: map[[2]uint64]askedFor{}, views: map[[2]uint64]frontiers{},
			shards: map[uint64]frontier.Frontier{}, since: map[uint64]frontier.Frontier{},
			contents: map[uint64][]relation.Update{}, shardOf: map[int32]uint64{}, idOf: map[uint64]int32{},
			written: newLedger(),
		}
	}
	d.found = map[int]string{}
}

// forget empties d and keeps its memory.
func (d *dumb) forget() {
	clear(d.open)
	clear(d.asked)
	clear(d.views)
	clear(d.shards)
	clear(d.since)
	clear(d.contents)
	clear(d.shardOf)
	clear(d.idOf)
	d.written.forget()
}

func (d *dumb) fail(which int, message string) {
	if _, ok := d.found[which]; !ok {
		d.found[which] = message
	}
}

func (d *dumb) take(r *record) {
	switch r.kind {
	case noteRequest:
		k := [2]uint64{uint64(r.life), r.id}
		d.open[k]++
		d.asked[k] = askedFor{r.op, r.slot, r.a.T}
		d.written.ask(k, r)
	case noteAnswer:
		d.answer(r)
		d.written.answer([2]uint64{uint64(r.life), r.id}, r)
	case noteView:
		d.view(r)
	case noteLanding:
		if r.node >= 0 && r.epoch < r.owner {
			d.fail(s7, "an older epoch wrote to a shard that a newer one had taken over")
		}
		d.shards[r.id] = r.b
		d.contents[r.id] = append(d.contents[r.id], r.news...)
		if r.node >= 0 {
			d.written.land(r)
		}
	case noteSince:
		if r.node >= 0 && r.epoch < r.owner {
			d.fail(s7, "an older epoch moved the since of a shard that a newer one had taken over")
		}
		if before(r.c, d.since[r.id]) {
			d.fail(s3, "a durable since went back")
		}
		d.since[r.id] = r.c
	case noteEnd:
	}
}

func (d *dumb) answer(r *record) {
	k := [2]uint64{uint64(r.life), r.id}
	d.open[k]--
	if d.open[k] < 0 {
		d.fail(s12, "a request has more answers than arrivals")
	}
	q, ok := d.asked[k]
	if !ok || q.op != core.RequestSnapshot || r.code != core.Ok || d.open[k] > 0 {
		return
	}
	shard, ok := d.shardOf[q.slot]
	if !ok {
		return
	}
	net, left := map[relation.Row]int64{}, 0
	for _, u := range d.contents[shard] {
		if u.Time <= q.at {
			left += move(net, u.Data, u.Diff)
		}
	}
	for _, row := range r.rows {
		left += move(net, row.Data, -row.Diff)
	}
	if left != 0 {
		d.fail(s2, "a snapshot is not the sum of what was written at or before its time")
	}
}

// move adds to a row's count and is by how many the rows with a count grow.
func move(net map[relation.Row]int64, row relation.Row, diff int64) (grown int) {
	if net[row] != 0 {
		grown--
	}
	net[row] += diff
	if net[row] != 0 {
		grown++
	}
	return grown
}

func (d *dumb) view(r *record) {
	if shard, ok := d.shardOf[r.slot]; ok && shard != r.id {
		d.fail(s9, "an id has two shards")
	}
	if slot, ok := d.idOf[r.id]; ok && slot != r.slot {
		d.fail(s9, "two ids have one shard")
	}
	d.idOf[r.id] = r.slot
	d.shardOf[r.slot] = r.id
	if r.about != (core.GlobalID{}) {
		d.written.open(r.about, r.id)
	}
	if _, confused := d.found[s9]; confused || !r.open {
		return
	}
	k := [2]uint64{uint64(r.life), uint64(r.slot)}
	if old, ok := d.views[k]; ok {
		if before(r.a, old.since) || before(r.b, old.implied) {
			d.fail(s3, "an advertised since went back")
		}
		if before(r.c, old.upper) {
			d.fail(s4, "a believed upper went back")
		}
	}
	d.views[k] = frontiers{r.a, r.b, r.c}
	if !r.flag && before(d.shards[r.id], r.c) {
		d.fail(s4, "a believed upper was beyond the durable one")
	}
}
