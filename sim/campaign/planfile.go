package campaign

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/plan"
)

// A saved plan begins with comments that say what it is expected to do, so that a
// replay can tell if it still does:
//
//	// expect: S5
//	// step 812: append of …
//	// simrun replay simrun-out/default-42.json
const (
	expectLine = "// expect: "
	// ExpectNothing is what a plan without a violation is expected to violate.
	ExpectNothing = "nothing"
)

// SavePlan writes p to path, with what it violates (nil for nothing) and the command
// that replays it.
func SavePlan(path string, p *plan.Plan, v *invariants.Violation, replay string) error {
	var b bytes.Buffer
	if v == nil {
		fmt.Fprintf(&b, "%s%s\n", expectLine, ExpectNothing)
	} else {
		fmt.Fprintf(&b, "%s%s\n// step %d: %s\n", expectLine, v.Invariant, v.Step,
			strings.Join(strings.Fields(v.Message), " "))
	}
	fmt.Fprintf(&b, "// %s\n", replay)
	b.Write(p.Encode())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// LoadPlan reads a plan and what it is expected to violate: an invariant's name,
// ExpectNothing, or "" if the file does not say.
func LoadPlan(path string) (p *plan.Plan, expected string, err error) {
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
