package consensus

import (
	"slices"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// model is the whole contract, sequentially: what every store must answer.
type model map[string][]consensus.Entry

// apply makes a call that is valid.
func (m model) apply(c consensus.Call) consensus.Result {
	r := consensus.Result{Outcome: outcome.Done}
	list := m[c.Key]
	var head consensus.Entry
	if len(list) > 0 {
		head = list[len(list)-1]
	}
	switch c.Op {
	case consensus.OpHead:
		r.Head = head
	case consensus.OpCompareAndSet:
		if head.Seqno != c.Expected {
			return consensus.Result{Outcome: outcome.Mismatch, Head: head}
		}
		m[c.Key] = append(list, entry(c.New, c.Data))
	case consensus.OpScan:
		for _, entry := range list {
			if entry.Seqno >= c.From && (c.Limit == 0 || len(r.Entries) < int(c.Limit)) {
				r.Entries = append(r.Entries, entry)
			}
		}
	case consensus.OpTruncate:
		if c.Before > head.Seqno {
			return consensus.Result{Outcome: outcome.Mismatch, Head: head}
		}
		for len(list) > 0 && list[0].Seqno < c.Before {
			list = list[1:]
		}
		if len(list) > 0 {
			m[c.Key] = list
		}
	case consensus.OpKeys:
		for key := range m {
			if key > c.Key {
				r.Keys = append(r.Keys, key)
			}
		}
		slices.Sort(r.Keys)
		if c.Limit > 0 {
			r.Keys = r.Keys[:min(len(r.Keys), int(c.Limit))]
		}
	case consensus.OpNone, consensus.OpCount:
		r.Outcome = outcome.Invalid
	}
	return r
}
