package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

func docS7() Doc {
	return Doc{
		Name: "S7", Title: "fencing",
		Statement: "Once a newer epoch is established on a thing (the stash: its take-over is committed; a shard's critical handle or writer: its epoch is stored), no call of an older one changes it. Every call carries the epoch, nonce and fencing value of the incarnation that sends it. A collection is in use only after the older epochs are locked out of its shard. A controller that is told of a newer epoch halts in that step. A process of a host that has accepted a session accepts none of an older epoch, does nothing that is said in one, and reports to none; a service obeys no call below the epoch that is recorded with it.",
		Meaning:   "A deposed controller goes on writing beside its successor: rows that the successor never saw appear, or history that it promised is compacted.",
		Met:       "a call of an older epoch reached something that a newer one had taken over",
	}
}

// s7Issued judges what a call to a shard carries.
func (j *Judges) s7Issued(l *life, c *persist.Call) {
	j.checked[s7]++
	switch c.Op {
	case persist.OpOpenWriter, persist.OpCompareAndAppend:
		if c.Epoch != l.epoch || c.Epoch == 0 {
			j.violate(s7, l.node, "%v: %v carries epoch %d, the controller's is %d", c.Shard, c.Op, c.Epoch, l.epoch)
		}
	case persist.OpOpenCritical, persist.OpCompareAndDowngradeSince:
		if l.opaque == (persist.Opaque{}) {
			l.opaque = c.Opaque
		}
		if c.Opaque.Epoch != l.epoch || c.Opaque.Epoch == 0 || c.Opaque != l.opaque {
			j.violate(s7, l.node, "%v: %v carries the fencing value %d/%d, the controller's is %d/%d", c.Shard, c.Op, c.Opaque.Epoch, c.Opaque.Nonce, l.epoch, l.opaque.Nonce)
		}
		if c.Op == persist.OpCompareAndDowngradeSince && c.ExpectedOpaque != l.opaque && c.ExpectedOpaque.Epoch >= l.epoch {
			j.violate(s7, l.node, "%v: the critical handle of epoch %d is taken over by epoch %d", c.Shard, c.ExpectedOpaque.Epoch, l.epoch)
		}
	default:
	}
}

func (j *Judges) s7StashIssued(l *life, c *stash.Call) {
	j.checked[s7]++
	if c.Op != stash.OpTakeOver && (c.Epoch != l.epoch || c.Nonce != l.nonce || c.Epoch == 0) {
		j.violate(s7, l.node, "a stash call %v carries epoch %d, the controller's is %d", c.Op, c.Epoch, l.epoch)
	}
}

// s7Applied judges a change of a shard by the epoch of who made it.
func (j *Judges) s7Applied(caller *life, o *Observation) {
	if caller == nil {
		return
	}
	j.checked[s7]++
	old := caller.epoch < o.Before.Opaque.Epoch || caller.epoch < o.Before.WriterEpoch
	if old {
		j.met[s7]++
	}
	if caller.epoch < o.Before.Opaque.Epoch && (o.Before.CriticalSince != o.After.CriticalSince || o.Before.Opaque != o.After.Opaque) {
		j.violate(s7, o.Node, "%v: epoch %d changed the critical handle of epoch %d", o.PersistCall.Shard, caller.epoch, o.Before.Opaque.Epoch)
	}
	if caller.epoch < o.Before.WriterEpoch && (o.Before.Upper != o.After.Upper || o.Before.WriterEpoch != o.After.WriterEpoch) {
		j.violate(s7, o.Node, "%v: epoch %d wrote although epoch %d has taken the shard over", o.PersistCall.Shard, caller.epoch, o.Before.WriterEpoch)
	}
}

func (j *Judges) s7StashApplied(caller *life, o *Observation) {
	if caller == nil {
		return
	}
	j.checked[s7]++
	if caller.epoch != 0 && caller.epoch < o.EpochBefore {
		j.met[s7]++
		if o.StashResult.Outcome == outcome.Done && o.StashCall.Op == stash.OpCommit && len(o.StashCall.Writes) > 0 {
			j.violate(s7, o.Node, "a stash transaction of epoch %d was committed after epoch %d had taken over", caller.epoch, o.EpochBefore)
		}
	}
}

// s7Opened judges that older epochs are locked out when a shard comes into use.
func (j *Judges) s7Opened(l *life, slot int32, v *core.CollectionView) {
	j.checked[s7]++
	s := j.dataShard(slot)
	if s == nil {
		return
	}
	if s.now.Opaque.Epoch < l.epoch || s.now.WriterEpoch < l.epoch {
		j.violate(s7, l.node, "%v is in use by epoch %d, but its shard's critical handle is epoch %d's and its writer epoch %d's",
			v.ID, l.epoch, s.now.Opaque.Epoch, s.now.WriterEpoch)
	}
}

// s7Settled judges that a controller which was told of a newer epoch has halted.
func (j *Judges) s7Settled(l *life) {
	if l.mustHalt && !l.halted && !l.ended {
		j.violate(s7, l.node, "the controller of epoch %d was told of a newer epoch and goes on", l.epoch)
		l.mustHalt = false
	}
}
