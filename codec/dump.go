package codec

import (
	"strconv"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

// AppendDump appends what can be seen of a controller as JSON: its view and its
// collections, in the order given, one per line. Frontiers are lists of at most
// one time.
func AppendDump(b []byte, v *core.View, collections []core.CollectionView) []byte {
	j := jsonObject{b: append(b, "{\n  "...), between: ",\n  "}
	j.text("phase", v.Phase.String())
	j.number("epoch", v.Epoch)
	if v.Halt.Code != core.HaltNone {
		j.text("halt", v.Halt.Code.String())
		j.text("halt_where", v.Halt.Where)
		j.number("halt_a", v.Halt.A)
		j.number("halt_b", v.Halt.B)
	}
	j.integer("grace_ends_us", int64(v.GraceEnds))
	j.integer("verified_at_us", int64(v.VerifiedAt))
	j.integer("open_requests", int64(v.OpenRequests))
	j.integer("open_effects", int64(v.OpenEffects))
	j.integer("queued_control", int64(v.QueuedControl))
	j.integer("waiting_requests", int64(v.WaitingRequests))
	j.integer("queued_parts", int64(v.QueuedParts))
	j.integer("queued_bytes", v.QueuedBytes)
	j.number("ignored", v.Ignored)
	j.number("clock_alarms", v.ClockAlarms)
	j.name("collections")
	j.b = append(j.b, '[')
	for i := range collections {
		if i > 0 {
			j.b = append(j.b, ',')
		}
		j.b = appendCollection(append(j.b, "\n    "...), &collections[i])
	}
	if len(collections) > 0 {
		j.b = append(j.b, "\n  "...)
	}
	return append(j.b, "]\n}\n"...)
}

func appendCollection(b []byte, v *core.CollectionView) []byte {
	j := jsonObject{b: append(b, '{'), between: ", "}
	j.text("id", v.ID.String())
	j.text("kind", v.Kind.String())
	j.text("introspection", v.Introspection.String())
	j.text("data", v.Data.String())
	j.text("remap", v.Remap.String())
	j.text("shard", v.Phase.String())
	j.truth("dropped", v.Dropped)
	j.frontier("since", v.Since)
	j.frontier("implied", v.Implied)
	j.frontier("upper", v.Upper)
	j.frontier("durable_since", v.DurableSince)
	j.frontier("reader_since", v.ReaderSince)
	j.name("policy")
	j.b = append(j.b, '[')
	for i := range v.Policy.Nodes {
		if i > 0 {
			j.b = append(j.b, ", "...)
		}
		j.b = strconv.AppendQuote(j.b, string(appendPolicyNode(nil, &v.Policy.Nodes[i])))
	}
	j.b = append(j.b, ']')
	j.integer("named_holds", v.NamedHolds)
	j.integer("counted_holds", v.CountedHolds)
	j.integer("snapshots", v.Snapshots)
	j.integer("own_reads", v.OwnReads)
	j.integer("tokens", v.Tokens)
	j.truth("dependent", v.Dependent)
	j.frontier("dependants", v.Dependants)
	j.integer("queued_appends", int64(v.QueuedAppends))
	return append(j.b, '}')
}

// jsonObject appends the fields of one object. The names and texts given to it
// are plain ASCII without control characters.
type jsonObject struct {
	b       []byte
	between string
	fields  int
}

func (j *jsonObject) name(name string) {
	if j.fields > 0 {
		j.b = append(j.b, j.between...)
	}
	j.fields++
	j.b = append(append(append(j.b, '"'), name...), `": `...)
}

func (j *jsonObject) text(name, v string) {
	j.name(name)
	j.b = strconv.AppendQuoteToASCII(j.b, v)
}

func (j *jsonObject) number(name string, v uint64) {
	j.name(name)
	j.b = strconv.AppendUint(j.b, v, 10)
}

func (j *jsonObject) integer(name string, v int64) {
	j.name(name)
	j.b = strconv.AppendInt(j.b, v, 10)
}

func (j *jsonObject) truth(name string, v bool) {
	j.name(name)
	j.b = strconv.AppendBool(j.b, v)
}

func (j *jsonObject) frontier(name string, f frontier.Frontier) {
	j.name(name)
	j.b = f.AppendText(j.b)
}
