package determinism

import (
	"fmt"
	"strings"
	"testing"

	"example.com/tidemark/core/digest"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// toy is a small machine on the real kernel: it pops an event and schedules others.
// Planted, it takes the order in which it does so from a Go map.
type toy struct {
	queue   kernel.Queue
	hash    kernel.TraceHash
	planted bool
	popped  int
	last    string
}

func newToy(planted bool) *toy {
	t := &toy{planted: planted}
	t.hash.Reset()
	t.queue.Push(kernel.Event{Slot: 1})
	return t
}

func (t *toy) Next() bool {
	e, ok := t.queue.Pop()
	if !ok {
		return false
	}
	t.popped++
	t.hash.Event(&e)
	t.hash.U64(uint64(e.Slot))
	t.last = fmt.Sprintf("event %d about %d", t.popped, e.Slot)
	if t.popped == 100 {
		for _, slot := range t.order() {
			t.queue.Push(kernel.Event{AtUs: e.AtUs + 1, Slot: slot})
		}
	} else if t.popped < 100 {
		t.queue.Push(kernel.Event{AtUs: e.AtUs + 1, Slot: e.Slot + 1})
	}
	return true
}

func (t *toy) order() []int32 {
	var list []int32
	if !t.planted {
		for slot := range int32(64) {
			list = append(list, slot)
		}
		return list
	}
	set := map[int32]bool{}
	for slot := range int32(64) {
		set[slot] = true
	}
	for slot := range set { // the planted bug: the order is another one every time
		list = append(list, slot)
	}
	return list
}

func (t *toy) Digest() digest.Sum { return t.hash.Sum() }
func (t *toy) Event() string      { return t.last }

func TestAPlantedMapOrderIsCaughtAndNamed(t *testing.T) {
	if n, d := Compare(newToy(false), newToy(false)); d != nil || n != 164 {
		t.Fatalf("the innocent twins differ after %d events: %v", n, d)
	}
	n, d := Compare(newToy(true), newToy(true))
	if d == nil {
		t.Fatal("the planted map order was not caught")
	}
	if n < 100 || d.First == d.Second || !strings.HasPrefix(d.First, fmt.Sprintf("event %d about", n+1)) {
		t.Fatalf("the first differing event is not named: %v", d)
	}
}

// perturbed lets one event of a world happen unobserved, as a goroutine that runs or
// does not would.
type perturbed struct {
	*World
	at, n int
}

func (p *perturbed) Next() bool {
	p.n++
	if p.n == p.at {
		p.World.Next()
	}
	return p.World.Next()
}

func TestAPlantedDifferenceInAWorldIsCaughtAtOnce(t *testing.T) {
	p := generate(t, 2)
	n, d := Compare(NewWorld(p), &perturbed{World: NewWorld(p), at: 200})
	if d == nil || n < 199 || n > 260 {
		t.Fatalf("planted in event 200, noticed after %d: %v", n, d)
	}
	if d.First == "" || d.First == d.Second {
		t.Fatalf("the first differing event is not named: %v", d)
	}
}

func generate(t testing.TB, seed uint64) *plan.Plan {
	t.Helper()
	p, err := plan.Generate("default", seed, plan.NewSeedDraws(seed))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
