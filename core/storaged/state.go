package storaged

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/canonical"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

// stateVersion is the first byte of the canonical encoding. Digests and encodings
// change only with it.
const stateVersion = 2

// AppendCanonical appends the state's one canonical encoding: two states of equal
// bytes behave alike for ever. It has no positions, free lists or statistics in it.
func (h *Host) AppendCanonical(b []byte) []byte {
	k := coder{writing: true, b: canonical.AppendU8(b, stateVersion)}
	k.machine(h)
	k.length(h.objects.Len(), 1)
	for at := h.first; at != 0; at = h.objects.At(at).next {
		k.object(h, at)
	}
	return k.b
}

// Digest is the state's 128-bit digest: the sum of its objects' digests, kept as they
// change, and that of the rest. States have equal digests exactly if they have equal
// canonical bytes.
func (h *Host) Digest() digest.Sum {
	for _, d := range h.dirty {
		if o := h.objects.At(d.at); o.serial == d.serial && o.listed {
			h.hash(d.at)
		}
	}
	h.dirty = h.dirty[:0]
	k := coder{writing: true, b: h.scratch.bytes[:0]}
	k.machine(h)
	h.scratch.bytes = k.b
	return h.sum.Add(digest.Of(k.b))
}

// hash adds an object's digest to the sum.
func (h *Host) hash(at uint32) {
	k := coder{writing: true, b: h.scratch.bytes[:0]}
	k.object(h, at)
	h.scratch.bytes = k.b
	o := h.objects.At(at)
	o.sum, o.hashed, o.listed = digest.Of(k.b), true, false
	h.sum = h.sum.Add(o.sum)
}

// unhash takes an object that is about to change out of the sum and lists it to be
// hashed anew.
func (h *Host) unhash(at uint32) {
	o := h.objects.At(at)
	if o.hashed {
		h.sum = h.sum.Sub(o.sum)
		o.hashed = false
	}
	if o.listed {
		return
	}
	o.listed = true
	if len(h.dirty) > 2*h.objects.Len()+64 {
		h.dirty = slices.DeleteFunc(h.dirty, func(d touchedObject) bool { return h.objects.At(d.at).serial != d.serial })
	}
	h.dirty = append(h.dirty, touchedObject{at, o.serial, o.id})
}

// Restore replaces the state by what AppendCanonical encoded, reusing h's memory. On
// an error the state is unusable.
func (h *Host) Restore(b []byte) error {
	h.CopyFrom(&Host{})
	k := coder{r: canonical.NewReader(b)}
	if v := k.r.U8(); v != stateVersion {
		k.r.Fail()
	}
	walk, telling := k.machine(h)
	for n := k.length(0, 1); n > 0 && k.r.Err() == nil; n-- {
		at := h.objects.New()
		k.object(h, at)
		k.linkObject(h, at)
		if s := h.objects.At(at).serial; s == walk {
			h.walk, walk = at, 0
		} else if s == telling {
			h.telling = at
		}
		if h.walk == at && h.objects.At(at).serial == telling {
			h.telling = at
		}
		if h.telling == at {
			telling = 0
		}
	}
	if walk != 0 || telling != 0 {
		k.r.Fail()
	}
	if err := k.r.Close(); err != nil {
		*h = Host{}
		return err
	}
	return nil
}

// linkObject enters an object that was read, if nothing else has its place.
func (k *coder) linkObject(h *Host, at uint32) {
	o := h.objects.At(at)
	_, twice := h.byID.Get(key(o.id))
	if twice || !o.id.Valid() || o.serial == 0 || h.last != 0 && h.objects.At(h.last).serial >= o.serial {
		k.r.Fail()
		return
	}
	h.byID.Put(key(o.id), at)
	h.link(at)
	h.unhash(at)
	if o.successor.Kind != core.CommandNone {
		h.replacing++
	}
}

