package core

import "example.com/tidemark/core/clock"

// token is a prepared export: until it ends, the implied capability of the collection
// stays where it is (C-30). It is leased to its owner (C-31).
type token struct {
	id         GlobalID
	owner      OwnerID
	token      Token
	collection uint32
	expires    clock.Instant
	// timer of its lease; 0 once that has passed, while a create names it.
	timer  uint32
	serial uint64
	// next and prev link a collection's tokens.
	next, prev uint32
}

// prepareExport gives out the token of an export that is to be created, at most one
// per id.
func (c *Controller) prepareExport(r *Request, at uint32) {
	from, code := c.find(r.From)
	switch {
	case c.dropped.has(r.GlobalID) || c.exists(r.GlobalID):
		c.answerError(r, at, c.errorAbout(SourceIDReused, r.GlobalID))
		return
	case code != Ok:
		c.answerError(r, at, c.errorAbout(code, r.From))
		return
	case !c.leading():
		c.answerError(r, at, Error{Code: NotLeader, Definite: true})
		return
	}
	i, ok := c.byToken.Get(r.GlobalID.key())
	if ok && c.tokens.At(i).collection != from {
		c.answerError(r, at, c.errorAbout(SourceIDReused, r.GlobalID))
		return
	}
	if !ok {
		i = c.addToken(token{id: r.GlobalID, owner: r.Owner, collection: from, serial: c.serial()})
		t := c.tokens.At(i)
		t.token = Token(c.derive(purposeExportToken, t.serial, t.id.key()).Lo | 1)
	}
	c.renewLease(i)
	c.answer(r, at, &Response{Token: c.tokens.At(i).token})
}

// exists reports whether an id names a collection or an export that is not forgotten, or
// is about to.
func (c *Controller) exists(id GlobalID) bool {
	_, collection := c.byID.Get(id.key())
	_, object := c.byObject.Get(id.key())
	return collection || object || c.beingCreated(id)
}

// beingCreated reports whether the transaction that is out creates a collection under an
// id. A create that waits behind it is judged at its turn, against the tokens.
func (c *Controller) beingCreated(id GlobalID) bool {
	for i := uint32(0); i < c.meta.served; i++ {
		r := &c.requests.At(c.control.queue.At(int(i))).req
		for k := range r.Collections {
			if r.Op == RequestCreate && r.Collections[k].ID == id {
				return true
			}
		}
	}
	return false
}

func (c *Controller) addToken(t token) uint32 {
	i := c.tokens.New()
	*c.tokens.At(i) = t
	c.linkToken(i, t.collection)
	c.byToken.Put(t.id.key(), i)
	at := c.tokenPosition(t.id)
	c.tokenOrder = append(c.tokenOrder, 0)
	copy(c.tokenOrder[at+1:], c.tokenOrder[at:])
	c.tokenOrder[at] = i
	c.touch(t.collection)
	return i
}

// linkToken puts a token into its collection's list.
func (c *Controller) linkToken(i, on uint32) {
	t, col := c.tokens.At(i), c.collections.At(on)
	t.collection, t.next = on, col.firstToken
	if t.next != 0 {
		c.tokens.At(t.next).prev = i
	}
	col.firstToken = i
}

func (c *Controller) tokenPosition(id GlobalID) int {
	key := id.key()
	lo, hi := 0, len(c.tokenOrder)
	for lo < hi {
		mid := (lo + hi) / 2
		if c.tokens.At(c.tokenOrder[mid]).id.key() < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func (c *Controller) renewLease(i uint32) {
	t := c.tokens.At(i)
	t.expires = c.now.Mono.Add(c.cfg.HoldLease)
	c.arm(&t.timer, timerToken, i, t.serial, t.expires)
}

// endToken ends a token and what it froze, in this step, and leaves no trace of it.
func (c *Controller) endToken(i uint32) {
	t := c.tokens.At(i)
	c.touch(t.collection)
	if t.prev == 0 {
		c.collections.At(t.collection).firstToken = t.next
	} else {
		c.tokens.At(t.prev).next = t.next
	}
	if t.next != 0 {
		c.tokens.At(t.next).prev = t.prev
	}
	c.disarm(&t.timer)
	c.byToken.Delete(t.id.key())
	at := c.tokenPosition(t.id)
	c.tokenOrder = append(c.tokenOrder[:at], c.tokenOrder[at+1:]...)
	c.tokens.Release(i)
}

// tokenLapses ends a token that was not renewed, unless a create names it: then it is
// looked at again when that has ended.
func (c *Controller) tokenLapses(i uint32) {
	t := c.tokens.At(i)
	c.disarm(&t.timer)
	for at := c.firstOpen; at != 0; at = c.requests.At(at).nextOpen {
		if namesToken(&c.requests.At(at).req, t) {
			return
		}
	}
	c.endToken(i)
}

// namesToken reports whether a request is a create that names the token.
func namesToken(r *Request, t *token) bool {
	if r.Op != RequestCreateExports {
		return false
	}
	for i := range r.Exports {
		if r.Exports[i].ID == t.id && r.Exports[i].Token == t.token {
			return true
		}
	}
	return false
}

// lapseOverdue ends the tokens that have lapsed while a create that has ended named
// them.
func (c *Controller) lapseOverdue(r *Request) {
	for k := range r.Exports {
		i, ok := c.outstanding(r.Exports[k].ID, r.Exports[k].Token)
		if ok && c.tokens.At(i).timer == 0 && r.Op == RequestCreateExports {
			c.tokenLapses(i)
		}
	}
}

// outstanding finds the token that a request names.
func (c *Controller) outstanding(id GlobalID, name Token) (i uint32, ok bool) {
	i, ok = c.byToken.Get(id.key())
	return i, ok && c.tokens.At(i).token == name
}

// renewToken renews a token. While C-48's time runs, one that this incarnation does
// not know is taken back: nothing has moved since its predecessor froze it.
func (c *Controller) renewToken(r *Request, at uint32) {
	i, ok := c.outstanding(r.GlobalID, r.Token)
	from, back := uint32(0), false
	if !ok {
		from, back = c.comesBack(r)
	}
	switch {
	case !ok && !back, ok && c.tokens.At(i).owner != r.Owner:
		c.answerError(r, at, c.errorAbout(TokenExpired, r.GlobalID))
		return
	case !c.leading():
		c.answerError(r, at, Error{Code: NotLeader, Definite: true})
		return
	case back:
		i = c.addToken(token{id: r.GlobalID, owner: r.Owner, token: r.Token, collection: from, serial: c.serial()})
	}
	c.renewLease(i)
	c.answer(r, at, &Response{Token: r.Token})
}

// comesBack finds the collection which the token that a request renews is to freeze
// again.
func (c *Controller) comesBack(r *Request) (from uint32, ok bool) {
	_, other := c.byToken.Get(r.GlobalID.key())
	if other || !c.inGrace() || r.Token == 0 || c.dropped.has(r.GlobalID) || c.exists(r.GlobalID) {
		return 0, false
	}
	from, code := c.find(r.From)
	return from, code == Ok
}

// cancelToken ends a token that no create names.
func (c *Controller) cancelToken(r *Request, at uint32) {
	i, ok := c.outstanding(r.GlobalID, r.Token)
	if !ok {
		c.answerError(r, at, c.errorAbout(TokenExpired, r.GlobalID))
		return
	}
	c.endToken(i)
	c.answer(r, at, &Response{})
}
