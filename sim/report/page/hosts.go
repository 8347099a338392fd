package page

import (
	"strconv"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/sim"
)

// hosts is what is known of storage hosts' processes and of what travels between them
// and controllers.
type hosts struct {
	// lanes of each host: a second process that runs beside the first has one of its
	// own. running is which process is on a lane, 0 for none.
	lanes   map[core.HostID][]int32
	running map[int32]uint32
	number  int
	laneOf  map[uint32]int32
	// input is the row of the input that each process works on.
	input map[uint32]int32
	// connects are calls that ask for a session, commands and reports what is under
	// way in one, in order: a session is first in, first out until it breaks.
	connects map[core.Session]int32
	commands map[core.Session][]int32
	reports  map[core.Session][]int32
}

func newHosts() hosts {
	return hosts{lanes: map[core.HostID][]int32{}, running: map[int32]uint32{}, laneOf: map[uint32]int32{},
		input: map[uint32]int32{}, connects: map[core.Session]int32{},
		commands: map[core.Session][]int32{}, reports: map[core.Session][]int32{}}
}

// process is the lane of a process: the first of its host's that no other is on.
func (c *Collector) process(r *sim.Record) int32 {
	h := &c.hosts
	if l, ok := h.laneOf[r.Process]; ok {
		return l
	}
	for _, l := range h.lanes[r.Host] {
		if h.running[l] == 0 {
			h.running[l], h.laneOf[r.Process] = r.Process, l
			return l
		}
	}
	h.number++
	copies := len(h.lanes[r.Host])
	l := c.lanes.of(groupHost, h.number, func() string {
		name := r.Host.String()
		if r.Host.Address == "" {
			name = "host " + name
		}
		if copies > 0 {
			name += ", copy " + strconv.Itoa(copies+1)
		}
		return name
	})
	h.lanes[r.Host] = append(h.lanes[r.Host], l)
	h.running[l], h.laneOf[r.Process] = r.Process, l
	return l
}

// hostGiven is an input that a host's process is about to be given.
func (c *Collector) hostGiven(r *sim.Record) {
	in := r.HostInput
	n := row{lane: c.process(r), kind: kindInput, cause: none, via: none, text: c.said(r, " <- ")}
	n.subject = c.subjectIn(n.text)
	arrival := false
	switch in.Kind {
	case storaged.InputHello:
		n.cause, arrival = known(c.hosts.connects, in.Hello.Session), true
	case storaged.InputCommand:
		n.cause, arrival = pop(c.hosts.commands, in.Session), true
	case storaged.InputPersistDone:
		n.tone = toneOf(in.Persist.Outcome)
	case storaged.InputSourceDone:
		n.tone = toneOf(in.Source.Outcome)
	case storaged.InputSinkDone:
		n.tone = toneOf(in.Sink.Outcome)
	case storaged.InputWake, storaged.InputSessionLost:
		n.tone = toneQuiet
	default:
	}
	if in.Kind == storaged.InputPersistDone || in.Kind == storaged.InputSourceDone || in.Kind == storaged.InputSinkDone {
		c.completion(&n, callKey{r.Process, in.Effect, true})
	}
	i := c.add(r, n)
	c.hosts.input[r.Process] = i
	if _, there := c.fate[n.cause]; arrival && n.cause != none && !there {
		c.fate[n.cause] = i
	}
	if in.Kind == storaged.InputBoot {
		c.spans.live(r.AtUs, n.lane, "running", "#"+strconv.Itoa(int(r.Process)), i)
	}
	c.details.hostInput(i, in)
}

// machine is about a shard machine of a trial, which is drawn as a host, or about a store
// that it has called.
func (c *Collector) machine(r *sim.Record) {
	key := callKey{r.Process, r.EffectID, true}
	n := row{lane: c.process(r), kind: kindInput, tone: toneOf(r.Outcome), cause: none, via: none, subject: none}
	switch r.Kind {
	case sim.RecordShardApplied:
		n.lane, n.kind, n.cause, n.text = c.shards(), kindApply, known(c.calls, key), string(r.Text)
		i := c.add(r, n)
		if n.cause != none {
			c.took[key], c.fate[n.cause] = i, i
		}
	case sim.RecordShardEffect:
		if r.Request != 0 {
			n.kind, n.cause, n.via = kindAnswer, known(c.hosts.input, r.Process), known(c.asked, r.Request)
			n.text = answers + strings.TrimPrefix(c.said(r, " -> "), "respond")
			c.add(r, n)
			return
		}
		n.kind, n.tone, n.cause, n.text = kindCall, tonePlain, known(c.hosts.input, r.Process), callText(c.said(r, " -> "))
		i := c.add(r, n)
		if r.EffectID != 0 {
			c.calls[key] = i
		}
	default:
		if n.text = c.said(r, " <- "); r.EffectID != 0 {
			c.completion(&n, key)
		} else {
			n.tone = tonePlain
		}
		i := c.add(r, n)
		if r.Request != 0 {
			c.asked[r.Request] = i
		}
		if c.hosts.input[r.Process] = i; n.text == "boot" {
			c.spans.live(r.AtUs, n.lane, "running", "#"+strconv.Itoa(int(r.Process)), i)
		}
	}
}

