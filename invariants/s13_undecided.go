package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
)

// An append of a process whose outcome is not known is repeated as it was until the shard
// has decided it (C-14, H-6): nothing else is appended by that writer before, and nothing
// is forgotten, or said to be dropped, under which it may still land.

// undecidedAppend is an append of a process that its shard has not decided, as far as the
// process was told.
type undecidedAppend struct {
	process uint32
	shard   persist.ShardID
	writer  persist.WriterID
	token   persist.Token
	// effect is the try that is out, 0 if none; unsure: one may have taken effect, or may yet.
	effect core.EffectID
	unsure bool
}

// undecidedIssued takes up an append, or a repetition of it.
func (j *Judges) undecidedIssued(v *HostObservation) {
	c := &v.Effect.Persist
	if v.Effect.ID == 0 || v.Effect.Kind != storaged.EffectPersist || c.Op != persist.OpCompareAndAppend {
		return
	}
	h := &j.hosting
	i := slices.IndexFunc(h.undecided, func(u undecidedAppend) bool {
		return u.process == v.Process && u.writer == c.Writer && u.shard == c.Shard
	})
	if i < 0 {
		h.undecided = append(h.undecided, undecidedAppend{process: v.Process, shard: c.Shard, writer: c.Writer, token: c.Token, effect: v.Effect.ID})
		return
	}
	j.checked[s13]++
	u := &h.undecided[i]
	if u.token != c.Token {
		j.violate(s13, Foreign, "process %d of %v appends anew to %v, where it does not know what became of an append", v.Process, v.Host, c.Shard)
		u.token, u.unsure = c.Token, false
	} else {
		u.unsure = u.unsure || u.effect != 0 // it was not answered in time
	}
	u.effect = v.Effect.ID
}

// undecidedCompleted takes up what a process is told of an append.
func (j *Judges) undecidedCompleted(v *HostObservation) {
	h := &j.hosting
	i := slices.IndexFunc(h.undecided, func(u undecidedAppend) bool {
		return u.process == v.Process && u.effect == v.Completed && u.effect != 0
	})
	if i < 0 {
		return
	}
	u := &h.undecided[i]
	if u.effect = 0; v.Outcome == outcome.Unknown {
		u.unsure = true
	}
	if v.Outcome != outcome.Unknown && (v.Outcome != outcome.NotDone || !u.unsure) {
		h.undecided = slices.Delete(h.undecided, i, i+1)
	}
}

// forgetUndecided forgets the appends of a process that is no more.
func (h *hosting) forgetUndecided(process uint32) {
	h.undecided = slices.DeleteFunc(h.undecided, func(u undecidedAppend) bool { return u.process == process })
}

// undecidedOver judges that what a process does not run any more, or says to have
// dropped, leaves no append behind that may still land.
func (j *Judges) undecidedOver(v *HostObservation, id core.GlobalID) {
	h := &j.hosting
	for i := range h.undecided {
		u := &h.undecided[i]
		if u.process != v.Process {
			continue
		}
		filled := false
		if at := h.outputOf.find(u.shard.Hi, u.shard.Lo); at >= 0 {
			w := &h.outputs[at]
			filled = idOf(j, w.slot) == id || idOf(j, h.ingestions[w.of].slot) == id
		} else if at := h.ingestionOf.find(u.shard.Hi, u.shard.Lo); at >= 0 {
			filled = idOf(j, h.ingestions[at].slot) == id
		}
		if filled {
			j.checked[s13]++
			j.violate(s13, Foreign, "process %d of %v is done with %v, and does not know what became of an append of it to %v", v.Process, v.Host, id, u.shard)
			return
		}
	}
}
