package journal

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/relation"
)

func request(c *coder, v *core.Request) {
	unsigned(c, &v.ID)
	unsigned(c, &v.Op)
	list(c, &v.Collections, func(c *coder, s *core.CollectionSpec) {
		globalID(c, &s.ID)
		description(c, &s.Description)
	})
	list(c, &v.IDs, globalID)
	truth(c, &v.Unvalidated)
	list(c, &v.Appends, func(c *coder, a *core.Append) {
		globalID(c, &a.ID)
		list(c, &a.Updates, update)
		antichain(c, &a.Upper)
	})
	list(c, &v.Policies, func(c *coder, p *core.PolicyChange) {
		globalID(c, &p.ID)
		policy(c, &p.Policy)
	})
	list(c, &v.Uppers, upperReport)
	list(c, &v.Capabilities, func(c *coder, x *core.CapabilityChange) {
		globalID(c, &x.ID)
		unsigned(c, &x.Time)
		signed(c, &x.Diff)
	})
	list(c, &v.Moves, func(c *coder, m *core.Move) {
		globalID(c, &m.ID)
		hostConfig(c, &m.Host)
	})
	list(c, &v.Exports, func(c *coder, s *core.ExportSpec) {
		globalID(c, &s.ID)
		unsigned(c, &s.Token)
		exportDescription(c, &s.Description)
	})
	globalID(c, &v.GlobalID)
	unsigned(c, &v.Owner)
	unsigned(c, &v.Hold)
	unsigned(c, &v.At)
	truth(c, &v.Earliest)
	unsigned(c, &v.AsOf)
	signed(c, &v.Wait)
	globalID(c, &v.From)
	unsigned(c, &v.Token)
}

func globalID(c *coder, v *core.GlobalID) {
	unsigned(c, &v.Kind)
	unsigned(c, &v.N)
}

func description(c *coder, v *core.Description) {
	unsigned(c, &v.Kind)
	schema(c, &v.Schema)
	antichain(c, &v.Since)
	globalID(c, &v.Status)
	unsigned(c, &v.Introspection)
	there := v.Ingestion != nil
	if truth(c, &there); there {
		if v.Ingestion == nil {
			v.Ingestion = new(core.Ingestion)
		}
		ingestion(c, v.Ingestion)
	}
	globalID(c, &v.Of)
}

func schema(c *coder, v *relation.Schema) {
	list(c, &v.Columns, func(c *coder, x *relation.Column) {
		text(c, &x.Name)
		unsigned(c, &x.Type)
		truth(c, &x.Nullable)
	})
}

func ingestion(c *coder, v *core.Ingestion) {
	text(c, &v.Connection)
	list(c, &v.Outputs, func(c *coder, o *core.Output) {
		globalID(c, &o.ID)
		unsigned(c, &o.Index)
	})
	list(c, &v.Imports, globalID)
	hostConfig(c, &v.Host)
}

func exportDescription(c *coder, v *core.ExportDescription) {
	globalID(c, &v.From)
	text(c, &v.Connection)
	antichain(c, &v.AsOf)
	truth(c, &v.Snapshot)
	globalID(c, &v.Status)
	hostConfig(c, &v.Host)
}

func hostConfig(c *coder, v *core.HostConfig) {
	unsigned(c, &v.Size)
	text(c, &v.Address)
}

func policy(c *coder, v *core.Policy) {
	list(c, &v.Nodes, func(c *coder, n *core.PolicyNode) {
		unsigned(c, &n.Kind)
		antichain(c, &n.From)
		unsigned(c, &n.Lag)
		unsigned(c, &n.Members)
	})
}

func upperReport(c *coder, v *core.UpperReport) {
	globalID(c, &v.ID)
	antichain(c, &v.Upper)
}
