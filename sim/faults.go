package sim

import (
	"cmp"
	"slices"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	simclock "example.com/tidemark/sim/clock"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/network"
	"example.com/tidemark/sim/plan"
)

// window is a fault that lasts.
type window struct {
	kind    fault
	node    int16 // -1: all
	unknown bool
	fault   int32 // its index in the plan
	shard   persist.ShardID
}

// scheduleFaults puts the plan's faults into the queue. Those that would begin in
// the calm never do.
func (w *World) scheduleFaults() {
	for i := range w.plan.Faults {
		if at := w.plan.Faults[i].AtMs * 1000; at < w.calmUs {
			w.push(kernel.Event{AtUs: at, Kind: evFault, Slot: int32(i)})
		}
	}
}

func sortJumps(jumps []simclock.Jump) {
	slices.SortStableFunc(jumps, func(a, b simclock.Jump) int { return cmp.Compare(a.AtUs, b.AtUs) })
}

// beginFault lets a planned fault happen.
func (w *World) beginFault(e *kernel.Event) {
	if w.healed {
		return
	}
	f := &w.plan.Faults[e.Slot]
	kind := faultOf(f.Kind)
	if !w.strike(f, kind, e) {
		return
	}
	w.happened(e)
	w.faults[kind]++
	if w.tracing() {
		w.traceFault(f)
	}
}

// faultOf is the index of a planned fault's count.
func faultOf(k plan.FaultKind) fault {
	for i, known := range plan.FaultKinds() {
		if known == k {
			return faultCrash + fault(i)
		}
	}
	return faultCount
}

// strike does what a fault does; false if there is nothing that it could befall.
func (w *World) strike(f *plan.Fault, kind fault, e *kernel.Event) bool {
	switch kind {
	case faultCrash:
		return w.strikeCrash(f)
	case faultPause:
		return w.strikePause(f)
	case faultTakeover:
		if !w.isNode(f.Node) || w.nodes[f.Node].up {
			return false
		}
		w.schedule(f.Node, w.nowUs)
		return true
	case faultPartition:
		return w.strikePartition(f)
	case faultPersistDown, faultStashDown:
		w.open(window{kind: kind, node: int16(f.Node), unknown: f.Unknown, fault: e.Slot}, f.ForMs)
		return true
	case faultSlowShard:
		shard, ok := w.shardOf(f.Slot)
		if ok {
			w.open(window{kind: kind, shard: shard, fault: e.Slot}, f.ForMs)
		}
		return ok
	case faultForeignWriter:
		return w.foreignWriter(f)
	case faultForeignReader:
		return w.foreignReader(f, e.Slot)
	case faultForeignEpoch:
		return w.foreignEpoch(f)
	case faultCompaction:
		shard, ok := w.shardOf(f.Slot)
		if ok && w.stacked() {
			w.compactStack(shard)
		} else if ok {
			w.persist.Compact(shard)
		}
		return ok
	case faultPoisonShard:
		shard, ok := w.shardOf(f.Slot)
		if ok {
			w.persist.Finalize(shard)
			if w.stacked() {
				w.poisonStack(shard)
			}
		}
		return ok
	}
	return w.strikeHosts(f, kind, e)
}

// isNode reports whether n is a controller slot of this plan.
func (w *World) isNode(n int) bool { return n >= 0 && n < w.slots }

func (w *World) strikeCrash(f *plan.Fault) bool {
	if !w.isNode(f.Node) {
		return false
	}
	nd := &w.nodes[f.Node]
	if f.Effect > 0 {
		nd.armed = append(nd.armed, armedCrash{left: int32(f.Effect), before: f.Before, forUs: f.ForMs * 1000})
		return true
	}
	if !nd.up {
		return false
	}
	w.crash(f.Node)
	w.schedule(f.Node, w.nowUs+max(f.ForMs*1000, 1))
	return true
}

func (w *World) strikePause(f *plan.Fault) bool {
	if !w.isNode(f.Node) || !w.nodes[f.Node].up || w.nodes[f.Node].paused {
		return false
	}
	nd := &w.nodes[f.Node]
	nd.paused = true
	nd.lifeGen++
	w.push(kernel.Event{AtUs: w.nowUs + f.ForMs*1000, Kind: evResume, Node: int16(f.Node), Gen: nd.lifeGen})
	if nd.halted {
		// Its exit was addressed to the life before the pause.
		w.push(kernel.Event{AtUs: w.nowUs + f.ForMs*1000 + second, Kind: evExit, Node: int16(f.Node), Gen: nd.lifeGen + 1})
	}
	return true
}

func (w *World) strikePartition(f *plan.Fault) bool {
	if !w.isNode(f.Node) {
		return false
	}
	until := w.nowUs + f.ForMs*1000
	if f.Direction != plan.ToClients {
		w.net.Cut(f.Node, network.ToController, until)
	}
	if f.Direction != plan.ToController {
		w.net.Cut(f.Node, network.ToClients, until)
	}
	return true
}

