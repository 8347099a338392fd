package invariants

import "example.com/tidemark/core"

// The records of what runs on hosts (see core/records.go for the field numbers).

func ingestionOf(value string) (g *core.Ingestion, ok bool) {
	g, ok = new(core.Ingestion), true
	f := fields{rest: value}
	for f.next() && ok {
		switch f.num {
		case 1:
			g.Connection = f.text
		case 2:
			var o core.Output
			o, ok = outputOf(f.text)
			g.Outputs = append(g.Outputs, o)
		case 3:
			var id core.GlobalID
			id, ok = idOfKey(f.text)
			g.Imports = append(g.Imports, id)
		case 4:
			g.Host, ok = hostOf(f.text)
		}
	}
	return g, ok && !f.bad
}

func outputOf(value string) (o core.Output, ok bool) {
	f := fields{rest: value}
	for f.next() {
		switch f.num {
		case 1:
			o.ID, ok = idOfKey(f.text)
		case 2:
			o.Index = uint32(f.word)
		}
	}
	return o, ok && !f.bad
}

func hostOf(value string) (h core.HostConfig, ok bool) {
	f := fields{rest: value}
	for f.next() {
		switch f.num {
		case 1:
			h.Size = uint32(f.word)
		case 2:
			h.Address = f.text
		}
	}
	return h, !f.bad
}
