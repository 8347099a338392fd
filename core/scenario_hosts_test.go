package core_test

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"example.com/tidemark/codec"
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
)

// outside is an orchestrator and the sessions with hosts, as far as a story needs
// them: services with the epoch that was recorded, and the session of each host.
type outside struct {
	services map[core.HostID]*service
	sessions map[core.HostID]core.Session
}

type service struct {
	epoch uint64
	runs  bool
}

func (o *outside) describe(e *core.Effect) string {
	if e.Kind == core.EffectOrchestrator {
		c := &e.Orchestrator
		if c.Op == core.OrchestratorList {
			return fmt.Sprintf("-> #%d orchestrator list epoch=%d", e.ID, c.Epoch)
		}
		return fmt.Sprintf("-> #%d orchestrator %v %v epoch=%d", e.ID, c.Op, c.Host, c.Epoch)
	}
	h := &e.Host
	switch h.Op {
	case core.HostConnect:
		return fmt.Sprintf("-> #%d %v: connect epoch=%d", e.ID, h.Host, h.Session.Epoch)
	case core.HostSend:
		lines := make([]string, len(h.Commands))
		for i := range h.Commands {
			lines[i] = fmt.Sprintf("-> %v: %s", h.Host, codec.AppendCommand(nil, &h.Commands[i]))
			if h.Commands[i].Kind == core.CommandUpdateConfiguration {
				lines[i] = fmt.Sprintf("-> %v: %v", h.Host, h.Commands[i].Kind)
			}
		}
		return strings.Join(lines, "\n")
	}
	return fmt.Sprintf("-> %v: %v", h.Host, h.Op)
}

// complete makes the call of an effect to a host or the orchestrator, if it is one.
func (o *outside) complete(e *core.Effect, how string, in *core.Input) bool {
	if o.services == nil {
		o.services, o.sessions = map[core.HostID]*service{}, map[core.HostID]core.Session{}
	}
	_, spared := end(how)
	happens := !spared || how == "cut"
	var result outcome.Outcome
	var epoch uint64
	switch e.Kind {
	case core.EffectHost:
		in.Kind = core.InputHostDone
		result = outcome.Done
		if s := o.sessions[e.Host.Host]; s.Epoch > e.Host.Session.Epoch {
			result, epoch = outcome.Fenced, s.Epoch
		} else if happens {
			o.sessions[e.Host.Host] = e.Host.Session
		}
	case core.EffectOrchestrator:
		in.Kind = core.InputOrchestratorDone
		result, epoch = o.orchestrate(&e.Orchestrator, happens, &in.Orchestrator)
	default:
		return false
	}
	if o, _ := end(how); o != outcome.Done && how != "cut" {
		result = o
	}
	in.HostResult = core.HostResult{Outcome: result, Epoch: epoch}
	in.Orchestrator.Outcome, in.Orchestrator.Epoch = result, epoch
	return true
}

func (o *outside) orchestrate(c *core.OrchestratorCall, happens bool, res *core.OrchestratorResult) (outcome.Outcome, uint64) {
	if c.Op == core.OrchestratorList {
		for h, s := range o.services {
			if s.runs {
				res.Services = append(res.Services, core.Service{Host: h, Epoch: s.epoch})
			}
		}
		sort.Slice(res.Services, func(i, j int) bool { return res.Services[i].Host.String() < res.Services[j].Host.String() })
		return outcome.Done, 0
	}
	s := o.services[c.Host]
	if s == nil {
		s = &service{}
		o.services[c.Host] = s
	}
	if s.epoch > c.Epoch {
		return outcome.Fenced, s.epoch
	}
	if happens {
		s.epoch, s.runs = c.Epoch, c.Op == core.OrchestratorEnsure
	}
	return outcome.Done, 0
}

// say is what a host says, or that it can say nothing any more.
func (o *outside) say(t *testing.T, d *datadriven.TestData, feed func(core.Input) string) string {
	host := parseHost(t, d.CmdArgs[0].Key)
	switch d.Cmd {
	case "process":
		var epoch uint64
		d.ScanArgs(t, "epoch", &epoch)
		if o.services == nil {
			o.services, o.sessions = map[core.HostID]*service{}, map[core.HostID]core.Session{}
		}
		o.services[host] = &service{epoch: epoch, runs: true}
		return ""
	case "lose":
		return feed(core.Input{Kind: core.InputSessionLost, Host: host, Session: o.sessions[host]})
	}
	r, err := codec.ParseReport(strings.TrimSpace(d.Input))
	if err != nil {
		t.Fatal(err)
	}
	return feed(core.Input{Kind: core.InputReport, Host: host, Session: o.sessions[host], Report: r})
}

func parseHost(t *testing.T, name string) core.HostID {
	object, size, managed := strings.Cut(name, "/")
	if !managed {
		return core.HostID{Address: name}
	}
	id, ok := core.ParseGlobalID(object)
	var n uint32
	if _, err := fmt.Sscan(size, &n); err != nil || !ok {
		t.Fatalf("%s is no host", name)
	}
	return core.HostID{Object: id, Size: n}
}
