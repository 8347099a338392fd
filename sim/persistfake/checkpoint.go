package persistfake

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// checkpointEvery is how many updates a read finds behind the newest checkpoint
// before it leaves another.
const checkpointEvery = 32

// checkpoint is the sum of the first so many updates of a shard's history, by row.
// None of them is later than latest, so every read at latest or later may begin
// with it. Like the image it changes no answer. It is frozen, and shared by clones.
type checkpoint struct {
	prev    *checkpoint
	updates int
	latest  frontier.Timestamp
	rows    []relation.Update
	// history is what the shard's was when it had so many updates.
	history log[relation.Update]
}

// passing remembers how many updates of the tail the since had passed when imaged
// of the history were in the image.
type passing struct {
	holds  bool
	since  frontier.Timestamp
	imaged int
	passed int
}

// checkpointAt is the newest checkpoint that a read at asOf may begin with; nil if
// the image is as good. end is the next one: it has an update after asOf, so the upper
// was beyond asOf by then, and what follows it is, too. nil if there is none.
func (sh *shard) checkpointAt(asOf frontier.Timestamp) (k, end *checkpoint) {
	k = sh.newest
	for k != nil && k.updates > sh.imaged && k.latest > asOf {
		k, end = k.prev, k
	}
	if k == nil || k.updates <= sh.imaged {
		return nil, end
	}
	return k, end
}

// keepCheckpoint sums the whole history up to now, once enough has come since the
// last time.
func (s *Store) keepCheckpoint(sh *shard) {
	k := checkpoint{prev: sh.newest, updates: sh.updates, history: sh.history}
	from := sh.imaged
	if k.prev != nil && k.prev.updates > from {
		from, k.latest = k.prev.updates, k.prev.latest
	} else {
		k.prev, k.latest = nil, sh.since.T // the image has overtaken it
	}
	if sh.updates-from < checkpointEvery {
		return
	}
	window := s.after(sh, from)
	for i := range window {
		k.latest = max(k.latest, window[i].Time)
	}
	k.rows = s.readSum(sh, k.latest)
	sh.newest = new(checkpoint)
	*sh.newest = k
}
