package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
)

// Judges are all oracles over one shadow of the world. The zero value is not
// usable; make one with New. It is a value without pointers into the world:
// CopyFrom copies it whole.
type Judges struct {
	step   uint64
	atUs   int64
	active bool // something of the present step is still to be judged

	alone bool // see NewAlone

	lives    []life
	nodes    []node
	dirty    []place
	repeated []int32 // requests that came again in this step
	things   []thing
	shards   []shard
	landings pagePool[landing] // of their logs

	requests []request
	entries  []entry
	batches  []batch
	flights  []flight
	holds    []hold
	readings []snapshotRead
	// readingsOf counts the readings in use by collection.
	readingsOf []int32
	mapped     []mappedRow // what is durable in the shards of shard mappings
	own        []ownRead

	// moves are the views that the step movesStep has changed, as it found them.
	moves     []core.CollectionView
	movesStep uint64

	exports   []export
	tokens    []preparedExport
	talks     []conversation
	ends      []endBegun
	outside   []outsideCall
	staleStep uint64 // the latest step with a report of a session that is over
	staleNode int
	alias     Observation // of a remap shard's collection, under its name here
	aliasView core.CollectionView

	idIndex, shardIndex, requestIndex, batchIndex, flightIndex, holdIndex table

	txns  set            // that have committed
	hints [idHints]int32 // places of ids, which may be out of date

	freeRequest, freeEntry, freeBatch, freeFlight, freeHold, freeReading int32

	seq        uint64 // arrivals of append entries
	serials    uint64 // requests so far
	stashEpoch uint64
	topEpoch   uint64 // the newest epoch seen anywhere
	healed     bool
	healedUs   int64
	watchedUs  int64
	owedReads  bool // a call of a reader is owed in this step
	// confirmedEnds are what was confirmed in this step to have ended elsewhere.
	confirmedEnds []confirmedEnd
	unmatched     bool // a reader was opened in this step
	prompt        bool // a request came in this step, or something that others wait for ended
	cancels       []cancel
	// endsAnswered are requests, answered in this step, that end objects where they run, or
	// create exports.
	endsAnswered []request

	checked, met [judged]uint64
	violations   []Violation

	linear  linear
	history history
	hosting hosting
	again   dumb // only memory: it is used at the end
}

// NewAlone makes judges of a controller of which nothing is seen but itself. What hosts
// have made durable is not known then, nor what became of calls: S1, S3 and S12 are
// judged, and nothing else.
func NewAlone() *Judges {
	j := New()
	j.alone = true
	return j
}

// New makes judges for a fresh run.
func New() *Judges {
	j := &Judges{}
	j.Reset()
	return j
}

// Reset makes them judges of a fresh run and keeps their memory.
func (j *Judges) Reset() {
	j.step, j.atUs, j.active = 0, 0, false
	j.moves, j.movesStep = j.moves[:0], 0
	j.lives, j.nodes, j.dirty, j.things = j.lives[:0], j.nodes[:0], j.dirty[:0], j.things[:0]
	for i := range j.shards {
		j.shards[i].recent.reset(&j.landings)
	}
	j.landings.lent = false
	j.shards, j.repeated = j.shards[:0], j.repeated[:0]
	clear(j.requests)
	clear(j.entries)
	j.requests, j.entries, j.flights, j.holds = j.requests[:0], j.entries[:0], j.flights[:0], j.holds[:0]
	j.batches = j.batches[:0]
	for _, t := range [...]*table{&j.idIndex, &j.shardIndex, &j.requestIndex, &j.batchIndex, &j.flightIndex, &j.holdIndex} {
		t.reset()
	}
	j.txns.reset()
	j.freeRequest, j.freeEntry, j.freeBatch, j.freeFlight, j.freeHold = -1, -1, -1, -1, -1
	j.mapped, j.own = j.mapped[:0], j.own[:0]
	j.readings, j.freeReading, j.watchedUs = j.readings[:0], -1, 0
	j.readingsOf = j.readingsOf[:0]
	j.owedReads, j.unmatched, j.prompt, j.cancels = false, false, false, j.cancels[:0]
	j.endsAnswered, j.confirmedEnds = j.endsAnswered[:0], j.confirmedEnds[:0]
	j.seq, j.serials, j.stashEpoch, j.topEpoch, j.healed, j.healedUs = 0, 0, 0, 0, false, 0
	j.checked, j.met = [judged]uint64{}, [judged]uint64{}
	j.violations = j.violations[:0]
	j.exports, j.tokens, j.talks, j.outside, j.ends = j.exports[:0], j.tokens[:0], j.talks[:0], j.outside[:0], j.ends[:0]
	j.staleStep, j.staleNode = 0, 0
	j.linear.reset()
	j.history.reset()
	j.hosting.reset()
}

