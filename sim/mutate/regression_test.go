package mutate

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/tidemark/sim"
	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
)

// regression is the smallest plan that was found for a mutant, stored under the
// mutant's name. Its first lines name the invariant and tell the story.
type regression struct {
	name, path, oracle string
	plan               *plan.Plan
}

func regressions(t *testing.T) []regression {
	t.Helper()
	paths, err := filepath.Glob("testdata/regressions/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no plans: %v", err)
	}
	var list []regression
	for _, path := range paths {
		p, oracle, err := campaign.LoadPlan(path)
		if err != nil {
			t.Fatal(err)
		}
		if path, err = filepath.Abs(path); err != nil {
			t.Fatal(err)
		}
		list = append(list, regression{strings.TrimSuffix(filepath.Base(path), ".json"), path, oracle, p})
	}
	return list
}

// TestRegressionsAreReadable holds the plans to what shrinking is to come to.
func TestRegressionsAreReadable(t *testing.T) {
	for _, r := range regressions(t) {
		if p := r.plan; len(p.Ops) > 15 || len(p.Faults)+len(p.Draws) > 3 || r.oracle == "" {
			t.Errorf("%s: %d operations, %d faults, %d draws, expects %q", r.name, len(p.Ops), len(p.Faults), len(p.Draws), r.oracle)
		}
	}
}

// TestRegressionsAreSilent runs each plan on the core as it is.
func TestRegressionsAreSilent(t *testing.T) {
	for _, r := range regressions(t) {
		if result := campaign.Play(sim.NewWorld(), r.plan, sim.Options{Judged: true}); len(result.Violations) > 0 {
			t.Errorf("%s: %+v", r.name, result.Violations)
		}
	}
}

// TestRegressionsFindTheirMutants plants each mutant again and wants its plan to find
// it. One that does not is obsolete: let simrun shrink make a new one from a seed that
// still finds the mutant.
func TestRegressionsFindTheirMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("mutants are a build of their own")
	}
	root, err := Root(".", "cmd/simrun")
	if err != nil {
		t.Fatal(err)
	}
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	list := regressions(t)
	all = slices.DeleteFunc(all, func(m *Mutant) bool {
		return !slices.ContainsFunc(list, func(r regression) bool { return r.name == m.Name })
	})
	lab := &Lab{Root: root, Dir: t.TempDir(), Command: "./cmd/simrun", Environ: os.Environ()}
	if err := lab.BuildTogether(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		t.Run(r.name, func(t *testing.T) {
			at := slices.IndexFunc(all, func(m *Mutant) bool { return m.Name == r.name })
			if at < 0 {
				t.Fatal("there is no such mutant any more")
			}
			binary, environ, err := lab.have(t.Context(), all[at], t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if got := firstViolation(t, binary, environ, r.path); got != r.oracle {
				t.Errorf("the plan violates %s on its mutant, not %s", got, r.oracle)
			}
		})
	}
}

// firstViolation is the invariant that a plan violates when a binary replays it, or
// "nothing".
func firstViolation(t *testing.T, binary string, environ []string, path string) string {
	t.Helper()
	process := exec.Command(binary, "replay", path, "--json")
	process.Dir, process.Env = t.TempDir(), environ
	output, err := process.Output()
	if process.ProcessState == nil || process.ProcessState.ExitCode() > 1 {
		return fmt.Sprint("nothing, as it did not run: ", err)
	}
	var line struct{ Violations []struct{ Invariant string } }
	if err := json.Unmarshal(output, &line); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if len(line.Violations) == 0 {
		return "nothing"
	}
	return line.Violations[0].Invariant
}
