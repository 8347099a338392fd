// Package load holds sources that invent what they say: load generators. What stands
// at an offset is a function of the offset and the connection string alone, so a
// generator needs no memory, and every copy of an ingestion is told the same (H-12).
// Only how far it has come by now depends on the clock: a process that asks for the
// first time is given what follows at the connection's rate, from where it asks.
//
//	load:counter?rate=10     (int64): 1, 2, 3 …; keep=N takes each back N numbers later
//	load:kv?keys=1000        (int64, text): keys that change, vanish and come back;
//	                         seed, bytes of a value, deletes in percent
//
// Both have rate, in offsets per second (0: as fast as they are read), and count: the
// offset at which they are finished (0: never). All of a generator is output 0.
package load

import (
	"context"
	"fmt"
	"sync"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/realdrivers/connector/locator"
)

// contents is what a generator says.
type contents interface {
	// at appends the records that stand at an offset.
	at(offset source.Offset, to []source.Record) []source.Record
}

// Generator is a source. It is safe for concurrent use.
type Generator struct {
	contents contents
	rate     uint64
	count    source.Offset
	now      func() time.Time

	lock  sync.Mutex
	paces map[core.GlobalID]*pace
}

// pace is where an ingestion may be by now: rate offsets per second beyond base,
// which it asked for at since.
type pace struct {
	base  source.Offset
	since time.Time
}

// Open reads a connection.
func Open(l *locator.Locator) (*Generator, error) {
	g := &Generator{now: time.Now, paces: map[core.GlobalID]*pace{}}
	switch l.Name {
	case "counter":
		g.contents = newCounter(l)
	case "kv":
		g.contents = newKeyValue(l)
	default:
		return nil, fmt.Errorf("there is no such generator; known are: load:counter, load:kv")
	}
	g.rate = l.Uint("rate", 1, 0, 1_000_000)
	g.count = source.Offset(l.Uint("count", 0, 0, 1<<62))
	return g, l.Finish()
}

// Do makes a call of the source.
func (g *Generator) Do(_ context.Context, c *source.Call, r *source.Result) error {
	switch c.Op {
	case source.OpRelease:
		g.forget(c.Ingestion)
		fallthrough
	case source.OpConfirm:
		r.Outcome = outcome.Done
		return nil
	case source.OpNone, source.OpPoll:
	}
	end := g.end(c.Ingestion, c.From)
	r.Outcome, r.Upto = outcome.Done, c.From
	for r.Upto < end && len(r.Records) < int(c.Max) {
		r.Records = g.contents.at(r.Upto, r.Records)
		r.Upto++
	}
	r.Finished = g.count > 0 && r.Upto >= g.count
	return nil
}

// forget forgets the pace of an ingestion.
func (g *Generator) forget(id core.GlobalID) {
	g.lock.Lock()
	defer g.lock.Unlock()
	delete(g.paces, id)
}

// Close has nothing to close.
func (g *Generator) Close() error { return nil }

// maxStep is how many offsets one poll walks at most, whatever stands at them.
const maxStep = 1 << 16

// end is the first offset that has not been said to an ingestion that asks for from.
func (g *Generator) end(id core.GlobalID, from source.Offset) source.Offset {
	end := from + maxStep
	if g.rate > 0 {
		end = min(end, g.reached(id, from))
	}
	if g.count > 0 {
		end = min(end, g.count)
	}
	return end
}

// reached is how far the ingestion's pace has come. Who asks for more has it from
// another copy, and goes on from there.
func (g *Generator) reached(id core.GlobalID, from source.Offset) source.Offset {
	g.lock.Lock()
	defer g.lock.Unlock()
	now := g.now()
	p := g.paces[id]
	if p == nil {
		p = &pace{base: from, since: now}
		g.paces[id] = p
	}
	reached := p.base + source.Offset(offsets(now.Sub(p.since), g.rate))
	if reached < from {
		p.base, p.since = from, now
		return from
	}
	return reached
}

// offsets is how many a span has room for.
func offsets(d time.Duration, rate uint64) uint64 {
	if d <= 0 {
		return 0
	}
	seconds, rest := uint64(d/time.Second), uint64(d%time.Second)
	return seconds*rate + rest*rate/uint64(time.Second)
}
