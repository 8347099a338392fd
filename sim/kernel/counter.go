package kernel

// Counter says for the how manieth time something with the same key happens: the
// "nth" of a draw. It remembers the most recent few hundred keys exactly and
// forgets the others, so that it stays small however long the run is: a key that
// comes again after so long starts from zero.
type Counter struct {
	sets  [counterSets][counterWays]counted
	clock uint32
}

const (
	counterSets = 128
	counterWays = 4
)

type counted struct {
	key  uint64
	used uint32
	n    uint32
}

// Reset forgets everything.
func (c *Counter) Reset() { *c = Counter{} }

// Next is how often key came before, as far as remembered.
func (c *Counter) Next(key uint64) int {
	key |= 1 << 63
	set := &c.sets[(key*0x9e3779b97f4a7c15)>>(64-7)]
	c.clock++
	oldest := 0
	for i := range set {
		e := &set[i]
		if e.key == key {
			e.n++
			e.used = c.clock
			return int(e.n)
		}
		if e.used < set[oldest].used {
			oldest = i
		}
	}
	set[oldest] = counted{key: key, used: c.clock}
	return 0
}
