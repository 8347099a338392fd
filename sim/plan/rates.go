package plan

// Rates are per-mille probabilities of the faults that may befall any single call
// or message during the chaos phase; zero means that this run does not have the
// fault at all (swarm).
type Rates struct {
	// Persist calls: it happened and was not reported; it did not happen and nobody
	// says so; it happens late (after being reported unknown); a definite error; a
	// call that takes SlowFactor times as long; a snapshot left unconsolidated.
	PersistUnknownLanded int `json:"persist_unknown_landed,omitempty"`
	PersistUnknownLost   int `json:"persist_unknown_lost,omitempty"`
	PersistUnknownLate   int `json:"persist_unknown_late,omitempty"`
	PersistNotDone       int `json:"persist_not_done,omitempty"`
	PersistSlow          int `json:"persist_slow,omitempty"`
	PersistNeverAnswered int `json:"persist_never_answered,omitempty"`
	SnapshotUnsorted     int `json:"snapshot_unsorted,omitempty"`
	StashUnknownLanded   int `json:"stash_unknown_landed,omitempty"`
	StashUnknownLost     int `json:"stash_unknown_lost,omitempty"`
	StashUnknownLate     int `json:"stash_unknown_late,omitempty"`
	StashNotDone         int `json:"stash_not_done,omitempty"`
	StashSlow            int `json:"stash_slow,omitempty"`
	StashNeverAnswered   int `json:"stash_never_answered,omitempty"`
	// Messages between clients and controllers.
	RequestLost   int `json:"request_lost,omitempty"`
	ReplyLost     int `json:"reply_lost,omitempty"`
	RequestTwice  int `json:"request_twice,omitempty"`
	MessageLate   int `json:"message_late,omitempty"`
	SessionReset  int `json:"session_reset,omitempty"`
	CompletionDup int `json:"completion_twice,omitempty"`
	WakeSpurious  int `json:"wake_spurious,omitempty"`
	WakeLate      int `json:"wake_late,omitempty"`
	ClientCancel  int `json:"client_cancel,omitempty"`
	ClientRepeat  int `json:"client_repeat,omitempty"`
	// Calls of the orchestrator, and what becomes of them: a start that makes two
	// processes, a stop that leaves one behind for long, or for a short while.
	OrchestratorUnknownLanded int `json:"orchestrator_unknown_landed,omitempty"`
	OrchestratorUnknownLost   int `json:"orchestrator_unknown_lost,omitempty"`
	OrchestratorUnknownLate   int `json:"orchestrator_unknown_late,omitempty"`
	OrchestratorNotDone       int `json:"orchestrator_not_done,omitempty"`
	OrchestratorSlow          int `json:"orchestrator_slow,omitempty"`
	OrchestratorNeverAnswered int `json:"orchestrator_never_answered,omitempty"`
	OrchestratorTwice         int `json:"orchestrator_twice,omitempty"`
	OrchestratorOrphan        int `json:"orchestrator_orphan,omitempty"`
	OrchestratorLateStop      int `json:"orchestrator_late_stop,omitempty"`
	HostSlowStart             int `json:"host_slow_start,omitempty"`
	// Sessions with hosts: a Hello that is lost, that comes late, or whose answer is
	// lost; a session that breaks at a message, with half of it delivered; reports of
	// a session that was given up and that arrive nevertheless.
	HelloLost       int `json:"hello_lost,omitempty"`
	HelloLate       int `json:"hello_late,omitempty"`
	HelloUnanswered int `json:"hello_unanswered,omitempty"`
	HostSessionLost int `json:"host_session_lost,omitempty"`
	ReportStale     int `json:"report_stale,omitempty"`
	// Calls of sources and sinks.
	SourceUnknownLanded int `json:"source_unknown_landed,omitempty"`
	SourceUnknownLost   int `json:"source_unknown_lost,omitempty"`
	SourceUnknownLate   int `json:"source_unknown_late,omitempty"`
	SourceNotDone       int `json:"source_not_done,omitempty"`
	SourceSlow          int `json:"source_slow,omitempty"`
	SourceNeverAnswered int `json:"source_never_answered,omitempty"`
	SinkUnknownLanded   int `json:"sink_unknown_landed,omitempty"`
	SinkUnknownLost     int `json:"sink_unknown_lost,omitempty"`
	SinkUnknownLate     int `json:"sink_unknown_late,omitempty"`
	SinkNotDone         int `json:"sink_not_done,omitempty"`
	SinkSlow            int `json:"sink_slow,omitempty"`
	SinkNeverAnswered   int `json:"sink_never_answered,omitempty"`
	// SlowFactor multiplies the latency of slow calls, LateMs is how late "late" may be.
	SlowFactor int64 `json:"slow_factor,omitempty"`
	LateMs     int64 `json:"late_ms,omitempty"`
}
