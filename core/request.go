package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// RequestOp is what a request asks for.
type RequestOp uint8

// Requests. Each names the fields of Request that it reads; the others are zero.
const (
	RequestNone RequestOp = iota
	// RequestCreate creates Collections (C-20 to C-24).
	RequestCreate
	// RequestDrop drops IDs; with Unvalidated, unknown ids are skipped (C-28).
	RequestDrop
	// RequestAppend appends Appends (C-50 to C-54).
	RequestAppend
	// RequestSetPolicy installs Policies (C-42).
	RequestSetPolicy
	// RequestUpdateUppers reports the Uppers of reported collections (C-40).
	RequestUpdateUppers
	// RequestAcquireHold acquires Hold for Owner on ID, at At or, with Earliest, at
	// the current since (C-44). A hold that exists on ID is renewed instead. The
	// response's Time is where it holds.
	RequestAcquireHold
	// RequestRenewHold renews Hold of Owner; Hold zero renews all of Owner's. While
	// C-48's time after a boot runs, a hold that is not known is acquired on ID at
	// At. The response's Time is where it holds.
	RequestRenewHold
	// RequestMoveHold moves Hold of Owner forwards to At. The response's Time is
	// where it holds.
	RequestMoveHold
	// RequestReleaseHold releases Hold of Owner.
	RequestReleaseHold
	// RequestUpdateCapabilities applies Capabilities for Owner (C-44).
	RequestUpdateCapabilities
	// RequestSnapshot reads ID at AsOf, waiting at most Wait for it to be complete (C-60).
	RequestSnapshot
	// RequestCollection answers what is known of ID (C-47).
	RequestCollection
	// RequestDump answers the controller's whole state in canonical bytes (C-47).
	RequestDump
	// RequestAlter moves ingestions and exports to other hosts: Moves (C-27).
	RequestAlter
	// RequestPrepareExport freezes the implied capability of From for the export
	// GlobalID, on behalf of Owner (C-30). The response's Token names that.
	RequestPrepareExport
	// RequestRenewToken renews Token, prepared for GlobalID. While C-48's time after a
	// boot runs, a token that is not known is taken back for GlobalID and From.
	RequestRenewToken
	// RequestCancelToken ends Token, prepared for GlobalID (C-31).
	RequestCancelToken
	// RequestCreateExports creates Exports (C-32, C-33).
	RequestCreateExports
	// RequestAlterExports gives Exports other descriptions (C-36); their tokens, as_of
	// and snapshot flags are not read.
	RequestAlterExports
	// RequestDropExports drops the exports IDs; with Unvalidated, unknown ids are
	// skipped (C-35).
	RequestDropExports
	// RequestExport answers what is known of the export GlobalID (C-47).
	RequestExport
	// RequestOpCount is one more than the last operation.
	RequestOpCount
)

// String is the request's name as it appears in traces and statistics.
func (o RequestOp) String() string {
	switch o {
	case RequestNone:
		return "none"
	case RequestCreate:
		return "create"
	case RequestDrop:
		return "drop"
	case RequestAppend:
		return "append"
	case RequestSetPolicy:
		return "set-policy"
	case RequestUpdateUppers:
		return "update-uppers"
	case RequestAcquireHold:
		return "acquire-hold"
	case RequestRenewHold:
		return "renew-hold"
	case RequestMoveHold:
		return "move-hold"
	case RequestReleaseHold:
		return "release-hold"
	case RequestUpdateCapabilities:
		return "update-capabilities"
	case RequestSnapshot:
		return "snapshot"
	case RequestCollection:
		return "collection"
	case RequestDump:
		return "dump"
	case RequestAlter:
		return "alter"
	case RequestPrepareExport:
		return "prepare-export"
	case RequestRenewToken:
		return "renew-token"
	case RequestCancelToken:
		return "cancel-token"
	case RequestCreateExports:
		return "create-exports"
	case RequestAlterExports:
		return "alter-exports"
	case RequestDropExports:
		return "drop-exports"
	case RequestExport:
		return "export"
	case RequestOpCount:
	}
	return "request?"
}

