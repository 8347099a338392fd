package invariants

import (
	"fmt"
	"slices"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// What a storage host writes goes on while the rest of the world is at rest, so it is
// judged by where it was a while ago.

// upperMark is an upper, and when it was found.
type upperMark struct {
	atUs  int64
	upper frontier.Frontier
}

// mark notes a frontier from time to time.
func mark(m *[2]upperMark, atUs, window int64, now frontier.Frontier) {
	if atUs < m[1].atUs+window {
		return
	}
	m[0] = m[1]
	m[1] = upperMark{atUs, now}
}

// longAgo is a frontier that was reached at least a window ago.
func longAgo(m *[2]upperMark, atUs, window int64) frontier.Frontier {
	if m[1].upper != (frontier.Frontier{}) && atUs >= m[1].atUs+window {
		return m[1].upper
	}
	return m[0].upper
}

// longAgo is an upper that the shard had at least a window ago.
func (s *shard) longAgo(atUs, window int64) frontier.Frontier {
	return longAgo(&s.marks, atUs, window)
}

// freshness is within which time, in µs, a controller learns of an upper that a host
// has made durable, and brings what depends on it in line: by fetching it, at the
// latest.
func freshness(c *core.Config) int64 {
	return int64(2*c.FetchEvery + 2*c.PersistDeadline + 2*c.BackoffMax + c.SinceEvery + 2*clock.Second)
}

// l6Hosted says whether the believed upper of what a host writes is too old.
func (j *Judges) l6Hosted(out *strings.Builder, l *life, t *thing, b *belief, s *shard) int {
	old := s.longAgo(j.atUs, freshness(&l.config))
	if !before(b.view.Upper, old) {
		return 0
	}
	fmt.Fprintf(out, "%v: the believed upper is %v, durable was %v long ago, and %v now", t.id, b.view.Upper, old, s.now.Upper)
	return 1
}

// hostedBehind says what keeps the since of what a host writes from where it could
// have been brought by now.
func (j *Judges) hostedBehind(l *life, slot int32, b *belief, s *shard) string {
	t := &j.things[slot]
	v := &b.view
	if v.Tokens > 0 || v.Dependent {
		return "" // what holds it moves, too
	}
	reach, known := empty(), true
	switch {
	case t.description.Kind == core.KindRemap:
		reach, known = j.remapLongAgo(l, slot)
	case !t.droppedFor(l.epoch) && v.Upper.Empty:
		reach = v.Implied // what is closed stays readable where it was
	case !t.droppedFor(l.epoch):
		reach = policyBound(v.Policy, earlier(v.Upper, s.longAgo(j.atUs, freshness(&l.config))), v.Implied)
	}
	if !known {
		return ""
	}
	all, _ := j.holdsBack(b, l.mono)
	target := earlier(reach, all)
	switch {
	case before(v.Implied, reach):
		return fmt.Sprintf("%v: the implied capability is at %v, it may go to %v", t.id, v.Implied, reach)
	case before(s.now.CriticalSince, target):
		return fmt.Sprintf("%v: its shard's since is %v, its target %v", t.id, s.now.CriticalSince, target)
	}
	return ""
}

// remapLongAgo is where a remap shard's since could have been brought by now (C-37).
func (j *Judges) remapLongAgo(l *life, slot int32) (reach frontier.Frontier, known bool) {
	return j.filledLongAgo(l, &j.things[j.things[slot].of])
}

// importsBehind says what ingestions hold of a collection that they do not read any
// more (C-38). Where exports read it too, nothing is known.
func (j *Judges) importsBehind(l *life, b *belief, t *thing) string {
	v := &b.view
	if !v.Dependent {
		return ""
	}
	for i := range j.exports {
		if e := &j.exports[i]; e.desc.From == t.id || e.was.From == t.id {
			return ""
		}
	}
	reach := empty()
	for i := range j.things {
		m := &j.things[i]
		if !m.knownTo(l.epoch) || m.description.Ingestion == nil || !slices.Contains(m.description.Ingestion.Imports, t.id) {
			continue
		}
		f, known := j.filledLongAgo(l, m)
		if !known || m.dropped {
			return ""
		}
		reach = earlier(reach, f)
	}
	if !reach.Empty && before(v.Dependants, reach) {
		return fmt.Sprintf("%v: ingestions hold it at %v, what they fill lets them go to %v", t.id, v.Dependants, reach)
	}
	return ""
}

// filledLongAgo is one step before where all that an ingestion fills was a while ago.
func (j *Judges) filledLongAgo(l *life, main *thing) (reach frontier.Frontier, known bool) {
	meet := empty()
	for i := range main.outputs() {
		s := j.slotOf(main.outputs()[i].ID)
		if s < 0 || j.things[s].dropped {
			continue
		}
		data := j.dataShard(s)
		b := j.beliefAt(l.node, s)
		if data == nil || !b.present || b.view.Phase != core.ShardOpen {
			return empty(), false
		}
		if data.now.Upper.Empty || b.view.Upper.Empty {
			continue // closed
		}
		meet = earlier(meet, earlier(data.now.Upper, data.longAgo(j.atUs, freshness(&l.config))))
	}
	return back(meet, 1), !meet.Empty
}

// dependantsOf is where exports and ingestions hold a collection, as a controller
// says.
func dependantsOf(v *core.CollectionView) frontier.Frontier {
	if !v.Dependent {
		return empty()
	}
	return v.Dependants
}
