package invariants

import (
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
)

// statusSaid is the latest row that a process has written about an object's condition.
type statusSaid struct {
	row relation.Row
	// condition that it tells, and how many rows in a row have told it.
	condition string
	times     int
}

// mostSaid is how many rows in a row may tell the same: when too many wait, the latest is
// replaced, and may then follow one that tells the same.
const mostSaid = 2

// s13StatusWrote judges a status row that takes effect: a process says nothing of what it
// has said to have dropped, nothing twice, and only what has changed.
func (j *Judges) s13StatusWrote(o *Observation) {
	v, c := o.Hosted, o.PersistCall
	if len(c.Updates) != 1 || !appended(o) || j.filled(c.Shard) {
		return
	}
	id, condition, ok := statusOf(c.Updates[0].Data)
	if !ok {
		return
	}
	j.s13Silent(o, id)
	s := &j.runAt(v.Process, id).rows
	if s.condition != condition {
		*s = statusSaid{condition: condition}
	}
	s.times++
	switch {
	case s.row == c.Updates[0].Data:
		j.violate(s13, Foreign, "process %d of %v writes a status row of %v twice: %s", v.Process, v.Host, id, condition)
	case s.times > mostSaid:
		j.violate(s13, Foreign, "process %d of %v writes that %v is %s, for the %d. time in a row", v.Process, v.Host, id, condition, s.times)
	}
	s.row = c.Updates[0].Data
}

// s13StatusIssued judges the time of a status row: not later than the process's bounded
// clock, or than the shard's upper as it was guessed.
func (j *Judges) s13StatusIssued(v *HostObservation) {
	c := &v.Effect.Persist
	if v.Effect.Kind != storaged.EffectPersist || c.Op != persist.OpCompareAndAppend || len(c.Updates) != 1 || c.Expected.Empty || j.filled(c.Shard) {
		return
	}
	if id, _, ok := statusOf(c.Updates[0].Data); ok {
		p := j.processOf(v)
		j.checked[s13]++
		if t := c.Updates[0].Time; t > max(p.clock.peak, c.Expected.T) {
			j.violate(s13, Foreign, "process %d of %v writes the status of %v at %d; its clock is at %d at most, the shard complete up to %v", v.Process, v.Host, id, t, p.clock.peak, c.Expected)
		}
	}
}

// filled reports a shard that an ingestion binds or fills.
func (j *Judges) filled(s persist.ShardID) bool {
	return j.hosting.outputOf.find(s.Hi, s.Lo) >= 0 || j.hosting.ingestionOf.find(s.Hi, s.Lo) >= 0
}

// statusOf is what a status row says: of which object, and its condition with the reason.
func statusOf(row relation.Row) (id core.GlobalID, condition string, ok bool) {
	const number, text = 3, 5
	if len(row) < 10 || row[0] != number || row[9] != text {
		return id, "", false
	}
	name, rest, ok := strings.Cut(string(row[10:]), "\x00")
	if !ok || len(rest) == 0 || rest[0] != text {
		return id, "", false
	}
	id, ok = idOfKey(name)
	return id, strings.TrimSpace(strings.ReplaceAll(rest[1:], "\x00", " ")), ok
}
