package hosttrial

import (
	"cmp"
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
)

// bindings are the offset bound from each time on, in the order of time, recomputed from
// everything that the remap shard was ever given.
func (t *Trial) bindings() (times []frontier.Timestamp, offsets []source.Offset) {
	all := t.store.AppendUpdates(nil, remapShard)
	slices.SortStableFunc(all, func(a, b relation.Update) int { return cmp.Compare(a.Time, b.Time) })
	for i := range all {
		if all[i].Diff != 1 {
			continue
		}
		values, ok := all[i].Data.Unpack(nil)
		if !ok || len(values) != 1 {
			t.fail("S15", "%v is no binding", all[i].Data)
			return nil, nil
		}
		offset := source.Offset(values[0].Bits)
		if n := len(times); n > 0 && (times[n-1] == all[i].Time || offsets[n-1] >= offset) {
			t.fail("S15", "the binding of offset %d at %d follows one of %d at %d", offset, all[i].Time, offsets[n-1], times[n-1])
			return nil, nil
		}
		times, offsets = append(times, all[i].Time), append(offsets, offset)
	}
	return times, offsets
}

// judgeContents demands that every collection equals the source's prefix under the
// bindings (S15), and that every export's output equals its input's (S10).
func (t *Trial) judgeContents() {
	if t.why != "" {
		return
	}
	times, offsets := t.bindings()
	var records []source.Record
	for n := uint64(1); n <= 3; n++ {
		if t.ended[n] && t.strange && n == 3 {
			continue // nobody keeps the bindings behind its upper any more
		}
		st, _ := t.store.State(dataShard(user(n)))
		var want []relation.Update
		k := 0
		for offset := source.Offset(0); k < len(times); offset++ {
			for k < len(times) && offsets[k] <= offset {
				k++
			}
			if k == len(times) || !st.Upper.Empty && times[k] >= st.Upper.T {
				break
			}
			records = t.source.at(records[:0], offset)
			for _, r := range records {
				if uint64(r.Output) != n-1 {
					continue
				}
				if !oneColumn.Fits(r.Data) {
					r.Data = relation.PackError("the source's record does not fit the schema")
				}
				want = append(want, relation.Update{Data: r.Data, Time: times[k], Diff: r.Diff})
			}
		}
		t.equal("S15", user(n), t.store.AppendUpdates(nil, dataShard(user(n))), want)
	}
	for i := range t.storm.sinks {
		t.judgeExport(&t.storm.sinks[i].Sink)
	}
}

func (t *Trial) judgeExport(c *core.SinkCommand) {
	x := t.kept(c.ID)
	var got, want []relation.Update
	for _, w := range t.sinks.Log() {
		if w.Export == c.ID {
			got = append(got, w.Updates...)
		}
	}
	if x.Progress != (frontier.Frontier{}) {
		if !before(c.AsOf, x.Progress) {
			t.fail("S10", "%v: progress %v is not beyond as_of %v", c.ID, x.Progress, c.AsOf)
		}
		for _, u := range t.store.AppendUpdates(nil, c.Data) {
			switch {
			case !x.Progress.Empty && u.Time >= x.Progress.T:
			case u.Time > c.AsOf.T:
				want = append(want, u)
			case c.Snapshot:
				u.Time = c.AsOf.T
				want = append(want, u)
			}
		}
	}
	t.equal("S10", c.ID, got, want)
}

func (t *Trial) equal(rule string, id core.GlobalID, got, want []relation.Update) {
	got, want = relation.Consolidate(slices.Clone(got)), relation.Consolidate(want)
	if slices.Equal(got, want) {
		return
	}
	for i := range got {
		if i == len(want) || got[i] != want[i] {
			t.fail(rule, "%v has %d updates, and is to have %d; the first that differs is %v at %d, %+d", id, len(got), len(want), got[i].Data, got[i].Time, got[i].Diff)
			return
		}
	}
	t.fail(rule, "%v has %d updates, and is to have %d; it lacks %v at %d", id, len(got), len(want), want[len(got)].Data, want[len(got)].Time)
}

// noteStatus takes up a row that has been appended about an object.
func (p *process) noteStatus(c *persist.Call) {
	if c.Shard != statusShard || len(c.Updates) == 0 {
		return
	}
	if values, ok := c.Updates[0].Data.Unpack(nil); ok {
		for _, n := range [...]uint64{1, 7, 8} {
			if values[1].Text == user(n).String() {
				p.status[n] = values[2].Text
			}
		}
	}
}

// judgeStatuses demands that what runs, or has finished, has said so.
func (t *Trial) judgeStatuses(p *process) {
	p.core.Each(func(v *storaged.ObjectView) bool {
		want := ""
		switch v.Condition {
		case storaged.Running:
			want = "running"
		case storaged.Finished:
			want = "finished"
		default:
			return true
		}
		if got := p.status[slot(v.ID)]; got != want {
			t.fail("S13", "%v is %v, and the latest row of its status says %q", v.ID, v.Condition, got)
		}
		return true
	})
}

// judgeReaders demands that no reader is left of a process that reads nothing any more.
func (t *Trial) judgeReaders(p *process) {
	for _, shard := range [...]persist.ShardID{remapShard, dataShard(user(1))} {
		t.store.EachLeased(shard, func(reader persist.ReaderID, _ frontier.Frontier, end clock.Wall, _ int64) {
			if end >= t.wall() && !p.skewed && slices.Contains(p.readers, reader) {
				t.fail("L7", "reader %v of %v is kept, with which nobody reads", reader, shard)
			}
		})
	}
}
