package storaged

// CopyFrom makes h an independent copy of src, reusing h's memory: flat copies
// only, and frozen lists shared.
func (h *Host) CopyFrom(src *Host) {
	old := *h
	*h = *src
	h.out = nil

	h.effects, h.lanes, h.timers = old.effects, old.lanes, old.timers
	h.effects.CopyFrom(&src.effects)
	h.lanes.CopyFrom(&src.lanes)
	h.timers.CopyFrom(&src.timers)

	h.early, h.inbox = old.early, old.inbox
	h.early.CopyFrom(&src.early)
	h.inbox.CopyFrom(&src.inbox)

	h.objects, h.byID = old.objects, old.byID
	h.objects.CopyFrom(&src.objects)
	h.byID.CopyFrom(&src.byID)
	h.exports, h.byExport = old.exports, old.byExport
	h.exports.CopyFrom(&src.exports)
	h.byExport.CopyFrom(&src.byExport)
	h.chunks, h.bindings, h.statuses, h.leaving = old.chunks, old.bindings, old.statuses, old.leaving
	h.chunks.CopyFrom(&src.chunks)
	h.bindings.CopyFrom(&src.bindings)
	h.statuses.CopyFrom(&src.statuses)
	h.leaving.CopyFrom(&src.leaving)

	h.touched = append(old.touched[:0], src.touched...)
	h.dirty = append(old.dirty[:0], src.dirty...)
	h.uppers, h.dropped = old.uppers[:0], old.dropped[:0]
	h.scratch = old.scratch
	h.updates, h.reports, h.ids, h.exportList = old.updates, old.reports, old.ids, old.exportList
}
