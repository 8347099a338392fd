package persist

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// model is one shard as dumb as it can be: maps, a list of all updates, everything
// computed anew each time. A time is its number, and closedAt stands for the empty
// frontier; the sequences use small times only.
type model struct {
	since, upper uint64
	epoch        uint64
	leased       map[persist.ReaderID]*modelLease
	removed      map[persist.ReaderID]bool
	critical     map[persist.ReaderID]*modelCritical
	writers      map[persist.WriterID]modelWriter
	updates      []relation.Update
	finalized    bool
}

type modelLease struct {
	since uint64
	lease int64
	end   clock.Wall
}

type modelCritical struct {
	since  uint64
	opaque persist.Opaque
}

type modelWriter struct {
	token persist.Token
	upper uint64
}

const closedAt = 1 << 62

func newModel() *model {
	return &model{
		leased: map[persist.ReaderID]*modelLease{}, removed: map[persist.ReaderID]bool{},
		critical: map[persist.ReaderID]*modelCritical{}, writers: map[persist.WriterID]modelWriter{},
	}
}

func number(f frontier.Frontier) uint64 {
	if f.Empty {
		return closedAt
	}
	return uint64(f.T)
}

func front(n uint64) frontier.Frontier {
	if n == closedAt {
		return closed()
	}
	return at(frontier.Timestamp(n))
}

// apply is what the contract says of a well-formed call.
func (m *model) apply(now clock.Wall, c *persist.Call) persist.Result {
	ok := persist.Result{Outcome: outcome.Done}
	if m.finalized && c.Op != persist.OpFinalize {
		if reason := badAppend(c); reason != persist.ReasonNone {
			return invalid(reason)
		}
		return invalid(persist.ReasonFinalized)
	}
	switch c.Op {
	case persist.OpFinalize:
		return m.finalize(now)
	case persist.OpFetchUpper:
		ok.Since, ok.Upper = front(m.since), front(m.upper)
		return ok
	case persist.OpOpenWriter:
		return m.openWriter(now, c)
	case persist.OpCompareAndAppend:
		return m.append(now, c)
	case persist.OpOpenCritical:
		k := m.critical[c.Reader]
		if k == nil {
			k = &modelCritical{m.since, c.Opaque}
			m.critical[c.Reader] = k
			m.expire(now)
		}
		return opened(front(m.since), front(k.since), front(m.upper), k.opaque)
	case persist.OpCompareAndDowngradeSince:
		return m.swap(now, c)
	case persist.OpOpenLeasedReader:
		if m.leased[c.Reader] == nil {
			m.leased[c.Reader] = &modelLease{since: m.since}
		}
		l := m.leased[c.Reader]
		l.lease = int64(c.Lease) / 1000
		m.renew(now, l)
		ok.Since, ok.ReaderSince, ok.Upper = front(m.since), front(l.since), front(m.upper)
		return ok
	case persist.OpCloseReader:
		if m.leased[c.Reader] != nil {
			delete(m.leased, c.Reader)
			m.removed[c.Reader] = true
			m.expire(now)
		}
		return ok
	default:
		return m.ofReader(now, c)
	}
}

// finalize: nothing can be read or written any more, and nobody who could want to is
// left.
func (m *model) finalize(now clock.Wall) persist.Result {
	left := m.since != closedAt || m.upper != closedAt
	for _, l := range m.leased {
		left = left || l.end >= now
	}
	for _, k := range m.critical {
		left = left || k.since != closedAt
	}
	if left && !m.finalized {
		return inUse(front(m.since), front(m.upper))
	}
	m.finalized = true
	return finalized()
}

// ofReader is a call that needs a leased reader which is there.
func (m *model) ofReader(now clock.Wall, c *persist.Call) persist.Result {
	l := m.leased[c.Reader]
	switch {
	case l == nil && m.removed[c.Reader]:
		return persist.Result{Outcome: outcome.LeaseExpired}
	case l == nil:
		return invalid(persist.ReasonUnknownReader)
	case c.Op == persist.OpHeartbeat:
		m.renew(now, l)
		return persist.Result{Outcome: outcome.Done, ReaderSince: front(l.since)}
	case c.Op == persist.OpDowngradeSince:
		m.renew(now, l)
		l.since = max(l.since, number(c.Since))
		m.recompute()
		return downgraded(front(m.since), front(l.since))
	case c.Op == persist.OpListen:
		return m.listen(c)
	default:
		return m.snapshot(c)
	}
}

