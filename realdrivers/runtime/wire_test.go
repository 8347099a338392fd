package runtime_test

import (
	"context"
	"sync"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/sim/sinkfake"
	"example.com/tidemark/sim/sourcefake"
)

// wire connects controllers and one host within the process. Each direction of a
// session is a line, so that order is kept and nobody waits for the other end.
type wire struct {
	mu       sync.Mutex
	host     *runtime.Host
	sessions map[core.Session]*ends
}

// ends is one session.
type ends struct {
	answer     chan core.HostResult
	toHost     *line
	controller *line
	events     runtime.SessionEvents
}

// line runs what it is given, one by one, in order.
type line struct {
	mu      sync.Mutex
	waiting []func()
	runs    bool
}

func (l *line) do(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, f)
	if !l.runs {
		l.runs = true
		go l.run()
	}
}

func (l *line) run() {
	for {
		l.mu.Lock()
		if len(l.waiting) == 0 {
			l.runs = false
			l.mu.Unlock()
			return
		}
		f := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.mu.Unlock()
		f()
	}
}

func newWire() *wire { return &wire{sessions: map[core.Session]*ends{}} }

// at is the host and a session; nil if there is none.
func (w *wire) at(s core.Session) (*runtime.Host, *ends) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.host, w.sessions[s]
}

func (w *wire) Connect(ctx context.Context, call *core.HostCall, result *core.HostResult, events runtime.SessionEvents) {
	e := &ends{answer: make(chan core.HostResult, 1), toHost: &line{}, controller: &line{}, events: events}
	w.mu.Lock()
	w.sessions[call.Session] = e
	host := w.host
	w.mu.Unlock()
	if host == nil || host.Hello(ctx, core.Hello{Session: call.Session, Wall: call.Wall}) != nil {
		result.Outcome = outcome.NotDone
		return
	}
	select {
	case *result = <-e.answer:
	case <-ctx.Done():
		result.Outcome = outcome.Unknown
	}
}

func (w *wire) Send(call *core.HostCall) {
	host, e := w.at(call.Session)
	if e == nil {
		return
	}
	e.toHost.do(func() {
		for i := range call.Commands {
			host.Command(context.Background(), call.Session, &call.Commands[i])
		}
	})
}

func (w *wire) Disconnect(call *core.HostCall) {
	host, e := w.at(call.Session)
	if e == nil || host == nil {
		return
	}
	w.mu.Lock()
	delete(w.sessions, call.Session)
	w.mu.Unlock()
	e.toHost.do(func() { host.SessionLost(context.Background(), call.Session) })
}

func (w *wire) Accept(s core.Session) { w.answer(s, core.HostResult{Outcome: outcome.Done}) }

func (w *wire) Refuse(s, fenced core.Session) {
	w.answer(s, core.HostResult{Outcome: outcome.Fenced, Epoch: fenced.Epoch})
}

func (w *wire) answer(s core.Session, r core.HostResult) {
	if _, e := w.at(s); e != nil {
		e.answer <- r
	}
}

func (w *wire) Close(s core.Session) {
	if _, e := w.at(s); e != nil {
		e.controller.do(e.events.Lost)
	}
}

func (w *wire) Report(s core.Session, report *core.Report) {
	if _, e := w.at(s); e != nil {
		e.controller.do(func() { e.events.Report(report) })
	}
}

// outside is what hosts read from and write to.
type outside struct {
	mu      sync.Mutex
	sources sourcefake.Store
	sinks   sinkfake.Store
}

type sourceDriver struct{ o *outside }

func (d sourceDriver) Do(_ context.Context, call *source.Call, result *source.Result) {
	d.o.mu.Lock()
	defer d.o.mu.Unlock()
	d.o.sources.Apply(time.Now().UnixMicro(), call, result)
}

type sinkDriver struct{ o *outside }

func (d sinkDriver) Do(_ context.Context, call *sink.Call, result *sink.Result) {
	d.o.mu.Lock()
	defer d.o.mu.Unlock()
	d.o.sinks.Apply(call, result)
}

// written is what was committed for an export, by row.
func (o *outside) written(id core.GlobalID) map[string]int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	net := map[string]int64{}
	for _, c := range o.sinks.Log() {
		if c.Export != id {
			continue
		}
		for _, u := range c.Updates {
			net[string(u.Data)] += u.Diff
		}
	}
	return net
}

// startHost runs a host of the world and the outside, at the end of the wire.
func (w *world) startHost(wire *wire, o *outside) (*runtime.Host, error) {
	h, err := runtime.StartHost(runtime.HostOptions{
		Persist: persistDriver{w}, Source: sourceDriver{o}, Sink: sinkDriver{o}, Sessions: wire,
	})
	if err != nil {
		return nil, err
	}
	wire.mu.Lock()
	defer wire.mu.Unlock()
	wire.host = h
	return h, nil
}
