package blob

import (
	"slices"
	"strings"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

// model is the whole contract, sequentially: what every store must answer.
type model map[string]string

// apply makes a call that is valid.
func (m model) apply(c blob.Call) blob.Result {
	r := blob.Result{Outcome: outcome.Done}
	switch c.Op {
	case blob.OpGet:
		r.Data, r.Found = m[c.Key]
	case blob.OpSet:
		m[c.Key] = c.Data
	case blob.OpDelete:
		delete(m, c.Key)
	case blob.OpList:
		for key := range m {
			if strings.HasPrefix(key, c.Key) && key > c.After {
				r.Keys = append(r.Keys, key)
			}
		}
		slices.Sort(r.Keys)
		if c.Limit > 0 {
			r.Keys = r.Keys[:min(len(r.Keys), int(c.Limit))]
		}
	case blob.OpNone, blob.OpCount:
		r.Outcome = outcome.Invalid
	}
	return r
}
