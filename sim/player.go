package sim

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/plan"
)

// Player lets a controller go through steps that are known already, such as those of
// a journal: there is no world around it, only what it was told. What happens is
// traced, recorded and judged as in a run, as far as the controller alone shows it.
type Player struct {
	w      *World
	judged bool
	listen func(*invariants.Observation)
	// judging says that the incarnation that plays is judged, and judges is who does.
	judging bool
	judges  *invariants.Judges
	stats   []invariants.Stat
	found   []invariants.Violation
	// issued are the calls whose completion is to come; committed are the transactions
	// that are known to have happened.
	issued    map[core.EffectID]core.Effect
	committed map[stash.TxnID]bool
}

// NewPlayer makes a player. Of the options it heeds Judged, Trace, Record and
// OnObserve.
func NewPlayer(o Options) *Player {
	p := &Player{w: NewWorld(), judged: o.Judged, listen: o.OnObserve, judges: invariants.NewAlone()}
	o.Judged, o.OnObserve = false, p.observe // who judges what is chosen here
	p.w.Reset(&plan.Plan{Profile: "journal"}, o)
	return p
}

// Begin begins an incarnation at an instant of the player's time, with a machine in
// the state that canonical bytes encode. A new one, which has not taken a step, is
// judged; of another a judge would have to know what it did before. The error says why
// the bytes are no state.
func (p *Player) Begin(atUs int64, state []byte) error {
	p.End(atUs)
	w := p.w
	nd := &w.nodes[0]
	if err := nd.core.Restore(state); err != nil {
		return err
	}
	w.nowUs = atUs
	w.incarnations++
	nd.up, nd.halted, nd.epoch = true, false, nd.core.Epoch()
	nd.incarnation, nd.startUs, nd.steps = w.incarnations, atUs, 0
	p.issued, p.committed = map[core.EffectID]core.Effect{}, map[stash.TxnID]bool{}
	p.judges.Reset()
	p.judging = p.judged && nd.core.Phase() == core.PhaseNew
	return nil
}

// End ends the incarnation that plays, if there is one, as the death of a process
// does.
func (p *Player) End(atUs int64) {
	w := p.w
	nd := &w.nodes[0]
	if !nd.up {
		return
	}
	w.nowUs = max(w.nowUs, atUs)
	w.step++
	nd.up = false
	if w.tracing() {
		w.traceNode(RecordCrashed, 0, "ended")
	}
	w.observe(w.observation(invariants.Crashed, 0))
	if p.judging {
		p.judges.Failed() // judges the last step
		p.collect()
	}
	p.judging = false
}

// Machine is the controller that plays, for reading.
func (p *Player) Machine() *core.Controller { return &p.w.nodes[0].core }

// Step gives the controller an input at an instant of the player's time, with what it
// was told of the time, and returns what followed, valid until the next step. The
// message is what the controller panicked with.
func (p *Player) Step(atUs int64, now clock.Now, in *core.Input) (out *core.Effects, panicked string) {
	w := p.w
	nd := &w.nodes[0]
	w.nowUs = max(w.nowUs, atUs)
	w.step++
	nd.heard, nd.heardUs, nd.heardStartUs = now, w.nowUs, nd.startUs
	w.input = *in
	kind := p.inputKind(in)
	if w.tracing() {
		w.traceInput(0)
	}
	w.effects.Reset()
	if panicked = step(&nd.core, now, &w.input, &w.effects); panicked != "" {
		if w.tracing() {
			w.traceNode(RecordPanicked, 0, "panicked: "+panicked)
		}
		o := w.observation(invariants.Panicked, 0)
		o.Message = panicked
		w.observe(o)
		return &w.effects, panicked
	}
	nd.epoch = nd.core.Epoch()
	if w.o.Record != nil {
		r := w.recordOf(RecordStepped, 0)
		r.Core, r.Now = &nd.core, now
		w.o.Record(r)
	}
	w.observeStep(0, now, kind)
	if nd.core.Phase() == core.PhaseHalted && !nd.halted {
		nd.halted = true
		w.noteHalt(0)
	}
	for i := range w.effects.Len() {
		e := w.effects.At(i)
		w.announce(0, e)
		if e.Kind != core.EffectRespond {
			p.issued[e.ID] = *e
		}
	}
	return &w.effects, ""
}