// Request is what a client asks of the controller. Its lists are frozen.
type Request struct {
	ID RequestID
	Op RequestOp

	Collections  []CollectionSpec
	IDs          []GlobalID
	Unvalidated  bool
	Appends      []Append
	Policies     []PolicyChange
	Uppers       []UpperReport
	Capabilities []CapabilityChange
	Moves        []Move
	Exports      []ExportSpec

	// GlobalID that the request is about, where it is about one.
	GlobalID GlobalID
	Owner    OwnerID
	Hold     HoldID
	At       frontier.Timestamp
	Earliest bool
	AsOf     frontier.Timestamp
	// Wait is how long a snapshot may wait; zero means Config.SnapshotWait.
	Wait clock.Duration
	// From is the collection that an export is prepared for.
	From GlobalID
	// Token of a prepared export.
	Token Token
}

// CollectionKind is what fills a collection.
type CollectionKind uint8

// Kinds of collection (C-21).
const (
	KindNone CollectionKind = iota
	// KindTable is written through the controller.
	KindTable
	// KindReported is written elsewhere; a client reports its upper.
	KindReported
	// KindIntrospection is managed: the controller advances its upper (C-70), and its
	// IntrospectionType says what is in it.
	KindIntrospection
	// KindIngestion is filled by a storage host from an external source.
	KindIngestion
	// KindSubsource is a further collection that an ingestion fills.
	KindSubsource
	// KindRemap stands for the shard that binds an ingestion's source offsets to times
	// (H-11). It comes with its ingestion; no request can name it.
	KindRemap
)

// String is the kind in words.
func (k CollectionKind) String() string {
	switch k {
	case KindTable:
		return "table"
	case KindReported:
		return "reported"
	case KindIntrospection:
		return "introspection"
	case KindIngestion:
		return "ingestion"
	case KindSubsource:
		return "subsource"
	case KindRemap:
		return "remap"
	case KindNone:
	}
	return "kind?"
}

// IntrospectionType is what a managed collection tells of (C-21). At most one live
// collection is of each type (C-22).
type IntrospectionType uint8

// Types of introspection.
const (
	IntrospectionNone IntrospectionType = iota
	// IntrospectionShardMapping has one row per collection that is not dropped: its id
	// and its data shard, both as text. The controller keeps it true (C-71).
	IntrospectionShardMapping
	// IntrospectionSourceStatus and IntrospectionSinkStatus are written by hosts
	// (C-72).
	IntrospectionSourceStatus
	IntrospectionSinkStatus
	// IntrospectionTypeCount is one more than the last type.
	IntrospectionTypeCount
)

// String is the type in words.
func (t IntrospectionType) String() string {
	switch t {
	case IntrospectionNone:
		return "none"
	case IntrospectionShardMapping:
		return "shard-mapping"
	case IntrospectionSourceStatus:
		return "source-status-history"
	case IntrospectionSinkStatus:
		return "sink-status-history"
	case IntrospectionTypeCount:
	}
	return "introspection?"
}

// Description says what a collection is (C-21). Two are identical if all of their
// fields are.
type Description struct {
	Kind   CollectionKind
	Schema relation.Schema
	// Since to advance to at creation; the minimum asks for nothing.
	Since frontier.Frontier
	// Status is the collection that holds this one's status history; the zero id
	// means none.
	Status GlobalID
	// Introspection is the type of a KindIntrospection, and none otherwise.
	Introspection IntrospectionType
	// Ingestion of KindIngestion, nil for all others. Frozen.
	Ingestion *Ingestion
	// Of is the ingestion that fills a KindSubsource; it is created in the same list.
	Of GlobalID
}

// Ingestion says what fills a KindIngestion and its subsources.
type Ingestion struct {
	// Connection is the external source: 1 to 4096 bytes, for the host to read.
	Connection string
	// Outputs are the collections that it fills, each from an output of its own; its
	// own id is one of them. Frozen.
	Outputs []Output
	// Imports are the collections that it reads. Frozen.
	Imports []GlobalID
	Host    HostConfig
}

// Output fills collection ID from output Index of a source.
type Output struct {
	ID    GlobalID
	Index uint32
}

// ExportDescription says what an export is: From's changes, written to Connection.
type ExportDescription struct {
	From GlobalID
	// Connection is the external system: 1 to 4096 bytes, for the host to read.
	Connection string
	// AsOf and Snapshot say where it starts at its first creation (C-33); they are no
	// part of what makes two descriptions identical.
	AsOf     frontier.Frontier
	Snapshot bool
	// Status is the collection that holds its status history; the zero id means none.
	Status GlobalID
	Host   HostConfig
}

// Token names a prepared export (C-30); zero is none.
type Token uint64

