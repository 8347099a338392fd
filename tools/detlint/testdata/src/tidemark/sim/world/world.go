package world

import (
	crand "crypto/rand" // want `import of crypto/rand`
	"math/rand/v2"      // want `import of math/rand/v2: draw by key`
	"time"

	"tidemark/core/clean"
)

var cache = map[int]int{}

func step() clean.Kind {
	go step()
	for range cache { // want `range over a map`
	}
	_ = time.Now()              // want `time.Now reads the machine's clock`
	_ = time.Since(time.Time{}) // want `time.Since`
	time.Sleep(1)               // want `time.Sleep`
	now := time.Now             // want `time.Now`
	_, _, _ = now, rand.Int(), crand.Reader
	_ = time.Second
	return clean.One.Next()
}

func excused() {
	//detlint:allow wallclock the budget is real time
	_ = time.Now()
	_ = time.Now() //detlint:allow wallclock the same, on the line

	//detlint:allow maprange sums do not depend on the order
	for range cache {
	}

	//detlint:allow maprange wrong rule // want `this exception excuses nothing`
	_ = time.Now() // want `time.Now`

	//detlint:allow wallclock // want `an exception names its rule and its reason`
	_ = time.Now() // want `time.Now`

	//detlint:allow clocks because // want `no rule is called clocks`
	_ = time.Now() // want `time.Now`
}
