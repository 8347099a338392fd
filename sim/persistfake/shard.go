package persistfake

import (
	"math/bits"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// link refers to an entry of one of the store's slices by its index plus one;
// zero refers to none.
type link = int32

// shard is one shard's state, flat but for its history.
type shard struct {
	id persist.ShardID
	// since ≤ the since of every registered reader: a reader starts at it, and it
	// moves only to the meet of all of them.
	since, upper frontier.Frontier
	// writerEpoch is the highest epoch that opened a writer (P-11).
	writerEpoch uint64
	// lapse is no later than the first lease end; only meaningful with leased > 0.
	lapse clock.Wall
	// leased readers, critical readers (oldest first) and writers (newest first).
	firstLeased, firstCritical, firstWriter link
	leased                                  int32
	finalized                               bool
	// history holds every update ever appended, in the order of appends; updates
	// counts them.
	history log[relation.Update]
	updates int
	// image is the sum of the first imaged updates of the history, all at or before
	// since, by row; times in it mean nothing. It makes reads of a long history
	// cheap and changes no answer.
	image  []relation.Update
	imaged int
	known  passing
	// steps are where the latest appends ended; they make listening cheap.
	steps [stepsKept]appended
	// newest heads the list of checkpoints, which make reads of a wide window cheap.
	newest *checkpoint
}

// stepsKept is how many appends with updates a shard remembers.
const stepsKept = 8

// appended says that the first so many updates of the history are before upper, and all
// others are not.
type appended struct {
	upper   frontier.Frontier
	updates int
}

// stepTo remembers an append that is done. One without updates moves the last step.
func (sh *shard) stepTo() {
	if last := &sh.steps[stepsKept-1]; last.updates != sh.updates {
		copy(sh.steps[:], sh.steps[1:])
	}
	sh.steps[stepsKept-1] = appended{sh.upper, sh.updates}
}

// until is how many updates, from the first one on, are surely at or before t: none
// that is not among them is worth looking at for somebody who listens after t.
func (sh *shard) until(t frontier.Timestamp) int {
	for i := stepsKept - 1; i >= 0; i-- {
		if u := sh.steps[i].upper; !u.Empty && u.T > 0 && u.T-1 <= t {
			return sh.steps[i].updates
		}
	}
	return 0
}

// use is the shard named id; it is made by its first use. The pointer is valid
// until the next use.
func (s *Store) use(id persist.ShardID) *shard {
	at := s.index.find(s.shards, id)
	if at < 0 {
		at = len(s.shards)
		s.shards = append(s.shards, shard{id: id})
		s.index.add(s.shards, at)
	}
	return &s.shards[at]
}

// index finds a shard's slot by open addressing with linear probing; at most half
// of its places are taken.
type index struct {
	places []link
	taken  int
	// last is what was found last; it is asked for several times in a row.
	last int
}

const firstIndexSize = 128

func place(id persist.ShardID, size int) int {
	h := (id.Hi ^ bits.RotateLeft64(id.Lo, 32)) * 0x9e3779b97f4a7c15
	return int((h ^ h>>29) & uint64(size-1))
}

// find is the slot of id, −1 if it has none.
func (x *index) find(shards []shard, id persist.ShardID) int {
	n := len(x.places)
	if n == 0 {
		return -1
	}
	if x.last < len(shards) && shards[x.last].id == id {
		return x.last
	}
	for i := place(id, n); ; i = (i + 1) & (n - 1) {
		at := int(x.places[i]) - 1
		if at < 0 {
			return at
		}
		if shards[at].id == id {
			x.last = at
			return at
		}
	}
}

// add enters the slot at, which is the last of shards.
func (x *index) add(shards []shard, at int) {
	if 2*(x.taken+1) > len(x.places) {
		x.grow(shards)
		return
	}
	x.put(shards[at].id, at)
	x.taken++
}

func (x *index) grow(shards []shard) {
	x.places = make([]link, max(firstIndexSize, 2*len(x.places)))
	x.taken = len(shards)
	for at := range shards {
		x.put(shards[at].id, at)
	}
}

func (x *index) put(id persist.ShardID, at int) {
	n := len(x.places)
	i := place(id, n)
	for x.places[i] != 0 {
		i = (i + 1) & (n - 1)
	}
	x.places[i] = link(at) + 1
}

func (x *index) reset() {
	clear(x.places)
	x.taken, x.last = 0, 0
}

func (x *index) copyFrom(src *index) {
	x.places = append(x.places[:0], src.places...)
	x.taken = src.taken
}