// Observe judges one observation.
func (j *Judges) Observe(o *Observation) {
	if o.Kind == Crashed {
		// A crash cuts a step short: what it left half done is nobody's fault.
		j.endLife(o.Incarnation)
	}
	if j.active && o.Step != j.step {
		j.settle()
	}
	if o.Kind == RemapMoved && !j.alone {
		o = j.renamed(o)
	}
	j.step, j.atUs = o.Step, o.AtUs
	if l := j.lifeOf(o.Incarnation); l != nil {
		l.wall, l.wallPeak = o.Now.Wall, max(l.wallPeak, o.Now.Wall)
	}
	switch o.Kind {
	case Booted:
		j.beginLife(o)
	case Requested:
		j.requested(o)
	case Cancelled:
		j.cancelled(o)
	case Completed:
		j.completed(o)
	case Moved:
		j.moved(o)
	case Responded:
		j.responded(o)
	case Issued:
		j.issued(o)
	case PersistApplied:
		j.persistApplied(o)
	case StashApplied:
		j.stashApplied(o)
	case ShardStored:
		j.s17Stored(o)
	case ShardAnswered:
		j.s17Answered(o)
	case Halted:
		j.haltedNow(o)
	case Reported:
		j.s13Reported(o)
	case SessionLost:
		j.s13Lost(o)
	case Panicked:
		j.violate(s12, o.Node, "the core panicked: %s", o.Message)
	case Contradicted:
		j.violate(s12, o.Node, "%s", o.Message)
	case Healed:
		j.healed, j.healedUs = true, o.AtUs
		j.l5Healed()
	default:
	}
	j.hosted(o)
	j.note(o)
}

// Failed reports a violation so far. It judges what the step that is over left.
func (j *Judges) Failed() bool {
	if j.active {
		j.settle()
	}
	return len(j.violations) > 0
}

// Violations are all that were found, in the order of finding.
func (j *Judges) Violations() []Violation { return j.violations }

// Stats are the counts of every registry entry, in its order.
func (j *Judges) Stats() []Stat {
	stats := make([]Stat, judged)
	for i := range stats {
		stats[i] = Stat{Name: names[i], Checked: j.checked[i], Met: j.met[i]}
	}
	return stats
}

// mostViolations bounds what a broken run reports.
const mostViolations = 64

func (j *Judges) violate(which, node int, format string, args ...any) {
	if j.alone && which != s1 && which != s3 && which != s12 {
		return
	}
	if len(j.violations) >= mostViolations {
		return
	}
	j.violations = append(j.violations, Violation{
		Invariant: names[which], Step: j.step, AtUs: j.atUs, Node: node,
		Message: fmt.Sprintf(format, args...),
	})
}

