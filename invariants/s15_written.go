package invariants

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// s15Written judges an append to a collection against the bindings and the source.
func (j *Judges) s15Written(f *filling, w *output, o *Observation) {
	j.checked[s15]++
	if j.byController(o, w.slot) {
		return
	}
	if p := o.Hosted; p != nil {
		if w.writer != 0 && w.writer != p.Process {
			j.met[s15]++
		}
		w.writer = p.Process
	}
	upper := o.After.Upper
	if bound := j.shards[f.remap].now.Upper; !atMost(upper, bound) {
		j.violate(s15, o.Node, "%v: it is written up to %v, but times are bound only up to %v", idOf(j, w.slot), upper, bound)
		w.strayed = true
		return
	}
	src := &j.hosting.sources[f.source]
	if upper.Empty && !j.things[w.slot].dropped && (!src.finished || f.bound < j.hosting.end(src)) {
		j.violate(s15, o.Node, "%v was closed, but the source goes on", idOf(j, w.slot))
		w.strayed = true
		return
	}
	was := *w
	want, got := j.s15Take(f, w, upper, nil), contentsOf(o.PersistCall.Updates)
	if want == got {
		return
	}
	list := []relation.Update{}
	j.s15Take(f, &was, upper, &list)
	j.violate(s15, o.Node, "%v: what is written from %v up to %v is not what the source said: %s", idOf(j, w.slot), o.Before.Upper, upper,
		difference(list, o.PersistCall.Updates))
	w.strayed = true
}

// s15Take moves an output on to an upper and sums what it must get on the way; it
// lists it too if there is a list.
func (j *Judges) s15Take(f *filling, w *output, upper frontier.Frontier, list *[]relation.Update) (want print128) {
	h := &j.hosting
	for {
		next := f.firstBinding
		if w.binding >= 0 {
			next = h.bindings[w.binding].next
		}
		if next < 0 || !before(at(h.bindings[next].time), upper) {
			return want
		}
		w.binding = next
		j.s15Records(f, w, &h.bindings[next], &want, list)
	}
}

// s15Records adds the records up to one binding.
func (j *Judges) s15Records(f *filling, w *output, b *binding, want *print128, list *[]relation.Update) {
	h := &j.hosting
	schema := j.things[w.slot].description.Schema
	if w.saying < 0 {
		w.saying = h.sources[f.source].first
	}
	for w.saying >= 0 {
		s := &h.sayings[w.saying]
		for ; int(w.next) < len(s.records) && s.records[w.next].Offset < b.offset; w.next++ {
			r := &s.records[w.next]
			if r.Output != w.index {
				continue
			}
			u := relation.Update{Data: r.Data, Time: b.time, Diff: r.Diff}
			if !fits(schema, u.Data) {
				u.Data = misfitRow
			}
			want.addAt(u.Data, u.Time, u.Diff)
			if list != nil {
				*list = append(*list, u)
			}
		}
		if int(w.next) < len(s.records) || s.next < 0 {
			break
		}
		w.saying, w.next = s.next, 0
	}
	w.offset = b.offset
}

// addAt adds a row at a time; sums of contents with times are equal if and only if the
// contents are, up to an accident.
func (p *print128) addAt(r relation.Row, t frontier.Timestamp, diff int64) {
	var one print128
	one.add(r, diff)
	p.sumAt(one, t)
}

func (p *print128) sumAt(q print128, t frontier.Timestamp) {
	p.a += q.a * (finish(uint64(t)+1) | 1)
	p.b += q.b * (finish(^uint64(t)) | 1)
}

// contentsOf sums updates with their times.
func contentsOf(list []relation.Update) (sum print128) {
	for i := range list {
		sum.addAt(list[i].Data, list[i].Time, list[i].Diff)
	}
	return sum
}

// difference says by what two lists of updates differ, an example first.
func difference(want, got []relation.Update) string {
	var all []relation.Update
	for _, u := range want {
		all = append(all, relation.Update{Data: u.Data, Time: u.Time, Diff: -u.Diff})
	}
	all = append(all, got...)
	slices.SortFunc(all, func(a, b relation.Update) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), strings.Compare(string(a.Data), string(b.Data)))
	})
	kept := all[:0]
	for i := range all {
		if n := len(kept); n > 0 && kept[n-1].Time == all[i].Time && kept[n-1].Data == all[i].Data {
			kept[n-1].Diff += all[i].Diff
			continue
		}
		kept = append(kept, all[i])
	}
	kept = slices.DeleteFunc(kept, func(u relation.Update) bool { return u.Diff == 0 })
	if len(kept) == 0 {
		return "the sums differ"
	}
	u := &kept[0]
	what := "too many"
	if u.Diff < 0 {
		what = "too few"
	}
	return fmt.Sprintf("%d %s of row %q at time %d, and %d rows at other places differ", max(u.Diff, -u.Diff), what, u.Data, u.Time, len(kept)-1)
}

// s15Missing says which collections do not have what their source had said when the
// world healed.
func (j *Judges) s15Missing(out *strings.Builder, _ int64) int {
	h, n := &j.hosting, 0
	for i := range h.ingestions {
		f := &h.ingestions[i]
		if f.strayed || j.things[f.slot].dropped || j.fillingUnusable(f) || j.beyondReach(f.host) {
			continue
		}
		src := &h.sources[f.source]
		for k := f.first; k < f.last; k++ {
			w := &h.outputs[k]
			if w.strayed || j.things[w.slot].dropped || j.shards[w.shard].now.Upper.Empty {
				continue
			}
			j.checked[s15]++
			if w.offset >= src.healed && !src.closed {
				continue
			}
			if n++; n > 1 {
				continue
			}
			if src.closed {
				fmt.Fprintf(out, "%v is not closed, although its source %s has finished", idOf(j, w.slot), src.connection)
				continue
			}
			fmt.Fprintf(out, "%v has what its source %s said before offset %d, but it said more, up to %d", idOf(j, w.slot), src.connection, w.offset, src.healed)
		}
	}
	return n
}

// fillingUnusable reports that an ingestion cannot go on because a shard that it writes
// or reads is gone.
func (j *Judges) fillingUnusable(f *filling) bool {
	if j.shardGone(f.remap) {
		return true
	}
	for k := f.first; k < f.last; k++ {
		if w := &j.hosting.outputs[k]; !j.things[w.slot].dropped && j.shardGone(w.shard) {
			return true
		}
	}
	if g := j.things[f.slot].description.Ingestion; g != nil {
		for _, id := range g.Imports {
			if s := j.slotOf(id); s >= 0 && j.shardOfThing(&j.things[s]) != nil && j.shardOfThing(&j.things[s]).now.Finalized {
				return true
			}
		}
	}
	return false
}
