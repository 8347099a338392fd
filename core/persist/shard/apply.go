package shard

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
)

// verdict is what a call means for the state that it was applied to.
type verdict uint8

const (
	// verdictSame: the result holds, if the state is the shard's present one.
	verdictSame verdict = iota
	// verdictChanged: the result holds once the changed state is committed.
	verdictChanged
	// verdictBlob: nothing was changed; the append's updates must be put as a blob first.
	verdictBlob
	// verdictRead: as verdictSame, but the result lacks the updates to be read.
	verdictRead
)

// applying is what a transition needs to know beside the state and the call.
type applying struct {
	// wall is what the wall clock of the calling process shows; it judges leases (P-18).
	wall clock.Wall
	// next is the number of the state that is being made.
	next   consensus.Seqno
	config *Config
	// blob holds an append's updates, once they were put.
	blob *Batch
}

// mutates reports whether a call of this kind may change a state.
func mutates(op persist.Op) bool {
	switch op {
	case persist.OpFetchUpper, persist.OpSnapshot, persist.OpListen, persist.OpNone:
		return false
	default:
		return true
	}
}

// apply makes the call take effect on a state of the caller's own (clone) and
// overwrites r with how it ended. The call's arguments are in order
// (persist.CheckArguments). Whatever is not Done has changed nothing.
func (s *State) apply(a *applying, c *persist.Call, r *persist.Result) verdict {
	*r = persist.Result{}
	if s.Finalized && c.Op != persist.OpFinalize {
		r.Outcome, r.Reason = outcome.Invalid, persist.ReasonFinalized
		return verdictSame
	}
	switch c.Op {
	case persist.OpOpenWriter:
		return s.openWriter(a, c, r)
	case persist.OpOpenLeasedReader:
		return s.openLeased(a, c, r)
	case persist.OpOpenCritical:
		return s.openCritical(a, c, r)
	case persist.OpCompareAndAppend:
		return s.compareAndAppend(a, c, r)
	case persist.OpFetchUpper:
		s.done(r)
		return verdictSame
	case persist.OpDowngradeSince:
		return s.downgradeSince(a, c, r)
	case persist.OpCompareAndDowngradeSince:
		return s.compareAndDowngradeSince(a, c, r)
	case persist.OpHeartbeat:
		return s.heartbeat(a, c, r)
	case persist.OpCloseReader:
		return s.closeReader(a, c, r)
	case persist.OpSnapshot:
		return s.snapshot(c, r)
	case persist.OpListen:
		return s.listen(c, r)
	case persist.OpFinalize:
		return s.finalize(a, r)
	case persist.OpNone:
	}
	r.Outcome, r.Reason = outcome.Invalid, persist.ReasonMalformed
	return verdictSame
}

// done is success, with the shard's frontiers.
func (s *State) done(r *persist.Result) {
	r.Outcome, r.Since, r.Upper = outcome.Done, s.Since, s.Upper
}

// recompute moves the since to the meet of the readers'. Only the two downgrades do
// so (P-1), and their own reader is always among them.
func (s *State) recompute(a *applying) {
	s.removeLapsed(a)
	meet := frontier.Empty()
	for i := range s.Leased {
		meet = meet.Meet(s.Leased[i].Since)
	}
	for i := range s.Critical {
		meet = meet.Meet(s.Critical[i].Since)
	}
	s.Since = s.Since.Join(meet)
	if s.Since.Empty {
		s.Batches, s.Tail, s.tailBytes, s.TailFrom = nil, nil, 0, a.next
	}
}

// finalize is P-2: the shard is given up for ever once both frontiers are empty and
// no reader is left. A reader whose lease has ended is none, though a refusal does
// not remove it; critical readers are all at the empty frontier when the since is.
func (s *State) finalize(a *applying, r *persist.Result) verdict {
	if s.Finalized {
		r.Outcome = outcome.Done
		return verdictSame
	}
	left := !s.Since.Empty || !s.Upper.Empty
	for i := range s.Leased {
		left = left || s.Leased[i].End >= a.wall
	}
	if left {
		r.Outcome, r.Since, r.Upper = outcome.NotYet, s.Since, s.Upper
		return verdictSame
	}
	*s = State{Shard: s.Shard, Seqno: s.Seqno, Mark: s.Mark, Since: frontier.Empty(), Upper: frontier.Empty(), Epoch: s.Epoch, Finalized: true}
	r.Outcome = outcome.Done
	return verdictChanged
}
