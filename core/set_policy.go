package core

import "example.com/tidemark/core/stash"

// setPolicy installs read policies (C-42): the list is judged as a whole, then
// each is installed and evaluated after the other, at once. The answer comes when
// they are durable.
func (c *Controller) setPolicy(r *Request, at uint32) {
	for i := range r.Policies {
		p := &r.Policies[i]
		_, code := c.find(p.ID)
		if code == Ok && !p.Policy.Valid() {
			code = InvalidPolicy
		}
		if code != Ok {
			c.answerError(r, at, c.errorAbout(code, p.ID))
			return
		}
	}
	if len(r.Policies) == 0 {
		c.answer(r, at, &Response{})
		return
	}
	for i := range r.Policies {
		on, _ := c.find(r.Policies[i].ID)
		col := c.collections.At(on)
		c.touch(on)
		col.policy = r.Policies[i].Policy
		if col.phase == ShardOpen {
			c.advance(col)
		}
	}
	if at == 0 {
		at = c.openRequest(r)
	}
	c.requests.At(at).sent = true
	c.push(at)
}

// planPolicies writes the policies that are in force now; also of a
// collection that was dropped or became unusable since, because the request will
// be answered as done. What is about to be unlisted has no policy any more.
func (c *Controller) planPolicies(r *Request) {
	for i := range r.Policies {
		id := r.Policies[i].ID
		at, ok := c.byID.Get(id.key())
		if !ok {
			continue
		}
		col := c.collections.At(at)
		if col.final.stage == finalQueued {
			continue
		}
		c.write(stash.WriteUpsert, stash.CollectionPolicies, id.String(), encodePolicy(col.policy, col.policyUnknown))
	}
}
