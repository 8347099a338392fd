package core

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/wire"
)

// The stash's records of what runs on hosts; records.go has the list of fields.

func encodeIngestion(g *Ingestion) string {
	b := wire.AppendString(nil, 1, g.Connection)
	for i := range g.Outputs {
		m := wire.AppendString(nil, 1, g.Outputs[i].ID.String())
		m = wire.AppendUint(m, 2, uint64(g.Outputs[i].Index))
		b = wire.AppendString(b, 2, string(m))
	}
	for _, id := range g.Imports {
		b = wire.AppendString(b, 3, id.String())
	}
	return string(wire.AppendString(b, 4, encodeHost(g.Host)))
}

func decodeIngestion(v string) (g *Ingestion, ok bool) {
	g, ok = new(Ingestion), true
	r := wire.NewReader(v)
	for f, more := r.Next(); more && ok; f, more = r.Next() {
		switch f.Number {
		case 1:
			g.Connection = f.String
		case 2:
			var o Output
			o, ok = decodeOutput(f.String)
			g.Outputs = append(g.Outputs, o)
		case 3:
			var id GlobalID
			id, ok = ParseGlobalID(f.String)
			g.Imports = append(g.Imports, id)
		case 4:
			g.Host, ok = decodeHost(f.String)
		}
	}
	return g, ok && !r.Bad() && g.Host.Valid()
}

func decodeOutput(v string) (o Output, ok bool) {
	r := wire.NewReader(v)
	ok = true
	for f, more := r.Next(); more && ok; f, more = r.Next() {
		switch f.Number {
		case 1:
			o.ID, ok = ParseGlobalID(f.String)
		case 2:
			ok = f.Uint < 1<<32
			o.Index = uint32(f.Uint)
		}
	}
	return o, ok && !r.Bad()
}

func encodeHost(h HostConfig) string {
	return string(wire.AppendString(wire.AppendUint(nil, 1, uint64(h.Size)), 2, h.Address))
}

func decodeHost(v string) (h HostConfig, ok bool) {
	r := wire.NewReader(v)
	ok = true
	for f, more := r.Next(); more && ok; f, more = r.Next() {
		switch f.Number {
		case 1:
			ok = f.Uint < 256
			h.Size = uint32(f.Uint)
		case 2:
			h.Address = f.String
		}
	}
	return h, ok && !r.Bad()
}

func encodeExport(d *ExportDescription, former []HostConfig) string {
	b := wire.AppendString(nil, 1, d.From.String())
	b = wire.AppendString(b, 2, d.Connection)
	b = appendFrontier(b, 3, d.AsOf)
	if d.Snapshot {
		b = wire.AppendUint(b, 4, 1)
	}
	if d.Status != (GlobalID{}) {
		b = wire.AppendString(b, 5, d.Status.String())
	}
	return string(appendFormer(wire.AppendString(b, 6, encodeHost(d.Host)), 7, former))
}

// appendFormer appends the former hosts of an object.
func appendFormer(b []byte, field uint32, former []HostConfig) []byte {
	for _, h := range former {
		b = wire.AppendString(b, field, encodeHost(h))
	}
	return b
}

func decodeExport(v string) (d ExportDescription, former []HostConfig, ok bool) {
	r := wire.NewReader(v)
	ok = true
	for f, more := r.Next(); more && ok; f, more = r.Next() {
		switch f.Number {
		case 1:
			d.From, ok = ParseGlobalID(f.String)
		case 2:
			d.Connection = f.String
		case 3:
			d.AsOf, ok = decodeFrontier(f.String)
		case 4:
			d.Snapshot = f.Uint != 0
		case 5:
			d.Status, ok = ParseGlobalID(f.String)
		case 6:
			d.Host, ok = decodeHost(f.String)
		case 7:
			var h HostConfig
			h, ok = decodeHost(f.String)
			former = append(former, h)
		}
	}
	return d, former, ok && !r.Bad() && d.From.Valid() && d.Host.Valid()
}

func encodeAsOf(f frontier.Frontier, snapshot bool) string {
	b := appendFrontier(nil, 1, f)
	if snapshot {
		b = wire.AppendUint(b, 2, 1)
	}
	return string(b)
}

func decodeAsOf(v string) (f frontier.Frontier, snapshot, ok bool) {
	r := wire.NewReader(v)
	ok = true
	for g, more := r.Next(); more && ok; g, more = r.Next() {
		switch g.Number {
		case 1:
			f, ok = decodeFrontier(g.String)
		case 2:
			snapshot = g.Uint != 0
		}
	}
	return f, snapshot, ok && !r.Bad()
}
