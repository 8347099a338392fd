package sim

import (
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// fault indexes the counts of faults. The first ones are the rates.
type fault = kernel.Purpose

// Faults that a plan places in time, in the order of plan.FaultKinds, and what
// follows from faults.
const (
	faultCrash fault = rateCount + iota
	faultPause
	faultTakeover
	faultPartition
	faultPersistDown
	faultStashDown
	faultSlowShard
	faultForeignWriter
	faultForeignReader
	faultForeignEpoch
	faultPoisonShard
	faultCompaction
	faultHostCrash
	faultHostPause
	faultHostTwice
	faultHostReplace
	faultHostDown
	faultHostCut
	faultOrphan
	faultMachineDown
	faultOrchestratorDown
	faultSourceDown
	faultSinkDown
	faultHostGone
	faultCrashAtEffect
	faultCrashInBoot
	faultCompletionDropped
	faultLateEffect
	faultZombieStep
	faultHaltedExit
	faultRefusedConnection
	faultMessageCut
	faultMessageClogged
	faultClockJump
	faultClientTimeout
	faultFinalizedCall
	faultHostStarted
	faultHostZombie
	faultHostTwoCopies
	faultHostLeftBehind
	faultHostRefused
	faultHostOutlived
	faultHostFenced
	faultHostHalfDelivered
	faultHostLateHello
	faultHostMessageCut
	faultHostLateEffect
	faultCount
)

// faultNames are the names of all faults, by index.
func faultNames() []string {
	names := rateNames()
	for _, k := range plan.FaultKinds() {
		names = append(names, string(k))
	}
	return append(names, "crash-at-effect", "crash-in-boot", "completion-dropped",
		"late-effect-after-crash", "zombie-step", "halted-exit", "refused-connection",
		"message-cut", "message-clogged", "clock-jump", "client-timeout", "call-to-finalized",
		"host-started", "host-zombie-resumed", "host-two-copies", "host-left-behind", "host-refused",
		"host-outlived-controller", "host-fenced-older", "host-half-delivered", "host-late-hello", "host-message-cut",
		"host-late-effect-after-crash")
}

// opNames are the names of everything that clients do: the plan's kinds of
// operation, its raw requests, and what writers and owners do of themselves.
func opNames() []string {
	var names []string
	for _, k := range plan.OpKinds() {
		names = append(names, string(k))
	}
	for _, r := range plan.RawKinds() {
		names = append(names, string(plan.OpRaw)+":"+string(r))
	}
	return append(names, "writer-append", "owner-renew")
}

// nameIndex is the position of name in names, or -1.
func nameIndex(names []string, name string) int {
	for i := range names {
		if names[i] == name {
			return i
		}
	}
	return -1
}

func namedCounts(names []string, n []uint64) []Count {
	out := make([]Count, len(names))
	for i := range names {
		out[i] = Count{Name: names[i], N: n[i]}
	}
	return out
}

// countOp counts an operation by its kind and, for raw ones, by its raw kind.
func (w *World) countOp(name string) {
	if i := nameIndex(w.opNames, name); i >= 0 {
		w.ops[i]++
	}
}

// happens draws a rate that is in force now, and counts it if it fires.
func (w *World) happens(k *kernel.Key, p kernel.Purpose) bool {
	rate := w.rates[p]
	if rate <= 0 && len(w.pins) == 0 || !k.Happens(p, rate) {
		return false
	}
	w.faults[countOf(p)]++
	return true
}
