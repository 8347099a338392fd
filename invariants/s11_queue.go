package invariants

// sureQueue counts what certainly waits in a controller's queues: one entry of each
// open append that did not have to wait before it was queued (its others may have
// their outcome already), and the bytes of those that have a single one.
type sureQueue struct{ entries, bytes int64 }

// joinQueue notes, when an append arrives, whether the limits leave no room for it
// (C-49), and counts it from then on. It is called after its entries were made.
func (j *Judges) joinQueue(q *request, l *life) {
	if q.firstEntry < 0 || !j.entries[q.firstEntry].ordered {
		return
	}
	bytes := int64(0)
	for k := range q.r.Appends {
		bytes += bytesOf(q.r.Appends[k].Updates)
	}
	limits := &l.config.Limits
	q.noRoom = l.sure.entries+int64(len(q.r.Appends)) > limits.QueuedAppends || l.sure.bytes+bytes > limits.QueuedBytes
	q.queued = sureQueue{entries: 1}
	if j.entries[q.firstEntry].nextInRequest < 0 {
		q.queued.bytes = bytes
	}
	l.sure.entries += q.queued.entries
	l.sure.bytes += q.queued.bytes
}

// leaveQueue forgets an append that is answered.
func leaveQueue(q *request, l *life) {
	l.sure.entries -= q.queued.entries
	l.sure.bytes -= q.queued.bytes
}
