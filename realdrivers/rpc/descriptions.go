package rpc

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// toCollection reads one entry of a create.
func toCollection(field string, c *tidemarkpb.Collection) (s core.CollectionSpec, err error) {
	d := &s.Description
	if s.ID, err = toID(field+".id", c.GetId()); err != nil {
		return s, err
	}
	if d.Kind, err = choice(field+".kind", c.GetKind(), kinds); err != nil {
		return s, err
	}
	if d.Schema, err = toSchema(field+".columns", c.GetColumns()); err != nil {
		return s, err
	}
	if d.Since, err = toOptionalFrontier(field+".since", c.GetSince()); err != nil {
		return s, err
	}
	if d.Status, err = toOptionalID(field+".status", c.GetStatus()); err != nil {
		return s, err
	}
	if c.GetIntrospection() != "" {
		if d.Introspection, err = choice(field+".introspection", c.GetIntrospection(), introspections); err != nil {
			return s, err
		}
	}
	if c.GetIngestion() != nil {
		if d.Ingestion, err = toIngestion(field+".ingestion", c.GetIngestion()); err != nil {
			return s, err
		}
	}
	d.Of, err = toOptionalID(field+".of", c.GetOf())
	return s, err
}

func toIngestion(field string, g *tidemarkpb.Ingestion) (*core.Ingestion, error) {
	out := &core.Ingestion{Connection: g.GetConnection(), Host: toHost(g.GetHost())}
	for i, o := range g.GetOutputs() {
		id, err := toID(at(field+".outputs", i)+".id", o.GetId())
		if err != nil {
			return nil, err
		}
		out.Outputs = append(out.Outputs, core.Output{ID: id, Index: o.GetIndex()})
	}
	var err error
	out.Imports, err = toIDs(field+".imports", g.GetImports())
	return out, err
}

func fromCollection(id core.GlobalID, d *core.Description) *tidemarkpb.Collection {
	c := &tidemarkpb.Collection{
		Id: id.String(), Kind: d.Kind.String(), Columns: fromSchema(d.Schema), Since: fromFrontier(d.Since),
		Status: optionalID(d.Status), Of: optionalID(d.Of),
	}
	if d.Introspection != core.IntrospectionNone {
		c.Introspection = d.Introspection.String()
	}
	if g := d.Ingestion; g != nil {
		c.Ingestion = &tidemarkpb.Ingestion{Connection: g.Connection, Host: fromHost(g.Host)}
		for _, o := range g.Outputs {
			c.Ingestion.Outputs = append(c.Ingestion.Outputs, &tidemarkpb.Output{Id: o.ID.String(), Index: o.Index})
		}
		for _, id := range g.Imports {
			c.Ingestion.Imports = append(c.Ingestion.Imports, id.String())
		}
	}
	return c
}

func optionalID(id core.GlobalID) string {
	if id == (core.GlobalID{}) {
		return ""
	}
	return id.String()
}

// toExport reads one entry of a create-exports or alter-exports.
func toExport(field string, e *tidemarkpb.Export) (s core.ExportSpec, err error) {
	if s.ID, err = toID(field+".id", e.GetId()); err != nil {
		return s, err
	}
	s.Token = core.Token(e.GetToken())
	d := &s.Description
	d.Connection, d.Snapshot, d.Host = e.GetConnection(), e.GetSnapshot(), toHost(e.GetHost())
	if d.From, err = toID(field+".from", e.GetFrom()); err != nil {
		return s, err
	}
	if d.AsOf, err = toOptionalFrontier(field+".asOf", e.GetAsOf()); err != nil {
		return s, err
	}
	d.Status, err = toOptionalID(field+".status", e.GetStatus())
	return s, err
}

func toExports(list []*tidemarkpb.Export) (specs []core.ExportSpec, err error) {
	specs = make([]core.ExportSpec, len(list))
	for i, e := range list {
		if specs[i], err = toExport(at("exports", i), e); err != nil {
			return nil, err
		}
	}
	return specs, nil
}

func fromExport(id core.GlobalID, d *core.ExportDescription, asOf frontier.Frontier, snapshot bool) *tidemarkpb.Export {
	return &tidemarkpb.Export{
		Id: id.String(), From: d.From.String(), Connection: d.Connection, AsOf: fromFrontier(asOf),
		Snapshot: snapshot, Status: optionalID(d.Status), Host: fromHost(d.Host),
	}
}