// open begins a window that lasts forMs.
func (w *World) open(v window, forMs int64) {
	w.windows = append(w.windows, v)
	w.push(kernel.Event{AtUs: w.nowUs + forMs*1000, Kind: evFaultEnd, Slot: v.fault})
}

// endFault closes the window of a fault that lasts.
func (w *World) endFault(e *kernel.Event) {
	for i := range w.windows {
		if w.windows[i].fault != e.Slot {
			continue
		}
		if w.windows[i].kind == faultForeignReader {
			w.closeForeignReader(&w.windows[i])
		}
		w.windows = slices.Delete(w.windows, i, i+1)
		return
	}
}

// outage is the window of this kind that hits node n's calls now, or nil.
func (w *World) outage(n int, kind fault) *window {
	for i := range w.windows {
		v := &w.windows[i]
		if v.kind == kind && (v.node < 0 || int(v.node) == n) {
			return v
		}
	}
	return nil
}

// slowness is the slow-shard window that lies over the shard, or nil.
func (w *World) slowness(id persist.ShardID) *window {
	for i := range w.windows {
		if w.windows[i].kind == faultSlowShard && w.windows[i].shard == id {
			return &w.windows[i]
		}
	}
	return nil
}

// foreign marks ids of readers, writers and tokens that are no controller's.
const foreign = 0xf0f0_0000_0000_0000

// foreignWriter appends behind the controllers' back. Nobody but hosts may write what
// hosts fill: their bindings say what is in it.
func (w *World) foreignWriter(f *plan.Fault) bool {
	shard, ok := w.shardOf(f.Slot)
	if !ok || w.about(userID(f.Slot)).hosted {
		return false
	}
	var r persist.Result
	w.runPersist(nobody, 0, &persist.Call{Op: persist.OpFetchUpper, Shard: shard}, &r)
	if r.Outcome != outcome.Done || r.Upper.Empty {
		return false
	}
	c := persist.Call{Op: persist.OpCompareAndAppend, Shard: shard, Expected: r.Upper,
		Upper:  advanced(r.Upper, f.AdvanceMs, f.Close),
		Writer: persist.WriterID{Hi: foreign, Lo: uint64(f.ID)},
		Token:  persist.Token{Hi: foreign, Lo: uint64(f.ID)}}
	c.Updates = w.foreignRows(f.Slot, c.Expected, c.Upper, rowOfFault|uint64(f.ID)<<16, f.Rows)
	w.runPersist(nobody, 0, &c, &r)
	return r.Outcome == outcome.Done
}

// foreignReader holds a leased reader of its own for as long as the fault lasts.
func (w *World) foreignReader(f *plan.Fault, index int32) bool {
	shard, ok := w.shardOf(f.Slot)
	if !ok {
		return false
	}
	c := persist.Call{Op: persist.OpOpenLeasedReader, Shard: shard,
		Reader: persist.ReaderID{Hi: foreign, Lo: uint64(f.ID)},
		Lease:  w.config.ReaderLease}
	var r persist.Result
	w.runPersistSkewed(nobody, 0, f.SkewMs, &c, &r)
	if r.Outcome != outcome.Done {
		return false
	}
	w.open(window{kind: faultForeignReader, shard: shard, fault: index}, f.ForMs)
	return true
}

func (w *World) closeForeignReader(v *window) {
	f := &w.plan.Faults[v.fault]
	c := persist.Call{Op: persist.OpCloseReader, Shard: v.shard,
		Reader: persist.ReaderID{Hi: foreign, Lo: uint64(f.ID)}}
	var r persist.Result
	w.runPersistSkewed(nobody, 0, f.SkewMs, &c, &r)
}

func (w *World) endForeignReaders() {
	for i := range w.windows {
		if w.windows[i].kind == faultForeignReader {
			w.closeForeignReader(&w.windows[i])
		}
	}
}

// foreignEpoch takes the critical handle over in the name of an epoch that no
// controller has yet.
func (w *World) foreignEpoch(f *plan.Fault) bool {
	shard, ok := w.shardOf(f.Slot)
	if !ok {
		return false
	}
	if w.critical == (persist.ReaderID{}) {
		return false
	}
	state, _ := w.persist.State(shard)
	c := persist.Call{Op: persist.OpCompareAndDowngradeSince, Shard: shard, Reader: w.critical,
		ExpectedOpaque: state.Opaque,
		Opaque:         persist.Opaque{Epoch: w.stash.Epoch() + max(f.Epochs, 1), Nonce: foreign | uint64(f.ID)}}
	var r persist.Result
	w.runPersist(nobody, 0, &c, &r)
	return r.Outcome == outcome.Done
}
