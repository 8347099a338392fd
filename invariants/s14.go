package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

func docS14() Doc {
	return Doc{
		Name: "S14", Title: "introspection truth",
		Statement: "The durable contents of the shard mapping never have a row less than zero times or more than once. At rest after healing they have exactly one row for every collection that is durably created and not dropped: its id and its data shard. At most one live collection is of each introspection type. The controller reads nothing for itself but the mapping, at a time that is complete and readable, and writes what it lacks at exactly the upper at which it was read, or to which only the controller's own writes of nothing have moved it since; it does not read it again while nothing has changed, and does so at once when what it wrote met another upper.",
		Meaning:   "Whoever looks up where a collection's data is finds it nowhere, twice, or in another's shard.",
		Met:       "rows of the mapping became durable, or it was found to be true at rest",
	}
}

// mappedRow is a row that a mapping's shard holds, and how often.
type mappedRow struct {
	shard int32
	row   relation.Row
	count int64
}

// s14Landed takes up what became durable in a mapping, and judges it when the whole
// append is in.
func (j *Judges) s14Landed(si int32, o *Observation) {
	c := o.PersistCall
	if !j.mapping(j.shards[si].slot) || len(c.Updates) == 0 {
		return
	}
	j.met[s14]++
	for i := range c.Updates {
		j.mapRow(si, c.Updates[i].Data, c.Updates[i].Diff)
	}
	for i := 0; i < len(j.mapped); i++ {
		m := &j.mapped[i]
		if m.shard != si {
			continue
		}
		j.checked[s14]++
		if m.count < 0 || m.count > 1 {
			id, shard, _ := mappingRow(m.row)
			j.violate(s14, o.Node, "%v: the mapping has the row of %s and %s %d times", idOf(j, j.shards[si].slot), id, shard, m.count)
		}
		if m.count == 0 {
			j.mapped[i] = j.mapped[len(j.mapped)-1]
			j.mapped = j.mapped[:len(j.mapped)-1]
			i--
		}
	}
}

func (j *Judges) mapRow(si int32, row relation.Row, diff int64) {
	for i := range j.mapped {
		if m := &j.mapped[i]; m.shard == si && m.row == row {
			m.count += diff
			return
		}
	}
	j.mapped = append(j.mapped, mappedRow{si, row, diff})
}

// mappingRow reads a row of two texts.
func mappingRow(r relation.Row) (id, shard string, ok bool) {
	id, rest, ok := packedText(string(r))
	if !ok {
		return "", "", false
	}
	shard, rest, ok = packedText(rest)
	return id, shard, ok && rest == ""
}

// packedText reads a packed text that has no zero in it.
func packedText(s string) (v, rest string, ok bool) {
	if s == "" || s[0] != byte(relation.Text) {
		return "", "", false
	}
	n := escapedLength(s[1:])
	if n < 0 {
		return "", "", false
	}
	return s[1:n], s[n+1:], true
}

// shardOfText reads a shard's id as it is printed.
func shardOfText(s string) (id persist.ShardID, ok bool) {
	if len(s) != 37 || s[0] != 's' {
		return id, false
	}
	nibbles := 0
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case i == 9 || i == 14 || i == 19 || i == 24:
			if c != '-' {
				return id, false
			}
			continue
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return id, false
		}
		if nibbles < 16 {
			id.Hi = id.Hi<<4 | uint64(c)
		} else {
			id.Lo = id.Lo<<4 | uint64(c)
		}
		nibbles++
	}
	return id, nibbles == 32
}

// s14Bound judges, when a transaction is durable, that no introspection type has two
// live collections.
func (j *Judges) s14Bound(l *life, c *stash.Call) {
	made := false
	for i := range c.Writes {
		w := &c.Writes[i]
		if id, ok := idOfKey(w.Key); ok && w.Collection == stash.CollectionDescriptions {
			made = made || j.managed(j.slotOf(id))
		}
	}
	if !made {
		return
	}
	j.checked[s14]++
	var bound [core.IntrospectionTypeCount]core.GlobalID
	for i := range j.things {
		t := &j.things[i]
		if !j.managed(int32(i)) || t.dropped || t.description.Introspection >= core.IntrospectionTypeCount {
			continue
		}
		other := &bound[t.description.Introspection]
		if *other != (core.GlobalID{}) {
			j.violate(s14, l.node, "%v and %v are both of introspection type %d", *other, t.id, t.description.Introspection)
		}
		*other = t.id
	}
}

// s14Missing says what the mapping does not tell, or tells wrongly. There is nothing
// to write to one that is closed or at the end of time, or whose shard is lost.
func (j *Judges) s14Missing(out *strings.Builder, _ int64) int {
	_, l := j.leader()
	if l == nil {
		return 0
	}
	for i := range j.things {
		t := &j.things[i]
		if !j.mapping(int32(i)) || !t.knownTo(l.epoch) || t.droppedFor(l.epoch) {
			continue
		}
		b, s := j.beliefAt(l.node, int32(i)), j.dataShard(int32(i))
		if !b.present || b.view.Phase != core.ShardOpen || s == nil || s.now.Finalized || s.now.Upper.Empty || atTheEnd(s) {
			continue
		}
		j.checked[s14]++
		if why := j.mappingWrong(t); why != "" {
			out.WriteString(why)
			return 1
		}
		j.met[s14]++
	}
	return 0
}

func atTheEnd(s *shard) bool {
	const last = 1<<64 - 1
	return s.now.Upper.T == last || s.now.CriticalSince.T == last
}

// mappingWrong compares a mapping's durable rows with what the stash durably says.
func (j *Judges) mappingWrong(t *thing) string {
	rows := 0
	for i := range j.mapped {
		m := &j.mapped[i]
		if m.shard != t.shard {
			continue
		}
		rows++
		name, shard, _ := mappingRow(m.row)
		id, ok := idOfKey(name)
		data, read := shardOfText(shard)
		slot := int32(-1)
		if ok {
			slot = j.slotOf(id)
		}
		if !read || slot < 0 || j.things[slot].data != data || !j.things[slot].created || j.things[slot].dropped {
			return fmt.Sprintf("%v: the mapping has a row for %q in %q, which is no live collection's", t.id, name, shard)
		}
	}
	live := 0
	for i := range j.things {
		if c := &j.things[i]; c.created && !c.dropped && !isRemap(c.id) {
			live++
		}
	}
	if rows != live {
		return fmt.Sprintf("%v: the mapping has %d rows, and %d collections live", t.id, rows, live)
	}
	return ""
}
