package sink

import (
	"fmt"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

// firstRandom is the number of the first connection that a random sequence uses.
const firstRandom = 1000

// model is one export, as simply as it can be.
type model struct {
	progress, count, epoch uint64
	fence                  sink.Fence
	output                 []relation.Update
}

// apply is what the contract says of a well-formed call.
func (m *model) apply(c *sink.Call) sink.Result {
	mine := m.fence == c.Fence
	switch c.Op {
	case sink.OpOpen:
		switch {
		case mine:
		case c.Epoch < m.epoch:
			return fenced(m.epoch)
		case c.Seen != m.count:
			return counted(m.count)
		default:
			m.count, m.epoch, m.fence = m.count+1, c.Epoch, c.Fence
		}
		return opened(m.count, at(frontier.Timestamp(m.progress)))
	case sink.OpClose:
		if mine {
			m.fence = sink.Fence{}
		}
		m.count++
		return sink.Result{Outcome: outcome.Done}
	default:
	}
	switch {
	case !mine:
		return fenced(m.epoch)
	case c.Op == sink.OpWrite && uint64(c.From.T) != m.progress:
		return elsewhere(at(frontier.Timestamp(m.progress)))
	case c.Op == sink.OpWrite:
		m.progress = uint64(c.To.T)
		m.output = append(m.output, c.Updates...)
	}
	return reached(at(frontier.Timestamp(m.progress)))
}

// Random compares the external system with the model, result by result, over random
// sequences of calls.
func Random(t conformance.T, fresh Factory) {
	t.Helper()
	s := fresh(t)
	n := firstRandom
	rapid.Check(t, func(rt *rapid.T) {
		n++
		e := &env{quiet{rt}, s, s.Connection(n), core.GlobalID{Kind: core.IDUser, N: uint64(n)}}
		var m model
		var story []string
		for range rapid.IntRange(1, 25).Draw(rt, "calls") {
			if rapid.IntRange(0, 9).Draw(rt, "restart") == 9 {
				e.restart()
				story = append(story, "restart")
			}
			c := drawn(rt, &m)
			story = append(story, fmt.Sprintf("%+v", c))
			want := m.apply(&c)
			if diff := gocmp.Diff(want, e.do(c)); diff != "" {
				rt.Fatalf("%s\n\nthe last call (-want +got):\n%s", strings.Join(story, "\n"), diff)
			}
		}
		e.holds(m.output...)
	})
}

// drawn is a well-formed call; most fit what the model holds.
func drawn(rt *rapid.T, m *model) sink.Call {
	draw := func(label string, n int) uint64 { return uint64(rapid.IntRange(0, n-1).Draw(rt, label)) }
	f := draw("fence", 3) + 1
	switch draw("op", 7) {
	case 0, 1:
		return open(f, draw("epoch", 3)+1, m.count-min(m.count, draw("behind", 3)/2))
	case 2:
		return closing(f)
	case 3:
		return progress(f)
	}
	from := m.progress + draw("ahead", 6)/5
	c := write(f, at(frontier.Timestamp(from)), at(frontier.Timestamp(from+1+draw("by", 2))))
	for _, name := range []string{"a", "b", "c"} {
		if draw("row", 2) == 1 {
			c.Updates = append(c.Updates, row(name, c.From.T, int64(draw("diff", 2))*2-1))
		}
	}
	return c
}

// quiet gives a rapid test what an env needs.
type quiet struct{ *rapid.T }

func (quiet) Run(string, func(conformance.T)) bool { panic("conformance: a property has no subtests") }