// settle judges what can only be judged when a step is over: its answers come
// after its changes.
func (j *Judges) settle() {
	j.active = false
	for i := range j.nodes {
		l := j.lifeOf(j.nodes[i].life)
		if l != nil && !l.ended {
			j.s12Settled(j.nodes[i].life, l)
			j.s7Settled(l)
			j.s11Duty(l)
			j.l5Control(l)
			j.l4Listed(l)
			j.l8Beats(j.nodes[i].life, l)
			l.seen.see(l.mono)
		}
	}
	for i := range j.dirty {
		p := j.dirty[i]
		l := j.lifeOf(j.nodes[p.node].life)
		b := j.beliefAt(int(p.node), p.slot)
		b.dirty = false
		if l == nil || l.ended || l.halted {
			continue
		}
		j.s8Settled(l, b)
		j.readsSettled(l, p.slot, b)
		j.s9DropSettled(l, p.slot, b)
		j.l6Settled(l, p.slot, b)
		j.s1Gone(l, p.slot, b)
		j.l2AtOnce(l, p.slot, b)
		j.l1AtOnce(l, p.slot, b)
		j.s14Lost(l, p.slot, b)
		if len(j.exports) > 0 {
			j.openedAtOnce(l, p.slot, b)
		}
	}
	j.dirty = j.dirty[:0]
	j.repeated = j.repeated[:0]
	if j.unmatched {
		j.reopened()
	}
	if j.prompt {
		j.l5Prompt()
	}
	if j.owedReads {
		j.readsOwed()
	}
	if len(j.cancels) > 0 {
		j.s11Cancelled()
	}
	if len(j.endsAnswered) > 0 {
		j.s13Told()
	}
	if len(j.confirmedEnds) > 0 {
		j.movedOn()
	}
	j.watchReads()
}

// CopyFrom makes j an independent copy of src, reusing j's memory.
func (j *Judges) CopyFrom(src *Judges) {
	j.alone = src.alone
	j.step, j.atUs, j.active = src.step, src.atUs, src.active
	j.lives = append(j.lives[:0], src.lives...)
	j.moves, j.movesStep = append(j.moves[:0], src.moves...), src.movesStep
	j.dirty = append(j.dirty[:0], src.dirty...)
	j.endsAnswered = append(j.endsAnswered[:0], src.endsAnswered...)
	j.confirmedEnds = append(j.confirmedEnds[:0], src.confirmedEnds...)
	j.repeated = append(j.repeated[:0], src.repeated...)
	j.things = append(j.things[:0], src.things...)
	j.requests = append(j.requests[:0], src.requests...)
	j.entries = append(j.entries[:0], src.entries...)
	j.flights = append(j.flights[:0], src.flights...)
	j.holds = append(j.holds[:0], src.holds...)
	j.readings = append(j.readings[:0], src.readings...)
	j.readingsOf = append(j.readingsOf[:0], src.readingsOf...)
	j.mapped = append(j.mapped[:0], src.mapped...)
	j.own = append(j.own[:0], src.own...)
	j.exports = append(j.exports[:0], src.exports...)
	j.tokens = append(j.tokens[:0], src.tokens...)
	j.copyTalks(src)
	j.outside = append(j.outside[:0], src.outside...)
	j.staleStep, j.staleNode = src.staleStep, src.staleNode
	j.freeReading, j.watchedUs = src.freeReading, src.watchedUs
	j.owedReads, j.unmatched, j.prompt = src.owedReads, src.unmatched, src.prompt
	j.cancels = append(j.cancels[:0], src.cancels...)
	j.copyNodes(src)
	j.copyShards(src)
	j.copyBatches(src)
	from := [...]*table{&src.idIndex, &src.shardIndex, &src.requestIndex, &src.batchIndex, &src.flightIndex, &src.holdIndex}
	for i, t := range [...]*table{&j.idIndex, &j.shardIndex, &j.requestIndex, &j.batchIndex, &j.flightIndex, &j.holdIndex} {
		t.copyFrom(from[i])
	}
	j.txns.copyFrom(&src.txns)
	j.freeRequest, j.freeEntry, j.freeBatch = src.freeRequest, src.freeEntry, src.freeBatch
	j.freeFlight, j.freeHold = src.freeFlight, src.freeHold
	j.seq, j.serials, j.stashEpoch, j.topEpoch = src.seq, src.serials, src.stashEpoch, src.topEpoch
	j.healed, j.healedUs = src.healed, src.healedUs
	j.checked, j.met = src.checked, src.met
	j.violations = append(j.violations[:0], src.violations...)
	j.linear.copyFrom(&src.linear)
	j.history.copyFrom(&src.history)
	j.hosting.copyFrom(&src.hosting)
}

