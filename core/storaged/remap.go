package storaged

import (
	"cmp"
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
)

// RemapSchema is the schema of a remap shard. Its contents at a time are at most one
// row: the offset up to which the source's records are bound at that time. No row
// stands for offset 0. A record's time is the first one whose row is beyond it
// (H-11); a closed remap shard has bound all there is.
func RemapSchema() relation.Schema {
	return relation.Schema{Columns: []relation.Column{{Name: "upper_offset", Type: relation.Uint64}}}
}

// remapRow is the row that binds an offset.
func remapRow(offset source.Offset) relation.Row {
	return relation.Row(relation.AppendUint64(nil, uint64(offset)))
}

// boundBy is the offset that a row binds; ok is false if it is no such row.
func boundBy(row relation.Row) (offset source.Offset, ok bool) {
	var values [1]relation.Value
	list, ok := row.Unpack(values[:0])
	if !ok || len(list) != 1 || list[0].Type != relation.Uint64 || list[0].Bits == 0 {
		return 0, false
	}
	return source.Offset(list[0].Bits), true
}

// driveRemap does what is due at the remap shard.
func (h *Host) driveRemap(at uint32) {
	o := h.objects.At(at)
	if !o.active() || o.main.effect != 0 {
		return
	}
	if !o.reading {
		h.openReader(at)
		return
	}
	if o.stage == stageUppers && h.uppersKnown(at) {
		h.chooseStart(at)
	}
	in := &o.in
	switch {
	case o.stage < stageBindings || o.stage > stageRunning || !o.reading:
	case o.stage == stageBindings && in.upper == frontier.Minimum():
		h.readRemap(at, persist.OpSnapshot, in.readAt)
	case in.upper.LessThan(in.target) && in.upper == frontier.Minimum():
		h.restart(at)
		h.openReader(at)
	case in.upper.LessThan(in.target):
		h.readRemap(at, persist.OpListen, in.upper.StepBack().T)
	case o.stage == stageBindings:
		h.run(at)
		h.driveMint(at)
	default:
		h.driveMint(at)
	}
}

func (h *Host) readRemap(at uint32, op persist.Op, asOf frontier.Timestamp) {
	o := h.objects.At(at)
	ref := laneRef{laneMain, at}
	if !h.ready(&o.main, ref, o.serial) {
		return
	}
	o.op = op
	c := h.call(&o.main, ref, o.serial, op, o.def.Source.Remap)
	c.Reader, c.AsOf = o.reader, asOf
}

// chooseStart decides at which time the bindings are read: one step before the
// earliest upper. They must still be readable there (H-13): a record's time cannot be
// told from bindings that were compacted together.
func (h *Host) chooseStart(at uint32) {
	o := h.objects.At(at)
	in := &o.in
	earliest, _, ok := h.span(at)
	if !ok {
		h.rest(at, stageFinished, statusFinished)
		return
	}
	if in.target == frontier.Minimum() {
		h.run(at)
		return
	}
	start := earliest.StepBack()
	if !in.target.IsEmpty() {
		start = start.Meet(in.target.StepBack())
	}
	o.stage, in.readAt = stageBindings, start.T
}

// remapEnded takes the completion of a call to the remap shard.
func (h *Host) remapEnded(at uint32, res *persist.Result) {
	o := h.objects.At(at)
	if o.in.mint.token != (persist.Token{}) {
		h.minted(at, res)
		return
	}
	if h.readFailed(at, res) {
		return
	}
	switch o.op {
	case persist.OpOpenLeasedReader:
		h.remapOpened(at, res)
	case persist.OpSnapshot:
		h.bindingsRead(at, res)
	case persist.OpListen:
		h.bindingsHeard(at, res)
	default:
		h.halt(core.HaltContradiction, "call to a remap shard", uint64(o.op), o.serial)
	}
}

// readFailed handles the ends that all reads have in common.
func (h *Host) readFailed(at uint32, res *persist.Result) bool {
	o := h.objects.At(at)
	switch res.Outcome {
	case outcome.Done, outcome.NotYet, outcome.Mismatch:
		return false
	case outcome.NotDone, outcome.Unknown:
		h.failed(&o.main)
	case outcome.LeaseExpired:
		h.failed(&o.main)
		h.loseReader(at)
	case outcome.Invalid:
		switch res.Reason {
		case persist.ReasonUnknownReader:
			h.failed(&o.main)
			h.loseReader(at)
		case persist.ReasonFinalized:
			h.rest(at, stageFailed, statusFailed)
		default:
			h.halt(core.HaltContract, "a read is invalid", uint64(res.Reason), o.serial)
		}
	default:
		h.halt(core.HaltContract, "outcome of a read", uint64(res.Outcome), o.serial)
	}
	return true
}

