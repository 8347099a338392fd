package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
)

func docS2() Doc {
	return Doc{
		Name: "S2", Title: "read validity",
		Statement: "A snapshot that is answered has exactly the rows that were durably written at or before its time, netted, in row order, without zeros; it is refused as a data-flow error exactly if errors remain at that time. It is not answered before the collection is complete beyond its time or for a time before the since, and not refused for its time while something covers it. What is advertised as readable is readable.",
		Meaning:   "A query returns wrong rows, misses committed ones, or fails although the data was promised to be there.",
		Met:       "a snapshot was answered with rows after later updates had landed or the since had moved",
	}
}

// s2Opened judges where a collection's readable times begin when its shard opens
// (C-24): at the critical reader's since joined with the description's.
func (j *Judges) s2Opened(l *life, slot int32, b *belief, v *core.CollectionView) {
	j.checked[s2]++
	s := j.dataShard(slot)
	if s == nil || !s.now.HasCritical {
		return
	}
	if s.now.Opaque.Epoch != l.epoch {
		return // taken over by a newer epoch meanwhile
	}
	if before(v.Since, s.now.CriticalSince) {
		j.violate(s2, l.node, "%v opened with since %v, but its history before %v is compacted", v.ID, v.Since, s.now.CriticalSince)
	}
	j.s1Opened(l, slot, b, v)
}

// s2Asked judges that a read is at the time that its request asks for; if whose it is
// cannot be told, that some open request asks for that time.
func (j *Judges) s2Asked(l *life, r *snapshotRead, c *persist.Call) {
	j.checked[s2]++
	if r.request >= 0 && !r.mixed {
		if want := j.requests[r.request].r.AsOf; c.AsOf != want {
			j.violate(s2, l.node, "%v is read at %d for request %d, which asks for %d", idOf(j, r.slot), c.AsOf, j.requests[r.request].r.ID, want)
		}
		return
	}
	for i := j.beliefAt(l.node, r.slot).snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		if j.requests[i].r.AsOf == c.AsOf {
			return
		}
	}
	j.violate(s2, l.node, "%v is read at %d, which no open request asks for", idOf(j, r.slot), c.AsOf)
}

// s2Answered judges the answer to a snapshot.
func (j *Judges) s2Answered(l *life, q *request, r *core.Response) {
	j.checked[s2]++
	if q.slot < 0 {
		return
	}
	s := j.dataShard(q.slot)
	if s == nil {
		return
	}
	switch r.Err.Code {
	case core.Ok:
		j.s2Content(l, q, r, s)
	case core.DataflowError:
		if !j.s2Complete(l, q, s) {
			return
		}
		if _, errs := s.contents(q.r.AsOf); errs == (print128{}) {
			j.violate(s2, l.node, "%v at %d is refused for errors in it, but there are none", q.r.GlobalID, q.r.AsOf)
		}
	case core.ReadBeforeSince:
		if q.admitted && !j.lostTo(l, s) {
			j.violate(s2, l.node, "%v at %d is refused as before the since, but it was readable when it was asked for and has held the collection since", q.r.GlobalID, q.r.AsOf)
		}
	default:
	}
}

// lostTo reports that a newer epoch or a foreign reader decides over the shard.
func (j *Judges) lostTo(l *life, s *shard) bool {
	return s.now.Opaque.Epoch > l.epoch || s.now.Finalized
}

// s2Complete judges that the time could be read at all.
func (j *Judges) s2Complete(l *life, q *request, s *shard) bool {
	if !complete(s.now.Upper, q.r.AsOf) {
		j.violate(s2, l.node, "%v at %d is answered although it is complete only up to %v", q.r.GlobalID, q.r.AsOf, s.now.Upper)
		return false
	}
	if q.believed && !readable(q.since, q.r.AsOf) {
		j.violate(s2, l.node, "%v at %d is answered although its since was %v when it was asked for", q.r.GlobalID, q.r.AsOf, q.since)
		return false
	}
	if s.hasFolded && s.folded > q.r.AsOf {
		j.violate(s2, l.node, "%v at %d is answered although its history before %d is compacted", q.r.GlobalID, q.r.AsOf, s.folded)
		return false
	}
	return true
}

func (j *Judges) s2Content(l *life, q *request, r *core.Response, s *shard) {
	if !j.s2Complete(l, q, s) {
		return
	}
	var got print128
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Diff == 0 || isError(row.Data) || i > 0 && r.Rows[i-1].Data >= row.Data {
			j.violate(s2, l.node, "%v at %d: row %d of the answer is out of order, an error or has no count", q.r.GlobalID, q.r.AsOf, i)
			return
		}
		got.add(row.Data, row.Diff)
	}
	want, errs := s.contents(q.r.AsOf)
	if errs != (print128{}) {
		j.violate(s2, l.node, "%v at %d is answered although errors remain in it", q.r.GlobalID, q.r.AsOf)
		return
	}
	if got != want {
		j.violate(s2, l.node, "%v at %d: the answer's %d rows are not what was durably written at or before that time", q.r.GlobalID, q.r.AsOf, len(r.Rows))
		return
	}
	newest := s.recent.last()
	if len(r.Rows) > 0 && (s.hasFolded || newest != nil && newest.time > q.r.AsOf) {
		j.met[s2]++
	}
}

// s2Fold folds what no open snapshot and no later one can tell apart.
func (j *Judges) s2Fold(s *shard) {
	limit := s.now.Since
	for n := range j.nodes {
		l := j.lifeOf(j.nodes[n].life)
		if l == nil || l.ended || s.slot < 0 || int(s.slot) >= len(j.nodes[n].beliefs) {
			continue
		}
		b := j.beliefAt(n, s.slot)
		for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
			limit = earlier(limit, at(j.requests[i].r.AsOf))
		}
	}
	if limit.Empty {
		limit = at(1<<64 - 1)
	}
	if !s.hasFolded && limit.T == 0 {
		return
	}
	s.fold(&j.landings, limit.T)
}
