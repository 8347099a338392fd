package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

func docL1() Doc {
	return Doc{
		Name: "L1", Title: "compaction progresses",
		Statement: "When a step is over that changed what is believed of a table or a reported collection, its implied capability is where its read policy lets it go; and an export that has reported its progress holds its input no earlier than one step before that. At rest after healing, the implied capability of every collection is where its read policy puts it, lapsed holds are gone, and its shard's durable since is where the implied capability and the holds let it go, those of a managed collection as far as they do for the upper of a short while ago; that of a dropped collection that nothing holds is empty. What an ingestion holds of what it reads follows what it fills, and what an export holds its durable progress; what is over holds nothing. Excepted is what a host holds that no controller has a reason to talk to any more.",
		Meaning:   "History that nobody may read is kept: storage and the cost of every read grow without bound.",
		Met:       "a durable since reached its target by moving",
	}
}

// l1Missing says which collections' sinces are not where they should be.
func (j *Judges) l1Missing(out *strings.Builder, _ int64) int {
	_, l := j.leader()
	if l == nil {
		return 0
	}
	if l.mono < l.graceEnds {
		out.WriteString("the time after boot is not over")
		return 1
	}
	n := 0
	for i := range j.things {
		t := &j.things[i]
		if !t.created || t.createdEpoch > l.epoch {
			continue
		}
		j.checked[l1]++
		if why := j.behind(l, int32(i), t); why != "" {
			if n == 0 {
				out.WriteString(why)
			}
			n++
		}
	}
	return n
}

// behind says what keeps a collection's since from its target.
func (j *Judges) behind(l *life, slot int32, t *thing) string {
	b := j.beliefAt(l.node, slot)
	s := j.dataShard(slot)
	switch {
	case b.gone:
		return "" // s9Gone has judged it
	case !b.present:
		if t.droppedFor(l.epoch) {
			return ""
		}
		return fmt.Sprintf("%v is not known to the controller", t.id)
	case b.view.Phase == core.ShardFailed || s == nil || s.now.Finalized:
		return ""
	case b.view.Phase != core.ShardOpen:
		return fmt.Sprintf("the shard of %v is not open", t.id)
	}
	if why := j.importsBehind(l, b, t); why != "" {
		return why
	}
	if why := j.exportsBehind(l, b, t); why != "" {
		return why
	}
	v := &b.view
	if v.Kind == core.KindIntrospection && !t.droppedFor(l.epoch) {
		return j.managedBehind(l, t, b, s)
	}
	if t.hosted() {
		return j.hostedBehind(l, slot, b, s)
	}
	if v.Tokens > 0 {
		return ""
	}
	target := later(v.Implied, earlier(policyBound(v.Policy, v.Upper, v.Implied), dependantsOf(v)))
	if t.droppedFor(l.epoch) {
		target = empty()
	}
	if v.Implied != target {
		return fmt.Sprintf("%v: the implied capability is at %v, its policy lets it go to %v", t.id, v.Implied, target)
	}
	for i := b.holds; i >= 0; i = j.holds[i].next {
		if h := &j.holds[i]; l.mono >= h.lapses+span(l.config.HoldLease) {
			return fmt.Sprintf("%v: a hold of owner %d at %d lapsed at %d µs and is still there at %d µs", t.id, h.owner, h.time, h.lapses, l.mono)
		}
	}
	all, _ := j.holdsBack(b, l.mono)
	target = earlier(earlier(target, all), dependantsOf(v))
	if v.Dependent && v.Since == target {
		// What exports hold moves with what they have read; the shard follows.
		if s.now.CriticalSince == target || !before(s.now.CriticalSince, back(target, slackMs(&l.config))) {
			return ""
		}
	}
	return j.shardBehind(t, v, s, target)
}

func (j *Judges) shardBehind(t *thing, v *core.CollectionView, s *shard, target frontier.Frontier) string {
	if v.Since != target {
		return fmt.Sprintf("%v: its since is %v, what holds it lets it go to %v", t.id, v.Since, target)
	}
	// A newer epoch may have moved it further: a target is reached when the shard's
	// since has reached it (C-90). A host that nobody can tell anything goes on reading.
	if before(s.now.CriticalSince, target) || before(s.now.Since, target) && !j.keptOutOfTouch(t) {
		return fmt.Sprintf("%v: its shard's since is %v (the controllers' handle %v), its target %v", t.id, s.now.Since, s.now.CriticalSince, target)
	}
	return ""
}
