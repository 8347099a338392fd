package core

// updateUppers takes a client's word for the uppers of reported collections
// (C-40). One bad id refuses the list; late and repeated reports are harmless.
func (c *Controller) updateUppers(r *Request, at uint32) {
	for i := range r.Uppers {
		on, code := c.find(r.Uppers[i].ID)
		if code == Ok && c.collections.At(on).desc.Kind != KindReported {
			code = NotReportable
		}
		if code != Ok {
			c.answerError(r, at, c.errorAbout(code, r.Uppers[i].ID))
			return
		}
	}
	for i := range r.Uppers {
		on, _ := c.find(r.Uppers[i].ID)
		c.learnUpper(on, r.Uppers[i].Upper)
	}
	c.answer(r, at, &Response{})
}
