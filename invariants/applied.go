package invariants

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// persistApplied takes up a call that took effect on a shard.
func (j *Judges) persistApplied(o *Observation) {
	j.active = true
	si := j.shardAt(o.PersistCall.Shard)
	caller := j.lifeOf(o.Incarnation)
	if o.Node == Foreign {
		caller = nil
	}
	j.topEpoch = max(j.topEpoch, o.After.Opaque.Epoch, o.After.WriterEpoch)
	j.s3Applied(o.Node, si, o)
	j.s7Applied(caller, o)
	j.s9Finalized(caller, si, o)
	if o.PersistCall.Op == persist.OpCompareAndAppend && o.PersistResult.Outcome == outcome.Done {
		j.landed(caller, si, o)
	}
	s := &j.shards[si]
	moved := o.After.Upper != s.now.Upper
	since := o.After.Since != o.Before.Since
	s.now = *o.After
	if moved {
		j.staleBatches(si)
		if _, l := j.leader(); l != nil && caller == nil {
			mark(&s.marks, o.AtUs, freshness(&l.config), s.now.Upper)
		}
	}
	j.s1Applied(caller, si, o)
	j.s15Applied(o)
	if caller != nil && !caller.ended && o.After.CriticalSince != o.Before.CriticalSince && s.slot >= 0 {
		if b := j.beliefAt(caller.node, s.slot); b.opened && o.After.CriticalSince == b.view.Since {
			j.met[l1]++
		}
	}
	if since {
		j.s10Since(si, o)
		j.s2Fold(&j.shards[si])
	}
}

// landed records an append that took effect.
func (j *Judges) landed(caller *life, si int32, o *Observation) {
	if o.Before.Upper == o.After.Upper && len(o.PersistCall.Updates) == 0 {
		return
	}
	s := &j.shards[si]
	if caller == nil {
		s.foreign = true
	}
	if o.Before.Upper == o.After.Upper {
		return // the token said that it had landed before
	}
	s.land(&j.landings, o.PersistCall.Updates)
	j.s14Landed(si, o)
	if caller != nil {
		j.s5Landed(caller, si, o)
		j.s16Closed(si, o)
	}
}

// toldUpper is an upper that a result tells.
func toldUpper(op persist.Op, r *persist.Result) (frontier.Frontier, bool) {
	switch op {
	case persist.OpFetchUpper:
		return r.Upper, r.Outcome == outcome.Done
	case persist.OpCompareAndAppend:
		return r.Upper, r.Outcome == outcome.Done || r.Outcome == outcome.Mismatch
	case persist.OpOpenLeasedReader:
		return r.Upper, r.Outcome == outcome.Done
	case persist.OpSnapshot:
		return r.Upper, r.Outcome == outcome.Done || r.Outcome == outcome.NotYet
	default:
	}
	return frontier.Frontier{}, false
}
