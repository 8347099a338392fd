package sim

// CopyFrom makes w an independent copy of src in the middle of a run, reusing w's
// memory. Both go on alike from here. The plan and frozen lists are shared.
func (w *World) CopyFrom(src *World) {
	if w == src {
		return
	}
	w.copyPlan(src)
	w.nowUs, w.step, w.events = src.nowUs, src.step, src.events
	w.queue.CopyFrom(&src.queue)
	w.draws.CopyFrom(&src.draws)
	w.nth = src.nth
	w.hash = src.hash
	w.persist.CopyFrom(&src.persist)
	w.stack.copyFrom(&src.stack)
	w.stash.CopyFrom(&src.stash)
	w.net.CopyFrom(&src.net)
	w.hosting.copyFrom(&src.hosting)
	for n := range w.nodes {
		w.nodes[n].copyFrom(&src.nodes[n])
		w.jumps[n] = append(w.jumps[n][:0], src.jumps[n]...)
		w.clocks[n] = src.clocks[n]
		w.clocks[n].Jumps = w.jumps[n]
	}
	w.shadow.copyFrom(&src.shadow)
	w.incarnations = src.incarnations
	w.persistCalls.CopyFrom(&src.persistCalls)
	w.stashCalls.CopyFrom(&src.stashCalls)
	w.requests.CopyFrom(&src.requests)
	w.replies.CopyFrom(&src.replies)
	w.rates = src.rates
	w.windows = append(w.windows[:0], src.windows...)
	w.healed = src.healed
	w.clients.copyFrom(&src.clients)
	w.critical = src.critical
	w.over, w.ending, w.counter, w.pace = src.over, src.ending, src.counter, src.pace
	w.faults = src.faults
	w.ops = append(w.ops[:0], src.ops...)
	if w.o.Judged {
		w.judges.CopyFrom(src.judges)
	}
	w.story.reset(w.o.Trace != nil)
}

// copyPlan takes over what Reset had derived from the plan.
func (w *World) copyPlan(src *World) {
	w.plan, w.o, w.config, w.slots = src.plan, src.o, src.config, src.slots
	w.lateUs, w.slow, w.calmUs = src.lateUs, src.slow, src.calmUs
	w.hostSettings = src.hostSettings
	w.fetchUs, w.restUs, w.boundUs = src.fetchUs, src.restUs, src.boundUs
	w.patienceUs = src.patienceUs
	w.opOrder = append(w.opOrder[:0], src.opOrder...)
	w.pins = append(w.pins[:0], src.pins...)
	w.spurious = src.spurious
}

func (nd *node) copyFrom(src *node) {
	armed, backlog := nd.armed, nd.backlog
	nd.core.CopyFrom(&src.core)
	nd.up, nd.halted, nd.paused = src.up, src.halted, src.paused
	nd.incarnation, nd.boots, nd.startUs, nd.epoch = src.incarnation, src.boots, src.startUs, src.epoch
	nd.wakeUs, nd.wakeFor, nd.wakeGen = src.wakeUs, src.wakeFor, src.wakeGen
	nd.steps = src.steps
	nd.startsUs, nd.startGen, nd.lifeGen = src.startsUs, src.startGen, src.lifeGen
	nd.heard, nd.heardUs, nd.heardStartUs = src.heard, src.heardUs, src.heardStartUs
	nd.armed = append(armed[:0], src.armed...)
	nd.backlog = append(backlog[:0], src.backlog...)
}

func (c *clients) copyFrom(src *clients) {
	c.leader, c.epoch, c.nextOp = src.leader, src.epoch, src.nextOp
	c.board = append(c.board[:0], src.board...)
	c.boardIndex.CopyFrom(&src.boardIndex)
	c.pending.CopyFrom(&src.pending)
	c.pendingIndex.CopyFrom(&src.pendingIndex)
	c.timeouts.CopyFrom(&src.timeouts)
	c.runs.CopyFrom(&src.runs)
	c.runIndex.CopyFrom(&src.runIndex)
	c.writers = append(c.writers[:0], src.writers...)
	c.writerRows = append(c.writerRows[:0], src.writerRows...)
	c.owners = append(c.owners[:0], src.owners...)
	c.holds = append(c.holds[:0], src.holds...)
}