// machine codes everything but the objects. The two walks are at the objects of the
// serials that it returns.
func (k *coder) machine(h *Host) (walk, telling uint64) {
	enum(k, &h.phase, PhaseHalted+1)
	enum(k, &h.halted.Code, core.HaltContradiction+1)
	text(k, &h.halted.Where)
	num(k, &h.halted.A)
	num(k, &h.halted.B)
	k.bool(&h.forgotten)
	for i := range h.entropy {
		num(k, &h.entropy[i])
	}
	k.settings(&h.settings)
	num(k, &h.nextEffect)
	num(k, &h.nextSerial)

	s := &h.session
	num(k, &s.id.Epoch)
	num(k, &s.id.Nonce)
	k.bool(&s.open)
	num(k, &s.serial)
	k.bool(&s.complete)
	k.bool(&s.ready)
	num(k, &h.clock.hello)
	num(k, &h.clock.at)
	k.bool(&h.clock.known)

	num(k, &h.round)
	num(k, &h.walkFor)
	if k.writing {
		walk, telling = h.serialAt(h.walk), h.serialAt(h.telling)
	}
	num(k, &walk)
	num(k, &telling)
	k.timer(h, &h.more, timerMore, 0, 0)
	n := k.length(h.early.Len(), 1)
	for i := 0; i < n; i++ {
		k.early(h, i)
	}
	n = k.length(h.inbox.Len(), 1)
	for i := 0; i < n; i++ {
		k.order(h, i)
	}
	k.leavers(h)
	return walk, telling
}

func (h *Host) serialAt(at uint32) uint64 {
	if at == 0 {
		return 0
	}
	return h.objects.At(at).serial
}

func (k *coder) early(h *Host, i int) {
	var v core.Command
	if k.writing {
		v = h.early.At(i)
	}
	k.command(&v)
	if !k.writing {
		h.early.Push(v)
	}
}

func (k *coder) order(h *Host, i int) {
	var v order
	if k.writing {
		v = h.inbox.At(i)
	}
	enum(k, &v.kind, orderReconcile+1)
	num(k, &v.session)
	k.command(&v.command)
	if !k.writing {
		h.inbox.Push(v)
	}
}

// leavers codes the readers that are being closed.
func (k *coder) leavers(h *Host) {
	n := k.length(h.leaving.Len(), 1)
	for i := h.firstLeaving; n > 0 && k.r.Err() == nil; n-- {
		if !k.writing {
			i = h.leaving.New()
		}
		v := h.leaving.At(i)
		num(k, &v.serial)
		k.shard(&v.shard)
		k.reader(&v.reader)
		num(k, &v.until)
		k.lane(h, &v.lane, laneRef{laneLeave, i}, v.serial)
		if k.writing {
			i = v.next
		} else {
			h.linkLeaving(i)
		}
	}
}

// lane codes a lane with the instant its timer is armed for.
func (k *coder) lane(h *Host, l *lane, ref laneRef, key uint64) {
	num(k, &l.effect)
	num(k, &l.tries)
	num(k, &l.retryAt)
	k.timer(h, &l.timer, ref.kind, ref.owner, key)
	if !k.writing && l.effect != 0 {
		if _, twice := h.effects.Get(uint64(l.effect)); twice || l.effect > h.nextEffect {
			k.r.Fail()
			return
		}
		l.ref = h.lanes.New()
		*h.lanes.At(l.ref) = ref
		h.effects.Put(uint64(l.effect), l.ref)
	}
}

// timer codes when a timer is armed for; −1 if it is not.
func (k *coder) timer(h *Host, handle *uint32, kind laneKind, owner uint32, key uint64) {
	at := clock.Instant(-1)
	if k.writing && *handle != 0 {
		at = clock.Instant(h.timers.At(*handle))
	}
	num(k, &at)
	if !k.writing && at >= 0 {
		h.arm(handle, kind, owner, key, at)
	}
}

// object codes one object with everything that belongs to it.
func (k *coder) object(h *Host, at uint32) {
	o := h.objects.At(at)
	k.id(&o.id)
	num(k, &o.serial)
	num(k, &o.run)
	k.command(&o.def)
	k.command(&o.successor)
	if !k.writing && o.def.Kind != core.CommandCreateSource && o.def.Kind != core.CommandCreateSink {
		k.r.Fail()
	}
	enum(k, &o.stage, stages)
	k.bool(&o.ending)
	k.bool(&o.release)
	num(k, &o.round)
	k.owed(&o.owed)
	k.told(&o.told)
	num(k, &o.op)
	for _, l := range [...]struct {
		lane *lane
		kind laneKind
	}{{&o.main, laneMain}, {&o.beat, laneBeat}, {&o.poll, lanePoll}, {&o.confirm, laneConfirm}, {&o.status, laneStatus}} {
		k.lane(h, l.lane, laneRef{l.kind, at}, o.serial)
	}
	k.reader(&o.reader)
	k.bool(&o.reading)
	k.frontier(&o.since)
	k.ingestion(h, &o.in)
	k.exporting(&o.out)
	k.statuses(h, o)
	k.exports(h, at)
}

func (k *coder) owed(v *owed) {
	num(k, &v.session)
	num(k, &v.n)
}

