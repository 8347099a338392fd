package codec

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
)

// AppendCommand appends the line of a command to a host.
func AppendCommand(b []byte, v *core.Command) []byte { return write(b, v, command) }

// ParseCommand reads the line of a command to a host.
func ParseCommand(line string) (core.Command, error) { return parse(line, command) }

// AppendReport appends the line of a host's report.
func AppendReport(b []byte, v *core.Report) []byte { return write(b, v, report) }

// ParseReport reads the line of a host's report.
func ParseReport(line string) (core.Report, error) { return parse(line, report) }

func hostCall(c *coder, v *core.HostCall) {
	head(c, &v.Op, core.HostOp.String)
	group(c, "host", &v.Host, hostID)
	group(c, "session", &v.Session, session)
	put(c, "wall", &v.Wall, signed)
	list(c, "commands", &v.Commands, inner(command))
}

func hostResult(c *coder, v *core.HostResult) {
	head(c, &v.Outcome, outcome.Outcome.String)
	put(c, "epoch", &v.Epoch, unsigned)
}

func hostID(c *coder, v *core.HostID) {
	put(c, "object", &v.Object, globalID)
	put(c, "size", &v.Size, unsigned)
	put(c, "address", &v.Address, text)
}

func session(c *coder, v *core.Session) {
	put(c, "epoch", &v.Epoch, unsigned)
	put(c, "nonce", &v.Nonce, unsigned)
}

func command(c *coder, v *core.Command) {
	head(c, &v.Kind, core.CommandKind.String)
	group(c, "source", &v.Source, sourceCommand)
	group(c, "sink", &v.Sink, sinkCommand)
	put(c, "id", &v.ID, globalID)
	show(c, "frontier", &v.Frontier, antichain, v.Kind == core.CommandAllowCompaction || v.Frontier != zeroFrontier)
	group(c, "settings", &v.Settings, hostSettings)
}

func sourceCommand(c *coder, v *core.SourceCommand) {
	put(c, "id", &v.ID, globalID)
	put(c, "connection", &v.Connection, text)
	put(c, "remap", &v.Remap, shardID)
	list(c, "exports", &v.Exports, inner(sourceExport))
	list(c, "imports", &v.Imports, inner(sourceImport))
	put(c, "resume", &v.Resume, antichain)
	put(c, "status", &v.Status, shardID)
}

func sourceExport(c *coder, v *core.SourceExport) {
	put(c, "id", &v.ID, globalID)
	put(c, "output", &v.Output, unsigned)
	put(c, "data", &v.Data, shardID)
	list(c, "columns", &v.Schema.Columns, inner(column))
}

func sourceImport(c *coder, v *core.SourceImport) {
	put(c, "id", &v.ID, globalID)
	put(c, "data", &v.Data, shardID)
	put(c, "since", &v.Since, antichain)
}

func sinkCommand(c *coder, v *core.SinkCommand) {
	put(c, "id", &v.ID, globalID)
	put(c, "connection", &v.Connection, text)
	put(c, "from", &v.From, globalID)
	put(c, "data", &v.Data, shardID)
	list(c, "columns", &v.Schema.Columns, inner(column))
	put(c, "as-of", &v.AsOf, antichain)
	put(c, "snapshot", &v.Snapshot, truth)
	put(c, "status", &v.Status, shardID)
}

func hostSettings(c *coder, v *core.HostSettings) {
	put(c, "reader-lease", &v.ReaderLease, signed)
	put(c, "heartbeat", &v.Heartbeat, signed)
	put(c, "backoff-min", &v.BackoffMin, signed)
	put(c, "backoff-max", &v.BackoffMax, signed)
	put(c, "persist-deadline", &v.PersistDeadline, signed)
	put(c, "read-deadline", &v.ReadDeadline, signed)
	put(c, "advance-every", &v.AdvanceEvery, signed)
	put(c, "max-clock-skew", &v.MaxClockSkew, signed)
}

func report(c *coder, v *core.Report) {
	list(c, "uppers", &v.Uppers, inner(upperReport))
	list(c, "dropped", &v.Dropped, globalID)
}

func orchestratorCall(c *coder, v *core.OrchestratorCall) {
	head(c, &v.Op, core.OrchestratorOp.String)
	group(c, "host", &v.Host, hostID)
	put(c, "epoch", &v.Epoch, unsigned)
}

func orchestratorResult(c *coder, v *core.OrchestratorResult) {
	head(c, &v.Outcome, outcome.Outcome.String)
	put(c, "epoch", &v.Epoch, unsigned)
	list(c, "services", &v.Services, inner(service))
}

func service(c *coder, v *core.Service) {
	group(c, "host", &v.Host, hostID)
	put(c, "epoch", &v.Epoch, unsigned)
}
