package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// HostObservation is the part of an observation that is about hosts, the
// orchestrator and external systems. Like the rest of it, it is valid during the
// call only; frozen lists may be kept.
//
// What is judged from it:
//   - S7, hosts: HelloDelivered gives the epochs that a process was offered, HostIssued
//     with an accept or a refuse what it made of them; after a higher one was accepted,
//     no CommandDelivered of a lower one may have an effect. Services:
//     OrchestratorApplied with the recorded epoch before and after, and the caller's
//     by Incarnation.
//   - S10: SinkApplied of a write that is Done is what the external system has, with the
//     progress around it; HostMoved has the time that a run resumes from, and the
//     contents of the input are in the PersistApplied of its shard. Issued with a
//     create-sink command has the as_of of the first life.
//   - S13: Issued of a HostSend has the commands in the order of sending, and
//     CommandDelivered those that arrived, by process and session; a desired host is
//     the one whose last create is not followed by a compaction to the empty frontier
//     or a stop.
//   - S15: SourceSaid has the contents of a source, complete and in order, as far as
//     they exist; PersistApplied of the remap shard and of the data shards what was
//     bound and written, by a host's process (Hosted.Host) or by somebody else.
//   - L2, L4: at rest, who runs what: HostStarted and HostEnded, HostMoved with Gone, and
//     Reported with Dropped. L8: leases are in PersistApplied.
type HostObservation struct {
	// Host concerned, and its process: processes count up over all hosts of a run and
	// start with 1; 0 if the observation is about none of them.
	Host    *core.HostID
	Process uint32
	// Session of a message, of its loss, or that an effect is about.
	Session core.Session

	Hello   *core.Hello
	Command *core.Command
	Report  *core.Report
	// Endings and Exports of Reported are what the controller believes when the step is
	// over: whose end it waits for, and the exports that the report is about.
	Endings []core.Ending
	Exports []core.ExportView
	// Effect of HostIssued.
	Effect *storaged.Effect
	// Object of HostMoved; Gone if the process runs it no more, and then only its id
	// holds. View is the process as a whole.
	Object *storaged.ObjectView
	Gone   bool
	View   *storaged.View

	// Completed is the effect whose completion was delivered (HostCompleted), Outcome how
	// it ended; SourceResult has what a source said.
	Completed core.EffectID
	Outcome   outcome.Outcome

	// HostResult and OrchestratorResult of Completed.
	HostResult         *core.HostResult
	OrchestratorCall   *core.OrchestratorCall
	OrchestratorResult *core.OrchestratorResult

	SourceCall   *source.Call
	SourceResult *source.Result
	SinkCall     *sink.Call
	SinkResult   *sink.Result
	// SinkBefore and SinkAfter are what the external system keeps around a call.
	SinkBefore, SinkAfter *SinkState

	// Connection of a source that said something, Records what it said (frozen, in the
	// order of offsets), Finished if nothing follows.
	Connection string
	Records    []source.Record
	Finished   bool
}

// SinkState is what an external system keeps for an export beside its output.
type SinkState struct {
	Progress frontier.Frontier
	Count    uint64
	// Epoch and Fence of who may write.
	Epoch uint64
	Fence sink.Fence
}
