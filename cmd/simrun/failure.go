package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/report"
)

// saveFailing stores a failing plan under dir and returns its path.
func (t *tool) saveFailing(dir string, p *plan.Plan, v *invariants.Violation) (string, error) {
	path := filepath.Join(dir, fmt.Sprintf("%s-%d.json", fileWord(p.Profile), p.Seed))
	return path, t.savePlan(path, p, v)
}

// savePlan writes p to path with what it is expected to violate, nil for nothing.
func (t *tool) savePlan(path string, p *plan.Plan, v *invariants.Violation) error {
	return campaign.SavePlan(path, p, v, t.replayCommand(path))
}

func (t *tool) replayCommand(path string) string { return t.self + " replay " + shellQuote(path) }

func (t *tool) shrinkCommand(path string) string {
	return t.self + " shrink " + shellQuote(path) + " -o " + shellQuote(minimalPath(path))
}

func fileWord(s string) string {
	if s == "" {
		return "plan"
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, s)
}

// retell runs a failing plan once more, now with its trace, and returns the lines
// that matter for the violation.
func (t *tool) retell(p *plan.Plan, v *invariants.Violation) []string {
	if campaign.Hung(v) {
		return stuckAt()
	}
	var last lastLines
	result := campaign.Play(sim.NewWorld(), p, sim.Options{Judged: true, Trace: last.add, Stop: t.interrupted.Load})
	if result.Interrupted {
		return nil
	}
	if len(result.Violations) == 0 || result.Violations[0] != *v {
		fmt.Fprintln(t.stderr, "simrun: the same plan did not fail in the same way again: the simulator is not deterministic here")
	}
	if len(result.Story) > 0 {
		return result.Story
	}
	return last.lines()
}

// lastLines keeps the end of a trace.
type lastLines struct {
	ring [12]string
	n    int
}

func (l *lastLines) add(line string) {
	l.ring[l.n%len(l.ring)] = line
	l.n++
}

func (l *lastLines) lines() []string {
	var lines []string
	for i := max(0, l.n-len(l.ring)); i < l.n; i++ {
		lines = append(lines, l.ring[i%len(l.ring)])
	}
	return lines
}

// failureBlock is what the user is told about a failing plan that is stored at path.
func (t *tool) failureBlock(p *plan.Plan, v *invariants.Violation, story []string, path string) *report.Failure {
	return &report.Failure{
		Violation: *v, Doc: docOf(v.Invariant), Seed: p.Seed, Profile: p.Profile, Story: story, Plan: path,
		Replay: t.replayCommand(path), Shrink: t.shrinkCommand(path),
	}
}

// minimalPath is where the shrunk form of a stored plan goes.
func minimalPath(path string) string { return strings.TrimSuffix(path, ".json") + ".min.json" }

func docOf(invariant string) invariants.Doc {
	for _, doc := range invariants.Registry() {
		if doc.Name == invariant {
			return doc
		}
	}
	return invariants.Doc{Name: invariant}
}

func absolute(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}
