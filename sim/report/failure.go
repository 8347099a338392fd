package report

import (
	"fmt"

	"example.com/tidemark/invariants"
)

// Failure is what a user is told about a violation: what broke, with its numbers,
// where it happened, what it means, what led to it, and what to type next.
type Failure struct {
	Violation invariants.Violation
	Doc       invariants.Doc
	Seed      uint64
	Profile   string
	// Story is the last lines of the trace that matter.
	Story []string
	// Plan is the path of the stored plan; Replay and Shrink are commands, the latter
	// empty for what cannot be shrunk any more.
	Plan, Replay, Shrink string
}

// Failure prints the block, always in the same order.
func (p *Page) Failure(f *Failure) {
	v := &f.Violation
	title := v.Invariant
	if f.Doc.Title != "" {
		title += " " + f.Doc.Title
	}
	p.line("")
	p.line("%s  %s", p.paint(red, "VIOLATION "+title), v.Message)
	p.line("at        step %s, %s of simulated time, %s, seed %d of profile %s",
		Number(v.Step), Instant(v.AtUs), where(v.Node), f.Seed, f.Profile)
	if f.Doc.Statement != "" {
		p.labelled("demands", f.Doc.Statement)
	}
	if len(f.Story) > 0 {
		p.line("what led to it:")
		for _, line := range f.Story {
			p.line("  %s", line)
		}
	}
	p.labelled("means", p.paint(bold, f.Doc.Meaning))
	if f.Plan != "" {
		p.line("plan      %s", f.Plan)
		p.line("replay    %s", f.Replay)
	}
	if f.Shrink != "" {
		p.line("shrink    %s", f.Shrink)
	}
}

func where(node int) string {
	if node < 0 {
		return "no controller's doing"
	}
	return fmt.Sprintf("controller %d", node)
}
