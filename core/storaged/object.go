package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// object is an ingestion or an export that the host runs, or is still ending. There
// is one per id: what is to follow it under the same id waits in successor (H-7).
type object struct {
	id core.GlobalID
	// serial names it in timers; run is the serial of its present run.
	serial, run uint64
	// def is what it runs: a create command. successor is what begins when it has
	// ended, if its kind is set.
	def, successor core.Command
	stage          stage
	// ending: it begins nothing new, and is forgotten when nothing of it can be
	// written any more.
	ending bool
	// release: it was dropped for good, and its source is to be told so (H-15).
	release bool
	// round of the reconciliation that named it last.
	round uint64
	owed  owed
	told  told
	cause core.Cause

	main, beat, poll, confirm, status lane
	// op is the latest call to a shard on the main lane.
	op persist.Op

	// reader reads the remap shard, or an export's input. reading: it is open, at since.
	reader  persist.ReaderID
	reading bool
	since   frontier.Frontier

	in  ingestion
	out exporting

	firstStatus, lastStatus uint32
	statusCount             uint32
	statusUpper             frontier.Frontier
	statusToken             persist.Token
	statusTime              frontier.Timestamp
	// said is the condition that the latest status row tells.
	said statusKind

	firstExport, lastExport uint32
	exportCount             uint32

	next, prev     uint32
	touched        bool
	hashed, listed bool
	sum            digest.Sum
}

// ingestion is what an object that fills collections knows of its source.
type ingestion struct {
	// upper is that of the remap shard as far as its bindings are known here; target
	// is how far it is known to be.
	upper, target frontier.Frontier
	// readAt is the time at which the first binding is read.
	readAt frontier.Timestamp
	// bound is the offset that is bound latest; from the first to the last binding
	// the trace says since when which offset was bound (H-11).
	bound                     source.Offset
	firstBinding, lastBinding uint32
	// polled is the offset up to which records are known; those that an export has
	// not written yet are in the chunks. finished: there are none beyond.
	polled                source.Offset
	finished              bool
	firstChunk, lastChunk uint32
	buffered              uint32
	// mint is the append to the remap shard that is out or undecided.
	mint mint
	// mintedAt is when times last advanced, fresh that the source was polled since.
	mintedAt clock.Instant
	fresh    bool
	// confirmed is the offset that the source knows to be durable (OpConfirm),
	// confirming the one that it is being told.
	confirmed, confirming source.Offset
}

// mint is an append to the remap shard: from time on, offset is bound. It is sent
// again identically until the shard's state has decided (C-14).
type mint struct {
	token           persist.Token
	expected, upper frontier.Frontier
	time            frontier.Timestamp
	offset          source.Offset
	updates         []relation.Update
	// unsure: an attempt of it may have taken effect, or may yet.
	unsure bool
}

// export is a collection that an ingestion fills.
type export struct {
	id     core.GlobalID
	serial uint64
	object uint32
	output uint32
	data   persist.ShardID
	schema relation.Schema
	// upper is the data shard's, once it is known.
	upper frontier.Frontier
	known bool
	// ending: it was dropped alone, and is forgotten when its append is decided.
	ending bool
	owed   owed
	told   told
	// resumed is the upper at which this run began.
	resumed frontier.Frontier
	batch   batch
	write   lane

	next, prev uint32
}

// batch is the append to a data shard that is out or undecided.
type batch struct {
	token           persist.Token
	expected, upper frontier.Frontier
	updates         []relation.Update
	unsure          bool
}

// binding says that from a time on all records before an offset are bound.
type binding struct {
	time   frontier.Timestamp
	offset source.Offset
	next   uint32
}

// chunk is what one poll found: the records in [from, upto). Its list is frozen.
type chunk struct {
	from, upto source.Offset
	records    []source.Record
	next       uint32
}

// exporting is what an object that writes to an external system knows of it.
type exporting struct {
	fence sink.Fence
	// opened: the fence may be stored, and is to be closed.
	opened bool
	// epoch behind the fence; seen is the count that the opening is decided on.
	epoch, seen uint64
	// fencedBy is the epoch that fenced this copy; it stays away until its own
	// controller is at least as new.
	fencedBy uint64
	progress frontier.Frontier
	// resumed is the time that this run reads from.
	resumed frontier.Frontier
	// The batch that is to be written.
	from, to frontier.Frontier
	updates  []relation.Update
}

// stage is how far an object has come.
type stage uint8

const (
	// stageOpening opens a reader of the remap shard.
	stageOpening stage = iota
	// stageUppers fetches the uppers of the data shards.
	stageUppers
	// stageBindings reads the bindings that are in force where data is to go on.
	stageBindings
	// stageRunning polls, binds and writes.
	stageRunning
	// stageFencing fences older copies in the external system, and learns the progress.
	stageFencing
	// stageInput opens a reader of the export's input.
	stageInput
	// stageSnapshot reads the contents at as_of.
	stageSnapshot
	// stageListening reads changes.
	stageListening
	// stageWriting writes a batch; stageFinding finds out whether it was written.
	stageWriting
	stageFinding
	// stageFenced: another copy has taken over.
	stageFenced
	// stageFinished: everything is written, and closed.
	stageFinished
	// stageFailed: a shard is gone for ever.
	stageFailed
	// stageClosing of an export gives up its fence.
	stageClosing
	stages
)

// external reports whether the stage's calls go to the external system.
func (s stage) external() bool {
	return s == stageFencing || s == stageWriting || s == stageFinding || s == stageClosing
}

// key packs a valid id into one word, in the order of ids.
func key(id core.GlobalID) uint64 { return uint64(id.Kind)<<62 | id.N }