func (m *model) openWriter(now clock.Wall, c *persist.Call) persist.Result {
	if c.Epoch > 0 && c.Epoch < m.epoch {
		return fenced(m.epoch)
	}
	if _, known := m.writers[c.Writer]; !known {
		m.writers[c.Writer] = modelWriter{}
	}
	m.epoch = max(m.epoch, c.Epoch)
	m.expire(now)
	return persist.Result{Outcome: outcome.Done, Since: front(m.since), Upper: front(m.upper)}
}

// badAppend is what is wrong with the arguments of an append, whatever the shard.
func badAppend(c *persist.Call) persist.Reason {
	if c.Op != persist.OpCompareAndAppend {
		return persist.ReasonNone
	}
	from, to := number(c.Expected), number(c.Upper)
	for _, bad := range []struct {
		holds  bool
		reason persist.Reason
	}{
		{to < from, persist.ReasonUpperRegresses},
		{from == closedAt, persist.ReasonAppendToClosed},
		{from == to && len(c.Updates) > 0, persist.ReasonDataInEmptyInterval},
	} {
		if bad.holds {
			return bad.reason
		}
	}
	for _, u := range c.Updates {
		if uint64(u.Time) < from || uint64(u.Time) >= to {
			return persist.ReasonUpdateOutOfBounds
		}
	}
	return persist.ReasonNone
}

func (m *model) append(now clock.Wall, c *persist.Call) persist.Result {
	if reason := badAppend(c); reason != persist.ReasonNone {
		return invalid(reason)
	}
	from, to := number(c.Expected), number(c.Upper)
	w := m.writers[c.Writer]
	switch {
	case c.Epoch > 0 && c.Epoch < m.epoch:
		return fenced(m.epoch)
	case w.token == c.Token:
		return done(front(w.upper))
	case m.upper != from:
		return mismatch(front(m.upper))
	}
	m.writers[c.Writer] = modelWriter{c.Token, to}
	m.updates = append(m.updates, c.Updates...)
	m.upper = to
	m.expire(now)
	return done(front(to))
}

func (m *model) swap(now clock.Wall, c *persist.Call) persist.Result {
	k := m.critical[c.Reader]
	if k == nil {
		k = &modelCritical{since: m.since}
	}
	switch {
	case k.opaque == c.Opaque:
	case k.opaque.Epoch > c.Opaque.Epoch:
		return persist.Result{Outcome: outcome.Fenced, Epoch: k.opaque.Epoch, Opaque: k.opaque}
	case k.opaque != c.ExpectedOpaque:
		return persist.Result{Outcome: outcome.Mismatch, Opaque: k.opaque}
	}
	k.opaque = c.Opaque
	k.since = max(k.since, number(c.Since))
	m.critical[c.Reader] = k
	m.expire(now)
	m.recompute()
	return swapped(front(m.since), front(k.since), k.opaque)
}

func (m *model) snapshot(c *persist.Call) persist.Result {
	switch {
	case uint64(c.AsOf) < m.since:
		return persist.Result{Outcome: outcome.Mismatch, Since: front(m.since)}
	case uint64(c.AsOf) >= m.upper:
		return persist.Result{Outcome: outcome.NotYet, Upper: front(m.upper)}
	}
	r := persist.Result{Outcome: outcome.Done, Since: front(m.since), Upper: front(m.upper)}
	for _, u := range m.updates {
		if u.Time <= c.AsOf {
			r.Updates = append(r.Updates, row(u.Data, c.AsOf, u.Diff))
		}
	}
	return r
}

func (m *model) listen(c *persist.Call) persist.Result {
	switch {
	case uint64(c.AsOf) < m.since:
		return persist.Result{Outcome: outcome.Mismatch, Since: front(m.since)}
	case uint64(c.AsOf)+1 >= m.upper:
		return persist.Result{Outcome: outcome.NotYet, Upper: front(m.upper)}
	}
	r := persist.Result{Outcome: outcome.Done, Since: front(m.since), Upper: front(m.upper)}
	for _, u := range m.updates {
		if u.Time > c.AsOf {
			r.Updates = append(r.Updates, u)
		}
	}
	return r
}

func (m *model) renew(now clock.Wall, l *modelLease) {
	l.end = max(l.end, now+clock.Wall(l.lease))
	m.expire(now)
}

func (m *model) expire(now clock.Wall) {
	for id, l := range m.leased {
		if l.end < now {
			delete(m.leased, id)
			m.removed[id] = true
		}
	}
}

func (m *model) recompute() {
	meet := uint64(closedAt)
	for _, l := range m.leased {
		meet = min(meet, l.since)
	}
	for _, k := range m.critical {
		meet = min(meet, k.since)
	}
	m.since = meet
}
