package campaign

import (
	"fmt"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// WorldRunner runs the seeds of a profile in one world, judged. A panic that gets
// past the world throws the world away.
func WorldRunner(generate func(seed uint64) (*plan.Plan, error)) Runner {
	world := sim.NewWorld()
	return func(seed uint64, giveUp func() bool) *sim.Result {
		p, err := generate(seed)
		if err != nil {
			return Guard(func() *sim.Result { panic(err) })
		}
		result := Play(world, p, sim.Options{Judged: true, Stop: giveUp})
		if Panicked(result) {
			world = sim.NewWorld()
		}
		return result
	}
}

// Play runs a plan in a world. A panic that gets past the world is a violation of S12;
// a run that ended stuck without any oracle objecting is one of L5: something that was
// asked for never came. In a plan that exceeds what can be asked, it is none.
func Play(world *sim.World, p *plan.Plan, o sim.Options) *sim.Result {
	result := Guard(func() *sim.Result { return sim.RunIn(world, p, o) })
	if result.Stuck && result.Beyond == "" && len(result.Violations) == 0 {
		result.Violations = []invariants.Violation{{
			Invariant: "L5", Step: result.Events, AtUs: result.SimMs * 1000, Node: invariants.Foreign,
			Message: "the world did not come to rest; it waits for: " + result.Waiting,
		}}
	}
	return result
}

// Guard runs f; if it panics, the result is a violation of S12.
func Guard(f func() *sim.Result) (result *sim.Result) {
	defer func() {
		if cause := recover(); cause != nil {
			result = &sim.Result{Violations: []invariants.Violation{{
				Invariant: "S12",
				Message:   fmt.Sprint(panicPrefix, cause),
			}}}
		}
	}()
	return f()
}

const panicPrefix = "panic outside of the controller's step: "

// Panicked says that Guard made this result of a panic.
func Panicked(r *sim.Result) bool {
	return len(r.Violations) == 1 && r.Events == 0 &&
		len(r.Violations[0].Message) >= len(panicPrefix) &&
		r.Violations[0].Message[:len(panicPrefix)] == panicPrefix
}
