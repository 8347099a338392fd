package page

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/sim"
)

// given is an input that a controller is about to be given.
func (c *Collector) given(r *sim.Record) {
	in := r.Input
	p := c.node(r.Node)
	n := row{lane: p.lane, kind: kindInput, cause: none, via: none, subject: none, text: c.said(r, " <- ")}
	key := callKey{r.Incarnation, in.Effect, false}
	c.woken = in.Kind == core.InputWake
	switch in.Kind {
	case core.InputBoot:
		n.cause = c.boot(r, p)
	case core.InputRequest:
		n.subject = c.subjectOfRequest(&in.Request)
		n.cause = known(c.sent, in.Request.ID)
	case core.InputCancel:
		n.cause = known(c.cancelled, in.Cancel)
	case core.InputPersistDone:
		n.tone = toneOf(in.Persist.Outcome)
		c.completion(&n, key)
	case core.InputStashDone:
		n.tone = toneOf(in.Stash.Outcome)
		c.completion(&n, key)
	case core.InputWake:
		n.tone = toneQuiet
	case core.InputReport:
		n.cause, n.subject = pop(c.hosts.reports, in.Session), c.subjectIn(n.text)
	case core.InputSessionLost:
		n.tone = toneQuiet
	case core.InputHostDone:
		n.tone = toneOf(in.HostResult.Outcome)
		c.completion(&n, key)
	case core.InputOrchestratorDone:
		n.tone = toneOf(in.Orchestrator.Outcome)
		c.completion(&n, key)
	default:
		if in.Effect != 0 {
			c.completion(&n, key)
		}
	}
	c.input = c.add(r, n)
	if in.Cause != 0 && in.Kind != core.InputWake {
		c.causes[causeKey{r.Incarnation, in.Cause}] = c.input
	}
	if in.Kind == core.InputRequest {
		c.asked[in.Request.ID] = c.input
		if n.cause != none && c.rows.subject[n.cause] == none {
			c.rows.subject[n.cause] = n.subject
		}
	}
	if n.cause != none && c.rows.kind[n.cause] == kindCall {
		c.tried[tryOf(r.Incarnation, n.subject, n.text)] = c.input
	}
	c.details.input(c.input, in)
}

func known[K comparable](m map[K]int32, key K) int32 {
	if i, ok := m[key]; ok {
		return i
	}
	return none
}

// completion links the answer to a call with the call and with what it did.
func (c *Collector) completion(n *row, key callKey) {
	n.cause, n.via = known(c.calls, key), known(c.took, key)
	if n.cause == none {
		return
	}
	n.subject = c.rows.subject[n.cause]
	call, _, _ := strings.Cut(c.rows.text[n.cause], numbered)
	_, result, _ := strings.Cut(n.text, " ")
	n.text = call + " ⇒ " + result
}

// tryKey finds what a call of a kind about a collection came to the last time.
type tryKey struct {
	touchKey
	op string
}

func tryOf(incarnation uint32, subject int32, call string) tryKey {
	op, _, _ := strings.Cut(call, " ")
	return tryKey{touchKey{incarnation, subject}, op}
}

// numbered is between what a call says and its number.
const numbered = " ·"

// callText puts a call's number behind what it is: "persist#7 fetch-upper u1" is
// "fetch-upper u1 ·#7".
func callText(text string) string {
	number, call, ok := strings.Cut(text, " ")
	i := strings.IndexByte(number, '#')
	switch {
	case !ok || i < 0:
	case number[i:] == "#0":
		return call // nobody answers it
	default:
		return call + numbered + number[i:]
	}
	return text
}

// boot is a process that starts; its cause is what befell the node last.
func (c *Collector) boot(r *sim.Record, p *running) int32 {
	c.incarnations = max(c.incarnations, r.Incarnation)
	*p = running{lane: p.lane, incarnation: r.Incarnation, up: true, seen: map[core.GlobalID]core.CollectionView{}}
	return known(c.onNode, r.Node)
}

// stepped is the state that an input led to.
func (c *Collector) stepped(r *sim.Record) {
	p := c.node(r.Node)
	who := "controller " + strconv.Itoa(r.Node) + " #" + strconv.Itoa(int(r.Incarnation))
	var view core.View
	r.Core.View(&view)
	c.details.now(c.input, r.Now)
	c.details.view(c.input, &p.view, &view)
	p.view = view
	for i := 0; i < r.Core.Touched(); i++ {
		var v core.CollectionView
		there := r.Core.TouchedAt(i, &v)
		c.touched(r, p, who, &v, there, r.Core.HoldsTouched(i))
	}
	c.lives(r, p)
}

