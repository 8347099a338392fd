package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

func hashSpec(h *digest.Mixer, s *core.CollectionSpec) {
	hashID(h, s.ID)
	hashFrontier(h, s.Description.Since)
	if v := s.Description.Ingestion; v != nil {
		h.String(v.Connection)
		hashHostConfig(h, &v.Host)
		for i := range v.Outputs {
			hashID(h, v.Outputs[i].ID)
			h.U64(uint64(v.Outputs[i].Index))
		}
		for i := range v.Imports {
			hashID(h, v.Imports[i])
		}
	}
	if s.Description.Of != (core.GlobalID{}) {
		hashID(h, s.Description.Of)
	}
}

func hashHostConfig(h *digest.Mixer, c *core.HostConfig) {
	h.U64(uint64(c.Size))
	h.String(c.Address)
}

// hashHostedRequest covers what a request says of ingestions and exports.
func hashHostedRequest(h *digest.Mixer, r *core.Request) {
	h.U64(uint64(r.Token))
	hashID(h, r.From)
	for i := range r.Moves {
		hashID(h, r.Moves[i].ID)
		hashHostConfig(h, &r.Moves[i].Host)
	}
	for i := range r.Exports {
		e := &r.Exports[i]
		hashID(h, e.ID)
		h.U64(uint64(e.Token))
		d := &e.Description
		hashID(h, d.From)
		h.String(d.Connection)
		hashFrontier(h, d.AsOf)
		h.U64(bit(d.Snapshot))
		hashID(h, d.Status)
		hashHostConfig(h, &d.Host)
	}
}

func hashShard(h *digest.Mixer, s persist.ShardID) { h.U64(s.Hi ^ s.Lo) }

func hashSession(h *digest.Mixer, s core.Session) { h.U64(s.Epoch<<32 ^ s.Nonce) }

func hashHostCall(h *digest.Mixer, c *core.HostCall) {
	h.U64(uint64(c.Op))
	h.U64(hostKey(c.Host))
	hashSession(h, c.Session)
	h.U64(uint64(c.Wall))
	for i := range c.Commands {
		hashCommandTo(h, &c.Commands[i])
	}
}

// hashCommand covers a command as it is delivered.
func (w *World) hashCommand(c *core.Command) { hashCommandTo(&w.hash.Mixer, c) }

func hashCommandTo(h *digest.Mixer, c *core.Command) {
	h.U64(uint64(c.Kind))
	switch c.Kind {
	case core.CommandCreateSource:
		v := &c.Source
		hashID(h, v.ID)
		h.String(v.Connection)
		hashShard(h, v.Remap)
		hashFrontier(h, v.Resume)
		hashShard(h, v.Status)
		for i := range v.Exports {
			hashID(h, v.Exports[i].ID)
			h.U64(uint64(v.Exports[i].Output))
			hashShard(h, v.Exports[i].Data)
		}
		for i := range v.Imports {
			hashID(h, v.Imports[i].ID)
			hashShard(h, v.Imports[i].Data)
			hashFrontier(h, v.Imports[i].Since)
		}
	case core.CommandCreateSink:
		v := &c.Sink
		hashID(h, v.ID)
		h.String(v.Connection)
		hashID(h, v.From)
		hashShard(h, v.Data)
		hashFrontier(h, v.AsOf)
		h.U64(bit(v.Snapshot))
		hashShard(h, v.Status)
	case core.CommandUpdateConfiguration:
		h.U64(uint64(c.Settings.ReaderLease) ^ uint64(c.Settings.AdvanceEvery)<<20)
	default:
		hashID(h, c.ID)
		hashFrontier(h, c.Frontier)
	}
}

// hashReport covers a report as it is delivered.
func (w *World) hashReport(r *core.Report) { hashReportTo(&w.hash.Mixer, r) }

func hashReportTo(h *digest.Mixer, r *core.Report) {
	for i := range r.Uppers {
		hashID(h, r.Uppers[i].ID)
		hashFrontier(h, r.Uppers[i].Upper)
	}
	h.U64(uint64(len(r.Uppers)))
	for i := range r.Dropped {
		hashID(h, r.Dropped[i])
	}
}

// hashHostEffect covers an effect of a process as it is released.
func (w *World) hashHostEffect(p *process, e *storaged.Effect) {
	h := &w.hash.Mixer
	h.U64(p.key)
	h.U64(uint64(e.Kind)<<56 ^ uint64(e.ID))
	h.U64(uint64(e.Cause))
	switch e.Kind {
	case storaged.EffectPersist:
		hashCall(h, &e.Persist)
	case storaged.EffectSource:
		h.U64(uint64(e.Source.Op)<<56 ^ uint64(e.Source.From))
		h.U64(uint64(e.Source.Max))
		hashID(h, e.Source.Ingestion)
		h.String(e.Source.Connection)
	case storaged.EffectSink:
		hashSinkCall(h, &e.Sink)
	case storaged.EffectReport:
		hashSession(h, e.Session)
		hashReportTo(h, &e.Report)
	case storaged.EffectAccept, storaged.EffectRefuse, storaged.EffectClose:
		hashSession(h, e.Session)
		hashSession(h, e.Fenced)
	case storaged.EffectNone, storaged.EffectKindCount:
	}
}

func hashSinkCall(h *digest.Mixer, c *sink.Call) {
	h.U64(uint64(c.Op)<<56 ^ c.Epoch)
	hashID(h, c.Export)
	h.String(c.Connection)
	h.U64(c.Fence.Hi ^ c.Fence.Lo)
	h.U64(c.Seen)
	hashFrontier(h, c.From)
	hashFrontier(h, c.To)
	hashUpdates(h, c.Updates)
}

// hashOrchestratorResult covers what a call of the orchestrator did.
func (w *World) hashOrchestratorResult(c *core.OrchestratorCall, r *core.OrchestratorResult) {
	h := &w.hash.Mixer
	h.U64(uint64(c.Op)<<16 | uint64(r.Outcome))
	h.U64(hostKey(c.Host) ^ r.Epoch)
	for i := range r.Services {
		h.U64(hostKey(r.Services[i].Host) ^ r.Services[i].Epoch)
	}
}

// hashSourceResult covers what a call of a source gave.
func (w *World) hashSourceResult(c *source.Call, r *source.Result) {
	h := &w.hash.Mixer
	h.U64(uint64(c.Op)<<16 | uint64(r.Outcome)<<1 | bit(r.Finished))
	h.U64(uint64(r.Upto))
	for i := range r.Records {
		v := &r.Records[i]
		h.U64(uint64(v.Offset)<<8 ^ uint64(v.Output))
		h.String(string(v.Data))
		h.U64(uint64(v.Diff))
	}
}

// hashSinkResult covers what a call of a sink did.
func (w *World) hashSinkResult(c *sink.Call, r *sink.Result) {
	h := &w.hash.Mixer
	h.U64(uint64(c.Op)<<16 | uint64(r.Outcome))
	h.U64(r.Count<<32 ^ r.Epoch)
	hashFrontier(h, r.Progress)
}