// pop takes the first of what is under way in a session.
func pop(waiting map[core.Session][]int32, s core.Session) int32 {
	list := waiting[s]
	if len(list) == 0 {
		return none
	}
	waiting[s] = list[1:]
	return list[0]
}

// hostEffect is one that a host's process released.
func (c *Collector) hostEffect(r *sim.Record) {
	e := r.HostEffect
	n := row{lane: c.process(r), kind: kindCall, cause: none, via: none, text: callText(c.said(r, " -> "))}
	if i, ok := c.hosts.input[r.Process]; ok {
		n.cause = i
	}
	n.subject = c.subjectIn(n.text)
	switch e.Kind {
	case storaged.EffectPersist:
		n.subject = c.collections.ofShard(e.Persist.Shard)
		n.text = c.shardName(n.text, e.Persist.Shard)
	case storaged.EffectReport, storaged.EffectAccept, storaged.EffectClose, storaged.EffectRefuse:
		n.kind = kindNote
	default:
	}
	i := c.add(r, n)
	if e.Kind == storaged.EffectReport {
		c.hosts.reports[e.Session] = append(c.hosts.reports[e.Session], i)
	}
	if e.ID != 0 {
		c.calls[callKey{r.Process, e.ID, true}] = i
	}
	c.details.hostEffect(i, e)
}

// sentToHost remembers what a controller sends, so that its arrival is known.
func (c *Collector) sentToHost(row int32, call *core.HostCall) {
	if call.Op == core.HostConnect {
		c.hosts.connects[call.Session] = row
	}
	for range call.Commands {
		c.hosts.commands[call.Session] = append(c.hosts.commands[call.Session], row)
	}
}

// hostLife is what becomes of a host's process.
func (c *Collector) hostLife(r *sim.Record) {
	lane := c.process(r)
	_, text, _ := strings.Cut(string(r.Text), " ")
	n := row{lane: lane, kind: kindLife, tone: toneDire, cause: none, via: none, subject: none,
		text: "#" + strconv.Itoa(int(r.Process)) + " " + text}
	state, label := text, ""
	switch {
	case text == "resumed":
		n.tone, state, label = tonePlain, "running", "#"+strconv.Itoa(int(r.Process))
	case text == "paused":
		n.tone = toneRefused
	case text == "ended":
		state = "down"
		c.hosts.running[lane] = 0
	default:
		state, _, _ = strings.Cut(text, ":")
		n.cause = known(c.hosts.input, r.Process)
	}
	c.spans.live(r.AtUs, lane, state, label, c.add(r, n))
}

// outside is a call that took effect in the orchestrator, a source or a sink.
func (c *Collector) outside(r *sim.Record) {
	n := row{kind: kindApply, cause: none, via: none}
	key := callKey{r.Process, r.EffectID, true}
	var name string
	switch r.Kind {
	case sim.RecordSource:
		name, n.lane, n.tone = "source ", c.sources(), toneOf(r.SourceResult.Outcome)
	case sim.RecordSink:
		name, n.lane, n.tone = "sink ", c.sinks(), toneOf(r.SinkResult.Outcome)
	default:
		name, n.lane, n.tone = "orchestrator ", c.orchestrator(), toneOf(r.OrchestratorResult.Outcome)
		key = callKey{r.Incarnation, r.EffectID, false}
	}
	n.text = strings.TrimPrefix(string(r.Text), name)
	if r.Kind == sim.RecordOrchestrator {
		n.text = byWhom(n.text)
	}
	n.subject, n.cause = c.subjectIn(n.text), known(c.calls, key)
	i := c.add(r, n)
	if n.cause != none {
		c.took[key], c.fate[n.cause] = i, i
	}
}

// subjectIn is the first collection that a text names, or none.
func (c *Collector) subjectIn(text string) int32 {
	names, _ := mentioned(text)
	for _, name := range names {
		if id, ok := core.ParseGlobalID(name); ok {
			if i := c.collections.known(id); i != none {
				return i
			}
		}
	}
	return none
}

func (c *Collector) orchestrator() int32 {
	return c.lanes.of(groupOrchestrator, 0, func() string { return "orchestrator" })
}

func (c *Collector) sources() int32 {
	return c.lanes.of(groupOutside, 0, func() string { return "sources" })
}

func (c *Collector) sinks() int32 {
	return c.lanes.of(groupOutside, 1, func() string { return "sinks" })
}