// touched is a collection that a step may have changed.
func (c *Collector) touched(r *sim.Record, p *running, who string, v *core.CollectionView, there bool, holds []core.Hold) {
	at := c.collections.of(v.ID)
	col := &c.collections.list[at]
	if there && v.Data != (persist.ShardID{}) {
		c.collections.byShard[v.Data] = at
		col.kind = v.Kind.String()
	}
	before := p.seen[v.ID]
	if !c.woken && moved(&before, v) {
		c.touchedBy[touchKey{r.Incarnation, at}] = c.input
	}
	c.details.collection(c.input, &before, v, there)
	c.details.holds(c.input, col, r.Incarnation, holds)
	if c.rows.subject[c.input] == none {
		c.rows.subject[c.input] = at
	}
	if !there {
		delete(p.seen, v.ID)
		col.end(r.AtUs, r.Incarnation)
		return
	}
	p.seen[v.ID] = *v
	col.hold(r.AtUs, r.Incarnation, c.input, who, holds)
	if v.Phase == core.ShardOpening {
		return
	}
	col.move(r.AtUs, curveKey{r.Incarnation, "since"}, c.input, who, v.Since)
	col.move(r.AtUs, curveKey{r.Incarnation, "implied"}, c.input, who, v.Implied)
	col.move(r.AtUs, curveKey{r.Incarnation, "upper"}, c.input, who, v.Upper)
}

// moved reports whether a step changed what a collection promises or owes.
func moved(before, after *core.CollectionView) bool {
	return before.Since != after.Since || before.Implied != after.Implied || before.Upper != after.Upper ||
		before.Dropped != after.Dropped || before.Phase != after.Phase || before.Snapshots != after.Snapshots ||
		before.NamedHolds != after.NamedHolds || before.CountedHolds != after.CountedHolds ||
		before.QueuedAppends != after.QueuedAppends
}

// lives keeps up the bar that says how a process lives.
func (c *Collector) lives(r *sim.Record, p *running) {
	label := "#" + strconv.Itoa(int(p.incarnation))
	if p.view.Epoch > 0 {
		label += " epoch " + strconv.FormatUint(p.view.Epoch, 10)
	}
	now, _ := c.spans.state(p.lane)
	state := p.view.Phase.String()
	if now == "deposed" && p.view.Phase != core.PhaseHalted {
		return
	}
	if p.paused {
		return
	}
	c.spans.live(r.AtUs, p.lane, state, label, c.input)
}

// deposed marks everybody whose epoch is an older one.
func (c *Collector) deposed(at int64, epoch uint64, by int32) {
	for n := range c.running {
		p := &c.running[n]
		if p.lane == none || !p.up || p.paused || p.view.Epoch == 0 || p.view.Epoch >= epoch {
			continue
		}
		if state, label := c.spans.state(p.lane); state == core.PhaseRunning.String() || state == core.PhaseLoad.String() {
			c.spans.live(at, p.lane, "deposed", label, by)
		}
	}
	c.newest = max(c.newest, epoch)
}

// effect is one that a controller released.
func (c *Collector) effect(r *sim.Record) {
	e := r.Effect
	p := c.node(r.Node)
	n := row{lane: p.lane, kind: kindCall, cause: c.input, via: none, subject: none, text: callText(c.said(r, " -> "))}
	cause, guessed := causeKey{r.Incarnation, e.Cause}, false
	switch e.Kind {
	case core.EffectPersist:
		n.subject = c.collections.ofShard(e.Persist.Shard)
		n.text = c.shardName(n.text, e.Persist.Shard)
	case core.EffectRespond:
		n.kind, n.tone = kindAnswer, toneOfError(&e.Response.Err)
		n.via = known(c.asked, e.Response.Request)
		n.text = c.answerText(n.text, n.via)
	default:
	}
	if n.via == none {
		n.via = known(c.causes, cause)
	}
	if last := known(c.tried, tryOf(r.Incarnation, n.subject, n.text)); c.woken && last != none && c.rows.tone[last] != tonePlain {
		n.via = last
	}
	if n.via == none && c.woken && n.subject != none {
		n.via = known(c.touchedBy, touchKey{r.Incarnation, n.subject})
		guessed = n.via != none
	}
	if n.via == c.input {
		n.via = none
	}
	if n.subject == none {
		n.subject = c.rows.subject[c.input]
		if n.via != none {
			n.subject = c.rows.subject[n.via]
		}
	}
	if c.woken && c.rows.cause[c.input] == none {
		c.rows.cause[c.input] = n.via
	}
	i := c.add(r, n)
	if guessed {
		c.guessed[i] = true
	}
	if n.kind == kindAnswer {
		c.answered[e.Response.Request] = i
	} else {
		c.calls[callKey{r.Incarnation, e.ID, false}] = i
	}
	if e.Kind == core.EffectHost {
		c.sentToHost(i, &e.Host)
	}
	c.details.effect(i, e)
}

