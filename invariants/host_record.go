package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

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

func exportDescriptionOf(value string) (d core.ExportDescription, ok bool) {
	f := fields{rest: value}
	ok = true
	for f.next() && ok {
		switch f.num {
		case 1:
			d.From, ok = idOfKey(f.text)
		case 2:
			d.Connection = f.text
		case 3:
			d.AsOf, ok = frontierOf(f.text)
		case 4:
			d.Snapshot = f.word != 0
		case 5:
			d.Status, ok = idOfKey(f.text)
		case 6:
			d.Host, ok = hostOf(f.text)
		}
	}
	return d, ok && !f.bad
}

// startOf is where an export's first life starts, and whether with a snapshot.
func startOf(value string) (asOf frontier.Frontier, snapshot, ok bool) {
	f := fields{rest: value}
	ok = true
	for f.next() && ok {
		switch f.num {
		case 1:
			asOf, ok = frontierOf(f.text)
		case 2:
			snapshot = f.word != 0
		}
	}
	return asOf, snapshot, ok && !f.bad
}

// formerOf are the hosts where an object ran before, and may still run; in a record's
// field of this number.
func formerOf(value string, field uint64) (list []core.HostConfig) {
	f := fields{rest: value}
	for f.next() {
		if h, ok := hostOf(f.text); f.num == field && ok {
			list = append(list, h)
		}
	}
	return list
}
