package journal

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/relation"
)

// EffectHash is a hash of an effect's whole content.
func EffectHash(e *core.Effect, scratch []byte) (hash uint64, _ []byte) {
	scratch = write(scratch[:0], e, effect)
	return digest.Of(scratch).Lo, scratch
}

func effect(c *coder, v *core.Effect) {
	unsigned(c, &v.Kind)
	unsigned(c, &v.ID)
	unsigned(c, &v.Cause)
	switch v.Kind {
	case core.EffectPersist:
		persistCall(c, &v.Persist)
	case core.EffectStash:
		stashCall(c, &v.Stash)
	case core.EffectRespond:
		response(c, &v.Response)
	case core.EffectHost:
		hostCall(c, &v.Host)
	case core.EffectOrchestrator:
		orchestratorCall(c, &v.Orchestrator)
	case core.EffectNone, core.EffectKindCount:
	}
}

func response(c *coder, v *core.Response) {
	unsigned(c, &v.Request)
	unsigned(c, &v.Epoch)
	unsigned(c, &v.Clock)
	unsigned(c, &v.Err.Code)
	truth(c, &v.Err.Definite)
	list(c, &v.Err.IDs, globalID)
	antichain(c, &v.Err.Frontier)
	unsigned(c, &v.Err.Limit)
	unsigned(c, &v.Time)
	list(c, &v.Rows, func(c *coder, r *relation.RowCount) {
		text(c, &r.Data)
		signed(c, &r.Diff)
	})
	list(c, &v.Info, collectionInfo)
	unsigned(c, &v.Token)
	list(c, &v.Export, exportInfo)
	text(c, &v.Dump)
}

func collectionInfo(c *coder, v *core.CollectionInfo) {
	globalID(c, &v.ID)
	description(c, &v.Description)
	word(c, &v.Data.Hi)
	word(c, &v.Data.Lo)
	word(c, &v.Remap.Hi)
	word(c, &v.Remap.Lo)
	antichain(c, &v.Since)
	antichain(c, &v.Implied)
	antichain(c, &v.Upper)
	policy(c, &v.Policy)
	truth(c, &v.Dropped)
	list(c, &v.Holds, func(c *coder, h *core.Hold) {
		unsigned(c, &h.Kind)
		unsigned(c, &h.Owner)
		unsigned(c, &h.Hold)
		unsigned(c, &h.Request)
		globalID(c, &h.By)
		unsigned(c, &h.Time)
		signed(c, &h.Count)
	})
}

func exportInfo(c *coder, v *core.ExportInfo) {
	globalID(c, &v.ID)
	exportDescription(c, &v.Description)
	antichain(c, &v.AsOf)
	truth(c, &v.Snapshot)
	antichain(c, &v.Upper)
	antichain(c, &v.Hold)
	truth(c, &v.Dropped)
}
