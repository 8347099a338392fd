package sim

import (
	"fmt"

	"example.com/tidemark/sim/plan"
)

// Twin runs a plan in two worlds, event by event, and compares what has happened
// and the controllers' states after each. ok is true if they never differed;
// otherwise firstDiff names the first event that did, as each world saw it.
func Twin(p *plan.Plan) (firstDiff string, ok bool) {
	return twin(NewWorld(), NewWorld(), p)
}

func twin(a, b *World, p *plan.Plan) (firstDiff string, ok bool) {
	var lines [2][]string
	a.Reset(p, Options{Trace: func(s string) { lines[0] = append(lines[0], s) }})
	b.Reset(p, Options{Trace: func(s string) { lines[1] = append(lines[1], s) }})
	return compare(a, b, &lines)
}

// compare lets both worlds go on until they differ or end. lines collect what each
// said during the latest event.
func compare(a, b *World, lines *[2][]string) (firstDiff string, ok bool) {
	for event := uint64(1); ; event++ {
		lines[0], lines[1] = lines[0][:0], lines[1][:0]
		moreA, moreB := a.Next(), b.Next()
		if a.Digest() != b.Digest() || a.nowUs != b.nowUs || moreA != moreB {
			return fmt.Sprintf("event %d: %s; its twin: %s", event, said(a, lines[0]), said(b, lines[1])), false
		}
		if !moreA {
			return "", true
		}
	}
}

// said is the latest event of a world in words.
func said(w *World, lines []string) string {
	switch len(lines) {
	case 0:
		return fmt.Sprintf("at %d µs nothing that a trace shows", w.nowUs)
	case 1:
		return fmt.Sprintf("%q", lines[0])
	}
	return fmt.Sprintf("%q and %d more lines, the last %q", lines[0], len(lines)-1, lines[len(lines)-1])
}
