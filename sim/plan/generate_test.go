package plan_test

import (
	"bytes"
	"testing"

	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/plan/plantest"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func generate(t *testing.T, profile string, seed uint64) *plan.Plan {
	t.Helper()
	p, err := plan.Generate(profile, seed, plan.NewSeedDraws(seed))
	if err != nil {
		t.Fatalf("%s %d: %v", profile, seed, err)
	}
	return p
}

// checkPlan wants a plan valid, the same after a round trip, and valid whatever
// is deleted from it.
func checkPlan(t interface {
	Helper()
	Fatalf(string, ...any)
}, p *plan.Plan) {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Fatalf("%v\n%s", err, p.Encode())
	}
	text := p.Encode()
	back, err := plan.Decode(text)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	if diff := cmp.Diff(p, back); diff != "" {
		t.Fatalf("round trip: %s", diff)
	}
	if !bytes.Equal(text, back.Encode()) || p.Hash() != back.Hash() {
		t.Fatalf("encoding is not stable")
	}
}

func profiles() []string {
	var names []string
	for _, d := range plan.Profiles() {
		names = append(names, d.Name)
	}
	return names
}

func TestGeneratedPlansAreValid(t *testing.T) {
	for _, profile := range profiles() {
		seeds := uint64(25)
		if profile == "large" {
			seeds = 4
		}
		for seed := uint64(1); seed <= seeds; seed++ {
			p := generate(t, profile, seed)
			checkPlan(t, p)
			if p.Seed != seed || p.Profile != profile {
				t.Fatalf("%s %d: says %s %d", profile, seed, p.Profile, p.Seed)
			}
			if again := generate(t, profile, seed); again.Hash() != p.Hash() {
				t.Fatalf("%s %d: two plans from one seed", profile, seed)
			}
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	seen := map[string]uint64{}
	for seed := uint64(1); seed <= 300; seed++ {
		p := generate(t, "default", seed)
		p.Seed = 0
		h := p.Hash().String()
		if other, ok := seen[h]; ok {
			t.Fatalf("seeds %d and %d give the same plan", seed, other)
		}
		seen[h] = seed
	}
}

func TestDeletingKeepsPlansValid(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		p := generate(t, "default", seed)
		for i := range p.Ops {
			q := p.Clone()
			q.Ops = append(q.Ops[:i], q.Ops[i+1:]...)
			if err := q.Validate(); err != nil {
				t.Fatalf("seed %d without operation %d: %v", seed, i, err)
			}
		}
		for i := range p.Faults {
			q := p.Clone()
			q.Faults = append(q.Faults[:i], q.Faults[i+1:]...)
			if err := q.Validate(); err != nil {
				t.Fatalf("seed %d without fault %d: %v", seed, i, err)
			}
		}
		p.Owners, p.Writers, p.Clocks = nil, nil, nil
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRapidPlansAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		profile := rapid.SampledFrom([]string{"default", "calm", "tiny", "hostile"}).Draw(t, "profile")
		checkPlan(t, plantest.Plan(t, profile))
	})
}

// zeros always makes the simplest choice.
type zeros struct{}

func (zeros) N(string, int) int { return 0 }

func TestSimplestPlan(t *testing.T) {
	p, err := plan.Generate("default", 1, zeros{})
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, p)
	if len(p.Faults) > 0 || p.Rates != (plan.Rates{}) || len(p.Clocks) > 0 || len(p.Ops) > 2 {
		t.Errorf("the simplest plan is not simple:\n%s", p.Encode())
	}
}

func TestUnknownProfile(t *testing.T) {
	_, err := plan.Generate("wild", 1, plan.NewSeedDraws(1))
	want := `plan: profile: "wild" is unknown; there are default calm tiny hosts churn dense large hostile reference`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
