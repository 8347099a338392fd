package plan_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tidemark/sim/plan"
)

// A plan of a trial says nothing of a world, and is read as it was written.
func TestPlanOfATrial(t *testing.T) {
	p := sample().OfTrial(plan.Trial{Of: plan.TrialOfHosts, Seed: 1 << 63, Acts: []int{0, 4, 5}})
	want := fmt.Sprintf("{\n  \"version\": %d,\n  \"seed\": %d,\n  \"profile\": %q,\n  \"trial\": {\"of\":\"hosts\",\"seed\":9223372036854775808,\"acts\":[0,4,5]}\n}\n", plan.Version, p.Seed, p.Profile)
	if diff := cmp.Diff(want, string(p.Encode())); diff != "" {
		t.Error(diff)
	}
	back, err := plan.Decode(p.Encode())
	if err != nil {
		t.Fatal(err)
	}
	for what, other := range map[string]*plan.Plan{"decoded": back, "cloned": p.Clone()} {
		if diff := cmp.Diff(p, other); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	clone := p.Clone()
	clone.Trial.Acts[0], clone.Trial.Seed = 3, 1
	if p.Trial.Acts[0] != 0 || p.Trial.Seed != 1<<63 {
		t.Error("a clone shares its trial")
	}
}

func TestPlanOfATrialIsJudged(t *testing.T) {
	tooLarge := "plan: trial.acts: 4294967296 is no number that follows those before it"
	if strconv.IntSize == 32 {
		tooLarge = "plan: line 1: trial.acts is no int: number 4294967296"
	}
	for _, c := range []struct{ trial, more, want string }{
		{`{"of":"shards","seed":3}`, "", ""},
		{`{"of":"ships","seed":3}`, "", `plan: trial.of: "ships" is neither "hosts" nor "shards"`},
		{`{"of":"hosts","seed":3,"acts":[1,1]}`, "", "plan: trial.acts: 1 is no number that follows those before it"},
		{`{"of":"hosts","seed":3,"acts":[-1]}`, "", "plan: trial.acts: -1 is no number that follows those before it"},
		{`{"of":"hosts","seed":3,"acts":[4294967296]}`, "", tooLarge},
		{`{"of":"hosts","seed":3}`, `, "chaos_ms": 5`, "plan: trial: the plan of a trial says nothing beside it"},
		{`{"of":"hosts","seed":3,"when":1}`, "", `plan: json: unknown field "when"`},
	} {
		_, err := plan.Decode([]byte(`{"version": 2, "seed": 1, "profile": "default", "trial": ` + c.trial + c.more + `}`))
		if got := fmt.Sprint(err); got != c.want && (err != nil || c.want != "") {
			t.Errorf("%s%s: %s", c.trial, c.more, got)
		}
	}
}
