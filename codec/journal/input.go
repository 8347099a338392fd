package journal

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

func input(c *coder, v *core.Input) {
	unsigned(c, &v.Kind)
	unsigned(c, &v.Cause)
	switch v.Kind {
	case core.InputBoot:
		boot(c, &v.Boot)
	case core.InputRequest:
		request(c, &v.Request)
	case core.InputCancel:
		unsigned(c, &v.Cancel)
	case core.InputPersistDone:
		unsigned(c, &v.Effect)
		persistResult(c, &v.Persist)
	case core.InputStashDone:
		unsigned(c, &v.Effect)
		stashResult(c, &v.Stash)
	case core.InputWake:
	case core.InputHostDone:
		unsigned(c, &v.Effect)
		unsigned(c, &v.HostResult.Outcome)
		unsigned(c, &v.HostResult.Epoch)
	case core.InputReport:
		hostID(c, &v.Host)
		session(c, &v.Session)
		report(c, &v.Report)
	case core.InputSessionLost:
		hostID(c, &v.Host)
		session(c, &v.Session)
	case core.InputOrchestratorDone:
		unsigned(c, &v.Effect)
		orchestratorResult(c, &v.Orchestrator)
	case core.InputNone, core.InputKindCount:
		c.fail()
	default:
		c.fail()
	}
}

func boot(c *coder, v *core.Boot) {
	for i := range v.Entropy {
		word(c, &v.Entropy[i])
	}
	config(c, &v.Config)
}

func config(c *coder, v *core.Config) {
	for _, d := range [...]*clock.Duration{
		&v.ReaderLease, &v.Heartbeat, &v.HoldLease, &v.ClockMargin, &v.FetchEvery, &v.AdvanceEvery, &v.SinceEvery,
		&v.BackoffMin, &v.BackoffMax, &v.PersistDeadline, &v.ReadDeadline, &v.StashDeadline, &v.SnapshotWait,
		&v.MaxClockSkew, &v.HostDeadline, &v.MoveGrace, &v.DropGrace, &v.WriterGrace, &v.ServicesEvery,
	} {
		signed(c, d)
	}
	l := &v.Limits
	for _, n := range [...]*int64{&l.OpenRequests, &l.QueuedAppends, &l.QueuedBytes, &l.HoldsPerOwner, &l.IDsPerRequest} {
		signed(c, n)
	}
}

func update(c *coder, v *relation.Update) {
	text(c, &v.Data)
	unsigned(c, &v.Time)
	signed(c, &v.Diff)
}

func persistCall(c *coder, v *persist.Call) {
	unsigned(c, &v.Op)
	word(c, &v.Shard.Hi)
	word(c, &v.Shard.Lo)
	word(c, &v.Reader.Hi)
	word(c, &v.Reader.Lo)
	word(c, &v.Writer.Hi)
	word(c, &v.Writer.Lo)
	word(c, &v.Token.Hi)
	word(c, &v.Token.Lo)
	unsigned(c, &v.Epoch)
	antichain(c, &v.Expected)
	antichain(c, &v.Upper)
	antichain(c, &v.Since)
	opaque(c, &v.ExpectedOpaque)
	opaque(c, &v.Opaque)
	unsigned(c, &v.AsOf)
	signed(c, &v.Lease)
	list(c, &v.Updates, update)
}

func opaque(c *coder, v *persist.Opaque) {
	unsigned(c, &v.Epoch)
	unsigned(c, &v.Nonce)
}

func persistResult(c *coder, v *persist.Result) {
	unsigned(c, &v.Outcome)
	unsigned(c, &v.Reason)
	antichain(c, &v.Since)
	antichain(c, &v.ReaderSince)
	antichain(c, &v.Upper)
	opaque(c, &v.Opaque)
	unsigned(c, &v.Epoch)
	list(c, &v.Updates, update)
}

func stashCall(c *coder, v *stash.Call) {
	unsigned(c, &v.Op)
	unsigned(c, &v.Epoch)
	unsigned(c, &v.Nonce)
	word(c, &v.Txn.Hi)
	word(c, &v.Txn.Lo)
	list(c, &v.Collections, func(c *coder, k *stash.Collection) { unsigned(c, k) })
	list(c, &v.Writes, func(c *coder, w *stash.Write) {
		unsigned(c, &w.Kind)
		unsigned(c, &w.Collection)
		text(c, &w.Key)
		text(c, &w.Value)
	})
}

func stashResult(c *coder, v *stash.Result) {
	unsigned(c, &v.Outcome)
	unsigned(c, &v.Reason)
	unsigned(c, &v.Epoch)
	signed(c, &v.ServerTime)
	list(c, &v.Entries, func(c *coder, e *stash.Entry) {
		unsigned(c, &e.Collection)
		text(c, &e.Key)
		text(c, &e.Value)
	})
}
