package storaged

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

// orderKind is the kind of an order.
type orderKind uint8

const (
	// orderBegin begins a session's whole desired state.
	orderBegin orderKind = iota
	// orderCommand is one command.
	orderCommand
	// orderReconcile ends the desired state: what it did not name is dropped (H-2).
	orderReconcile
)

// order is an entry of the inbox.
type order struct {
	kind orderKind
	// session is the serial of the session that it came in.
	session uint64
	command core.Command
}

// maxOrdersPerStep bounds the commands that one step applies, and the objects that
// one step walks over; the rest follows at the next one.
const maxOrdersPerStep = 256

// applyOrders applies what is in the inbox, in order of arrival (H-7), and goes on
// with the walks over all objects.
func (h *Host) applyOrders() {
	for n := 0; n < maxOrdersPerStep; n++ {
		switch {
		case h.walk != 0:
			h.dropUnnamed()
		case h.inbox.Len() > 0:
			h.apply(h.inbox.Pop())
		case h.telling != 0:
			o := h.objects.At(h.telling)
			h.touch(h.telling)
			h.telling = o.next
		default:
			h.disarm(&h.more)
			return
		}
	}
	if h.walk != 0 || h.inbox.Len() > 0 || h.telling != 0 {
		h.arm(&h.more, timerMore, 0, 0, h.now.Mono)
		return
	}
	h.disarm(&h.more)
}

func (h *Host) apply(v order) {
	switch v.kind {
	case orderBegin:
		h.round++
	case orderReconcile:
		h.walk, h.walkFor = h.first, v.session
		if h.walk == 0 {
			h.reconciled()
		}
	case orderCommand:
		h.obey(v.session, &v.command)
	}
}

// dropUnnamed takes the walk of a reconciliation one object on: what the controller
// did not name is dropped. Nobody waits to hear of it.
func (h *Host) dropUnnamed() {
	at := h.walk
	o := h.objects.At(at)
	h.walk = o.next
	if o.round != h.round {
		h.forgetSuccessor(o)
		h.end(at)
	}
	if h.walk == 0 {
		h.reconciled()
	}
}

// reconciled lets the host report, from the beginning (H-4), if the session that it
// reconciled for is still the one that it has.
func (h *Host) reconciled() {
	if h.walkFor == h.session.serial && h.session.open {
		h.session.ready = true
		h.telling = h.first
	}
}

// obey applies one command.
func (h *Host) obey(session uint64, v *core.Command) {
	switch v.Kind {
	case core.CommandCreateSource, core.CommandCreateSink:
		h.create(v)
	case core.CommandAllowCompaction:
		// Nothing is kept for older times but what the next write needs, so only the
		// empty frontier has anything to end (H-14).
		if v.Frontier.IsEmpty() {
			h.drop(session, v.ID, true)
		}
	case core.CommandStop:
		h.drop(session, v.ID, false)
	case core.CommandUpdateConfiguration:
		h.settings = v.Settings
	case core.CommandNone, core.CommandInitializationComplete, core.CommandKindCount:
		h.ignored++
	}
}

// definedID is the id of what a create command defines.
func definedID(v *core.Command) core.GlobalID {
	if v.Kind == core.CommandCreateSink {
		return v.Sink.ID
	}
	return v.Source.ID
}

// create lets an object of an equal definition run on, replaces one of another
// definition, and starts what does not run.
func (h *Host) create(v *core.Command) {
	if h.taken(v) {
		h.ignored++
		return
	}
	at, ok := h.byID.Get(key(definedID(v)))
	if !ok {
		at = h.newObject(definedID(v))
		h.objects.At(at).round = h.round
		h.start(at, v)
		return
	}
	o := h.objects.At(at)
	o.round = h.round
	if !o.ending && h.same(o, v) {
		h.keep(at, v)
		return
	}
	h.forgetSuccessor(o)
	o.successor = *v
	h.replacing++
	h.end(at)
}

// taken reports whether another object has one of the ids that a command defines.
// Ids are bound for ever, so that this is a controller's mistake.
func (h *Host) taken(v *core.Command) bool {
	id := definedID(v)
	if e, ok := h.byExport.Get(key(id)); ok && h.objects.At(h.exports.At(e).object).id != id {
		return true
	}
	for i := range v.Source.Exports {
		x := v.Source.Exports[i].ID
		if _, ok := h.byID.Get(key(x)); ok && x != id {
			return true
		}
		if e, ok := h.byExport.Get(key(x)); ok && h.objects.At(h.exports.At(e).object).id != id {
			return true
		}
	}
	return false
}

