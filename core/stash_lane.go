package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// stashJob is the transaction that the stash lane is about.
type stashJob uint8

const (
	jobNone stashJob = iota
	jobTakeOver
	jobPeek
	// jobCommit commits writes for a request, or nothing at all to prove leadership.
	jobCommit
)

// stashLane runs one transaction at a time.
type stashLane struct {
	lane
	job stashJob
	// served is how many operations at the head of the control queue the commit is
	// for; 0: none, it proves leadership.
	served uint32
	// unlisted is how many ids at the head of the unlisting queue it unlists.
	unlisted uint32
	txn      stash.TxnID
	writes   []stash.Write
	// resolving: the commit's outcome was lost and is being found out (T-2).
	resolving bool
	// cause of the next call: the request's, or the timer's that repeats it.
	cause    Cause
	issuedAt clock.Instant
	// verifiedAt is when the latest call that proved leadership was issued (C-48).
	verifiedAt clock.Instant
}

// stashCollections are what a boot loads.
func stashCollections() []stash.Collection {
	return []stash.Collection{
		stash.CollectionMetadata, stash.CollectionDescriptions, stash.CollectionPolicies,
		stash.CollectionDropped, stash.CollectionFinalize, stash.CollectionExports, stash.CollectionExportAsOf,
	}
}

// driveStash sends the next stash call, if one is wanted and none is out.
func (c *Controller) driveStash() {
	m := &c.meta
	if c.phase == PhaseHalted || c.phase == PhaseNew || m.effect != 0 {
		return
	}
	if !c.ready(&m.lane, laneStash, 0, 0, 0) || m.job == jobNone && !c.nextTransaction() {
		return
	}
	e := c.issue(&m.lane, laneStash, 0, 0, c.cfg.StashDeadline)
	e.Kind = EffectStash
	e.Cause = m.cause
	m.issuedAt = c.now.Mono
	call := &e.Stash
	call.Epoch, call.Nonce = c.epoch, c.nonce
	switch m.job {
	case jobTakeOver:
		call.Op, call.Txn = stash.OpTakeOver, m.txn
	case jobPeek:
		call.Op, call.Collections = stash.OpPeek, stashCollections()
	case jobCommit:
		call.Op, call.Txn, call.Writes = stash.OpCommit, m.txn, m.writes
		if m.resolving {
			call.Op = stash.OpResolve
		}
		for i := uint32(0); i < m.served; i++ {
			c.requests.At(c.control.queue.At(int(i))).sent = true
		}
	case jobNone:
	}
}

// nextTransaction takes the next operation from the queue or, if there is none
// and leadership was proved long enough ago, proves it.
func (c *Controller) nextTransaction() bool {
	if c.phase != PhaseRunning {
		return false
	}
	if c.nextControl() {
		return true
	}
	if c.phase == PhaseHalted {
		return false
	}
	m := &c.meta
	due := m.verifiedAt.Add(c.cfg.HoldLease / 6)
	if due > c.now.Mono {
		c.arm(&m.timer, laneStash, 0, 0, due)
		return false
	}
	c.transact(0, 0, nil)
	return true
}

// transact makes writes, of what is at the heads of the control queue and of the
// unlisting queue, the next transaction.
func (c *Controller) transact(served, unlisted uint32, writes []stash.Write) {
	m := &c.meta
	m.job, m.served, m.unlisted, m.writes = jobCommit, served, unlisted, writes
	m.txn, m.resolving = c.newTxn(), false
	switch {
	case m.tries > 0:
	case served > 0:
		m.cause = c.requests.At(c.control.queue.At(0)).cause
	case unlisted > 0:
		// What caused the end may be long ago; that it is the end of this is enough.
		m.cause = c.timerCause(laneFinal, 0, c.unlisting[0])
	}
}

// tryLater sets the backoff. The next try has its timer's cause, so that what
// befalls it is not what befell this one.
func (c *Controller) tryLater() {
	m := &c.meta
	c.failed(&m.lane)
	m.cause = c.timerCause(laneStash, m.retryAt, 0)
}

// judgeAgain gives a transaction up that certainly did not happen. What it was for
// is judged anew and goes out under another id: an abandoned one stays abandoned,
// and what is written is what is in force then.
func (c *Controller) judgeAgain() {
	m := &c.meta
	for i := uint32(0); i < m.served; i++ {
		c.requests.At(c.control.queue.At(int(i))).state = requestQueued
	}
	m.job, m.served, m.unlisted, m.writes, m.resolving = jobNone, 0, 0, nil, false
}

// leading reports whether leadership was proved recently enough to grant a hold.
func (c *Controller) leading() bool {
	return c.now.Mono <= c.meta.verifiedAt.Add(c.cfg.HoldLease/3)
}

// stashTimer: the open call's deadline has passed, or the lane wanted to be
// looked at again (finish does so at the end of every step).
func (c *Controller) stashTimer() {
	c.meta.cause = c.cause
	if c.meta.effect == 0 {
		c.disarm(&c.meta.timer)
		return
	}
	unknown := stash.Result{Outcome: outcome.Unknown}
	c.stashEnded(&unknown)
}

// stashDone takes the completion of a stash call.
func (c *Controller) stashDone(id EffectID, res *stash.Result) {
	if id == 0 || id != c.meta.effect || c.phase == PhaseHalted {
		c.ignored++
		return
	}
	c.stashEnded(res)
}

func (c *Controller) stashEnded(res *stash.Result) {
	m := &c.meta
	c.settleLane(&m.lane)
	switch res.Outcome {
	case outcome.Done:
		m.succeeded()
		m.verifiedAt = m.issuedAt
		c.clock.learn(res.ServerTime, c.now.Mono)
		c.transacted(res)
	case outcome.Unknown:
		m.resolving = m.job == jobCommit
		c.tryLater()
	case outcome.NotDone:
		if m.job == jobCommit {
			c.judgeAgain()
		}
		c.tryLater()
	case outcome.Fenced:
		c.fenced("stash", res.Epoch)
	case outcome.Invalid:
		c.halt(HaltCorrupt, "stash: "+res.Reason.String(), uint64(res.Reason), uint64(m.job))
	default:
		c.halt(HaltContract, "outcome of a stash call", uint64(res.Outcome), uint64(m.job))
	}
}

// transacted continues after a successful transaction.
func (c *Controller) transacted(res *stash.Result) {
	m := &c.meta
	switch m.job {
	case jobTakeOver:
		c.tookOver(res.Epoch)
	case jobPeek:
		c.loaded(res.Entries)
	case jobCommit:
		served, unlisted := m.served, m.unlisted
		m.job, m.served, m.unlisted, m.writes = jobNone, 0, 0, nil
		c.unlisted(unlisted)
		c.committed(served, res.Entries)
	case jobNone:
	}
}
