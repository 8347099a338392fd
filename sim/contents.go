package sim

import (
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/sourcefake"
)

// rowOfSource marks rows that an external source says.
const rowOfSource = 1 << 61

// addSources makes the plan's sources: all that they will ever say, and when.
func (w *World) addSources() {
	for i := range w.plan.Sources {
		p := &w.plan.Sources[i]
		h := &w.hosting
		h.connections = append(h.connections, plan.SourceConnection(p.ID))
		h.sources.Add(h.connections[i], w.content(p))
		h.said = append(h.said, heard{})
	}
}

// content is what a source says in a plan.
func (w *World) content(p *plan.Source) sourcefake.Content {
	ticks := p.Ticks(w.plan.ChaosMs)
	c := sourcefake.Content{Finished: p.Finish, Trailing: source.Offset(p.Gap) / 2}
	// alive are the rows of each output that may be taken back, the oldest first.
	alive := make([][]relation.Row, p.Outputs)
	room := 0
	for tick := range ticks {
		room += rowsOfTick(p, tick)
	}
	if p.Keys > 0 {
		for i := range alive {
			alive[i] = make([]relation.Row, 0, room/p.Outputs+1)
		}
		room *= 2
	}
	c.Records, c.AtUs = make([]source.Record, 0, room), make([]int64, 0, room)
	offset := source.Offset(0)
	for tick := range ticks {
		at := (p.StartMs + tick*p.PeriodMs) * 1000
		c.FinishUs = at
		n := rowsOfTick(p, tick)
		for j := range n {
			offset = w.say(p, &c, alive, offset, at)
			if !p.Together || j == n-1 {
				offset++
			}
		}
		offset += source.Offset(p.Gap)
	}
	return c
}

// rowsOfTick is how many records a source says at once.
func rowsOfTick(p *plan.Source, tick int64) int {
	n := p.Rows
	if p.BurstEvery > 0 && tick%int64(p.BurstEvery) == int64(p.BurstEvery)-1 {
		n += p.Burst
	}
	if p.IdleEvery > 0 && tick%int64(p.IdleEvery) == int64(p.IdleEvery)-1 {
		return 0
	}
	return n
}

// say adds the next record and, if its output has too many rows, one that takes the
// oldest back. It returns the offset of the latest of them.
func (w *World) say(p *plan.Source, c *sourcefake.Content, alive [][]relation.Row, offset source.Offset, atUs int64) source.Offset {
	serial := uint64(len(c.Records))
	output := int(serial) % p.Outputs
	id := rowOfSource | uint64(p.ID&0xffff)<<40 | serial
	r := source.Record{Output: uint32(output), Offset: offset, Diff: 1, Data: w.row((p.ID+output)%len(w.schemas), id)}
	if p.ErrorEvery > 0 && serial%uint64(p.ErrorEvery) == uint64(p.ErrorEvery)-1 {
		r.Data = w.errorRow(id)
	}
	c.Records, c.AtUs = append(c.Records, r), append(c.AtUs, atUs)
	if p.Keys == 0 {
		return offset
	}
	alive[output] = append(alive[output], r.Data)
	if len(alive[output]) > p.Keys {
		r.Data, r.Diff = alive[output][0], -1
		alive[output] = alive[output][1:]
		if !p.Together {
			offset++
			r.Offset = offset
		}
		c.Records, c.AtUs = append(c.Records, r), append(c.AtUs, atUs)
	}
	return offset
}
