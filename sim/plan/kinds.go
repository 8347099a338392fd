package plan

// Kinds of collection, as Part.Kind has them.
const (
	KindTable    = "table"
	KindReported = "reported"
	// The managed ones, by what they tell of.
	KindShardMapping = "shard-mapping"
	KindSourceStatus = "source-status"
	KindSinkStatus   = "sink-status"
	// KindIngestion follows an external source, KindSubsource is a further collection
	// that it fills.
	KindIngestion = "ingestion"
	KindSubsource = "subsource"
)

// Managed reports a kind of collection that the controller itself writes; at most
// one of each lives at a time.
func Managed(kind string) bool {
	return kind == KindShardMapping || kind == KindSourceStatus || kind == KindSinkStatus
}

// OpKinds are all kinds of operation, in a fixed order.
func OpKinds() []OpKind {
	return []OpKind{
		OpCreate, OpDrop, OpAppend, OpSetPolicy, OpReport, OpAcquire, OpRenew, OpMove,
		OpRelease, OpCapabilities, OpSnapshot, OpCollection, OpDump, OpCancel, OpRaw,
		OpAlter, OpPrepare, OpRenewToken, OpCancelToken, OpExports, OpAlterExports, OpDropExports, OpExport,
	}
}

// RawKinds are all raw requests, in a fixed order.
func RawKinds() []Raw {
	return []Raw{
		RawReusedRequestID, RawUnknownOp, RawBadID, RawBadFrontier, RawTooManyIDs, RawBadSchema,
		RawEmptySince, RawEmptyList, RawLongWait, RawUnknownEffect, RawSecondBoot,
	}
}

// FaultKinds are all faults that a plan places in time, in a fixed order.
func FaultKinds() []FaultKind { return append(clientFaultKinds(), HostFaultKinds()...) }

func clientFaultKinds() []FaultKind {
	return []FaultKind{
		FaultCrash, FaultPause, FaultTakeover, FaultPartition, FaultPersistDown, FaultStashDown,
		FaultSlowShard, FaultForeignWriter, FaultForeignReader, FaultForeignEpoch, FaultPoisonShard,
		FaultCompaction,
	}
}

// HostFaultKinds are the last of FaultKinds: those about hosts.
func HostFaultKinds() []FaultKind {
	return []FaultKind{
		FaultHostCrash, FaultHostPause, FaultHostTwice, FaultHostReplace, FaultHostDown, FaultHostCut,
		FaultOrphan, FaultMachineDown, FaultOrchestratorDown, FaultSourceDown, FaultSinkDown, FaultHostGone,
	}
}

// Rate is one of the rates, by the name that it has in JSON.
type Rate struct {
	Name     string
	Permille *int
}

// Each lists all rates in a fixed order; writing to a Permille sets the rate.
func (r *Rates) Each() []Rate { return append(r.Clients(), r.Hosts()...) }

// Clients are the first of Each: the rates about controllers, stores and clients.
func (r *Rates) Clients() []Rate {
	return []Rate{
		{"persist_unknown_landed", &r.PersistUnknownLanded},
		{"persist_unknown_lost", &r.PersistUnknownLost},
		{"persist_unknown_late", &r.PersistUnknownLate},
		{"persist_not_done", &r.PersistNotDone},
		{"persist_slow", &r.PersistSlow},
		{"persist_never_answered", &r.PersistNeverAnswered},
		{"snapshot_unsorted", &r.SnapshotUnsorted},
		{"stash_unknown_landed", &r.StashUnknownLanded},
		{"stash_unknown_lost", &r.StashUnknownLost},
		{"stash_unknown_late", &r.StashUnknownLate},
		{"stash_not_done", &r.StashNotDone},
		{"stash_slow", &r.StashSlow},
		{"stash_never_answered", &r.StashNeverAnswered},
		{"request_lost", &r.RequestLost},
		{"reply_lost", &r.ReplyLost},
		{"request_twice", &r.RequestTwice},
		{"message_late", &r.MessageLate},
		{"session_reset", &r.SessionReset},
		{"completion_twice", &r.CompletionDup},
		{"wake_spurious", &r.WakeSpurious},
		{"wake_late", &r.WakeLate},
		{"client_cancel", &r.ClientCancel},
		{"client_repeat", &r.ClientRepeat},
	}
}

// Hosts are the rest of Each: the rates about hosts, the orchestrator and external
// systems.
func (r *Rates) Hosts() []Rate {
	return []Rate{
		{"orchestrator_unknown_landed", &r.OrchestratorUnknownLanded},
		{"orchestrator_unknown_lost", &r.OrchestratorUnknownLost},
		{"orchestrator_unknown_late", &r.OrchestratorUnknownLate},
		{"orchestrator_not_done", &r.OrchestratorNotDone},
		{"orchestrator_slow", &r.OrchestratorSlow},
		{"orchestrator_never_answered", &r.OrchestratorNeverAnswered},
		{"orchestrator_twice", &r.OrchestratorTwice},
		{"orchestrator_orphan", &r.OrchestratorOrphan},
		{"orchestrator_late_stop", &r.OrchestratorLateStop},
		{"host_slow_start", &r.HostSlowStart},
		{"hello_lost", &r.HelloLost},
		{"hello_late", &r.HelloLate},
		{"hello_unanswered", &r.HelloUnanswered},
		{"host_session_lost", &r.HostSessionLost},
		{"report_stale", &r.ReportStale},
		{"source_unknown_landed", &r.SourceUnknownLanded},
		{"source_unknown_lost", &r.SourceUnknownLost},
		{"source_unknown_late", &r.SourceUnknownLate},
		{"source_not_done", &r.SourceNotDone},
		{"source_slow", &r.SourceSlow},
		{"source_never_answered", &r.SourceNeverAnswered},
		{"sink_unknown_landed", &r.SinkUnknownLanded},
		{"sink_unknown_lost", &r.SinkUnknownLost},
		{"sink_unknown_late", &r.SinkUnknownLate},
		{"sink_not_done", &r.SinkNotDone},
		{"sink_slow", &r.SinkSlow},
		{"sink_never_answered", &r.SinkNeverAnswered},
	}
}
