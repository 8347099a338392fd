package campaign

import (
	"fmt"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// WorldRunner runs the seeds of a profile in one world, judged. A panic that gets
// past the world is a violation of S12 of that seed, and the world is thrown away.
func WorldRunner(profile string) Runner {
	world := sim.NewWorld()
	return func(seed uint64, giveUp func() bool) *sim.Result {
		result := Guard(func() *sim.Result {
			p, err := plan.Generate(profile, seed, plan.NewSeedDraws(seed))
			if err != nil {
				panic(err)
			}
			return sim.RunIn(world, p, sim.Options{Judged: true, Stop: giveUp})
		})
		if Panicked(result) {
			world = sim.NewWorld()
		}
		return result
	}
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
