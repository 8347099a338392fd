package storaged

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged/source"
)

// silent reports whether nothing of an ending object can be written any more that could
// be told from what it wrote before: its appends are decided, its fence is closed. What
// its reads and heartbeats do later changes nothing.
func (h *Host) silent(at uint32) bool {
	o := h.objects.At(at)
	return o.in.mint.token == (persist.Token{}) && o.firstExport == 0 && !o.out.opened && o.firstStatus == 0
}

// quiet reports whether an ending object has nothing left to do.
func (h *Host) quiet(at uint32) bool { return h.silent(at) && !h.objects.At(at).release }

// driveRelease tells the source of an ingestion that was dropped for good to keep
// nothing for it any more. That is the last thing that is done for it (H-15).
func (h *Host) driveRelease(at uint32) {
	o := h.objects.At(at)
	ref := laneRef{laneConfirm, at}
	if !o.ending || !o.release || !h.silent(at) || !h.ready(&o.confirm, ref, o.serial) {
		return
	}
	c := &h.issue(&o.confirm, ref, o.serial, EffectSource, h.settings.PersistDeadline).Source
	c.Op, c.Ingestion, c.Connection = source.OpRelease, o.id, o.def.Source.Connection
}

// released takes the completion of a release. A connection that cannot be used leads
// to nothing that could be released.
func (h *Host) released(at uint32, res *source.Result) {
	o := h.objects.At(at)
	if res.Outcome == outcome.Done || res.Outcome == outcome.Invalid {
		o.release = false
		return
	}
	h.failed(&o.confirm)
}
