package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

// The trace hash covers everything that happens, by content: what is asked, what
// is answered, every call, and what became of it.

func hashFrontier(h *digest.Mixer, f frontier.Frontier) {
	v := uint64(f.T)
	if f.Empty {
		v = ^v
	}
	h.U64(v)
}

func hashID(h *digest.Mixer, id core.GlobalID) { h.U64(uint64(id.Kind)<<62 ^ id.N) }

func hashUpdates(h *digest.Mixer, list []relation.Update) {
	h.U64(uint64(len(list)))
	for i := range list {
		h.String(string(list[i].Data))
		h.U64(uint64(list[i].Time))
		h.U64(uint64(list[i].Diff))
	}
}

// hashRequest covers a request as it is delivered.
func (w *World) hashRequest(r *core.Request, cancel bool) {
	h := &w.hash.Mixer
	h.U64(uint64(r.ID))
	if cancel {
		h.U64(^uint64(0))
		return
	}
	h.U64(uint64(r.Op))
	hashID(h, r.GlobalID)
	h.U64(uint64(r.Owner)<<32 ^ uint64(r.Hold))
	h.U64(uint64(r.At) ^ uint64(r.AsOf))
	for i := range r.Appends {
		a := &r.Appends[i]
		hashID(h, a.ID)
		hashFrontier(h, a.Upper)
		hashUpdates(h, a.Updates)
	}
	for i := range r.Collections {
		hashSpec(h, &r.Collections[i])
	}
	if r.Moves != nil || r.Exports != nil || r.Token != 0 || r.From != (core.GlobalID{}) {
		hashHostedRequest(h, r)
	}
	for i := range r.IDs {
		hashID(h, r.IDs[i])
	}
	for i := range r.Policies {
		p := &r.Policies[i]
		hashID(h, p.ID)
		for j := range p.Policy.Nodes {
			n := &p.Policy.Nodes[j]
			h.U64(uint64(n.Kind)<<32 | uint64(n.Members))
			hashFrontier(h, n.From)
			h.U64(uint64(n.Lag))
		}
	}
	for i := range r.Uppers {
		hashID(h, r.Uppers[i].ID)
		hashFrontier(h, r.Uppers[i].Upper)
	}
	for i := range r.Capabilities {
		c := &r.Capabilities[i]
		hashID(h, c.ID)
		h.U64(uint64(c.Time))
		h.U64(uint64(c.Diff))
	}
}

// hashEffect covers an effect as it is released.
func (w *World) hashEffect(n int, e *core.Effect) {
	h := &w.hash.Mixer
	h.U64(uint64(e.Kind)<<8 | uint64(n))
	h.U64(uint64(e.ID))
	h.U64(uint64(e.Cause))
	switch e.Kind {
	case core.EffectPersist:
		hashCall(h, &e.Persist)
	case core.EffectStash:
		hashTransaction(h, &e.Stash)
	case core.EffectRespond:
		hashResponse(h, &e.Response)
	case core.EffectHost:
		hashHostCall(h, &e.Host)
	case core.EffectOrchestrator:
		h.U64(uint64(e.Orchestrator.Op)<<32 ^ e.Orchestrator.Epoch)
		h.U64(hostKey(e.Orchestrator.Host))
	case core.EffectNone, core.EffectKindCount:
	}
}

func hashCall(h *digest.Mixer, c *persist.Call) {
	h.U64(uint64(c.Op))
	h.U64(c.Shard.Hi ^ c.Shard.Lo)
	switch c.Op {
	case persist.OpCompareAndAppend:
		h.U64(c.Token.Hi ^ c.Token.Lo)
		h.U64(c.Epoch)
		hashFrontier(h, c.Expected)
		hashFrontier(h, c.Upper)
		hashUpdates(h, c.Updates)
	case persist.OpOpenWriter:
		h.U64(c.Writer.Hi ^ c.Writer.Lo)
		h.U64(c.Epoch)
	case persist.OpFetchUpper, persist.OpFinalize, persist.OpNone:
	default:
		h.U64(c.Reader.Hi ^ c.Reader.Lo)
		hashFrontier(h, c.Since)
		h.U64(c.Opaque.Epoch<<32 ^ c.Opaque.Nonce)
		h.U64(c.ExpectedOpaque.Epoch<<32 ^ c.ExpectedOpaque.Nonce)
		h.U64(uint64(c.AsOf) ^ uint64(c.Lease)<<20)
	}
}

func hashTransaction(h *digest.Mixer, c *stash.Call) {
	h.U64(uint64(c.Op))
	h.U64(c.Epoch<<32 ^ c.Nonce)
	h.U64(c.Txn.Hi ^ c.Txn.Lo)
	for i := range c.Writes {
		v := &c.Writes[i]
		h.U64(uint64(v.Kind)<<8 | uint64(v.Collection))
		h.String(v.Key)
		h.String(v.Value)
	}
}

func hashResponse(h *digest.Mixer, r *core.Response) {
	h.U64(uint64(r.Request))
	h.U64(r.Epoch)
	h.U64(uint64(r.Clock))
	h.U64(uint64(r.Err.Limit)<<16 | uint64(r.Err.Code)<<1 | bit(r.Err.Definite))
	hashFrontier(h, r.Err.Frontier)
	for i := range r.Err.IDs {
		hashID(h, r.Err.IDs[i])
	}
	h.U64(uint64(r.Time))
	if r.Token != 0 {
		h.U64(uint64(r.Token))
	}
	for i := range r.Rows {
		h.String(string(r.Rows[i].Data))
		h.U64(uint64(r.Rows[i].Diff))
	}
	for i := range r.Info {
		info := &r.Info[i]
		hashID(h, info.ID)
		hashFrontier(h, info.Since)
		hashFrontier(h, info.Upper)
	}
	if r.Dump != "" {
		h.String(r.Dump)
	}
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// hashResult covers what a shard call did when it took effect.
func (w *World) hashResult(c *persist.Call, r *persist.Result) {
	h := &w.hash.Mixer
	h.U64(uint64(r.Outcome)<<8 | uint64(r.Reason))
	h.U64(c.Shard.Hi ^ c.Shard.Lo ^ uint64(c.Op))
	hashFrontier(h, r.Since)
	hashFrontier(h, r.Upper)
	if len(r.Updates) > 0 {
		hashUpdates(h, r.Updates)
	}
}

// hashStashResult covers what a transaction did when it took effect.
func (w *World) hashStashResult(c *stash.Call, r *stash.Result) {
	h := &w.hash.Mixer
	h.U64(uint64(r.Outcome)<<8 | uint64(r.Reason))
	h.U64(c.Txn.Hi ^ c.Txn.Lo ^ r.Epoch)
	h.U64(uint64(r.ServerTime))
	h.U64(uint64(len(r.Entries)))
}
