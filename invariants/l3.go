package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
)

func docL3() Doc {
	return Doc{
		Name: "L3", Title: "appends complete",
		Statement: "After healing every append that a running controller has taken gets its outcome.",
		Meaning:   "A writer hangs for ever and does not learn whether its rows are in.",
		Met:       "an append was open when the world healed",
	}
}

// l3Missing says which appends are open for longer than ageUs.
func (j *Judges) l3Missing(out *strings.Builder, ageUs int64) int {
	return j.openFor(out, ageUs, true)
}

// openFor counts requests (appends only, if so asked) that have been open for at
// least ageUs at controllers that run.
func (j *Judges) openFor(out *strings.Builder, ageUs int64, appends bool) int {
	n := 0
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || appends && q.r.Op != core.RequestAppend || j.atUs-q.atUs < ageUs {
			continue
		}
		if l := j.lifeOf(q.life); l == nil || l.ended {
			continue
		}
		if n == 0 {
			fmt.Fprintf(out, "%v (request %d), asked of node %d at %d ms, has no answer", q.r.Op, q.r.ID, q.node, q.atUs/1000)
		}
		n++
	}
	if n > 1 {
		fmt.Fprintf(out, " (and %d others)", n-1)
	}
	return n
}
