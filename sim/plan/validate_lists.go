package plan

import "slices"

func (c *checker) clocks(clocks []Clock) {
	c.count("clocks", len(clocks), c.slots)
	for i := range clocks {
		v := &clocks[i]
		c.at("clocks", i)
		c.node(v.Node, 0)
		c.clock(v.OffsetMs, v.DriftPpm, v.Jumps)
		for j := range i {
			if clocks[j].Node == v.Node {
				c.fail("node", "%d has two clocks", v.Node)
			}
		}
	}
}

func (c *checker) clock(offsetMs, driftPpm int64, jumps []Jump) {
	c.span("offset_ms", offsetMs, -maxMs, maxMs)
	c.span("drift_ppm", driftPpm, -maxDriftPpm, maxDriftPpm)
	c.span("number of jumps", int64(len(jumps)), 0, maxElements)
	for j := range jumps {
		c.span("jumps.at_ms", jumps[j].AtMs, 0, maxMs)
		c.span("jumps.by_ms", jumps[j].ByMs, -maxMs, maxMs)
	}
}

func (c *checker) node(n Node, least int64) { c.span("node", int64(n), least, int64(c.slots-1)) }

func (c *checker) faults(faults []Fault) {
	c.count("faults", len(faults), maxElements)
	ids := c.ids()
	for i := range faults {
		f := &faults[i]
		c.at("faults", i)
		ids.take(f.ID)
		c.span("at_ms", f.AtMs, 0, maxMs)
		c.span("for_ms", f.ForMs, 0, maxMs)
		c.span("slot", int64(f.Slot), 0, maxSlot)
		c.span("remote", int64(f.Remote), 0, maxHostNumber)
		c.span("machine", int64(f.Machine), 0, maxMachines-1)
		c.span("effect", int64(f.Effect), 0, maxNumber)
		c.span("rows", int64(f.Rows), 0, maxRows)
		c.span("advance_ms", f.AdvanceMs, 0, maxMs)
		c.span("skew_ms", f.SkewMs, -maxMs, maxMs)
		c.span("delay_ms", f.DelayMs, 0, maxMs)
		if f.Epochs > maxNumber {
			c.fail("epochs", "%d is too far ahead", f.Epochs)
		}
		c.fault(f)
	}
}

func (c *checker) fault(f *Fault) {
	switch f.Kind {
	case FaultCrash, FaultPause, FaultTakeover, FaultPartition:
		c.node(f.Node, 0)
	case FaultPersistDown, FaultStashDown, FaultSlowShard, FaultForeignWriter,
		FaultForeignReader, FaultForeignEpoch, FaultPoisonShard, FaultCompaction,
		FaultHostCrash, FaultHostPause, FaultHostTwice, FaultHostReplace, FaultHostDown, FaultHostCut,
		FaultOrphan, FaultMachineDown, FaultOrchestratorDown, FaultSourceDown, FaultSinkDown, FaultHostGone:
		c.node(f.Node, -1)
	default:
		c.fail("kind", "%q is no fault", oneLine(string(f.Kind)))
	}
	switch f.Direction {
	case "", BothWays, ToController, ToClients, ToHosts:
	default:
		c.fail("direction", "%q is none", oneLine(string(f.Direction)))
	}
}

func (c *checker) owners(owners []Owner) {
	c.count("owners", len(owners), maxElements)
	ids := c.ids()
	for i := range owners {
		c.at("owners", i)
		ids.take(owners[i].ID)
		c.span("renew_ms", owners[i].RenewMs, 1, maxMs)
		c.span("vanish_ms", owners[i].VanishMs, 0, maxMs)
	}
}

func (c *checker) writers(writers []Writer) {
	c.count("writers", len(writers), maxElements)
	ids := c.ids()
	for i := range writers {
		w := &writers[i]
		c.at("writers", i)
		ids.take(w.ID)
		c.span("slot", int64(w.Slot), 0, maxSlot)
		c.span("start_ms", w.StartMs, 0, maxMs)
		c.span("until_ms", w.UntilMs, 0, maxMs)
		c.span("period_ms", w.PeriodMs, 1, maxMs)
		c.span("rows_every", int64(w.RowsEvery), 0, maxNumber)
		c.span("rows", int64(w.Rows), 0, maxRows)
		c.span("keys", int64(w.Keys), 0, maxNumber)
	}
}

func (c *checker) ops(ops []Operation) {
	c.count("ops", len(ops), maxElements)
	ids := c.ids()
	for i := range ops {
		c.at("ops", i)
		ids.take(ops[i].ID)
		c.op(&ops[i])
	}
}

func (c *checker) loops(p *Plan) {
	c.count("loops", len(p.Loops), maxLoopID+1)
	ids := c.ids()
	unrolled := map[int]bool{}
	for i := range p.Ops {
		if p.Ops[i].ID >= firstLoopOp {
			unrolled[(p.Ops[i].ID-firstLoopOp)/maxLoopRuns] = true
		}
	}
	for i := range p.Loops {
		l := &p.Loops[i]
		c.at("loops", i)
		ids.take(l.ID)
		c.span("id", int64(l.ID), 0, maxLoopID)
		if unrolled[l.ID] {
			c.fail("id", "%d has runs among the operations already", l.ID)
		}
		c.span("start_ms", l.StartMs, 0, maxMs)
		c.span("until_ms", l.UntilMs, 0, maxMs)
		c.span("period_ms", l.PeriodMs, 1, maxMs)
		c.span("slots", int64(l.Slots), 0, maxSlot)
		c.span("holds", int64(l.Holds), 0, maxNumber)
		c.span("number of runs", l.Runs(p.ChaosMs), 0, maxLoopRuns)
		if l.Op.ID != 0 || l.Op.AtMs != 0 {
			c.fail("op", "its id and at_ms come from the loop")
		}
		if l.Holds > 0 {
			c.span("op.hold", int64(l.Op.Hold), 1, int64(l.Holds))
		}
		for j := range l.Op.Parts {
			if l.Slots > 0 {
				c.span("op.parts.slot", int64(l.Op.Parts[j].Slot), 1, int64(l.Slots))
			}
		}
		c.op(&l.Op)
	}
}

