package plan

import (
	"reflect"
	"slices"
)

// Trial is a run of machines by themselves, without a world: what a run ends with (see
// sim/hosttrial and sim/shardtrial). A plan that has one says nothing else of a run.
type Trial struct {
	// Of is whose trial it is: TrialOfHosts or TrialOfShards. That of controllers is a
	// world, and its plan that of one.
	Of string `json:"of"`
	// Seed is the trial's own: everything in it depends on that and on Acts.
	Seed uint64 `json:"seed"`
	// Acts are the numbers of those acts of the trial that are played, rising; none: all
	// that its seed draws. The dice of an act are its own, so that leaving out one of them
	// leaves the others what they were.
	Acts []int `json:"acts,omitempty"`
}

// What trials there are of.
const (
	TrialOfHosts  = "hosts"
	TrialOfShards = "shards"
	// TrialOfControllers is a world of the profile Dense.
	TrialOfControllers = "controllers"
)

// Cast says who takes part, in words.
func (t *Trial) Cast() string {
	if t.Of == TrialOfShards {
		return "shard machines by themselves: a few of them that share a shard or two, and all that may befall these"
	}
	return "one storage host by itself: some processes of it, the objects that they run, and all that may befall these"
}

// OfTrial is the plan of a trial that the run of p ends with.
func (p *Plan) OfTrial(t Trial) *Plan {
	if t.Of == TrialOfControllers {
		return dense(t.Seed)
	}
	t.Acts = slices.Clone(t.Acts)
	return &Plan{Version: Version, Seed: p.Seed, Profile: p.Profile, Trial: &t}
}

// trial checks the plan of a trial, in which nothing else is said.
func (c *checker) trial(p *Plan) {
	t := p.Trial
	if t.Of != TrialOfHosts && t.Of != TrialOfShards {
		c.fail("trial.of", "%q is neither %q nor %q", t.Of, TrialOfHosts, TrialOfShards)
	}
	c.count("trial.acts", len(t.Acts), maxElements)
	for i, n := range t.Acts {
		if n < 0 || n > maxNumber || i > 0 && n <= t.Acts[i-1] {
			c.fail("trial.acts", "%d is no number that follows those before it", n)
		}
	}
	if !reflect.DeepEqual(p, p.OfTrial(*t)) {
		c.fail("trial", "the plan of a trial says nothing beside it")
	}
}
