package invariants

import (
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

func docL5() Doc {
	return Doc{
		Name: "L5", Title: "every request is answered",
		Statement: "After healing every request that a running controller was given is answered within the bound. A snapshot is read in the step in which its time is complete, and a drop answers those that wait in its step; while one waits, the upper is fetched, and a call of its reader that failed is repeated, each after a backoff at most. While a drop or a set-policy is open at a controller that runs, a stash call is out, or one has failed lately. What is answered from memory is so in the step in which no operation on what it names stands in the queue any more, and no shard that it needs is being opened.",
		Meaning:   "A client waits for ever.",
		Met:       "a request was open when the world healed",
	}
}

// l5Missing says which requests are open for longer than ageUs.
func (j *Judges) l5Missing(out *strings.Builder, ageUs int64) int {
	j.checked[l5]++
	j.checked[l3]++
	return j.openFor(out, ageUs, false)
}

// l5Healed counts what was open when the faults ended.
func (j *Judges) l5Healed() {
	var none strings.Builder
	j.met[l5] += uint64(j.openFor(&none, 0, false))
	j.met[l3] += uint64(j.openFor(&none, 0, true))
}

// owed turns what is missing at the end of a run that did not come to rest into
// violations: unanswered requests first, then appends, uppers, sinces, drops.
func (j *Judges) owed(end *End) {
	if _, l := j.leader(); l == nil {
		j.violate(l5, Foreign, "no controller with the newest epoch came to run within %d ms after the world healed", end.BoundUs/1000)
		return
	}
	age := end.BoundUs / 4
	for _, c := range [...]struct {
		which int
		f     func(*strings.Builder, int64) int
		age   int64
	}{{l5, j.l5Missing, age}, {l3, j.l3Missing, age}, {l6, j.l6Missing, 0}, {l1, j.l1Missing, 0}, {s14, j.s14Missing, 0}, {l2, j.l2Missing, 0}, {l7, j.l7Missing, 0},
		{l4, j.l4Missing, 0}, {s15, j.s15Missing, 0}, {s10, j.s10Missing, 0}, {l2, j.l2Exports, 0}, {l4, j.l4Services, 0}, {l4, j.l4Former, 0}} {
		var b strings.Builder
		if c.f(&b, c.age) > 0 {
			j.violate(c.which, Foreign, "%d ms after the world healed: %s", (end.AtUs-j.healedUs)/1000, b.String())
		}
	}
	var b strings.Builder
	if len(j.violations) == 0 && j.l5Missing(&b, 0) > 0 {
		j.violate(l5, Foreign, "the world did not come to rest: %s", b.String())
	}
}

// controls counts a request that is answered when the stash has taken it up, and so
// waits for nothing else: neither for a shard, nor for what is read or written.
func controls(r *core.Request) int32 {
	switch r.Op {
	case core.RequestDrop, core.RequestSetPolicy, core.RequestAlter, core.RequestDropExports:
		return 1
	default:
	}
	return 0
}

// longestIdle is how long the stash may be left alone before that is called idle.
const longestIdle = 200 * clock.Millisecond

// l5Control judges, when a step is over, that the control queue does not stand still
// (C-7): somebody waits, so the stash is asked.
func (j *Judges) l5Control(l *life) {
	if l.controls+l.over == 0 || !l.running || l.halted || l.stash.state == tryOut ||
		l.troubled && l.mono < l.troubledAt+span(l.config.BackoffMax) {
		l.idleAt = 0
		return
	}
	j.checked[l5]++
	if l.idleAt == 0 {
		l.idleAt = l.mono
	}
	if l.mono < l.idleAt+span(longestIdle) {
		return
	}
	l.idleAt = 0
	if l.controls == 0 {
		j.violate(l2, l.node, "%d dropped exports have ended everywhere, and at %d µs their records are not deleted although nothing stands in the way", l.over, l.mono)
		return
	}
	j.violate(l5, l.node, "%d drops and set-policies wait for the stash, and at %d µs nothing is asked of it although nothing stands in the way", l.controls, l.mono)
}
