package sim

import (
	"os"
	"path/filepath"
	"testing"

	"example.com/tidemark/sim/plan"
)

// Plans over which a judge once cried wolf. Each says in its comment what is right
// about what happens in it.
func TestNoJudgeCriesWolf(t *testing.T) { staysSilent(t, "testdata/silent/*.json") }

// Plans that once met a bug of what is judged. Each says in its comment which.
func TestMendedBugsStayMended(t *testing.T) { staysSilent(t, "testdata/mended/*.json") }

func staysSilent(t *testing.T, pattern string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no plans: %v", err)
	}
	w := NewWorld()
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if r := RunIn(w, p, Options{Judged: true}); len(r.Violations) > 0 {
			t.Errorf("%s: %+v", path, r.Violations)
		}
	}
}
