package plan_test

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

// TestScenesAppear wants the constellations that need several things to happen
// around one collection within a short time.
func TestScenesAppear(t *testing.T) {
	seen := map[string]int{}
	for seed := uint64(1); seed <= manySeeds; seed++ {
		p := generate(t, "default", seed)
		for i := range p.Faults {
			noteFault(seen, p, &p.Faults[i])
		}
		for i := range p.Ops {
			noteOps(seen, p, i)
		}
	}
	for what, want := range map[string]int{
		"read of a shard slower than the lease": 30, "read deadline beyond the lease": 50,
		"foreign writer between append and drop": 20, "poison while a shard is opened": 10,
		"use of a poisoned shard": 30, "hold or capability on a poisoned shard": 10,
		"asked after a pause": 30, "reads when it is paused for long": 20, "drop under a waiting reader": 30,
		"batch for another at the limit": 10, "release of what held back": 30, "move of what held back": 30,
		"writer when a drop is let go": 100, "reader when a drop is let go": 50, "crash when a drop is let go": 30,
	} {
		atLeast(t, what, seen[what], want)
	}
}

func noteFault(seen map[string]int, p *plan.Plan, f *plan.Fault) {
	lease := p.Config.ReaderLeaseMs
	for i := range p.Ops {
		op := &p.Ops[i]
		if len(op.Parts) == 0 {
			continue
		}
		after, same := op.AtMs-f.AtMs, op.Parts[0].Slot == f.Slot
		switch {
		case f.Kind == plan.FaultSlowShard && f.DelayMs > lease && op.Kind == plan.OpSnapshot && same && after >= -10 && after <= 10:
			seen["read of a shard slower than the lease"]++
			if p.Config.ReadDeadlineMs > lease {
				seen["read deadline beyond the lease"]++
			}
		case f.Kind == plan.FaultForeignWriter && op.Kind == plan.OpDrop && same && after >= 0 && after <= 5 && i > 0 && p.Ops[i-1].Kind == plan.OpAppend:
			seen["foreign writer between append and drop"]++
		case f.Kind == plan.FaultPoisonShard && op.Kind == plan.OpCreate && after < 0 && after >= -100 && names(op, f.Slot):
			seen["poison while a shard is opened"]++
		case f.Kind == plan.FaultPoisonShard && same && after >= 0 && after < 1000:
			seen["use of a poisoned shard"]++
			if op.Kind == plan.OpAcquire || op.Kind == plan.OpCapabilities {
				seen["hold or capability on a poisoned shard"]++
			}
		case op.Kind == plan.OpDrop && after < 0:
			noteEnd(seen, p, f, op)
		case f.Kind == plan.FaultPause && op.Node == f.Node && after >= f.ForMs && after <= f.ForMs+5:
			seen["asked after a pause"]++
		case f.Kind == plan.FaultPause && op.Kind == plan.OpSnapshot && op.Node == f.Node && after < 0 && after >= -20 && f.ForMs > max(lease, p.Config.HoldLeaseMs):
			seen["reads when it is paused for long"]++
		}
	}
}

// noteEnd counts who comes to a dropped collection when it may be let go for the
// first time: soon after its drop, or when the time after the first boot is over.
func noteEnd(seen map[string]int, p *plan.Plan, f *plan.Fault, drop *plan.Operation) {
	after := f.AtMs - max(drop.AtMs, p.Config.HoldLeaseMs+p.Config.ClockMarginMs)
	if after < -20 || after > 2000 {
		return
	}
	switch {
	case f.Kind == plan.FaultForeignWriter && names(drop, f.Slot):
		seen["writer when a drop is let go"]++
	case f.Kind == plan.FaultForeignReader && names(drop, f.Slot):
		seen["reader when a drop is let go"]++
	case f.Kind == plan.FaultCrash && f.Effect > 0:
		seen["crash when a drop is let go"]++
	}
}

func names(op *plan.Operation, slot int) bool {
	for i := range op.Parts {
		if op.Parts[i].Slot == slot {
			return true
		}
	}
	return false
}

func noteOps(seen map[string]int, p *plan.Plan, i int) {
	op := &p.Ops[i]
	for k := max(0, i-8); k < i; k++ {
		before := &p.Ops[k]
		if len(op.Parts) == 0 || len(before.Parts) == 0 || before.Parts[0].Slot != op.Parts[0].Slot {
			continue
		}
		late := op.AtMs - before.AtMs
		switch {
		case op.Kind == plan.OpDrop && before.Kind == plan.OpSnapshot && before.WaitMs > late && before.Parts[0].Time.Offset > 1:
			seen["drop under a waiting reader"]++
		case op.Kind == plan.OpCapabilities && before.Kind == plan.OpCapabilities && before.Owner == op.Owner && late <= 100 &&
			len(before.Parts) == int(p.Config.HoldsPerOwner) && op.Parts[0].Diff == -1 && len(op.Parts) > 1:
			seen["batch for another at the limit"]++
		case before.Kind != plan.OpAcquire || before.Hold != op.Hold || late > 2000:
		case op.Kind == plan.OpRelease:
			seen["release of what held back"]++
		case op.Kind == plan.OpMove:
			seen["move of what held back"]++
		}
	}
}

// TestCalmAndClocks wants plans that stay calm for longer than a lease, with owners
// that vanish at the end, and writers that go by the controllers' clocks.
func TestCalmAndClocks(t *testing.T) {
	calm, vanishing, served, own := 0, 0, 0, 0
	for seed := uint64(1); seed <= manySeeds; seed++ {
		p := generate(t, "default", seed)
		for i := range p.Owners {
			if p.CalmMs > 0 && p.Owners[i].VanishMs >= p.ChaosMs*3/4 {
				vanishing++
			}
		}
		if p.CalmMs > p.Config.HoldLeaseMs+p.Config.ClockMarginMs {
			calm++
		}
		for i := range p.Writers {
			if p.Writers[i].ServedClock {
				served++
			} else {
				own++
			}
		}
	}
	atLeast(t, "long calm", calm, manySeeds/8)
	atLeast(t, "owners that vanish before it", vanishing, manySeeds/8)
	atLeast(t, "writers by served clocks", served, manySeeds/2)
	atLeast(t, "writers by their own clocks", own, manySeeds/2)
}
