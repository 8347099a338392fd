package invariants

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// entry is one collection's part of an append request (parts that name the same
// collection are one entry).
type entry struct {
	used    bool
	request int32 // or -1 when it was answered
	life    uint32
	slot    int32
	seq     uint64 // arrival order
	upper   frontier.Frontier
	updates []relation.Update
	ordered bool // it did not have to wait before it came into its queue
	least   frontier.Timestamp
	bytes   int64
	data    bool
	// batch that it is out with, or -1.
	batch int32
	// landed: durable. dead: answered with a definite error, must never land.
	landed, dead  bool
	next          int32 // in the belief's list of entries without an outcome
	nextInRequest int32
	listed        bool
}

// batch is one compare-and-append that went out, with all entries merged in it.
type batch struct {
	used            bool
	token           persist.Token
	shard           int32
	slot            int32
	life            uint32
	expected, upper frontier.Frontier
	updates         []relation.Update
	begun           clock.Instant // when it went out first
	// entries is a span of the arena batchEntries: list heads by nextInBatch would
	// need a second link per entry, a slice keeps the order.
	entries []int32
	landed  bool
	// closing: it is the controller's own, to close a dropped collection's shard.
	closing bool
	// out counts attempts whose end the controller does not know.
	out int32
	// closed: the controller was told a definite end. stale: the shard has moved on,
	// no attempt can land any more.
	closed, stale bool
	free          int32
	nextInShard   int32
}

func (j *Judges) newEntry() int32 {
	i := j.freeEntry
	if i >= 0 {
		j.freeEntry = j.entries[i].next
	} else {
		i = int32(len(j.entries))
		j.entries = append(j.entries, entry{})
	}
	j.entries[i] = entry{used: true, request: -1, batch: -1, next: -1, nextInRequest: -1}
	return i
}

// enlist appends an entry to the belief's list in arrival order.
func (j *Judges) enlist(b *belief, i int32) {
	j.entries[i].listed = true
	if b.lastEntry >= 0 {
		j.entries[b.lastEntry].next = i
	} else {
		b.firstEntry = i
	}
	b.lastEntry = i
}

// delist takes an entry out of its belief's list.
func (j *Judges) delist(i int32) {
	e := &j.entries[i]
	if !e.listed {
		return
	}
	e.listed = false
	l := j.lifeOf(e.life)
	if l == nil || l.ended {
		return
	}
	b := j.beliefAt(l.node, e.slot)
	last := int32(-1)
	for p := &b.firstEntry; *p >= 0; p = &j.entries[*p].next {
		if *p == i {
			*p = e.next
			if b.lastEntry == i {
				b.lastEntry = last
			}
			break
		}
		last = *p
	}
	e.next = -1
}

// releaseEntries cuts a request's entries loose when it is answered or gone.
func (j *Judges) releaseEntries(q *request) {
	l := j.lifeOf(q.life)
	for i := q.firstEntry; i >= 0; {
		e := &j.entries[i]
		next := e.nextInRequest
		j.delist(i)
		if l != nil {
			l.queued--
			l.bytes -= e.bytes
		}
		e.request, e.nextInRequest = -1, -1
		j.freeEntryIfDone(i)
		i = next
	}
	q.firstEntry = -1
}

// freeEntryIfDone frees an entry that is answered and can no longer land.
func (j *Judges) freeEntryIfDone(i int32) {
	e := &j.entries[i]
	if !e.used || e.request >= 0 || e.batch >= 0 {
		return
	}
	j.entries[i] = entry{next: j.freeEntry}
	j.freeEntry = i
}

func (j *Judges) newBatch(token persist.Token, shard int32) int32 {
	i := j.freeBatch
	if i >= 0 {
		j.freeBatch = j.batches[i].free
	} else {
		i = int32(len(j.batches))
		j.batches = append(j.batches, batch{})
	}
	b := &j.batches[i]
	list := b.entries[:0]
	*b = batch{}
	b.used, b.token, b.shard, b.entries = true, token, shard, list
	b.free, b.nextInShard = -1, j.shards[shard].batches
	j.shards[shard].batches = i
	j.batchIndex.put(token.Hi, token.Lo, i)
	return i
}

// freeBatchIfDone frees a batch that its controller knows the end of, or is gone,
// and that can no longer land.
func (j *Judges) freeBatchIfDone(i int32) {
	b := &j.batches[i]
	if !b.used || !b.closed || !b.stale {
		return
	}
	for _, e := range b.entries {
		if j.entries[e].batch == i {
			j.entries[e].batch = -1
			j.freeEntryIfDone(e)
		}
	}
	j.batchIndex.remove(b.token.Hi, b.token.Lo)
	for p := &j.shards[b.shard].batches; *p >= 0; p = &j.batches[*p].nextInShard {
		if *p == i {
			*p = b.nextInShard
			break
		}
	}
	list := b.entries[:0]
	j.batches[i] = batch{entries: list, free: j.freeBatch}
	j.freeBatch = i
}

// staleBatches marks the batches of a shard that can no longer land, its upper
// being elsewhere.
func (j *Judges) staleBatches(s int32) {
	upper := j.shards[s].now.Upper
	for i := j.shards[s].batches; i >= 0; {
		b := &j.batches[i]
		next := b.nextInShard
		if !b.stale && b.expected != upper {
			b.stale = true
			j.freeBatchIfDone(i)
		}
		i = next
	}
}

// orphanBatches closes the batches of an incarnation that is gone.
func (j *Judges) orphanBatches(incarnation uint32) {
	for i := range j.batches {
		if b := &j.batches[i]; b.used && b.life == incarnation {
			b.closed = true
			j.freeBatchIfDone(int32(i))
		}
	}
}