// same reports whether an object runs what a command defines; as_of, resume upper,
// the times of imports and what belongs to a session take no part (H-2).
func (h *Host) same(o *object, v *core.Command) bool {
	if o.def.Kind != v.Kind {
		return false
	}
	if v.Kind == core.CommandCreateSink {
		a, b := &o.def.Sink, &v.Sink
		return a.Connection == b.Connection && a.From == b.From && a.Data == b.Data &&
			a.Schema.Equal(b.Schema) && a.Snapshot == b.Snapshot && a.Status == b.Status
	}
	a, b := &o.def.Source, &v.Source
	return a.Connection == b.Connection && a.Remap == b.Remap && a.Status == b.Status &&
		slices.EqualFunc(a.Exports, b.Exports, func(x, y core.SourceExport) bool {
			return x.ID == y.ID && x.Output == y.Output && x.Data == y.Data && x.Schema.Equal(y.Schema)
		}) &&
		slices.EqualFunc(a.Imports, b.Imports, func(x, y core.SourceImport) bool { return x.ID == y.ID && x.Data == y.Data })
}

// keep lets an object run on under a repeated definition. One that has not begun yet
// begins where the newer one says: the older time may not be readable any more.
func (h *Host) keep(at uint32, v *core.Command) {
	o := h.objects.At(at)
	o.def.Sink.AsOf = o.def.Sink.AsOf.Join(v.Sink.AsOf)
	h.touch(at)
}

// drop ends an object or one export of an ingestion, and owes the session an answer
// once it cannot write any more, at once if it does not run (H-6). forGood: it is to
// run nowhere any more, so that its source need not keep anything for it (H-15).
func (h *Host) drop(session uint64, id core.GlobalID, forGood bool) {
	if at, ok := h.byID.Get(key(id)); ok {
		o := h.objects.At(at)
		h.forgetSuccessor(o)
		o.owed.add(session)
		o.release = o.release || forGood && o.def.Kind == core.CommandCreateSource
		h.end(at)
		return
	}
	if h.replacing > 0 {
		h.dropFromSuccessor(id)
	}
	if i, ok := h.byExport.Get(key(id)); ok {
		e := h.exports.At(i)
		e.owed.add(session)
		e.ending = true
		x := &h.objects.At(e.object).def.Source.Exports
		*x = h.without(*x, id)
		h.touch(e.object)
		return
	}
	if session == h.session.serial && h.session.open {
		h.dropped = append(h.dropped, id)
	}
}

// dropFromSuccessor takes an export out of a definition that has not begun.
func (h *Host) dropFromSuccessor(id core.GlobalID) {
	for at := h.first; at != 0; at = h.objects.At(at).next {
		x := &h.objects.At(at).successor.Source.Exports
		if rest := h.without(*x, id); len(rest) < len(*x) {
			*x = rest
			h.touch(at)
		}
	}
}

// without is a frozen list without the export of an id; the list itself if it has none.
func (h *Host) without(list []core.SourceExport, id core.GlobalID) []core.SourceExport {
	i := slices.IndexFunc(list, func(x core.SourceExport) bool { return x.ID == id })
	if i < 0 {
		return list
	}
	rest := h.exportList.Carve(len(list) - 1)
	copy(rest[copy(rest, list[:i]):], list[i+1:])
	return rest
}

// forgetSuccessor takes back the definition that an object was to begin anew with.
func (h *Host) forgetSuccessor(o *object) {
	if o.successor.Kind != core.CommandNone {
		o.successor = core.Command{}
		h.replacing--
	}
}

// owed counts the answers that a session waits for; another session asks again.
type owed struct {
	session uint64
	n       uint32
}

func (w *owed) add(session uint64) {
	if w.session != session {
		*w = owed{session: session}
	}
	w.n++
}

// answer reports an id as dropped as often as this session waits to hear it.
func (h *Host) answer(id core.GlobalID, w owed) {
	if w.session != h.session.serial || !h.session.open {
		return
	}
	for ; w.n > 0; w.n-- {
		h.dropped = append(h.dropped, id)
	}
}

// tell reports a frontier if it is beyond what this session was told (H-4).
func (h *Host) tell(id core.GlobalID, t *told, upper frontier.Frontier) {
	if !h.session.ready {
		return
	}
	if t.session != h.session.serial {
		*t = told{session: h.session.serial}
	}
	if t.upper.LessThan(upper) {
		t.upper = upper
		h.uppers = append(h.uppers, core.UpperReport{ID: id, Upper: upper})
	}
}

// told is the frontier that a session was told last.
type told struct {
	session uint64
	upper   frontier.Frontier
}

// report sends what the step has to tell, in one message.
func (h *Host) report() {
	if len(h.uppers)+len(h.dropped) == 0 || !h.session.open {
		return
	}
	e := h.emit(EffectReport)
	e.Session = h.session.id
	e.Report = core.Report{Uppers: h.reports.Copy(h.uppers), Dropped: h.ids.Copy(h.dropped)}
}