// answerText is an answer with the request that it answers: "respond 1.1 Ok" is
// "answers 1.1 create u1: Ok".
func (c *Collector) answerText(text string, asked int32) string {
	id, result, _ := strings.Cut(strings.TrimPrefix(text, "respond "), " ")
	if asked != none {
		id = strings.TrimPrefix(c.rows.text[asked], "request ")
	}
	return answers + id + ": " + result
}

// answers is how every answer begins.
const answers = "answers "

func toneOf(o outcome.Outcome) tone {
	switch o {
	case outcome.Done:
		return tonePlain
	case outcome.Unknown:
		return toneUnknown
	case outcome.NotYet:
		return toneQuiet
	default:
		return toneRefused
	}
}

func toneOfError(e *core.Error) tone {
	switch {
	case e.Code == core.Ok:
		return tonePlain
	case !e.Definite:
		return toneUnknown
	}
	return toneRefused
}

// life is what becomes of a process, or of the world.
func (c *Collector) life(r *sim.Record) {
	if r.Kind == sim.RecordHealed {
		c.healedAt = r.AtUs
		c.add(r, row{lane: c.world(), kind: kindLife, tone: toneQuiet, cause: none, via: none, subject: none,
			text: "the chaos is over: no more faults from here on"})
		return
	}
	p := c.node(r.Node)
	_, text, _ := strings.Cut(string(r.Text), " ")
	n := row{lane: p.lane, kind: kindLife, tone: toneDire, cause: none, via: none, subject: none,
		text: fmt.Sprintf("#%d %s", r.Incarnation, text)}
	switch r.Kind {
	case sim.RecordHalted, sim.RecordPanicked:
		n.cause = c.input
		c.onNode[r.Node] = c.add(r, n)
		return
	case sim.RecordResumed:
		n.tone, n.cause = tonePlain, known(c.onNode, r.Node)
		i := c.add(r, n)
		c.resumed(r, p, i)
		return
	default:
	}
	n.cause = known(c.onNode, r.Node)
	i := c.add(r, n)
	c.onNode[r.Node] = i
	p.up, p.paused = false, false
	c.spans.live(r.AtUs, p.lane, "down", "", i)
	for k := range c.collections.list {
		c.collections.list[k].end(r.AtUs, r.Incarnation)
	}
}

// resumed is a paused process that goes on.
func (c *Collector) resumed(r *sim.Record, p *running, at int32) {
	p.paused = false
	label := "#" + strconv.Itoa(int(p.incarnation)) + " epoch " + strconv.FormatUint(p.view.Epoch, 10)
	state := p.view.Phase.String()
	if p.view.Epoch > 0 && p.view.Epoch < c.newest && p.view.Phase != core.PhaseHalted {
		state = "deposed"
	}
	c.spans.live(r.AtUs, p.lane, state, label, at)
}

// subjectOfRequest is the first collection that a request is about.
func (c *Collector) subjectOfRequest(q *core.Request) int32 {
	id := q.GlobalID
	switch {
	case len(q.Appends) > 0:
		id = q.Appends[0].ID
	case len(q.Collections) > 0:
		id = q.Collections[0].ID
	case len(q.IDs) > 0:
		id = q.IDs[0]
	case len(q.Policies) > 0:
		id = q.Policies[0].ID
	case len(q.Uppers) > 0:
		id = q.Uppers[0].ID
	case len(q.Capabilities) > 0:
		id = q.Capabilities[0].ID
	}
	return c.collections.known(id)
}