func (j *Judges) copyNodes(src *Judges) {
	j.nodes = j.nodes[:0]
	for i := range src.nodes {
		n := j.nodeAt(i)
		n.life = src.nodes[i].life
		n.beliefs = append(n.beliefs[:0], src.nodes[i].beliefs...)
		n.remapLife = src.nodes[i].remapLife
		n.remaps = append(n.remaps[:0], src.nodes[i].remaps...)
	}
}

func (j *Judges) copyTalks(src *Judges) {
	j.ends = append(j.ends[:0], src.ends...)
	j.talks = j.talks[:0]
	for i := range src.talks {
		t := j.conversationWith(src.talks[i].life, src.talks[i].host)
		list, due := append(t.told[:0], src.talks[i].told...), append(t.due[:0], src.talks[i].due...)
		silent, ran := append(t.silent[:0], src.talks[i].silent...), append(t.ran[:0], src.talks[i].ran...)
		*t = src.talks[i]
		t.told, t.due, t.silent, t.ran = list, due, silent, ran
	}
}

func (j *Judges) copyShards(src *Judges) {
	for len(j.shards) < len(src.shards) {
		if len(j.shards) < cap(j.shards) {
			j.shards = j.shards[:len(j.shards)+1]
		} else {
			j.shards = append(j.shards, shard{})
		}
	}
	j.landings.lent, src.landings.lent = true, true
	j.shards = j.shards[:len(src.shards)]
	for i := range src.shards {
		recent := j.shards[i].recent
		recent.copyFrom(&src.shards[i].recent)
		j.shards[i] = src.shards[i]
		j.shards[i].recent = recent
	}
}

func (j *Judges) copyBatches(src *Judges) {
	for len(j.batches) < len(src.batches) {
		if len(j.batches) < cap(j.batches) {
			j.batches = j.batches[:len(j.batches)+1]
		} else {
			j.batches = append(j.batches, batch{})
		}
	}
	j.batches = j.batches[:len(src.batches)]
	for i := range src.batches {
		list := append(j.batches[i].entries[:0], src.batches[i].entries...)
		j.batches[i] = src.batches[i]
		j.batches[i].entries = list
	}
}

// Finish judges what only the end shows: what was owed and did not come, and
// everything that was recorded once more, the dumb way.
func (j *Judges) Finish(end *End) {
	if j.active {
		j.settle()
	}
	j.atUs = end.AtUs
	if end.Stuck && !end.Interrupted && len(j.violations) == 0 {
		j.owed(end)
	}
	j.l7Ended(end)
	j.l8Ended()
	j.s16Finish()
	j.recheck()
}

// Unsettled says what is still waited for after the world healed, or nothing.
func (j *Judges) Unsettled() string {
	if j.active {
		j.settle()
	}
	if !j.healed {
		return "the faults go on"
	}
	if _, l := j.leader(); l == nil {
		return "no controller with the newest epoch is running"
	}
	for _, f := range [...]func(*strings.Builder, int64) int{j.l5Missing, j.l6Missing, j.l1Missing, j.s14Missing, j.l2Missing, j.l7Missing, j.l4Missing, j.s15Missing, j.s10Missing, j.l2Exports, j.l4Services, j.l4Former} {
		var b strings.Builder
		if f(&b, 0) > 0 {
			return b.String()
		}
	}
	return ""
}
