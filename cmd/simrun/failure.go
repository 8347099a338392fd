package main

import (
	"bytes"
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

// A saved plan begins with comments that say what it is expected to do, so that a
// replay can tell if it still does:
//
//	// expect: S5
//	// step 812 at 12.345 s: append of …
//	// simrun replay simrun-out/default-42.json
const (
	expectLine    = "// expect: "
	expectNothing = "nothing"
)

// saveFailing stores a failing plan under dir and returns its path.
func (t *tool) saveFailing(dir string, p *plan.Plan, v *invariants.Violation) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, fmt.Sprintf("%s-%d.json", fileWord(p.Profile), p.Seed))
	return path, t.savePlan(path, p, v)
}

// savePlan writes p to path with what it is expected to violate, nil for nothing.
func (t *tool) savePlan(path string, p *plan.Plan, v *invariants.Violation) error {
	var b bytes.Buffer
	if v == nil {
		fmt.Fprintf(&b, "%s%s\n", expectLine, expectNothing)
	} else {
		fmt.Fprintf(&b, "%s%s\n// step %d at %s: %s\n", expectLine, v.Invariant,
			v.Step, report.Instant(v.AtUs), oneLine(v.Message))
	}
	fmt.Fprintf(&b, "// %s replay %s\n", t.self, shellQuote(path))
	b.Write(p.Encode())
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// loadPlan reads a plan and what it is expected to violate: an invariant's name,
// expectNothing, or "" if the file does not say.
func loadPlan(path string) (p *plan.Plan, expected string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	if p, err = plan.Decode(b); err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "//") {
			break
		}
		if rest, ok := strings.CutPrefix(line, expectLine); ok {
			expected = strings.TrimSpace(rest)
		}
	}
	return p, expected, nil
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
	var last lastLines
	result := campaign.Guard(func() *sim.Result {
		return sim.Run(p, sim.Options{Judged: true, Trace: last.add, Stop: t.interrupted.Load})
	})
	if result.Interrupted {
		return nil
	}
	if len(result.Violations) == 0 || result.Violations[0] != *v {
		fmt.Fprintf(t.stderr, "simrun: the same plan did not fail in the same way again: this run is not deterministic; please report it with %s\n",
			"the plan")
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
		Replay: t.self + " replay " + shellQuote(path),
		Shrink: t.self + " shrink " + shellQuote(path) + " -o " + shellQuote(minimalPath(path)),
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
