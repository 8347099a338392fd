package page

import (
	"strconv"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// Collector keeps what happens in one run. It belongs to the goroutine that runs
// the world.
type Collector struct {
	plan        *plan.Plan
	rows        rows
	lanes       lanes
	spans       spans
	collections collections
	details     details
	hosts       hosts

	// incarnations so far, and the controllers that run.
	incarnations uint32
	running      []running
	// input is the row of the input that is being worked on, applied that of the
	// latest call to a shard.
	input, applied int32
	woken          bool

	sent      map[core.RequestID]int32
	cancelled map[core.RequestID]int32
	asked     map[core.RequestID]int32 // input rows
	answered  map[core.RequestID]int32
	calls     map[callKey]int32
	took      map[callKey]int32
	fate      map[int32]int32 // by call: the row in which it took effect
	causes    map[causeKey]int32
	ofClient  map[int]int32 // the latest client-side row of an operation
	onNode    map[int]int32 // the latest fault that befell a node
	struck    map[int]int32 // by the fault's id
	touchedBy map[touchKey]int32
	tried     map[tryKey]int32 // what the latest call of a kind came to
	// guessed are effects of timers whose second cause is only what touched the same
	// collection last.
	guessed  map[int32]bool
	end      int64
	healedAt int64
	newest   uint64 // epoch
}

// callKey names an effect: of a controller's incarnation, or of a host's process.
type callKey struct {
	incarnation uint32
	effect      core.EffectID
	host        bool
}

type causeKey struct {
	incarnation uint32
	cause       core.Cause
}

// touchKey finds the latest input, wakes aside, that changed a collection.
type touchKey struct {
	incarnation uint32
	collection  int32
}

// running is what is known of a controller's process.
type running struct {
	lane        int32
	incarnation uint32
	up, paused  bool
	view        core.View
	seen        map[core.GlobalID]core.CollectionView
}

// NewCollector makes a collector for a run of p.
func NewCollector(p *plan.Plan) *Collector {
	return &Collector{
		plan: p, input: none, applied: none, hosts: newHosts(),
		sent: map[core.RequestID]int32{}, cancelled: map[core.RequestID]int32{},
		asked: map[core.RequestID]int32{}, answered: map[core.RequestID]int32{},
		calls: map[callKey]int32{}, took: map[callKey]int32{}, fate: map[int32]int32{}, causes: map[causeKey]int32{},
		ofClient: map[int]int32{}, onNode: map[int]int32{}, struck: map[int]int32{}, touchedBy: map[touchKey]int32{}, tried: map[tryKey]int32{}, guessed: map[int32]bool{},
	}
}

// Listen adds the collector's ears to a run's options.
func (c *Collector) Listen(o *sim.Options) {
	o.Record = c.Record
	o.OnObserve = c.Observe
}

// Record takes in one thing that happened.
func (c *Collector) Record(r *sim.Record) {
	c.end = max(c.end, r.AtUs)
	switch r.Kind {
	case sim.RecordOperation:
		c.operation(r)
	case sim.RecordSent, sim.RecordSentCancel:
		c.send(r)
	case sim.RecordHeard:
		c.hear(r)
	case sim.RecordUnheard, sim.RecordRefused:
		c.unheard(r)
	case sim.RecordInput:
		c.given(r)
	case sim.RecordStepped:
		c.stepped(r)
	case sim.RecordEffect:
		c.effect(r)
	case sim.RecordPersist:
		c.persistApplied(r)
	case sim.RecordStash:
		c.stashApplied(r)
	case sim.RecordFault:
		c.fault(r)
	case sim.RecordCrashed, sim.RecordHalted, sim.RecordPanicked, sim.RecordResumed, sim.RecordHealed:
		c.life(r)
	case sim.RecordHostInput:
		c.hostGiven(r)
	case sim.RecordHostEffect:
		c.hostEffect(r)
	case sim.RecordHostLife:
		c.hostLife(r)
	case sim.RecordOrchestrator, sim.RecordSource, sim.RecordSink:
		c.outside(r)
	case sim.RecordShardInput, sim.RecordShardEffect, sim.RecordShardApplied:
		c.machine(r)
	case sim.RecordNote:
		c.noted(r)
	}
}

// Observe takes in what a shard was before and after a call.
func (c *Collector) Observe(o *invariants.Observation) {
	if o.Kind != invariants.PersistApplied || c.applied == none {
		return
	}
	c.details.shard(c.applied, o.Before, o.After)
	if i := c.collections.ofShard(o.PersistCall.Shard); i != none {
		col := &c.collections.list[i]
		col.move(o.AtUs, curveKey{0, "since"}, c.applied, "durable", o.After.Since)
		col.move(o.AtUs, curveKey{0, "upper"}, c.applied, "durable", o.After.Upper)
	}
}

// noted is a line of the trace, of a process if it is about one.
func (c *Collector) noted(r *sim.Record) {
	n := row{lane: c.world(), kind: kindNote, tone: toneQuiet, cause: none, via: none, subject: none, text: string(r.Text)}
	if r.Process > 0 {
		n.lane, n.tone = c.process(r), tonePlain
	}
	c.add(r, n)
}

func (c *Collector) add(r *sim.Record, n row) int32 { return c.rows.add(r.AtUs, r.Step, n) }

// Lanes.

func (c *Collector) world() int32 {
	return c.lanes.of(groupWorld, 0, func() string { return "faults" })
}

func (c *Collector) client(i int) int32 {
	return c.lanes.of(groupClient, i, func() string {
		kind, number := sim.ClientName(c.plan, i)
		if number == 0 {
			return kind
		}
		return kind + " " + strconv.Itoa(number)
	})
}

func (c *Collector) controller(n int) int32 {
	return c.lanes.of(groupController, n, func() string { return "controller " + strconv.Itoa(n) })
}

func (c *Collector) stash() int32 {
	return c.lanes.of(groupStash, 0, func() string { return "stash" })
}

func (c *Collector) shards() int32 {
	return c.lanes.of(groupShards, 0, func() string { return "shards" })
}

// node is what runs at node n.
func (c *Collector) node(n int) *running {
	for len(c.running) <= n {
		c.running = append(c.running, running{lane: none})
	}
	if c.running[n].lane == none {
		c.running[n].lane = c.controller(n)
	}
	return &c.running[n]
}

// What the line of the trace says behind who says it.
func (c *Collector) said(r *sim.Record, after string) string {
	text := string(r.Text)
	if _, rest, ok := strings.Cut(text, after); ok {
		return rest
	}
	return text
}

// shardName is a shard as people know it: by its collection.
func (c *Collector) shardName(text string, s persist.ShardID) string {
	i := c.collections.ofShard(s)
	if i == none {
		return text
	}
	abbreviated := s.String()[:9]
	return strings.Replace(text, abbreviated, c.collections.list[i].name, 1)
}

// Clients.

func operationOf(id core.RequestID) (op int, attempt uint64, ok bool) {
	return int(uint64(id) & (1<<62 - 1) >> 20), uint64(id) & (1<<20 - 1), id>>62 == 1
}

func (c *Collector) operation(r *sim.Record) {
	text := c.said(r, ") ")
	i := c.add(r, row{lane: c.client(r.Client), kind: kindOperation, cause: none, via: none,
		subject: c.subjectOf(r.Operation), text: "operation " + strconv.Itoa(r.Operation.ID) + ": " + strings.TrimSpace(text)})
	c.ofClient[r.Operation.ID] = i
	c.details.operation(i, r.Operation)
}

// subjectOf is the first collection that an operation is about.
func (c *Collector) subjectOf(op *plan.Operation) int32 {
	if len(op.Parts) == 0 {
		return none
	}
	p := &op.Parts[0]
	kind := core.IDUser
	switch {
	case p.System:
		kind = core.IDSystem
	case p.Transient:
		kind = core.IDTransient
	}
	return c.collections.known(core.GlobalID{Kind: kind, N: uint64(max(p.Slot, 0))})
}

func (c *Collector) send(r *sim.Record) {
	n := row{lane: c.client(r.Client), kind: kindSend, cause: none, via: none, subject: none,
		text: "asks controller " + strconv.Itoa(r.Node) + ": " + string(r.Text)}
	op, _, ofOperation := operationOf(r.Request)
	if i, ok := c.ofClient[op]; ok && ofOperation {
		n.cause = i
	}
	if r.Kind == sim.RecordSentCancel {
		n.text, n.tone = "gives up "+string(r.Text)+" at controller "+strconv.Itoa(r.Node), toneQuiet
	}
	i := c.add(r, n)
	if r.Kind == sim.RecordSentCancel {
		c.cancelled[r.Request] = i
	} else {
		c.sent[r.Request] = i
	}
	if ofOperation {
		c.ofClient[op] = i
	}
}

func (c *Collector) hear(r *sim.Record) {
	n := row{lane: c.client(r.Client), kind: kindHear, cause: none, via: none, subject: none, text: "hears an answer"}
	if i, ok := c.answered[r.Request]; ok {
		n.cause, n.tone, n.subject = i, c.rows.tone[i], c.rows.subject[i]
		n.text = "hears the answer to " + strings.TrimPrefix(c.rows.text[i], answers)
	}
	c.clientRow(r, n)
}

func (c *Collector) unheard(r *sim.Record) {
	n := row{lane: c.client(r.Client), kind: kindUnheard, tone: toneUnknown, cause: none, via: none, subject: none,
		text: "stops waiting for an answer"}
	if r.Kind == sim.RecordRefused {
		n.tone, n.text = toneRefused, "nobody listens at controller "+strconv.Itoa(r.Node)
	}
	if i, ok := c.sent[r.Request]; ok {
		n.cause, n.subject = i, c.rows.subject[i]
		_, what, _ := strings.Cut(c.rows.text[i], ": ")
		n.text += " (" + what + ")"
	}
	c.clientRow(r, n)
}

// clientRow adds a row about a request and remembers it for the operation's next one.
func (c *Collector) clientRow(r *sim.Record, n row) {
	i := c.add(r, n)
	if op, _, ok := operationOf(r.Request); ok {
		c.ofClient[op] = i
	}
}

// Stores.

func (c *Collector) persistApplied(r *sim.Record) {
	key := callKey{r.Incarnation, r.EffectID, false}
	if r.Process > 0 {
		key = callKey{r.Process, r.EffectID, true}
	}
	n := row{lane: c.shards(), kind: kindApply, tone: toneOf(r.PersistResult.Outcome), cause: none, via: none,
		subject: c.collections.ofShard(r.PersistCall.Shard),
		text:    c.shardName(byWhom(strings.TrimPrefix(string(r.Text), "shard ")), r.PersistCall.Shard)}
	if r.EffectID != 0 {
		n.cause = known(c.calls, key)
	}
	c.applied = c.add(r, n)
	if n.cause != none {
		c.took[key], c.fate[n.cause] = c.applied, c.applied
	}
	c.details.persist(c.applied, r.PersistCall, r.PersistResult)
}

func (c *Collector) stashApplied(r *sim.Record) {
	key := callKey{r.Incarnation, r.EffectID, false}
	n := row{lane: c.stash(), kind: kindApply, tone: toneOf(r.StashResult.Outcome), cause: none, via: none,
		subject: none, text: byWhom(strings.TrimPrefix(string(r.Text), "stash "))}
	if i, ok := c.calls[key]; ok {
		n.cause = i
	}
	i := c.add(r, n)
	if n.cause != none {
		c.took[key], c.fate[n.cause] = i, i
	}
	c.details.stash(i, r.StashCall, r.StashResult)
	if r.StashCall.Op == stash.OpTakeOver && n.tone == tonePlain {
		c.deposed(r.AtUs, r.StashResult.Epoch, i)
	}
}

// byWhom spells out who made a call: "by c0#3:" is "by controller 0 #3:".
func byWhom(text string) string {
	what, who, ok := strings.Cut(text, " by c")
	if !ok {
		return text
	}
	return what + " by controller " + strings.Replace(who, "#", " #", 1)
}

// What goes wrong.

func (c *Collector) fault(r *sim.Record) {
	f := r.Fault
	n := row{lane: c.world(), kind: kindFault, tone: toneRefused, cause: none, via: none, subject: none, text: faultText(f)}
	if f.Slot != 0 {
		n.subject = c.collections.known(core.GlobalID{Kind: core.IDUser, N: uint64(max(f.Slot, 0))})
	}
	i := c.add(r, n)
	c.struck[f.ID] = i
	c.details.fault(i, f)
	if f.ForMs > 0 && f.Kind != plan.FaultCrash && f.Kind != plan.FaultPause {
		c.spans.list = append(c.spans.list, span{lane: n.lane, from: r.AtUs, to: r.AtUs + f.ForMs*1000,
			state: "fault", label: faultText(f), row: i})
	}
	c.befell(r, f, i)
	if f.Kind == plan.FaultPause {
		p := c.node(f.Node)
		p.paused = true
		c.spans.live(r.AtUs, p.lane, "paused", "", i)
	}
}

// befell remembers a fault as the cause of what becomes of a process. A crash has
// happened by the time that its fault is told.
func (c *Collector) befell(r *sim.Record, f *plan.Fault, at int32) {
	switch {
	case f.Node < 0:
	case f.Kind == plan.FaultCrash && f.Effect == 0:
		if crash := known(c.onNode, f.Node); crash != none && c.rows.at[crash] == r.AtUs {
			c.rows.cause[crash] = at
		}
	case f.Kind == plan.FaultCrash, f.Kind == plan.FaultPause, f.Kind == plan.FaultTakeover:
		c.onNode[f.Node] = at
	}
}

// faultText is a planned fault in words.
func faultText(f *plan.Fault) string {
	b := []byte(f.Kind)
	who := ""
	switch f.Kind {
	case plan.FaultCrash, plan.FaultPause, plan.FaultTakeover, plan.FaultPartition:
		who = " of controller " + strconv.Itoa(f.Node)
	case plan.FaultPersistDown, plan.FaultStashDown:
		if f.Node >= 0 {
			who = " for controller " + strconv.Itoa(f.Node)
		}
	default:
		if f.Slot != 0 {
			who = " on u" + strconv.Itoa(f.Slot)
		}
	}
	b = append(b, who...)
	if f.Effect > 0 {
		b = append(b, ", armed for its "+ordinal(f.Effect)+" effect from now"...)
	}
	if f.Direction != "" {
		b = append(b, ", "+string(f.Direction)...)
	}
	if f.Unknown {
		b = append(b, ", outcomes unknown"...)
	}
	if f.ForMs > 0 {
		b = append(b, ", "+strconv.FormatFloat(float64(f.ForMs)/1000, 'f', -1, 64)+" s"...)
	}
	return string(b)
}

func ordinal(n int) string {
	switch {
	case n%100/10 == 1:
	case n%10 == 1:
		return strconv.Itoa(n) + "st"
	case n%10 == 2:
		return strconv.Itoa(n) + "nd"
	case n%10 == 3:
		return strconv.Itoa(n) + "rd"
	}
	return strconv.Itoa(n) + "th"
}
