package core

import (
	"strconv"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// Session is one conversation of a controller with a host (H-1, H-3): the
// controller's epoch and a nonce that rises with every session that it opens.
type Session struct{ Epoch, Nonce uint64 }

// Hello opens a session. A host gives up the session that it has for one of a
// higher epoch, or of the same epoch and a higher nonce, and answers a lower epoch
// with its own (H-3).
type Hello struct {
	Session Session
	// Wall is the controller's bounded idea of the present, in milliseconds since the
	// Unix epoch: a host chooses no data time further beyond it than MaxClockSkew and
	// the time that has passed since (C-55).
	Wall clock.Wall
}

// CommandKind is the kind of a Command.
type CommandKind uint8

// Commands, controller to host. What comes before CommandInitializationComplete is
// the whole of what the host is to run (H-2).
const (
	CommandNone CommandKind = iota
	// CommandCreateSource runs Source.
	CommandCreateSource
	// CommandCreateSink runs Sink.
	CommandCreateSink
	// CommandAllowCompaction says that ID's contents at times before Frontier are
	// needed no more. The empty frontier ends the object (H-6).
	CommandAllowCompaction
	// CommandStop ends ID on this host and says nothing about compaction (H-6).
	CommandStop
	// CommandInitializationComplete ends the history: the host reconciles now (H-2).
	CommandInitializationComplete
	// CommandUpdateConfiguration sets Settings.
	CommandUpdateConfiguration
	// CommandKindCount is one more than the last kind.
	CommandKindCount
)

// String is the kind's name as it appears in traces.
func (k CommandKind) String() string {
	switch k {
	case CommandNone:
		return "none"
	case CommandCreateSource:
		return "create-source"
	case CommandCreateSink:
		return "create-sink"
	case CommandAllowCompaction:
		return "allow-compaction"
	case CommandStop:
		return "stop"
	case CommandInitializationComplete:
		return "initialization-complete"
	case CommandUpdateConfiguration:
		return "update-configuration"
	case CommandKindCount:
	}
	return "command?"
}

// Command is one message of a session, as a tagged struct: Kind says which of the
// other fields is read. Its lists are frozen.
type Command struct {
	Kind     CommandKind
	Source   SourceCommand
	Sink     SinkCommand
	ID       GlobalID
	Frontier frontier.Frontier
	Settings HostSettings
}

// SourceCommand is an ingestion, completed with the shards of all that it reads and
// writes (C-26).
type SourceCommand struct {
	ID GlobalID
	// Connection is the external source, as the client described it.
	Connection string
	// Remap is the shard that binds source offsets to times (H-11).
	Remap persist.ShardID
	// Exports are the collections that it fills, by output; its own is one of them.
	Exports []SourceExport
	Imports []SourceImport
	// Resume is a lower bound of where to resume: the meet of the uppers of the remap
	// shard and of all live exports' data shards (H-10).
	Resume frontier.Frontier
	// Status is the shard for status rows; zero: none.
	Status persist.ShardID
}

// SourceExport is one collection that an ingestion fills from output Output.
type SourceExport struct {
	ID     GlobalID
	Output uint32
	Data   persist.ShardID
	Schema relation.Schema
}

// SourceImport is a collection that an ingestion reads, held at Since (C-38).
type SourceImport struct {
	ID    GlobalID
	Data  persist.ShardID
	Since frontier.Frontier
}

// SinkCommand is an export, completed with the shard that it reads.
type SinkCommand struct {
	ID GlobalID
	// Connection is the external system, as the client described it.
	Connection string
	From       GlobalID
	Data       persist.ShardID
	Schema     relation.Schema
	// AsOf is where the sink starts if its own durable progress is not beyond it, with
	// the contents at AsOf first if Snapshot is set (H-20).
	AsOf     frontier.Frontier
	Snapshot bool
	// Status is the shard for status rows; zero: none.
	Status persist.ShardID
}

// HostSettings are what a host is told of the operator's configuration. Spans are
// monotonic.
type HostSettings struct {
	// ReaderLease, Heartbeat: of the host's leased readers (C-91).
	ReaderLease, Heartbeat clock.Duration
	// BackoffMin, BackoffMax bound the backoff of its retries (C-92).
	BackoffMin, BackoffMax clock.Duration
	// PersistDeadline and ReadDeadline are how long a call may be out (C-93).
	PersistDeadline, ReadDeadline clock.Duration
	// AdvanceEvery is how often an idle source's times advance (H-11).
	AdvanceEvery clock.Duration
	// MaxClockSkew bounds chosen data times (C-55).
	MaxClockSkew clock.Duration
}

// Report is one message of a host to its controller, in a session (H-4, H-6). Its
// lists are frozen.
type Report struct {
	// Uppers are absolute, cover only what is durable, and are sent when they are
	// beyond what this session was told.
	Uppers []UpperReport
	// Dropped are ids that the host has stopped writing, or does not run.
	Dropped []GlobalID
}

// HostConfig says where an ingestion or an export runs (C-80): on a host of its own
// that the orchestrator starts and stops (Size), or on a remote one (Address) that
// may carry many. Exactly one of the two is set.
type HostConfig struct {
	// Size of a managed host, in units of the orchestrator; 1 to 255.
	Size uint32
	// Address of a remote host: 1 to 255 bytes.
	Address string
}

// Valid reports whether the configuration names one kind of host.
func (h HostConfig) Valid() bool {
	if h.Address == "" {
		return h.Size >= 1 && h.Size <= 255
	}
	return h.Size == 0 && len(h.Address) <= 255
}

// HostID names a host: a remote one by its address, a managed one by the object that
// it runs and its size, so that a restarted controller finds the hosts of its
// predecessor, and a move leads to another host.
type HostID struct {
	Object  GlobalID
	Size    uint32
	Address string
}

// Host is the host that runs id under the configuration h.
func (h HostConfig) Host(id GlobalID) HostID {
	if h.Address != "" {
		return HostID{Address: h.Address}
	}
	return HostID{Object: id, Size: h.Size}
}

// Remote reports whether the host is one that nobody here starts or stops.
func (h HostID) Remote() bool { return h.Address != "" }

// String is the host as it is printed: u7/2 or its address.
func (h HostID) String() string {
	if h.Address != "" {
		return h.Address
	}
	b := append(h.Object.AppendText(nil), '/')
	return string(strconv.AppendUint(b, uint64(h.Size), 10))
}
