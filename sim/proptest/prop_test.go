package proptest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/plan/plantest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// The saved plan is what reproduces a failure.
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestDrawnPlansViolateNothing(t *testing.T) {
	for _, profile := range []string{"default", "tiny", "calm", "hostile"} {
		t.Run(profile, func(t *testing.T) {
			world := sim.NewWorld()
			rapid.Check(t, func(t *rapid.T) {
				p := plantest.Plan(t, profile)
				r := campaign.Play(world, p, sim.Options{Judged: true})
				if len(r.Violations) > 0 {
					t.Fatal(complaint(t, p, &r.Violations[0], outDir(t)))
				}
			})
		})
	}
}

// complaint stores a failing plan under dir and says what broke and how to see it
// again. Rapid runs the smallest plan last, so that is the one that stays.
func complaint(t rapid.TB, p *plan.Plan, v *invariants.Violation, dir string) string {
	path := filepath.Join(dir, "drawn-"+p.Profile+".json")
	replay := "go run ./cmd/simrun replay " + path
	if err := campaign.SavePlan(path, p, v, replay); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s at step %d: %s\n%s", v.Invariant, v.Step, v.Message, replay)
}

// outDir is the checkout's directory for failing plans.
func outDir(t rapid.TB) string {
	dir, err := filepath.Abs(filepath.Join("..", "..", "simrun-out"))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAComplaintCanBeReplayed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := plantest.Plan(rt, "tiny")
		if len(p.Ops) > 200 {
			rt.Fatalf("%d operations", len(p.Ops))
		}
		text := complaint(rt, p, &invariants.Violation{Invariant: "S5", Step: 7, Message: "lost"}, t.TempDir())
		_, command, ok := strings.Cut(text, "simrun replay ")
		if !ok || !strings.HasPrefix(text, "S5 at step 7: lost") {
			rt.Fatalf("%q", text)
		}
		back, expected, err := campaign.LoadPlan(command)
		if err != nil || expected != "S5" || back.Hash() != p.Hash() {
			rt.Fatalf("stored as %q, %v", expected, err)
		}
	})
}