// inputKind is how an input is observed. A completion is, with the call that it is of.
func (p *Player) inputKind(in *core.Input) invariants.Kind {
	switch in.Kind {
	case core.InputBoot:
		if p.Machine().Phase() == core.PhaseNew {
			return invariants.Booted // it boots once
		}
	case core.InputRequest:
		return invariants.Requested
	case core.InputCancel:
		return invariants.Cancelled
	case core.InputReport:
		return invariants.Reported
	case core.InputSessionLost:
		return invariants.SessionLost
	case core.InputPersistDone, core.InputStashDone, core.InputHostDone, core.InputOrchestratorDone:
		if e, ok := p.issued[in.Effect]; ok {
			delete(p.issued, in.Effect)
			p.w.completed = e
			return invariants.Completed
		}
	case core.InputNone, core.InputWake, core.InputKindCount:
	}
	return invariants.KindNone
}

// observe tells whoever listens, and the judges.
func (p *Player) observe(o *invariants.Observation) {
	if p.listen != nil {
		p.listen(o)
	}
	if !p.judging {
		return
	}
	switch {
	case isAppend(o) && (o.Kind == invariants.Issued || o.PersistResult.Outcome != outcome.Fenced || p.w.nodes[0].halted):
		return
	case isAppend(o):
		late := *o
		late.Kind, late.PersistResult = invariants.Issued, nil
		p.judges.Observe(&late)
	case o.Kind == invariants.Completed && o.Effect.Kind == core.EffectStash:
		p.transaction(o)
	}
	p.judges.Observe(o)
}

// isAppend reports whether an observation is of an append to a shard. Nothing that is
// judged here depends on them, and judges who never see one take effect would remember
// all of them for ever; so they hear only of one that was fenced, which is a reason to
// halt.
func isAppend(o *invariants.Observation) bool {
	return (o.Kind == invariants.Issued || o.Kind == invariants.Completed) &&
		o.Effect.Kind == core.EffectPersist && o.Effect.Persist.Op == persist.OpCompareAndAppend
}

// transaction tells the judges that a transaction has happened, when the controller is
// told so.
func (p *Player) transaction(completed *invariants.Observation) {
	call, result := &completed.Effect.Stash, completed.StashResult
	if result.Outcome != outcome.Done || p.committed[call.Txn] {
		return
	}
	o := *completed
	o.Kind, o.StashCall, o.EpochBefore, o.EpochAfter = invariants.StashApplied, call, call.Epoch, call.Epoch
	switch call.Op {
	case stash.OpResolve:
		commit := *call
		commit.Op = stash.OpCommit
		o.StashCall = &commit
		p.committed[call.Txn] = true
	case stash.OpTakeOver:
		o.EpochBefore, o.EpochAfter = result.Epoch-1, result.Epoch
		p.committed[call.Txn] = true
	case stash.OpCommit:
		p.committed[call.Txn] = true
	default:
	}
	p.judges.Observe(&o)
}

// playable are the invariants that judges of a controller alone judge (see
// invariants.NewAlone). The others need to know what became of every call to a shard,
// of other writers' too.
var playable = []string{"S1", "S3", "S12"}

// collect takes over what the judges of one incarnation say.
func (p *Player) collect() {
	p.found = append(p.found, p.judges.Violations()...)
	for _, s := range p.judges.Stats() {
		if !slices.Contains(playable, s.Name) {
			continue
		}
		i := slices.IndexFunc(p.stats, func(known invariants.Stat) bool { return known.Name == s.Name })
		if i < 0 {
			p.stats = append(p.stats, s)
			continue
		}
		p.stats[i].Checked += s.Checked
		p.stats[i].Met += s.Met
	}
}

// Result is what became of everything that was played. It ends the incarnation.
func (p *Player) Result() *Result {
	w := p.w
	p.End(w.nowUs)
	return &Result{
		TraceHash: w.hash.Sum(), Events: w.step, SimMs: w.nowUs / millisecond, Violations: p.found, Oracles: p.stats,
		Counters: w.counter,
	}
}
