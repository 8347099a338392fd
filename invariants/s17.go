package invariants

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

func docS17() Doc {
	return Doc{
		Name:      "S17",
		Title:     "a shard is what its contract says",
		Statement: "What is stored of a shard says, after every commit, what the calls that were committed make of it by the contract, one after the other. Whoever makes a call is told what the contract says of the moment of its commit, and a call that commits nothing is answered from a moment between its beginning and its end. What is read back is what was put there, and what no state names any more is deleted. (Judged where shards are the real machine, see --shards, and of every run in a trial of the machine alone.)",
		Meaning:   "Data that was acknowledged is lost or there twice, a reader's hold is forgotten, or somebody decides on the strength of a state that had passed.",
		Met:       "a commit of the real shard machine, compared with the model",
	}
}

// s17Stored compares what is stored of a shard with the model.
func (j *Judges) s17Stored(o *Observation) {
	j.checked[s17]++
	j.met[s17]++
	stored, model := *o.Before, *o.After
	if stored.Finalized && model.Finalized {
		stored.HasCritical, stored.CriticalSince, stored.Opaque = model.HasCritical, model.CriticalSince, model.Opaque
	}
	if stored.Leases != model.Leases {
		j.violate(s17, Foreign, "%v: the leased readers that are stored, their sinces and the ends of their leases are not what the calls that were committed make them", o.Shard)
		return
	}
	if stored != model {
		j.violate(s17, Foreign, "%v: since %v, upper %v, writers' epoch %d, critical %v at %v by %v, finalized %v are stored; the calls that were committed make it since %v, upper %v, writers' epoch %d, critical %v at %v by %v, finalized %v",
			o.Shard, stored.Since, stored.Upper, stored.WriterEpoch, stored.HasCritical, stored.CriticalSince, stored.Opaque, stored.Finalized,
			model.Since, model.Upper, model.WriterEpoch, model.HasCritical, model.CriticalSince, model.Opaque, model.Finalized)
	}
}

// s17Answered judges what somebody is told by a shard.
func (j *Judges) s17Answered(o *Observation) {
	j.checked[s17]++
	j.s17Read(o)
	c, r := o.PersistCall, o.PersistResult
	if e := o.Expected; e != nil && !opens(c.Op) || e != nil && sameAnswer(e, r) {
		if !sameAnswer(e, r) {
			j.violate(s17, Foreign, "%v: a committed %v is answered %v, since %v, reader's since %v, upper %v, opaque %v, epoch %d; by the contract it ends %v, %v, %v, %v, %v, %d",
				o.Shard, c.Op, r.Outcome, r.Since, r.ReaderSince, r.Upper, r.Opaque, r.Epoch,
				e.Outcome, e.Since, e.ReaderSince, e.Upper, e.Opaque, e.Epoch)
		}
		return
	}
	since, upper := tells(c.Op, r.Outcome)
	if since && !within(o.Before.Since, r.Since, o.After.Since) {
		j.violate(s17, Foreign, "%v: a %v is told that the since is %v; it was %v when the call was made and is %v now", o.Shard, c.Op, r.Since, o.Before.Since, o.After.Since)
	}
	if upper && !within(o.Before.Upper, r.Upper, o.After.Upper) {
		j.violate(s17, Foreign, "%v: a %v is told that the upper is %v; it was %v when the call was made and is %v now", o.Shard, c.Op, r.Upper, o.Before.Upper, o.After.Upper)
	}
}

// s17Read judges that what is read is of the times that were asked for.
func (j *Judges) s17Read(o *Observation) {
	c, r := o.PersistCall, o.PersistResult
	if r.Outcome != outcome.Done || c.Op != persist.OpListen && c.Op != persist.OpSnapshot {
		return
	}
	for i := range r.Updates {
		t := r.Updates[i].Time
		switch {
		case c.Op == persist.OpSnapshot && t != c.AsOf:
			j.violate(s17, Foreign, "%v: a snapshot at %d has an update at %d", o.Shard, c.AsOf, t)
			return
		case c.Op == persist.OpListen && (t <= c.AsOf || !r.Upper.Empty && t >= r.Upper.T):
			j.violate(s17, Foreign, "%v: who listens after %d hears an update at %d; the upper that is told is %v", o.Shard, c.AsOf, t, r.Upper)
			return
		}
	}
}

// opens reports whether a call, made again because nobody knows whether it was
// committed, commits nothing and is answered from a later moment.
func opens(op persist.Op) bool { return op == persist.OpOpenWriter || op == persist.OpOpenCritical }

func sameAnswer(a, b *persist.Result) bool {
	return a.Outcome == b.Outcome && a.Since == b.Since && a.ReaderSince == b.ReaderSince && a.Upper == b.Upper && a.Opaque == b.Opaque && a.Epoch == b.Epoch
}

// tells reports which of a shard's frontiers an answer that committed nothing has.
func tells(op persist.Op, o outcome.Outcome) (since, upper bool) {
	switch op {
	case persist.OpFetchUpper, persist.OpOpenWriter, persist.OpOpenCritical:
		return o == outcome.Done, o == outcome.Done
	case persist.OpSnapshot, persist.OpListen:
		return o == outcome.Done || o == outcome.Mismatch, o == outcome.Done || o == outcome.NotYet
	case persist.OpCompareAndAppend:
		return false, o == outcome.Mismatch
	case persist.OpFinalize:
		return o == outcome.NotYet, o == outcome.NotYet
	default:
	}
	return false, false
}

// within reports a ≤ f ≤ b.
func within(a, f, b frontier.Frontier) bool { return !before(f, a) && !before(b, f) }
