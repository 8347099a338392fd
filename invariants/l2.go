package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
)

func docL2() Doc {
	return Doc{
		Name: "L2", Title: "drops complete",
		Statement: "At rest after healing, every dropped collection that nothing holds, and that no live collection uses for its status, has come to its end: its shard's since is empty, its shard is finalized, the stash lists it no more, and the controller has forgotten it. Excepted is what a process that nobody can tell anything (see L4) still writes or holds. The end of a since is sent to the shard in the step in which it comes about. Of every dropped export the stash has forgotten the description and the as_of; of one that its host has confirmed, soon.",
		Meaning:   "What was dropped is stored, and paid for, for ever.",
		Met:       "a dropped collection came to its end",
	}
}

// l2AtOnce judges, when a step is over, that a since which has come to the empty frontier
// in it is sent to the shard, whatever the pace of downgrades is (C-90).
func (j *Judges) l2AtOnce(l *life, slot int32, b *belief) {
	if b.movedStep != j.step || !b.present || !b.opened || b.view.Phase != core.ShardOpen || l.halted {
		return
	}
	was := j.viewBefore(b)
	if !b.view.Since.Empty || b.view.ReaderSince.Empty || was.Since.Empty || was.Phase != core.ShardOpen {
		return
	}
	j.checked[l2]++
	if t := &b.tries[persist.OpCompareAndDowngradeSince]; t.state == tryNone && !t.late {
		j.violate(l2, l.node, "%v: nothing holds it any more, and its shard is not told so in that step", b.view.ID)
	}
}

// l2Missing says which drops are not complete.
func (j *Judges) l2Missing(out *strings.Builder, _ int64) int {
	_, l := j.leader()
	if l == nil {
		return 0
	}
	n := 0
	for i := range j.things {
		t := &j.things[i]
		if !t.knownTo(l.epoch) || !t.droppedFor(l.epoch) {
			continue
		}
		j.checked[l2]++
		if why := j.unfinished(l, t, j.beliefAt(l.node, int32(i))); why != "" && !j.keptOutOfTouch(t) {
			if n == 0 {
				out.WriteString(why)
			}
			n++
		}
	}
	return n
}

// unfinished says how far the end of a dropped collection has come, or nothing if
// that is as far as it can.
func (j *Judges) unfinished(l *life, t *thing, b *belief) string {
	s := j.shardOfThing(t)
	over := s != nil && s.now.Finalized
	switch {
	case over && t.stored&storedListing == 0 && !b.present:
		return ""
	case b.present && b.view.NamedHolds+b.view.CountedHolds+b.view.Snapshots+b.view.Tokens > 0 || b.present && b.view.Dependent, j.userOf(l, t.id) >= 0 || j.mayStillWriteStatus(l, t.id):
		return ""
	case isRemap(t.id) && j.beliefAt(l.node, t.of).present && j.unfinished(l, &j.things[t.of], j.beliefAt(l.node, t.of)) == "":
		return "" // its ingestion is still needed
	case s == nil:
		return fmt.Sprintf("%v was dropped, and its shard was never touched", t.id)
	case !over:
		return fmt.Sprintf("%v was dropped, nothing holds it, and its shard is not finalized: since %v (the controllers' handle %v), upper %v", t.id, s.now.Since, s.now.CriticalSince, s.now.Upper)
	case t.stored&storedListing != 0:
		return fmt.Sprintf("%v was dropped and its shard finalized, but the stash still lists it", t.id)
	}
	return fmt.Sprintf("%v was dropped, finalized and unlisted, but the controller has not forgotten it", t.id)
}
