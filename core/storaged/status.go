package storaged

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// statusKind is what a status row says of an object.
type statusKind uint8

const (
	statusNone statusKind = iota
	statusStarting
	statusRunning
	statusFinished
	statusStopped
	// statusFenced: another copy of the export has taken over.
	statusFenced
	// statusCompacted: what is to be read next was compacted.
	statusCompacted
	// statusSourceFails, statusSinkFails: several calls in a row failed.
	statusSourceFails
	statusSinkFails
	// statusSourceLost: the source has not got the records any more that follow.
	statusSourceLost
	// statusFailed: a shard is gone, or holds something that no host wrote.
	statusFailed
	statusKinds
)

// text is what the status row says: a word, and what is behind it.
func (c statusKind) text() (status, detail string) {
	switch c {
	case statusStarting:
		return "starting", ""
	case statusRunning:
		return "running", ""
	case statusFinished:
		return "finished", ""
	case statusStopped:
		return "stopped", ""
	case statusFenced:
		return "stalled", "another copy of this export has taken over"
	case statusCompacted:
		return "stalled", "what is to be read next was compacted"
	case statusSourceFails:
		return "stalled", "the source does not answer as it should"
	case statusSinkFails:
		return "stalled", "the external system does not answer as it should"
	case statusSourceLost:
		return "stalled", "the source has lost records that were not read yet"
	case statusFailed:
		return "failed", "a shard is gone, or holds something that no host wrote"
	case statusNone, statusKinds:
	}
	return "status?", ""
}

// StatusSchema is the schema of the rows that hosts append to a status shard: when,
// in milliseconds since the Unix epoch; of which object; what it is; and why.
func StatusSchema() relation.Schema {
	return relation.Schema{Columns: []relation.Column{
		{Name: "occurred_at", Type: relation.Uint64},
		{Name: "id", Type: relation.Text},
		{Name: "status", Type: relation.Text},
		{Name: "detail", Type: relation.Text, Nullable: true},
	}}
}

// statusRow is a row that waits to be appended.
type statusRow struct {
	kind statusKind
	at   frontier.Timestamp
	next uint32
}

// maxStatuses is how many rows may wait; beyond it the latest is replaced.
const maxStatuses = 16

// statusShard is where the object's status rows go, if anywhere.
func (o *object) statusShard() persist.ShardID {
	if noShard(o.def.Sink.Data) {
		return o.def.Source.Status
	}
	return o.def.Sink.Status
}

// say notes the object's condition, and queues a row about it if it is another than
// before.
func (h *Host) say(at uint32, c statusKind) {
	o := h.objects.At(at)
	if o.said == c {
		return
	}
	o.said = c
	if noShard(o.statusShard()) {
		return
	}
	i := o.lastStatus
	if o.statusCount < maxStatuses {
		i = h.statuses.New()
		h.linkStatus(o, i)
	}
	s := h.statuses.At(i)
	s.kind, s.at = c, h.present()
}

func (h *Host) linkStatus(o *object, i uint32) {
	if o.lastStatus == 0 {
		o.firstStatus = i
	} else {
		h.statuses.At(o.lastStatus).next = i
	}
	o.lastStatus = i
	o.statusCount++
}

// driveStatus appends the next row, at the present or at the shard's upper, by a
// token of its own (C-72). Others write there too, so the upper is guessed.
func (h *Host) driveStatus(at uint32) {
	o := h.objects.At(at)
	ref := laneRef{laneStatus, at}
	if o.firstStatus == 0 || !h.ready(&o.status, ref, o.serial) {
		return
	}
	s := h.statuses.At(o.firstStatus)
	if o.statusToken == (persist.Token{}) {
		t := max(h.present(), o.statusUpper.T)
		if o.statusUpper.IsEmpty() || t == frontier.MaxTimestamp {
			h.dropStatuses(o)
			return
		}
		o.statusToken, o.statusTime = h.newToken(), t
	}
	rows := h.updates.Carve(1)
	rows[0] = relation.Update{Data: statusData(o, s), Time: o.statusTime, Diff: 1}
	c := h.call(&o.status, ref, o.serial, persist.OpCompareAndAppend, o.statusShard())
	c.Writer, c.Token = h.writer(o), o.statusToken
	c.Expected, c.Upper, c.Updates = o.statusUpper, frontier.At(o.statusTime+1), rows
}

func statusData(o *object, s *statusRow) relation.Row {
	status, detail := s.kind.text()
	b := relation.AppendUint64(nil, uint64(s.at))
	b = relation.AppendText(b, o.id.String())
	b = relation.AppendText(b, status)
	if detail == "" {
		return relation.Row(relation.AppendNull(b))
	}
	return relation.Row(relation.AppendText(b, detail))
}

// statusEnded takes the completion of an append to the status shard.
func (h *Host) statusEnded(at uint32, res *persist.Result) {
	o := h.objects.At(at)
	switch res.Outcome {
	case outcome.Done:
		o.status.succeeded()
		o.statusUpper, o.statusToken = frontier.At(o.statusTime+1), persist.Token{}
		h.popStatus(o)
	case outcome.Mismatch:
		o.status.succeeded()
		o.statusUpper, o.statusToken = res.Upper, persist.Token{}
	case outcome.Invalid:
		h.appendInvalid(res.Reason, o.serial)
		h.dropStatuses(o)
	default:
		h.failed(&o.status)
	}
}

func (h *Host) popStatus(o *object) {
	i := o.firstStatus
	o.firstStatus = h.statuses.At(i).next
	if o.firstStatus == 0 {
		o.lastStatus = 0
	}
	o.statusCount--
	h.statuses.Release(i)
}

// dropStatuses gives up what waits: the shard is closed, or gone.
func (h *Host) dropStatuses(o *object) {
	o.statusToken = persist.Token{}
	for o.firstStatus != 0 {
		h.popStatus(o)
	}
}
