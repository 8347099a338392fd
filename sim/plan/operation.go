package plan

// Operation is one thing a client does. Which fields count depends on Kind.
type Operation struct {
	ID   int       `json:"id"`
	AtMs int64     `json:"at_ms"`
	Kind OpKind    `json:"kind"`
	As   Character `json:"as"`
	// Node is the controller asked first; -1: the one that the client believes leads.
	Node Node `json:"node"`
	// Parts are the collections concerned, in the order given to the request (which
	// need not be that of their ids, and may repeat).
	Parts       []Part `json:"parts,omitempty"`
	Unvalidated bool   `json:"unvalidated,omitempty"`
	Owner       int    `json:"owner,omitempty"`
	Hold        int    `json:"hold,omitempty"`
	WaitMs      int64  `json:"wait_ms,omitempty"`
	// Target is the operation that a cancel gives up, or whose request id a raw
	// request reuses.
	Target int `json:"target,omitempty"`
	Raw    Raw `json:"raw,omitempty"`
}

// OpKind is the kind of an Operation.
type OpKind string

// Operations of clients.
const (
	OpCreate       OpKind = "create"
	OpDrop         OpKind = "drop"
	OpAppend       OpKind = "append"
	OpSetPolicy    OpKind = "set-policy"
	OpReport       OpKind = "update-uppers"
	OpAcquire      OpKind = "acquire-hold"
	OpRenew        OpKind = "renew-hold"
	OpMove         OpKind = "move-hold"
	OpRelease      OpKind = "release-hold"
	OpCapabilities OpKind = "update-capabilities"
	OpSnapshot     OpKind = "snapshot"
	OpCollection   OpKind = "collection"
	OpDump         OpKind = "dump"
	// OpCancel gives up the request of operation Target.
	OpCancel OpKind = "cancel"
	// OpRaw sends a request that no well-behaved client would: see Raw.
	OpRaw OpKind = "raw"
	// OpAlter gives ingestions and exports other hosts.
	OpAlter OpKind = "alter"
	// Exports. A token is known once a prepare was answered; what has none shows one
	// that never was.
	OpPrepare      OpKind = "prepare-export"
	OpRenewToken   OpKind = "renew-token"
	OpCancelToken  OpKind = "cancel-token"
	OpExports      OpKind = "create-exports"
	OpAlterExports OpKind = "alter-exports"
	OpDropExports  OpKind = "drop-exports"
	OpExport       OpKind = "export"
)

// Character is the kind of client that an operation belongs to; it says how the
// client behaves when answers are lost or refuse.
type Character string

// Characters.
const (
	// Admin creates, drops and sets policies, and repeats with the same arguments
	// until it has a definite answer.
	Admin Character = "admin"
	// TableWriter appends; it never repeats rows whose outcome it does not know.
	TableWriter Character = "writer"
	// Reader takes holds and reads.
	Reader Character = "reader"
	// Reporter writes reported collections' shards and reports their uppers.
	Reporter Character = "reporter"
	// Hostile sends every odd input; it asks once.
	Hostile Character = "hostile"
)

// Part is what an operation wants of one collection.
type Part struct {
	// Slot is the number of a collection; its GlobalID is u<Slot>.
	Slot int `json:"slot"`
	// System and Transient give the id the kind s or t instead of u.
	System    bool `json:"system,omitempty"`
	Transient bool `json:"transient,omitempty"`
	// Create: the kind ("table", "reported", "ingestion", "subsource", "shard-mapping",
	// "source-status", "sink-status"), one of a few schemas, a since to advance to (nil:
	// none), the slot of the status collection (0: none).
	Kind   string `json:"kind,omitempty"`
	Schema int    `json:"schema,omitempty"`
	Since  *Time  `json:"since,omitempty"`
	Status int    `json:"status,omitempty"`
	// BadStatus makes the status collection an id of no kind.
	BadStatus bool `json:"bad_status,omitempty"`
	// Odd is what is odd about what is created.
	Odd Odd `json:"odd,omitempty"`
	// BadFrontier makes a create's since, or an append's or a report's new upper, a
	// frontier that is not in canonical form.
	BadFrontier bool `json:"bad_frontier,omitempty"`
	// Append, report: rows to write, times before the new upper, which is Time (or
	// closed). Early rows lie before the current upper, Beyond ones at or after the
	// new one, BadRow does not fit the schema, Retract takes back what is there,
	// ErrorRow is an error instead of a row, which the last of several rows takes back with
	// ErrorBack.
	Rows      int  `json:"rows,omitempty"`
	Early     bool `json:"early,omitempty"`
	Beyond    bool `json:"beyond,omitempty"`
	BadRow    bool `json:"bad_row,omitempty"`
	Retract   bool `json:"retract,omitempty"`
	ErrorRow  bool `json:"error_row,omitempty"`
	ErrorBack bool `json:"error_back,omitempty"`
	Close     bool `json:"close,omitempty"`
	// Time of an append's new upper, a hold, a snapshot, a capability.
	Time Time `json:"time,omitzero"`
	// Diff of a capability change.
	Diff int64 `json:"diff,omitempty"`
	// Policy to set.
	Policy *Policy `json:"policy,omitempty"`
	// What runs on a host runs on a managed one of its own (Size), or on the remote one
	// with number Remote; on neither or both if it is wrong.
	Size   int `json:"size,omitempty"`
	Remote int `json:"remote,omitempty"`
	// An ingestion follows Source (an external one, by its number), fills itself from
	// Output and the subsources in the same list that are Of its slot from theirs, and
	// reads Imports. One that follows source 0 has no connection.
	Source  int   `json:"source,omitempty"`
	Output  int   `json:"output,omitempty"`
	Of      int   `json:"of,omitempty"`
	Imports []int `json:"imports,omitempty"`
	// An export (whose id is Slot) writes the changes of From to Sink, an external
	// system by its number, from Time on (or from the empty frontier, with Close),
	// with what was there before if Snapshot is set. It shows the token that was
	// prepared for it, or for the slot TokenOf, or one that never was (BadToken).
	From     int  `json:"from,omitempty"`
	Sink     int  `json:"sink,omitempty"`
	Snapshot bool `json:"snapshot,omitempty"`
	TokenOf  int  `json:"token_of,omitempty"`
	BadToken bool `json:"bad_token,omitempty"`
}

// Raw is a malformed or malicious request.
type Raw string

// Raw requests.
const (
	RawNone Raw = ""
	// RawReusedRequestID repeats the request id of operation Target while it may be open.
	RawReusedRequestID Raw = "reused-request-id"
	// RawUnknownOp has an operation that does not exist.
	RawUnknownOp Raw = "unknown-op"
	// RawBadID names an id of no kind.
	RawBadID Raw = "bad-id"
	// RawBadFrontier holds a frontier that is not canonical.
	RawBadFrontier Raw = "bad-frontier"
	// RawTooManyIDs exceeds the limit of ids per request.
	RawTooManyIDs Raw = "too-many-ids"
	// RawBadSchema creates with a malformed schema.
	RawBadSchema Raw = "bad-schema"
	// RawEmptySince creates with an empty since.
	RawEmptySince Raw = "empty-since"
	// RawEmptyList asks for nothing.
	RawEmptyList Raw = "empty-list"
	// RawLongWait waits longer than allowed.
	RawLongWait Raw = "long-wait"
	// RawUnknownEffect completes an effect that was never issued.
	RawUnknownEffect Raw = "unknown-effect"
	// RawSecondBoot boots a machine that runs.
	RawSecondBoot Raw = "second-boot"
)
