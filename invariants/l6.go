package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
)

func docL6() Doc {
	return Doc{
		Name: "L6", Title: "frontiers are fresh",
		Statement: "What a controller is told of an upper (by a write, a mismatch, a fetch, a read, a client's or a host's report, of an export by its host's) it believes in that step; at rest after healing the believed upper of every collection is the durable one, and that of a managed collection follows the present, both within a few periods, unless it is closed.",
		Meaning:   "Readers wait for data that is there, and compaction stands still.",
		Met:       "a controller was told of an upper later than the one it believed",
	}
}

// l6Learned notes an upper that a completion told; it must be believed when the
// step is over.
func (j *Judges) l6Learned(l *life, f *flight, b *belief, r *persist.Result) {
	upper, ok := toldUpper(f.op, r)
	if !ok {
		return
	}
	j.checked[l6]++
	if !b.opened || before(b.view.Upper, upper) {
		j.met[l6]++
		b.learned, b.hasLearned = later(b.learned, upper), true
		j.touch(l.node, f.slot, b)
	}
}

func (j *Judges) l6Settled(l *life, slot int32, b *belief) {
	if !b.hasLearned {
		return
	}
	if b.present && b.view.Phase == core.ShardOpen && before(b.view.Upper, b.learned) {
		j.violate(l6, l.node, "%v: the controller was told that the durable upper is %v and believes %v", idOf(j, slot), b.learned, b.view.Upper)
	}
	b.learned, b.hasLearned = b.view.Upper, false
}

// l6Reported judges that an acknowledged report is believed.
func (j *Judges) l6Reported(l *life, q *request) {
	for k := range q.r.Uppers {
		u := &q.r.Uppers[k]
		if !usable(u.ID) {
			continue
		}
		j.checked[l6]++
		if b := j.beliefAt(l.node, j.slotOf(u.ID)); b.opened && b.present && before(b.view.Upper, u.Upper) {
			j.violate(l6, l.node, "%v: the report of upper %v is acknowledged, but %v is believed", u.ID, u.Upper, b.view.Upper)
		}
	}
}

// l6Acknowledged judges that the upper of an acknowledged append is believed.
func (j *Judges) l6Acknowledged(l *life, e *entry) {
	b := j.beliefAt(l.node, e.slot)
	if b.opened && b.present && b.view.Phase == core.ShardOpen && before(b.view.Upper, e.upper) {
		j.violate(l6, l.node, "%v: an append up to %v is acknowledged, but %v is believed", idOf(j, e.slot), e.upper, b.view.Upper)
	}
}

// l6Missing says which believed uppers are not the durable ones.
func (j *Judges) l6Missing(out *strings.Builder, _ int64) int {
	_, l := j.leader()
	if l == nil {
		return 0
	}
	n := 0
	for i := range j.things {
		t := &j.things[i]
		if !t.created || t.droppedFor(l.epoch) {
			continue
		}
		b := j.beliefAt(l.node, int32(i))
		s := j.dataShard(int32(i))
		if !b.present || b.view.Phase != core.ShardOpen || s == nil || s.now.Finalized {
			continue
		}
		j.checked[l6]++
		if j.managed(int32(i)) {
			n += j.l6Managed(out, l, t, b, s)
			continue
		}
		if t.hosted() {
			n += j.l6Hosted(out, l, t, b, s)
			continue
		}
		if b.view.Upper != s.now.Upper {
			if n == 0 {
				fmt.Fprintf(out, "%v: the believed upper is %v, the durable one %v", t.id, b.view.Upper, s.now.Upper)
			}
			n++
		}
	}
	return n
}
