package report

import (
	"fmt"
	"time"

	"example.com/tidemark/sim/campaign"
)

// Campaign is what is said about many seeds.
type Campaign struct {
	*campaign.Summary
	Profile string
	First   uint64
	Wall    time.Duration
}

// Campaign prints the summary of a campaign.
func (p *Page) Campaign(c *Campaign) {
	if c.Seeds == 0 {
		p.labelled("seeds", "none of profile "+c.Profile+" was finished")
	} else {
		p.labelled("seeds", fmt.Sprintf("%s of profile %s, from %d to %d", Number(c.Seeds), c.Profile, c.First, c.Last))
	}
	p.labelled("events", fmt.Sprintf("%s in %s of simulated time, %s of real time (%s events/s, %s : 1)",
		Number(c.Events), Span(c.SimMs), Wall(c.Wall), Number(per(c.Events, c.Wall)), Number(per(uint64(c.SimMs), c.Wall)/1000)))
	p.counts("faults", c.Faults)
	p.never(c.Faults)
	p.counts("clients", c.Ops)
	p.never(c.Ops)
	p.oracles(c.Oracles)
	if c.Interrupted {
		p.labelled("ended", p.paint(yellow, "interrupted")+" before it was through")
	}
	if len(c.Failures) == 0 {
		p.labelled("verdict", p.paint(green, "nothing found"))
	}
}

// shownFailures bounds the list of failing seeds.
const shownFailures = 20

// Failures lists the failing seeds, if there are several.
func (p *Page) Failures(list []campaign.Failure, paths []string) {
	p.labelled("verdict", p.paint(red, plural(len(list), "seed fails", "seeds fail")))
	if len(list) == 1 {
		return
	}
	for i := range list[:min(len(list), shownFailures)] {
		p.line("%*s %-4s seed %d, %s", labelWidth-1, "", list[i].Violation.Invariant, list[i].Seed, paths[i])
	}
	if more := len(list) - shownFailures; more > 0 {
		p.line("%*s and %s more; --json lists them all", labelWidth-1, "", Number(uint64(more)))
	}
	p.line("%*s the lowest one:", labelWidth-1, "")
}
