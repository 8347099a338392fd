package algebra

import (
	"maps"
	"math"
	"math/rand" // want `import of math/rand: draw by key`
	"time"
)

var counter int // want `package variable counter in core: use a constant`

var (
	table = map[string]int{} // want `package variable table`
	_     = interface{ M() }(nil)
)

type state struct {
	ready chan int   // want `channel type in core: keep what waits in a queue`
	then  func()     // want `function kept in a field in core: keep a kind`
	all   []func()   // want `function kept in a field`
	ratio float64    // want `float in core: use integers` `float in core`
	nums  []float32  // want `float in core`
	im    complex128 // want `float in core` `float in core`
}

type rate float64 // want `float in core` `float in core`

type bag interface{ ~map[int]int }

type nested interface{ bag }

func concurrency(s *state) {
	go func() {}() // want `goroutine in core: emit an effect`
	s.ready <- 1   // want `channel send in core: keep`
	<-s.ready      // want `channel receive in core: keep`
	select {}      // want `select in core: keep`
}

func ranges[M ~map[string]int, L ~[]int, B bag, C nested](m M, l L, b B, c C, s *state) {
	for range map[int]int{} { // want `range over a map: keep a sorted slice`
	}
	for range m { // want `range over a map`
	}
	for range b { // want `range over a map`
	}
	for range c { // want `range over a map`
	}
	for range l {
	}
	for range s.ready { // want `range over a channel in core`
	}
	for range maps.Keys(m) { // want `maps.Keys walks a map in random order: keep`
	}
	for range maps.Values(m) { // want `maps.Values walks a map`
	}
	for range maps.All(m) { // want `maps.All walks a map`
	}
	maps.DeleteFunc(m, func(string, int) bool { return true }) // want `maps.DeleteFunc walks a map`
	maps.Copy(m, m)
}

func floats(v uint64) uint64 {
	x := 1.5                   // want `float literal in core: use integers` `float in core`
	const million = 1e6        // want `float literal in core` `float in core`
	_ = math.Sqrt(2)           // want `call with a float result in core`
	return math.Float64bits(x) // want `float in core`
}

func panics() {
	defer func() { recover() }() // want `recover in core: refuse`
	println("x")                 // want `println in core: return a value`
	panic("x")                   // want `panic in core: refuse with a typed error, or halt`
}

func clocks() {
	_ = time.Now() // want `time.Now reads the machine's clock: use the now that came in`
	_ = rand.Int()
}
