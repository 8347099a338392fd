package report

import (
	"fmt"

	"example.com/tidemark/sim/plan"
)

// hosts says what runs on hosts, and where; nothing if nothing does.
func (p *Page) hosts(pl *plan.Plan) {
	if !pl.Hosted() {
		return
	}
	ingestions, subsources, exports, remotes := 0, 0, 0, 0
	for i := range pl.Ops {
		for j := range pl.Ops[i].Parts {
			v := &pl.Ops[i].Parts[j]
			remotes = max(remotes, v.Remote)
			switch {
			case pl.Ops[i].Kind == plan.OpCreate && v.Kind == plan.KindIngestion:
				ingestions++
			case pl.Ops[i].Kind == plan.OpCreate && v.Kind == plan.KindSubsource:
				subsources++
			case pl.Ops[i].Kind == plan.OpExports:
				exports++
			}
		}
	}
	p.items("hosts", []string{
		plural(ingestions, "ingestion", "ingestions") + " asked for", plural(subsources, "subsource", "subsources"),
		plural(exports, "export", "exports"), plural(len(pl.Sources), "external source", "external sources"),
		plural(remotes, "remote host", "remote hosts"), plural(max(1, len(pl.Machines)), "machine", "machines"),
	}, ", ")
	for i := range pl.Machines {
		if m := &pl.Machines[i]; m.OffsetMs != 0 || m.DriftPpm != 0 || len(m.Jumps) > 0 {
			p.labelled("", fmt.Sprintf("machine %d's clock: %+d ms, %+d ppm, %s",
				i, m.OffsetMs, m.DriftPpm, plural(len(m.Jumps), "jump", "jumps")))
		}
	}
}