// remapOpened begins to read, or goes on after a reader was lost: then the bindings
// that are known stay as they are.
func (h *Host) remapOpened(at uint32, res *persist.Result) {
	h.readerOpened(at, res)
	o := h.objects.At(at)
	o.in.target = o.in.target.Join(res.Upper)
	if o.stage != stageOpening {
		return
	}
	o.stage = stageUppers
	for i := o.firstExport; i != 0; i = h.exports.At(i).next {
		h.exports.At(i).known = false
	}
}

// bindingsRead takes the binding that is in force where the data goes on.
func (h *Host) bindingsRead(at uint32, res *persist.Result) {
	o := h.objects.At(at)
	if res.Outcome != outcome.Done {
		if res.Outcome == outcome.Mismatch {
			h.say(at, statusCompacted)
		}
		h.failed(&o.main)
		h.restart(at)
		return
	}
	o.main.succeeded()
	if h.bind(at, res.Updates) {
		o.in.upper = after(o.in.readAt)
	}
}

// bindingsHeard takes the bindings that follow those that are known.
func (h *Host) bindingsHeard(at uint32, res *persist.Result) {
	o := h.objects.At(at)
	switch {
	case res.Outcome == outcome.Mismatch:
		h.failed(&o.main)
		h.restart(at)
		return
	case res.Outcome != outcome.Done || !o.in.upper.LessThan(res.Upper):
		h.failed(&o.main)
		return
	}
	o.main.succeeded()
	if h.bind(at, res.Updates) {
		o.in.upper = res.Upper
		o.in.target = o.in.target.Join(res.Upper)
	}
}

// bind enters the bindings that updates make. If they make none, because there is
// more than one row at a time or an offset goes down, no host wrote them, and the
// ingestion fails.
func (h *Host) bind(at uint32, read []relation.Update) bool {
	updates := append(h.scratch.updates[:0], read...)
	h.scratch.updates = updates
	updates = relation.Consolidate(updates)
	slices.SortFunc(updates, func(a, b relation.Update) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Diff, b.Diff))
	})
	for len(updates) > 0 {
		n := 1
		for n < len(updates) && updates[n].Time == updates[0].Time {
			n++
		}
		if !h.bindOne(at, updates[:n]) {
			h.rest(at, stageFailed, statusFailed)
			return false
		}
		updates = updates[n:]
	}
	return true
}

// bindOne enters the binding of one time: the latest row goes, a later one comes.
func (h *Host) bindOne(at uint32, changes []relation.Update) bool {
	in := &h.objects.At(at).in
	if in.bound != 0 {
		if changes[0].Diff != -1 || changes[0].Data != remapRow(in.bound) {
			return false
		}
		changes = changes[1:]
	}
	if len(changes) != 1 || changes[0].Diff != 1 {
		return false
	}
	offset, ok := boundBy(changes[0].Data)
	if !ok || offset <= in.bound {
		return false
	}
	h.addBinding(in, changes[0].Time, offset)
	return true
}

func (h *Host) addBinding(in *ingestion, t frontier.Timestamp, offset source.Offset) {
	i := h.bindings.New()
	*h.bindings.At(i) = binding{time: t, offset: offset}
	h.linkBinding(in, i)
	in.bound = offset
}

func (h *Host) linkBinding(in *ingestion, i uint32) {
	if in.lastBinding == 0 {
		in.firstBinding = i
	} else {
		h.bindings.At(in.lastBinding).next = i
	}
	in.lastBinding = i
}

// dropBinding forgets the first binding.
func (h *Host) dropBinding(in *ingestion) {
	i := in.firstBinding
	in.firstBinding = h.bindings.At(i).next
	if in.firstBinding == 0 {
		in.lastBinding = 0
	}
	h.bindings.Release(i)
}

// after is the upper that makes t complete.
func after(t frontier.Timestamp) frontier.Frontier {
	if t == frontier.MaxTimestamp {
		return frontier.Empty()
	}
	return frontier.At(t + 1)
}