func noShard(s persist.ShardID) bool { return s == persist.ShardID{} }

// newObject links an object without a definition at the end of the list.
func (h *Host) newObject(id core.GlobalID) uint32 {
	at := h.objects.New()
	o := h.objects.At(at)
	o.id, o.serial, o.prev = id, h.serial(), h.last
	h.link(at)
	h.byID.Put(key(id), at)
	return at
}

func (h *Host) link(at uint32) {
	o := h.objects.At(at)
	o.prev = h.last
	if o.prev == 0 {
		h.first = at
	} else {
		h.objects.At(o.prev).next = at
	}
	h.last = at
}

// start begins a run of a definition.
func (h *Host) start(at uint32, def *core.Command) {
	o := h.objects.At(at)
	o.def, o.run = *def, h.serial()
	h.touch(at)
	h.say(at, statusStarting)
	if def.Kind == core.CommandCreateSink {
		o.stage = stageFencing
		o.out.fence = h.newFence()
		return
	}
	o.stage = stageOpening
	for i := range def.Source.Exports {
		h.newExport(at, &def.Source.Exports[i])
	}
}

func (h *Host) newExport(at uint32, x *core.SourceExport) {
	i := h.exports.New()
	*h.exports.At(i) = export{id: x.ID, serial: h.serial(), object: at, output: x.Output, data: x.Data, schema: x.Schema}
	h.linkExport(at, i)
}

func (h *Host) linkExport(at, i uint32) {
	o, e := h.objects.At(at), h.exports.At(i)
	e.prev = o.lastExport
	if e.prev == 0 {
		o.firstExport = i
	} else {
		h.exports.At(e.prev).next = i
	}
	o.lastExport = i
	o.exportCount++
	h.byExport.Put(key(e.id), i)
}

func (h *Host) removeExport(i uint32) {
	e := h.exports.At(i)
	o := h.objects.At(e.object)
	h.settleLane(&e.write)
	if e.prev == 0 {
		o.firstExport = e.next
	} else {
		h.exports.At(e.prev).next = e.next
	}
	if e.next == 0 {
		o.lastExport = e.prev
	} else {
		h.exports.At(e.next).prev = e.prev
	}
	o.exportCount--
	h.byExport.Delete(key(e.id))
	h.exports.Release(i)
}

// end lets an object begin nothing new. What is undecided is found out; then it is
// forgotten.
func (h *Host) end(at uint32) {
	o := h.objects.At(at)
	h.touch(at)
	if o.ending {
		return
	}
	o.ending = true
	h.say(at, statusStopped)
	h.settleLane(&o.poll)
	h.settleLane(&o.confirm)
	h.leave(at)
	h.forgetSource(at)
	if o.def.Kind == core.CommandCreateSink {
		h.settleLane(&o.main)
		o.main.succeeded()
		o.stage = stageClosing
		return
	}
	o.confirm.succeeded()
	if o.in.mint.token == (persist.Token{}) {
		h.settleLane(&o.main)
	}
}

// settle derives what follows for an object from what the step did to it.
func (h *Host) settle(at uint32) {
	o := h.objects.At(at)
	if !o.touched {
		return
	}
	o.touched = false
	h.cause = o.cause
	h.driveStatus(at)
	if o.def.Kind == core.CommandCreateSink {
		h.driveSink(at)
	} else {
		h.driveIngestion(at)
	}
	if h.phase != PhaseRunning {
		return
	}
	h.driveStatus(at) // what it has found to say
	h.driveBeat(at)
	h.tellUppers(at)
	if o = h.objects.At(at); o.ending && h.quiet(at) {
		h.forgetOrFollow(at)
	}
}

// forgetOrFollow forgets an object that has ended, or begins what is to follow it.
func (h *Host) forgetOrFollow(at uint32) {
	o := h.objects.At(at)
	h.answer(o.id, o.owed)
	for _, l := range [...]*lane{&o.main, &o.beat, &o.poll, &o.confirm, &o.status} {
		h.settleLane(l)
	}
	if o.successor.Kind == core.CommandNone {
		h.release(at)
		return
	}
	def := o.successor
	h.forgetSuccessor(o)
	if h.taken(&def) {
		h.ignored++
		h.release(at)
		return
	}
	*o = object{
		id: o.id, serial: o.serial, round: o.round, cause: o.cause, next: o.next, prev: o.prev,
		hashed: o.hashed, listed: o.listed, sum: o.sum,
	}
	h.start(at, &def)
}

// release takes an object out of the list.
func (h *Host) release(at uint32) {
	o := h.objects.At(at)
	h.unhash(at)
	if h.walk == at {
		h.walk = o.next
	}
	if h.telling == at {
		h.telling = o.next
	}
	if o.prev == 0 {
		h.first = o.next
	} else {
		h.objects.At(o.prev).next = o.next
	}
	if o.next == 0 {
		h.last = o.prev
	} else {
		h.objects.At(o.next).prev = o.prev
	}
	h.byID.Delete(key(o.id))
	h.objects.Release(at)
}

// tellUppers reports what is durable and new to the session (H-4, H-22). A run that
// is ending says nothing any more; the next one begins anew.
func (h *Host) tellUppers(at uint32) {
	o := h.objects.At(at)
	if o.ending {
		return
	}
	if o.def.Kind == core.CommandCreateSink {
		h.tell(o.id, &o.told, o.out.progress)
		return
	}
	for i := o.firstExport; i != 0; i = h.exports.At(i).next {
		if e := h.exports.At(i); e.known && !e.ending {
			h.tell(e.id, &e.told, e.upper)
		}
	}
}
