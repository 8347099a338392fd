package sim

import (
	"fmt"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
)

// conversation is one session as a watcher sees it, from both ends.
type conversation struct {
	sent, delivered, reported, heard []string
	lostAtHost, lostAtController     bool
	process                          uint32
}

// watcher checks what the world promises of sessions, of the orchestrator and of
// processes, from the observations alone.
type watcher struct {
	t        testing.TB
	seed     uint64
	sessions map[string]*conversation
	running  map[string]map[uint32]bool
	known    map[uint32]bool
	stops    map[string]core.HostID
	counts   struct{ commands, reports, losses, stops, half int }
}

func (v *watcher) of(h *core.HostID, s core.Session) *conversation {
	key := fmt.Sprint(*h, s)
	c := v.sessions[key]
	if c == nil {
		c = &conversation{}
		v.sessions[key] = c
	}
	return c
}

func (v *watcher) fail(o *invariants.Observation, format string, args ...any) {
	v.t.Helper()
	v.t.Errorf("seed %d, %d µs: %s", v.seed, o.AtUs, fmt.Sprintf(format, args...))
}

func (v *watcher) observe(o *invariants.Observation) {
	h := o.Hosted
	switch o.Kind {
	case invariants.Issued:
		v.issued(o)
	case invariants.HostStarted:
		if v.known[h.Process] {
			v.fail(o, "process %d starts again", h.Process)
		}
		v.known[h.Process] = true
		if v.running[h.Host.String()] == nil {
			v.running[h.Host.String()] = map[uint32]bool{}
		}
		v.running[h.Host.String()][h.Process] = true
	case invariants.HostEnded:
		if !v.running[h.Host.String()][h.Process] {
			v.fail(o, "process %d of %v ends, and did not run", h.Process, *h.Host)
		}
		delete(v.running[h.Host.String()], h.Process)
	case invariants.CommandDelivered:
		c := v.of(h.Host, h.Session)
		v.counts.commands++
		if c.lostAtHost {
			v.fail(o, "a command after the host was told that %v is lost", h.Session)
		}
		if !v.running[h.Host.String()][h.Process] {
			v.fail(o, "a command reaches process %d, which does not run", h.Process)
		}
		if c.process == 0 {
			c.process = h.Process
		}
		if c.process != h.Process {
			v.fail(o, "session %v has two hosts' ends", h.Session)
		}
		c.delivered = append(c.delivered, string(appendCommand(nil, h.Command)))
		if n := len(c.delivered); n > len(c.sent) || c.sent[n-1] != c.delivered[n-1] {
			v.fail(o, "session %v of %v: command %d is %q, sent were %q", h.Session, *h.Host, n, c.delivered[n-1], c.sent)
		}
	case invariants.HostIssued:
		if h.Effect.Kind == storaged.EffectReport {
			c := v.of(h.Host, h.Effect.Session)
			c.reported = append(c.reported, string(appendReport(nil, &h.Effect.Report)))
		}
	case invariants.Reported:
		v.counts.reports++
		v.reported(o, v.of(h.Host, h.Session))
	case invariants.SessionLostAtHost:
		v.counts.losses++
		v.of(h.Host, h.Session).lostAtHost = true
	case invariants.SessionLost:
		v.counts.losses++
		v.of(h.Host, h.Session).lostAtController = true
	case invariants.Completed:
		v.completed(o)
	default:
	}
}

func (v *watcher) issued(o *invariants.Observation) {
	switch e := o.Effect; e.Kind {
	case core.EffectHost:
		if e.Host.Op == core.HostSend {
			c := v.of(&e.Host.Host, e.Host.Session)
			for i := range e.Host.Commands {
				c.sent = append(c.sent, string(appendCommand(nil, &e.Host.Commands[i])))
			}
		}
	case core.EffectOrchestrator:
		if e.Orchestrator.Op == core.OrchestratorStop {
			v.stops[fmt.Sprint(o.Incarnation, e.ID)] = e.Orchestrator.Host
		}
	default:
	}
}

// reported wants the reports that arrive to be some of those that were sent, in the
// order of sending.
func (v *watcher) reported(o *invariants.Observation, c *conversation) {
	h := o.Hosted
	text := string(appendReport(nil, h.Report))
	if c.lostAtController {
		v.fail(o, "a report after the controller was told that %v is lost", h.Session)
	}
	from := len(c.heard)
	c.heard = append(c.heard, text)
	for i := from; i < len(c.reported); i++ {
		if c.reported[i] == text {
			// What was sent before and did not arrive never will.
			c.reported = append(c.reported[:from], c.reported[i:]...)
			return
		}
	}
	v.fail(o, "report %q of %v was not sent", text, h.Session)
}

// completed wants no process to run when a controller is told that it was stopped,
// unless somebody wants it again.
func (v *watcher) completed(o *invariants.Observation) {
	if o.Hosted == nil || o.Hosted.OrchestratorResult == nil || o.Hosted.OrchestratorResult.Outcome != outcome.Done {
		return
	}
	host, ok := v.stops[fmt.Sprint(o.Incarnation, o.Effect.ID)]
	if !ok {
		return
	}
	v.counts.stops++
	if n := len(v.running[host.String()]); n > 0 {
		v.fail(o, "%v is said to be stopped, and %d processes of it run", host, n)
	}
}

// TestTransportKeepsItsWord watches hosted worlds in every kind of trouble: sessions
// deliver what was sent in order, both ends learn of losses, and nobody is told that a
// process is gone that runs.
func TestTransportKeepsItsWord(t *testing.T) {
	w := NewWorld()
	var total watcher
	for seed := uint64(1); seed <= 60; seed++ {
		v := &watcher{t: t, seed: seed, sessions: map[string]*conversation{}, running: map[string]map[uint32]bool{},
			known: map[uint32]bool{}, stops: map[string]core.HostID{}}
		r := RunIn(w, generated(t, "hosts", seed), Options{OnObserve: v.observe})
		for _, c := range v.sessions {
			if n := len(c.delivered); n > 0 && n < len(c.sent) {
				total.counts.half++
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		total.counts.commands += v.counts.commands
		total.counts.reports += v.counts.reports
		total.counts.losses += v.counts.losses
		total.counts.stops += v.counts.stops
		wantNoHalfOpen(t, w, r, seed)
	}
	if c := total.counts; c.commands == 0 || c.reports == 0 || c.losses == 0 || c.stops == 0 || c.half == 0 {
		t.Errorf("too little happened: %+v", c)
	}
}

// wantNoHalfOpen wants every session at the end of a run to be one that both ends take
// to be there, or one of which the loss is on its way.
func wantNoHalfOpen(t *testing.T, w *World, r *Result, seed uint64) {
	t.Helper()
	if r.Interrupted {
		return
	}
	for _, slot := range w.hosting.active {
		s := w.hosting.sessions.At(slot)
		if s.pending == 0 && (s.atController == endOpen) != (s.atHost == endOpen) {
			t.Errorf("seed %d: session %v of %v is half open for ever: controller %d, host %d", seed, s.id, w.hosting.places[s.place].id, s.atController, s.atHost)
		}
	}
}
