package blob

import (
	"context"
	"slices"
	"strings"
	"sync"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

// Mem is a store in memory, for tests and trials. The zero value is an empty one.
type Mem struct {
	lock   sync.RWMutex
	closed bool
	values map[string]string
}

// Do implements Store.
func (m *Mem) Do(ctx context.Context, call *blob.Call, result *blob.Result) {
	if refuse(ctx, call, result) {
		return
	}
	if writes(call.Op) {
		m.lock.Lock()
		defer m.lock.Unlock()
	} else {
		m.lock.RLock()
		defer m.lock.RUnlock()
	}
	if m.closed {
		result.Outcome = outcome.NotDone
		return
	}
	result.Outcome = outcome.Done
	switch call.Op {
	case blob.OpGet:
		result.Data, result.Found = m.values[call.Key]
	case blob.OpSet:
		if m.values == nil {
			m.values = map[string]string{}
		}
		m.values[call.Key] = call.Data
	case blob.OpDelete:
		delete(m.values, call.Key)
	case blob.OpList:
		result.Keys = m.list(call)
	case blob.OpNone, blob.OpCount:
		result.Outcome = outcome.Invalid
	}
}

func (m *Mem) list(call *blob.Call) []string {
	var list []string
	for key := range m.values {
		if strings.HasPrefix(key, call.Key) && key > call.After {
			list = append(list, key)
		}
	}
	slices.Sort(list)
	return limited(list, call)
}

// Close implements Store. What was stored is gone.
func (m *Mem) Close() error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.closed, m.values = true, nil
	return nil
}
