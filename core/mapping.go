package core

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// mapping is how far the shard mapping has been driven to what is true (C-71): it is
// read, compared, and the difference is appended at exactly the upper at which it
// was read. A difference is never assumed from what was written before, because a
// write of unknown outcome, or another controller, may have been there since.
type mapping struct {
	// stale: the mapping may tell something else than is true.
	stale bool
	// read is the snapshot that is under way; 0: none.
	read uint32
	// upper before which everything is what was read, or is being read.
	upper frontier.Frontier
	// diff is what is to be appended at that upper: rows with their counts.
	diff []relation.Update
}

// ownReaderWord is the first word of the names of the controller's own readers.
const ownReaderWord = 0x7469646d61726b01

// mappingSchema reports whether a schema is that of the mapping's rows.
func mappingSchema(s *relation.Schema) bool {
	return len(s.Columns) == 2 && s.Columns[0].Type == relation.Text && s.Columns[1].Type == relation.Text
}

// mappingRow is the row of a collection: its id and its data shard.
func mappingRow(col *collection) relation.Row {
	b := relation.AppendText(nil, col.id.String())
	return relation.Row(relation.AppendText(b, col.data.String()))
}

// mappingChanged notes that the true mapping is another than it was.
func (c *Controller) mappingChanged() {
	if at := c.managed.bound[IntrospectionShardMapping]; at != 0 {
		c.managed.mapping.stale = true
		c.touch(at)
	}
}

// driveMapping has the mapping read when it may not be true. A difference that was
// found is void if somebody else has moved the upper since.
func (c *Controller) driveMapping(at uint32) {
	if at != c.managed.bound[IntrospectionShardMapping] {
		return
	}
	col, m := c.collections.At(at), &c.managed.mapping
	if len(m.diff) > 0 && m.upper != col.upper {
		m.diff, m.stale = nil, true
	}
	upper, open := col.upper.AsOption()
	if !m.stale || !open || m.read != 0 || len(m.diff) > 0 || len(col.batch.updates) > 0 || upper == frontier.MaxTimestamp {
		return
	}
	since, _ := col.since.AsOption()
	switch {
	case upper == 0 && since == 0:
		// Nothing was ever written, and there is no time to read at.
		m.upper = col.upper
		c.mappingRead(nil)
	case upper <= since:
		c.passSince(since)
	default:
		c.readMapping(at, upper-1)
	}
}

// passSince asks for the upper to move past a since that leaves nothing to read.
func (c *Controller) passSince(since frontier.Timestamp) {
	if since != frontier.MaxTimestamp {
		target := &c.managed.target[IntrospectionShardMapping]
		*target = max(*target, since+1)
	}
}

// readMapping starts the controller's own snapshot at the last complete time.
func (c *Controller) readMapping(at uint32, asOf frontier.Timestamp) {
	i := c.snapshots.New()
	s := c.snapshots.At(i)
	*s = snapshot{collection: at, asOf: asOf, stage: readOpening, holding: true, own: true, serial: c.serial()}
	s.reader = c.readerOf(s)
	c.linkSnapshot(i)
	c.managed.mapping.read, c.managed.mapping.upper = i, c.collections.At(at).upper
}

// mappingRead compares what was read with what is true: every collection that is
// not dropped, once. The difference retracts only what was read.
func (c *Controller) mappingRead(updates []relation.Update) {
	m := &c.managed.mapping
	if m.upper != c.collections.At(c.managed.bound[IntrospectionShardMapping]).upper {
		return
	}
	all := append(c.scratch.updates[:0], updates...)
	for i := range all {
		all[i].Time, all[i].Diff = 0, -all[i].Diff
	}
	for _, at := range c.order {
		if col := c.collections.At(at); !col.dropped && col.desc.Kind != KindRemap {
			all = append(all, relation.Update{Data: mappingRow(col), Diff: 1})
		}
	}
	c.scratch.updates = all
	m.diff = c.updates.Copy(relation.Consolidate(all))
	m.stale = false
}

// mappingBatch makes the difference a write at the next time, if there is one and
// it was read at this upper.
func (c *Controller) mappingBatch(b *batch, upper frontier.Timestamp) bool {
	m := &c.managed.mapping
	if len(m.diff) == 0 {
		return false
	}
	t, ok := c.nextTime(upper)
	if !ok {
		return false
	}
	b.updates = c.updates.Copy(m.diff)
	for i := range b.updates {
		b.updates[i].Time = t
	}
	b.upper = frontier.At(t + 1)
	m.diff = nil
	return true
}

// mappingWritten: an empty append that followed what was read leaves it as true as
// it was, at a later upper, so that ticks do not make a slow read futile.
func (c *Controller) mappingWritten(b *batch) {
	if m := &c.managed.mapping; len(b.updates) == 0 && m.upper == b.expected {
		m.upper = b.upper
	}
}

// ownReadEnded notes that the read of the mapping is over, whatever came of it.
func (c *Controller) ownReadEnded(i uint32) {
	if c.managed.mapping.read == i {
		c.managed.mapping.read = 0
	}
}

// endMapping forgets a mapping whose collection is dropped; its read goes on for
// nobody.
func (c *Controller) endMapping() {
	i := c.managed.mapping.read
	c.managed.mapping = mapping{}
	if i != 0 {
		c.abandon(i)
	}
}

// ownReads counts the controller's own reads that hold a collection.
func (c *Controller) ownReads(col *collection) (n int64) {
	for i := col.firstSnapshot; i != 0; i = c.snapshots.At(i).next {
		if s := c.snapshots.At(i); s.own && s.holding {
			n++
		}
	}
	return n
}
