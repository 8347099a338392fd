package main

import (
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
)

// mix counts the events of the reference by what they are, so that the rate of one
// report can be compared with the rate of another. What delivered no request, no
// cancel, no completion, no boot and no call is a wake that did something.
func (b *bench) mix() counts {
	var seen [invariants.KindCount]uint64
	options := sim.Options{Stop: b.interrupted, OnObserve: func(o *invariants.Observation) {
		seen[o.Kind]++
		switch {
		case o.Kind != invariants.Completed:
		case o.StashResult != nil:
			seen[stashCompleted]++
		case o.Hosted != nil:
			seen[orchestratorCompleted]++
		}
	}}
	r := sim.RunIn(b.world, b.chaos, options)
	list := counts{
		{Name: "request", N: seen[invariants.Requested]},
		{Name: "cancel", N: seen[invariants.Cancelled]},
		{Name: "persist-applied", N: seen[invariants.PersistApplied]},
		{Name: "persist-completed", N: seen[invariants.Completed] - seen[stashCompleted] - seen[orchestratorCompleted]},
		{Name: "stash-applied", N: seen[invariants.StashApplied]},
		{Name: "stash-completed", N: seen[stashCompleted]},
		{Name: "orchestrator-applied", N: seen[invariants.OrchestratorApplied]},
		{Name: "orchestrator-completed", N: seen[orchestratorCompleted]},
		{Name: "boot", N: seen[invariants.Booted]},
	}
	known := uint64(0)
	for _, c := range list {
		known += c.N
	}
	return append(list, sim.Count{Name: "wake", N: r.Events - min(known, r.Events)})
}

// stashCompleted and orchestratorCompleted count completions in places that nothing
// else uses: the reference has no hosts.
const (
	stashCompleted        = invariants.KindNone
	orchestratorCompleted = invariants.HostStarted
)