func (c *checker) op(op *Operation) {
	c.span("at_ms", op.AtMs, 0, maxMs)
	c.node(op.Node, -1)
	c.span("owner", int64(op.Owner), 0, maxNumber)
	c.span("hold", int64(op.Hold), 0, maxNumber)
	c.span("wait_ms", op.WaitMs, 0, maxMs)
	c.span("target", int64(op.Target), 0, maxNumber)
	if !contains(OpKinds(), op.Kind) {
		c.fail("kind", "%q is no operation", oneLine(string(op.Kind)))
	}
	if op.Kind == OpRaw != (op.Raw != RawNone) || op.Raw != RawNone && !contains(RawKinds(), op.Raw) {
		c.fail("raw", "%q does not fit the kind %q", oneLine(string(op.Raw)), op.Kind)
	}
	switch op.As {
	case Admin, TableWriter, Reader, Reporter, Hostile:
	default:
		c.fail("as", "%q is no character", oneLine(string(op.As)))
	}
	c.span("number of parts", int64(len(op.Parts)), 0, maxParts)
	if c.parts += len(op.Parts); c.parts > maxAllParts {
		c.fail("parts", "more than %d parts in one plan", maxAllParts)
	}
	for i := range op.Parts {
		c.part(&op.Parts[i])
	}
}

func (c *checker) part(v *Part) {
	c.span("parts.slot", int64(v.Slot), 0, maxSlot)
	c.span("parts.status", int64(v.Status), 0, maxSlot)
	c.span("parts.schema", int64(v.Schema), 0, 255)
	c.span("parts.rows", int64(v.Rows), 0, maxRows)
	c.span("parts.diff", v.Diff, -maxDiff, maxDiff)
	switch v.Kind {
	case "", KindTable, KindReported, KindIngestion, KindSubsource, KindShardMapping, KindSourceStatus, KindSinkStatus:
	default:
		c.fail("parts.kind", "%q is no kind of collection", oneLine(v.Kind))
	}
	if v.Odd != OddNone && !slices.Contains(oddities, v.Odd) {
		c.fail("parts.odd", "%q is nothing odd", oneLine(string(v.Odd)))
	}
	c.hosted(v)
	c.time("parts.time", v.Time)
	if v.Since != nil {
		c.time("parts.since", *v.Since)
	}
	if v.Policy != nil {
		left := maxPolicies
		c.policy(v.Policy, 1, &left)
	}
}

func (c *checker) time(field string, t Time) {
	c.span(field+".offset", t.Offset, -maxOffset, maxOffset)
	switch t.Base {
	case Zero, Since, Upper, WallGrid, HoldTime, Earliest, Max:
	default:
		c.fail(field+".base", "%q is no base", oneLine(string(t.Base)))
	}
}

func (c *checker) policy(v *Policy, depth int, left *int) {
	if *left--; *left < 0 || depth > maxDepth {
		c.fail("parts.policy", "more than %d nodes, or deeper than %d", maxPolicies, maxDepth)
		return
	}
	shapes := 0
	if v.From != nil {
		shapes++
		c.time("parts.policy.from", *v.From)
	}
	if v.FromEmpty {
		shapes++
	}
	if v.Lag != nil {
		shapes++
	}
	if v.Nodes != nil {
		shapes++
		c.nodes(*v.Nodes)
	}
	if v.Of != nil {
		shapes++
		if *v.Of == nil {
			c.fail("parts.policy.of", "null is no list")
		}
		for i := range *v.Of {
			c.policy(&(*v.Of)[i], depth+1, left)
		}
	}
	if shapes != 1 {
		c.fail("parts.policy", "one of from, from_empty, lag, of and nodes is wanted")
	}
}

func (c *checker) nodes(nodes []PolicyNode) {
	if nodes == nil || len(nodes) > maxPolicies {
		c.fail("parts.policy.nodes", "a list of at most %d is wanted", maxPolicies)
	}
	for i := range nodes {
		c.span("parts.policy.nodes.kind", int64(nodes[i].Kind), 0, 255)
		if nodes[i].From != nil {
			c.time("parts.policy.nodes.from", *nodes[i].From)
		}
	}
}

// idSet finds an id that comes twice.
type idSet struct {
	c    *checker
	seen map[int]bool
}

func (c *checker) ids() idSet { return idSet{c: c, seen: map[int]bool{}} }

func (s idSet) take(id int) {
	s.c.span("id", int64(id), 0, maxNumber)
	if s.seen[id] {
		s.c.fail("id", "%d comes twice", id)
	}
	s.seen[id] = true
}

func contains[T comparable](list []T, v T) bool {
	for i := range list {
		if list[i] == v {
			return true
		}
	}
	return false
}