func (k *coder) told(v *told) {
	num(k, &v.session)
	k.frontier(&v.upper)
}

func (k *coder) ingestion(h *Host, in *ingestion) {
	for _, f := range [...]*frontier.Frontier{&in.upper, &in.target, &in.mint.expected, &in.mint.upper} {
		k.frontier(f)
	}
	num(k, &in.readAt)
	num(k, &in.polled)
	k.bool(&in.finished)
	k.token(&in.mint.token)
	num(k, &in.mint.time)
	num(k, &in.mint.offset)
	list(k, &in.mint.updates, 24, codeUpdate)
	k.bool(&in.mint.unsure)
	num(k, &in.mintedAt)
	k.bool(&in.fresh)
	num(k, &in.confirmed)
	num(k, &in.confirming)
	k.bindings(h, in)
	num(k, &in.bound)
	k.chunks(h, in)
}

func (k *coder) bindings(h *Host, in *ingestion) {
	n := 0
	for i := in.firstBinding; k.writing && i != 0; i = h.bindings.At(i).next {
		n++
	}
	n = k.length(n, 16)
	for i := in.firstBinding; n > 0; n-- {
		if !k.writing {
			i = h.bindings.New()
			h.linkBinding(in, i)
		}
		b := h.bindings.At(i)
		num(k, &b.time)
		num(k, &b.offset)
		if k.writing {
			i = b.next
		}
	}
}

func (k *coder) chunks(h *Host, in *ingestion) {
	n := 0
	for i := in.firstChunk; k.writing && i != 0; i = h.chunks.At(i).next {
		n++
	}
	n = k.length(n, 24)
	for i := in.firstChunk; n > 0; n-- {
		var c chunk
		if k.writing {
			c = *h.chunks.At(i)
			i = c.next
		}
		num(k, &c.from)
		num(k, &c.upto)
		list(k, &c.records, 32, codeRecord)
		if !k.writing {
			h.addChunk(in, c)
		}
	}
}

func (k *coder) exporting(v *exporting) {
	num(k, &v.fence.Hi)
	num(k, &v.fence.Lo)
	k.bool(&v.opened)
	num(k, &v.epoch)
	num(k, &v.seen)
	num(k, &v.fencedBy)
	for _, f := range [...]*frontier.Frontier{&v.progress, &v.resumed, &v.from, &v.to} {
		k.frontier(f)
	}
	list(k, &v.updates, 24, codeUpdate)
}

func (k *coder) statuses(h *Host, o *object) {
	enum(k, &o.said, statusKinds)
	k.frontier(&o.statusUpper)
	k.token(&o.statusToken)
	num(k, &o.statusTime)
	n := k.length(int(o.statusCount), 16)
	for i := o.firstStatus; n > 0; n-- {
		if !k.writing {
			i = h.statuses.New()
			h.linkStatus(o, i)
		}
		s := h.statuses.At(i)
		enum(k, &s.kind, statusKinds)
		num(k, &s.at)
		if k.writing {
			i = s.next
		}
	}
	if !k.writing && o.statusCount == 0 && o.statusToken != (persist.Token{}) {
		k.r.Fail()
	}
}

func (k *coder) exports(h *Host, at uint32) {
	n := k.length(int(h.objects.At(at).exportCount), 1)
	for i := h.objects.At(at).firstExport; n > 0 && k.r.Err() == nil; n-- {
		if !k.writing {
			i = h.exports.New()
			h.exports.At(i).object = at
		}
		k.export(h, i)
		e := h.exports.At(i)
		if k.writing {
			i = e.next
			continue
		}
		if _, twice := h.byExport.Get(key(e.id)); twice || !e.id.Valid() {
			k.r.Fail()
			return
		}
		h.linkExport(at, i)
	}
}

func (k *coder) export(h *Host, i uint32) {
	e := h.exports.At(i)
	k.id(&e.id)
	num(k, &e.serial)
	num(k, &e.output)
	k.shard(&e.data)
	k.schema(&e.schema)
	k.frontier(&e.upper)
	k.bool(&e.known)
	k.bool(&e.ending)
	k.owed(&e.owed)
	k.told(&e.told)
	k.frontier(&e.resumed)
	k.token(&e.batch.token)
	k.frontier(&e.batch.expected)
	k.frontier(&e.batch.upper)
	list(k, &e.batch.updates, 24, codeUpdate)
	k.bool(&e.batch.unsure)
	k.lane(h, &e.write, laneRef{laneData, i}, e.serial)
}
