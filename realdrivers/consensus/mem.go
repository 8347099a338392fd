package consensus

import (
	"context"
	"slices"
	"sync"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// Mem is a store in memory, for tests and trials. The zero value is an empty one.
type Mem struct {
	lock   sync.RWMutex
	closed bool
	keys   map[string][]consensus.Entry
	counters
}

// Do implements Store.
func (m *Mem) Do(ctx context.Context, call *consensus.Call, result *consensus.Result) {
	if refuse(ctx, call, result) {
		return
	}
	if writes(call.Op) {
		m.lock.Lock()
		defer m.lock.Unlock()
		m.group(1)
	} else {
		m.lock.RLock()
		defer m.lock.RUnlock()
	}
	if m.closed {
		result.Outcome = outcome.NotDone
		return
	}
	m.apply(call, result)
}

// apply makes a valid call of which result is the zero value so far.
func (m *Mem) apply(call *consensus.Call, result *consensus.Result) {
	list := m.keys[call.Key]
	var head consensus.Entry
	if n := len(list); n > 0 {
		head = list[n-1]
	}
	result.Outcome = outcome.Done
	switch call.Op {
	case consensus.OpHead:
		result.Head = head
	case consensus.OpScan:
		result.Entries = scanned(list, call)
	case consensus.OpKeys:
		result.Keys = m.after(call)
	case consensus.OpCompareAndSet:
		if head.Seqno != call.Expected {
			*result = consensus.Result{Outcome: outcome.Mismatch, Head: head}
			return
		}
		if m.keys == nil {
			m.keys = map[string][]consensus.Entry{}
		}
		m.keys[call.Key] = append(list, consensus.Entry{Seqno: call.New, Data: call.Data})
	case consensus.OpTruncate:
		if call.Before > head.Seqno {
			*result = consensus.Result{Outcome: outcome.Mismatch, Head: head}
			return
		}
		if i := position(list, call.Before); i > 0 {
			// A new list: results may hold the old one.
			m.keys[call.Key] = slices.Clone(list[i:])
		}
	case consensus.OpNone, consensus.OpCount:
		result.Outcome = outcome.Invalid
	}
}

// position is that of the first entry of a number or a greater one.
func position(list []consensus.Entry, n consensus.Seqno) int {
	i, _ := slices.BinarySearchFunc(list, n, func(e consensus.Entry, n consensus.Seqno) int {
		switch {
		case e.Seqno < n:
			return -1
		case e.Seqno > n:
			return 1
		}
		return 0
	})
	return i
}

func scanned(list []consensus.Entry, call *consensus.Call) []consensus.Entry {
	list = list[position(list, call.From):]
	if call.Limit > 0 && uint64(call.Limit) < uint64(len(list)) {
		list = list[:call.Limit]
	}
	return slices.Clip(list)
}

// after lists keys that are greater than the call's.
func (m *Mem) after(call *consensus.Call) []string {
	var list []string
	for key := range m.keys {
		if key > call.Key {
			list = append(list, key)
		}
	}
	slices.Sort(list)
	if call.Limit > 0 && uint64(call.Limit) < uint64(len(list)) {
		list = list[:call.Limit]
	}
	return list
}

// Stats implements Store.
func (m *Mem) Stats() Stats { return m.stats() }

// Close implements Store. What was stored is gone.
func (m *Mem) Close() error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.closed, m.keys = true, nil
	return nil
}