// ExportSpec is one entry of a create-exports or alter-exports request.
type ExportSpec struct {
	ID          GlobalID
	Token       Token
	Description ExportDescription
}

// Move gives the ingestion or export ID another host.
type Move struct {
	ID   GlobalID
	Host HostConfig
}

// CollectionSpec is one entry of a create request.
type CollectionSpec struct {
	ID          GlobalID
	Description Description
}

// Append is one collection's part of an append request: Updates at times before
// Upper, which becomes the collection's upper.
type Append struct {
	ID      GlobalID
	Updates []relation.Update
	Upper   frontier.Frontier
}

// PolicyChange installs a read policy on one collection.
type PolicyChange struct {
	ID     GlobalID
	Policy Policy
}

// UpperReport is what a client knows of the upper of a reported collection.
type UpperReport struct {
	ID    GlobalID
	Upper frontier.Frontier
}

// CapabilityChange changes how many capabilities the owner has at Time of ID. The
// changes of a request are netted per (ID, Time) before they are judged.
type CapabilityChange struct {
	ID   GlobalID
	Time frontier.Timestamp
	Diff int64
}

// Response answers one request. Its lists are frozen.
type Response struct {
	Request RequestID
	// Epoch of the controller that answers; zero before its take-over (C-48).
	Epoch uint64
	// Clock is the controller's bounded idea of the present (C-55), from which a
	// client may choose data times; zero before the take-over.
	Clock frontier.Timestamp
	// Err says why the request failed; its Code is Ok if it did not.
	Err Error
	// Time of a hold.
	Time frontier.Timestamp
	// Rows of a snapshot: consolidated, in row order, no zero counts.
	Rows []relation.RowCount
	// Info of RequestCollection; frozen, one entry.
	Info []CollectionInfo
	// Token of RequestPrepareExport.
	Token Token
	// Export of RequestExport; frozen, one entry.
	Export []ExportInfo
	// Dump of RequestDump: canonical bytes (see Controller.AppendCanonical).
	Dump string
}

// CollectionInfo is what C-47 tells of a collection.
type CollectionInfo struct {
	ID          GlobalID
	Description Description
	Data, Remap persist.ShardID
	Since       frontier.Frontier
	Implied     frontier.Frontier
	Upper       frontier.Frontier
	Policy      Policy
	// Dropped collections are answered for as long as something holds them.
	Dropped bool
	Holds   []Hold
}

// HoldKind says who holds a collection back (C-44).
type HoldKind uint8

// Kinds of hold.
const (
	HoldNone HoldKind = iota
	// HoldNamed is an external hold with an id of its owner's choosing.
	HoldNamed
	// HoldCounted is an external capability count at one time.
	HoldCounted
	// HoldSnapshot is a snapshot that waits or is being read.
	HoldSnapshot
	// HoldExport is an export that reads the collection (C-34).
	HoldExport
	// HoldImport is an ingestion that reads the collection (C-38).
	HoldImport
	// HoldToken is a prepared export: the implied capability stays where it is (C-30).
	HoldToken
)

// String is the kind in words.
func (k HoldKind) String() string {
	switch k {
	case HoldNone:
		return "none"
	case HoldNamed:
		return "named"
	case HoldCounted:
		return "counted"
	case HoldSnapshot:
		return "snapshot"
	case HoldExport:
		return "export"
	case HoldImport:
		return "import"
	case HoldToken:
		return "token"
	}
	return "hold kind?"
}

// Hold is one thing that holds a collection's since back. For HoldNamed and
// HoldCounted, Owner is its owner and Hold its id (zero when counted); for
// HoldSnapshot, Request is the request that it belongs to; for HoldExport, HoldImport
// and HoldToken, By is the export or ingestion. Count is 1 except for counted ones.
type Hold struct {
	Kind    HoldKind
	Owner   OwnerID
	Hold    HoldID
	Request RequestID
	By      GlobalID
	Time    frontier.Timestamp
	Count   int64
}

// ExportInfo is what C-47 tells of an export.
type ExportInfo struct {
	ID          GlobalID
	Description ExportDescription
	// AsOf and Snapshot are those of its first life (C-33).
	AsOf     frontier.Frontier
	Snapshot bool
	// Upper is its frontier f: every change before it is durably out (C-34).
	Upper frontier.Frontier
	// Hold is where it holds its input.
	Hold    frontier.Frontier
	Dropped bool
}
