package persist

import (
	"sync"

	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
)

// recent has the updates of blobs that were put a moment ago. A small batch is merged
// soon after it was put, mostly by the process that did so, which then need not read
// and decode what it has just encoded and written. What was put is what is there, and
// whoever asks for it has seen a state that refers to it. Only merges look here: a
// reader is shown what is stored.
type recent struct {
	lock sync.Mutex
	// batches are found by their keys, which are in order of age, the oldest first. A
	// key of a batch that was taken stays there until its turn.
	batches map[string][]relation.Update
	order   []string
	size    uint64
}

// recentBytes is how much is kept, as shard.Size counts it, and recentCount how many
// batches. One batch may be an eighth of that.
const (
	recentBytes = 16 << 20
	recentCount = 4096
)

// keep remembers a batch that was put.
func (r *recent) keep(key string, updates []relation.Update) {
	size := shard.Size(updates)
	if size > recentBytes/8 {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.batches == nil {
		r.batches = map[string][]relation.Update{}
	}
	r.forget(key)
	r.batches[key] = updates
	r.order = append(r.order, key)
	r.size += size
	for r.size > recentBytes || len(r.order) > recentCount {
		r.forget(r.order[0])
		r.order = r.order[1:]
	}
}

// take is the batch of a key, which is not remembered any more.
func (r *recent) take(key string) ([]relation.Update, bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	updates, ok := r.batches[key]
	r.forget(key)
	return updates, ok
}

// forget drops the batch of a key, if it is there.
func (r *recent) forget(key string) {
	r.size -= shard.Size(r.batches[key])
	delete(r.batches, key)
}
