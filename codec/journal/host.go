package journal

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

func hostID(c *coder, v *core.HostID) {
	globalID(c, &v.Object)
	unsigned(c, &v.Size)
	text(c, &v.Address)
}

func session(c *coder, v *core.Session) {
	unsigned(c, &v.Epoch)
	unsigned(c, &v.Nonce)
}

func report(c *coder, v *core.Report) {
	list(c, &v.Uppers, upperReport)
	list(c, &v.Dropped, globalID)
}

func orchestratorCall(c *coder, v *core.OrchestratorCall) {
	unsigned(c, &v.Op)
	hostID(c, &v.Host)
	unsigned(c, &v.Epoch)
}

func orchestratorResult(c *coder, v *core.OrchestratorResult) {
	unsigned(c, &v.Outcome)
	unsigned(c, &v.Epoch)
	list(c, &v.Services, func(c *coder, s *core.Service) {
		hostID(c, &s.Host)
		unsigned(c, &s.Epoch)
	})
}

func hostCall(c *coder, v *core.HostCall) {
	unsigned(c, &v.Op)
	hostID(c, &v.Host)
	session(c, &v.Session)
	signed(c, &v.Wall)
	list(c, &v.Commands, command)
}

func command(c *coder, v *core.Command) {
	unsigned(c, &v.Kind)
	switch v.Kind {
	case core.CommandCreateSource:
		sourceCommand(c, &v.Source)
	case core.CommandCreateSink:
		sinkCommand(c, &v.Sink)
	case core.CommandUpdateConfiguration:
		settings(c, &v.Settings)
	default:
		globalID(c, &v.ID)
		antichain(c, &v.Frontier)
	}
}

func sourceCommand(c *coder, v *core.SourceCommand) {
	globalID(c, &v.ID)
	text(c, &v.Connection)
	word(c, &v.Remap.Hi)
	word(c, &v.Remap.Lo)
	list(c, &v.Exports, func(c *coder, e *core.SourceExport) {
		globalID(c, &e.ID)
		unsigned(c, &e.Output)
		word(c, &e.Data.Hi)
		word(c, &e.Data.Lo)
		schema(c, &e.Schema)
	})
	list(c, &v.Imports, func(c *coder, i *core.SourceImport) {
		globalID(c, &i.ID)
		word(c, &i.Data.Hi)
		word(c, &i.Data.Lo)
		antichain(c, &i.Since)
	})
	antichain(c, &v.Resume)
	word(c, &v.Status.Hi)
	word(c, &v.Status.Lo)
}

func sinkCommand(c *coder, v *core.SinkCommand) {
	globalID(c, &v.ID)
	text(c, &v.Connection)
	globalID(c, &v.From)
	word(c, &v.Data.Hi)
	word(c, &v.Data.Lo)
	schema(c, &v.Schema)
	antichain(c, &v.AsOf)
	truth(c, &v.Snapshot)
	word(c, &v.Status.Hi)
	word(c, &v.Status.Lo)
}

func settings(c *coder, v *core.HostSettings) {
	for _, d := range [...]*clock.Duration{
		&v.ReaderLease, &v.Heartbeat, &v.BackoffMin, &v.BackoffMax, &v.PersistDeadline, &v.ReadDeadline,
		&v.AdvanceEvery, &v.MaxClockSkew,
	} {
		signed(c, d)
	}
}
