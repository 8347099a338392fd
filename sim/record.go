package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/sim/plan"
)

// RecordKind is the kind of a Record.
type RecordKind uint8

// Records, in the order in which a step makes them: RecordInput, then RecordStepped,
// then RecordEffect for each effect that is released.
const (
	// RecordNote is a line of the trace that refers to nothing else.
	RecordNote RecordKind = iota
	// RecordOperation: a client begins Operation.
	RecordOperation
	// RecordSent: a client sends Request to Node, RecordSentCancel that it was given
	// up. What is lost on the way is never given to anybody.
	RecordSent
	RecordSentCancel
	// RecordHeard: Client has the answer to Request.
	RecordHeard
	// RecordUnheard: Client stopped waiting for the answer to Request; RecordRefused:
	// nobody listened at Node.
	RecordUnheard
	RecordRefused
	// RecordInput: Input is about to be given to Node.
	RecordInput
	// RecordStepped: the step is over. Core is the state that it led to.
	RecordStepped
	// RecordEffect: Effect left Node.
	RecordEffect
	// RecordPersist: PersistCall took effect with PersistResult; EffectID is the effect
	// that asked for it, 0 for a call of somebody else.
	RecordPersist
	// RecordStash: StashCall took effect with StashResult.
	RecordStash
	// RecordFault: Fault begins.
	RecordFault
	// RecordCrashed, RecordHalted, RecordPanicked and RecordResumed are what became
	// of Node.
	RecordCrashed
	RecordHalted
	RecordPanicked
	RecordResumed
	// RecordHealed: the chaos is over.
	RecordHealed
	// RecordHostInput: HostInput is about to be given to Process of Host, and
	// RecordHostEffect: HostEffect left it. What becomes of it is RecordHostLife.
	RecordHostInput
	RecordHostEffect
	RecordHostLife
	// RecordOrchestrator, RecordSource and RecordSink: a call of theirs took effect.
	RecordOrchestrator
	RecordSource
	RecordSink
	// RecordShardInput, RecordShardEffect: a shard machine of a trial, which is Process of
	// Host here, is given something, or something leaves it; RecordShardApplied: a call of a
	// store took effect. EffectID is the call of a store that it is about, Request the call
	// of the machine, if it is about one, and Outcome how that ended.
	RecordShardInput
	RecordShardEffect
	RecordShardApplied
)

// Record is one thing that happened, with what it refers to: the trace for those
// who draw a run instead of reading it. Kind says which fields hold. It and all
// that it points to are valid only during the call and belong to the world; frozen
// lists may be kept.
type Record struct {
	Kind RecordKind
	// AtUs is simulated time in microseconds, Step counts as in invariants.Observation.
	AtUs int64
	Step uint64
	// Node and Incarnation of the controller concerned; Node is invariants.Foreign if
	// none is.
	Node        int
	Incarnation uint32
	// Text is the trace's line without its time, or the request that is sent; empty
	// for records that have none.
	Text []byte

	Operation *plan.Operation
	// Client is the connection by which a request came or an answer goes: see
	// World.Clients.
	Client int
	// Request is the id of the request concerned.
	Request core.RequestID

	Input *core.Input
	// Core is the controller after the step, for reading, and Now what it was told of
	// the time.
	Core     *core.Controller
	Now      clock.Now
	Effect   *core.Effect
	EffectID core.EffectID

	PersistCall   *persist.Call
	PersistResult *persist.Result
	StashCall     *stash.Call
	StashResult   *stash.Result

	// Host and Process concerned, if the record is about one: processes count up over
	// all hosts of a run, from 1. HostCore is the process's state, for reading.
	Host               core.HostID
	Process            uint32
	HostCore           *storaged.Host
	HostInput          *storaged.Input
	HostEffect         *storaged.Effect
	OrchestratorCall   *core.OrchestratorCall
	OrchestratorResult *core.OrchestratorResult
	SourceCall         *source.Call
	SourceResult       *source.Result
	SinkCall           *sink.Call
	SinkResult         *sink.Result
	Outcome            outcome.Outcome

	// Fault is the planned one.
	Fault *plan.Fault
}

// recordOf begins a record; what else holds is filled in before it is told.
func (w *World) recordOf(kind RecordKind, n int) *Record {
	w.record = Record{Kind: kind, AtUs: w.nowUs, Step: w.step, Node: n}
	if n >= 0 {
		w.record.Incarnation = w.nodes[n].incarnation
	}
	return &w.record
}

// recorded tells a record that has no line in the trace.
func (w *World) recorded(kind RecordKind, n, client int, id core.RequestID) {
	if w.o.Record != nil {
		w.tellRecord(kind, n, client, id)
	}
}

func (w *World) tellRecord(kind RecordKind, n, client int, id core.RequestID) {
	r := w.recordOf(kind, n)
	r.Client, r.Request = client, id
	w.o.Record(r)
}

// recordSent tells that a client sends something, with the request's text.
func (w *World) recordSent(client, node int, q *core.Request, cancel bool) {
	r := w.recordOf(RecordSent, node)
	if cancel {
		r.Kind = RecordSentCancel
		w.line = appendRequestID(w.line[:0], q.ID)
	} else {
		w.line = appendRequest(w.line[:0], q)
	}
	r.Client, r.Request, r.Text = client, q.ID, w.line
	w.o.Record(r)
}

// ClientName names a connection by which clients talk to controllers: the character
// of operations, or a writer's or owner's of the plan. The second result is its
// number among its kind, 0 if it is the only one.
func ClientName(p *plan.Plan, client int) (kind string, number int) {
	switch {
	case client < characters:
		return [characters]string{clientAdmin: "admin", clientReader: "reader", clientReporter: "reporter",
			clientTableWriter: "table writer", clientHostile: "hostile"}[client], 0
	case client < characters+len(p.Writers):
		return "writer", p.Writers[client-characters].ID
	case client < characters+len(p.Writers)+len(p.Owners):
		return "owner", p.Owners[client-characters-len(p.Writers)].ID
	}
	return "client", client
}
