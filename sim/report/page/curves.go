package page

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

// collection is what the page draws of one collection over time.
type collection struct {
	id     core.GlobalID
	name   string
	kind   string
	curves []curve
	byName map[curveKey]int
	holds  []heldSpan
	// held are the open holds of each incarnation: positions in holds.
	held map[uint32][]heldSpan
}

// curve is a frontier that moves: by whom, and which.
type curve struct {
	curveKey
	who string
	at  []int64
	to  []frontier.Frontier
	// row is what moved it last.
	row int32
}

type curveKey struct {
	incarnation uint32 // 0: durable, in the shard
	what        string
}

// heldSpan is a hold, as long as a controller has it.
type heldSpan struct {
	hold        core.Hold
	incarnation uint32
	who         string
	from, to    int64
	row         int32
}

// collections are found as controllers tell of them.
type collections struct {
	list    []collection
	byID    map[core.GlobalID]int32
	byShard map[persist.ShardID]int32
}

func (c *collections) of(id core.GlobalID) int32 {
	if i, ok := c.byID[id]; ok {
		return i
	}
	if c.byID == nil {
		c.byID, c.byShard = map[core.GlobalID]int32{}, map[persist.ShardID]int32{}
	}
	i := int32(len(c.list))
	c.list = append(c.list, collection{id: id, name: id.String(),
		byName: map[curveKey]int{}, held: map[uint32][]heldSpan{}})
	c.byID[id] = i
	return i
}

// known is the collection of an id, or none.
func (c *collections) known(id core.GlobalID) int32 {
	if i, ok := c.byID[id]; ok {
		return i
	}
	return none
}

// ofShard is the collection that a shard is the data of, or none.
func (c *collections) ofShard(s persist.ShardID) int32 {
	if i, ok := c.byShard[s]; ok {
		return i
	}
	return none
}

// move notes where a frontier is now. Points that say nothing new are left out.
func (c *collection) move(at int64, key curveKey, row int32, who string, to frontier.Frontier) {
	i, ok := c.byName[key]
	if !ok {
		i = len(c.curves)
		c.byName[key] = i
		c.curves = append(c.curves, curve{curveKey: key, who: who})
	}
	v := &c.curves[i]
	if n := len(v.to); n > 0 && v.to[n-1] == to {
		return
	}
	v.at, v.to, v.row = append(v.at, at), append(v.to, to), row
}

// end marks an incarnation's curves as broken off, and its holds as gone.
func (c *collection) end(at int64, incarnation uint32) {
	for i := range c.curves {
		if v := &c.curves[i]; v.incarnation == incarnation && len(v.to) > 0 {
			v.at, v.to = append(v.at, at), append(v.to, v.to[len(v.to)-1])
		}
	}
	c.hold(at, incarnation, none, "", nil)
}

// hold compares what an incarnation holds now with what it held.
func (c *collection) hold(at int64, incarnation uint32, row int32, who string, now []core.Hold) {
	if sameHolds(c.held[incarnation], now) {
		return
	}
	var kept []heldSpan
	for _, old := range c.held[incarnation] {
		if i := indexHold(now, old.hold); i >= 0 {
			kept = append(kept, old)
			continue
		}
		old.to = at
		c.holds = append(c.holds, old)
	}
	for _, h := range now {
		if !hasSpan(kept, h) {
			kept = append(kept, heldSpan{hold: h, incarnation: incarnation, who: who, from: at, to: open, row: row})
		}
	}
	c.held[incarnation] = kept
}

// sameHolds reports whether nothing has changed; both lists are in the same order
// unless something has.
func sameHolds(held []heldSpan, now []core.Hold) bool {
	if len(held) != len(now) {
		return false
	}
	for i := range now {
		if held[i].hold != now[i] {
			return false
		}
	}
	return true
}

func indexHold(list []core.Hold, h core.Hold) int {
	for i := range list {
		if list[i] == h {
			return i
		}
	}
	return none
}

func hasSpan(list []heldSpan, h core.Hold) bool {
	for i := range list {
		if list[i].hold == h {
			return true
		}
	}
	return false
}

// close ends what is still held when the run ends.
func (c *collection) close(at int64, incarnations uint32) {
	for i := uint32(1); i <= incarnations; i++ {
		c.hold(at, i, none, "", nil)
	}
}
