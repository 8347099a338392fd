package page

import (
	"encoding/json"
	"strconv"
	"strings"

	"example.com/tidemark/codec"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/plan"
)

// details is what is shown of a row that is chosen: its full form and what changed.
// They are compressed in chunks of so many rows, and unpacked one by one.
type details struct {
	rows []detail
	b    []byte
}

// detail is one row's.
type detail struct {
	Full    []string `json:"f,omitempty"`
	Changes []change `json:"c,omitempty"`
}

// change is what was, and what is.
type change [3]string

// longest is how much of a value is shown.
const longest = 3000

func (d *details) of(row int32) *detail {
	for len(d.rows) <= int(row) {
		d.rows = append(d.rows, detail{})
	}
	return &d.rows[row]
}

func (d *details) say(row int32, text string) {
	if len(text) > longest {
		text = text[:longest] + " … and " + strconv.Itoa(len(text)-longest) + " characters more"
	}
	one := d.of(row)
	one.Full = append(one.Full, strings.ToValidUTF8(text, "\ufffd"))
}

func (d *details) changed(row int32, what, before, after string) {
	if before != after && row != none {
		one := d.of(row)
		one.Changes = append(one.Changes, change{what, before, after})
	}
}

// input is what a controller was given: the fields that count for its kind.
func (d *details) input(row int32, in *core.Input) {
	read := core.Input{Kind: in.Kind, Cause: in.Cause}
	switch in.Kind {
	case core.InputBoot:
		read.Boot = in.Boot
	case core.InputRequest:
		read.Request = in.Request
	case core.InputCancel:
		read.Cancel = in.Cancel
	case core.InputPersistDone:
		read.Effect, read.Persist = in.Effect, in.Persist
	case core.InputStashDone:
		read.Effect, read.Stash = in.Effect, in.Stash
	case core.InputWake:
	default:
		read.Effect, read.Host, read.Session = in.Effect, in.Host, in.Session
		read.HostResult, read.Report, read.Orchestrator = in.HostResult, in.Report, in.Orchestrator
	}
	d.b = codec.AppendInput(d.b[:0], &read)
	d.say(row, string(d.b))
}

func (d *details) effect(row int32, e *core.Effect) {
	d.b = codec.AppendEffect(d.b[:0], e)
	d.say(row, string(d.b))
}

// hostInput is what a host's process was given, as far as there is more to it than its
// line says.
func (d *details) hostInput(row int32, in *storaged.Input) {
	switch in.Kind {
	case storaged.InputCommand:
		d.b = codec.AppendCommand(d.b[:0], &in.Command)
	case storaged.InputPersistDone:
		d.b = codec.AppendPersistResult(d.b[:0], &in.Persist)
	default:
		return
	}
	d.say(row, string(d.b))
}

func (d *details) hostEffect(row int32, e *storaged.Effect) {
	switch e.Kind {
	case storaged.EffectPersist:
		d.b = codec.AppendPersistCall(d.b[:0], &e.Persist)
	case storaged.EffectReport:
		d.b = codec.AppendReport(d.b[:0], &e.Report)
	default:
		return
	}
	d.say(row, string(d.b))
}

func (d *details) persist(row int32, c *persist.Call, r *persist.Result) {
	d.b = codec.AppendPersistCall(d.b[:0], c)
	d.say(row, string(d.b))
	d.b = codec.AppendPersistResult(append(d.b[:0], "⇒ "...), r)
	d.say(row, string(d.b))
}

func (d *details) stash(row int32, c *stash.Call, r *stash.Result) {
	d.b = codec.AppendStashCall(d.b[:0], c)
	d.say(row, string(d.b))
	d.b = codec.AppendStashResult(append(d.b[:0], "⇒ "...), r)
	d.say(row, string(d.b))
}

func (d *details) operation(row int32, op *plan.Operation) { d.asJSON(row, op) }

func (d *details) fault(row int32, f *plan.Fault) { d.asJSON(row, f) }

func (d *details) asJSON(row int32, v any) {
	if b, err := json.Marshal(v); err == nil {
		d.say(row, string(b))
	}
}

// now is what the controller was told of the time.
func (d *details) now(row int32, now clock.Now) {
	d.say(row, "its clocks: "+seconds(int64(now.Mono))+" since it started, wall clock "+strconv.FormatInt(int64(now.Wall), 10)+" ms")
}

func seconds(us int64) string { return strconv.FormatFloat(float64(us)/1e6, 'f', 6, 64) + " s" }

// view is what a step changed in the controller as a whole.
func (d *details) view(row int32, before, after *core.View) {
	d.changed(row, "phase", before.Phase.String(), after.Phase.String())
	d.number(row, "epoch", int64(before.Epoch), int64(after.Epoch))
	if after.Halt.Code != before.Halt.Code {
		d.changed(row, "halted", before.Halt.Code.String(), after.Halt.Code.String()+" at "+after.Halt.Where)
	}
	if after.VerifiedAt != before.VerifiedAt {
		d.changed(row, "leadership proved at", seconds(int64(before.VerifiedAt)), seconds(int64(after.VerifiedAt)))
	}
	if after.GraceEnds != before.GraceEnds {
		d.changed(row, "grace after boot ends", seconds(int64(before.GraceEnds)), seconds(int64(after.GraceEnds)))
	}
	d.number(row, "open requests", int64(before.OpenRequests), int64(after.OpenRequests))
	d.number(row, "open effects", int64(before.OpenEffects), int64(after.OpenEffects))
	d.number(row, "queued control operations", int64(before.QueuedControl), int64(after.QueuedControl))
	d.number(row, "requests that wait", int64(before.WaitingRequests), int64(after.WaitingRequests))
	d.number(row, "completions ignored", int64(before.Ignored), int64(after.Ignored))
	d.number(row, "clock alarms", int64(before.ClockAlarms), int64(after.ClockAlarms))
}

func (d *details) number(row int32, what string, before, after int64) {
	if before != after {
		d.changed(row, what, strconv.FormatInt(before, 10), strconv.FormatInt(after, 10))
	}
}

func (d *details) frontier(row int32, what string, before, after frontier.Frontier) {
	if before != after {
		d.changed(row, what, before.String(), after.String())
	}
}

// collection is what a step changed in one collection.
func (d *details) collection(row int32, before, after *core.CollectionView, there bool) {
	name := after.ID.String() + " "
	if !there {
		d.changed(row, name, "there", "forgotten")
		return
	}
	if before.ID != after.ID {
		d.changed(row, name, "", after.Kind.String())
	}
	if before.Data != after.Data {
		d.changed(row, name+"shard", "", after.Data.String())
	}
	if before.Phase != after.Phase || before.ID != after.ID {
		d.changed(row, name+"shard is", phaseName(before.Phase, before.ID), phaseName(after.Phase, after.ID))
	}
	if before.Dropped != after.Dropped {
		d.changed(row, name+"dropped", strconv.FormatBool(before.Dropped), strconv.FormatBool(after.Dropped))
	}
	d.frontier(row, name+"since", before.Since, after.Since)
	d.frontier(row, name+"implied since", before.Implied, after.Implied)
	d.frontier(row, name+"upper", before.Upper, after.Upper)
	d.frontier(row, name+"durable since", before.DurableSince, after.DurableSince)
	d.number(row, name+"queued appends", int64(before.QueuedAppends), int64(after.QueuedAppends))
	d.changed(row, name+"policy", policyText(before.Policy), policyText(after.Policy))
}

func phaseName(p core.ShardPhase, id core.GlobalID) string {
	switch {
	case id == (core.GlobalID{}):
		return ""
	case p == core.ShardOpening:
		return "opening"
	case p == core.ShardOpen:
		return "open"
	case p == core.ShardFailed:
		return "failed"
	}
	return "phase " + strconv.Itoa(int(p))
}

// policyText is a read policy in words.
func policyText(p core.Policy) string {
	var words []string
	for i := range p.Nodes {
		switch n := &p.Nodes[i]; n.Kind {
		case core.PolicyValidFrom:
			words = append(words, "valid from "+n.From.String())
		case core.PolicyLag:
			words = append(words, "lag "+strconv.FormatUint(uint64(n.Lag), 10))
		case core.PolicyMultiple:
			words = append(words, "earliest of "+strconv.Itoa(int(n.Members))+":")
		default:
			words = append(words, "kind "+strconv.Itoa(int(n.Kind)))
		}
	}
	return strings.Join(words, ", ")
}

// holds is which holds a step took and gave back.
func (d *details) holds(row int32, col *collection, incarnation uint32, now []core.Hold) {
	held := col.held[incarnation]
	if sameHolds(held, now) {
		return
	}
	for i := range held {
		if indexHold(now, held[i].hold) == none {
			d.changed(row, col.name+" held by", holdText(&held[i].hold), "gone")
		}
	}
	for i := range now {
		if !hasSpan(held, now[i]) {
			d.changed(row, col.name+" held by", "", holdText(&now[i]))
		}
	}
}

// holdText is a hold in words.
func holdText(h *core.Hold) string {
	at := " at " + strconv.FormatUint(uint64(h.Time), 10)
	switch h.Kind {
	case core.HoldNamed:
		return "hold " + strconv.FormatUint(uint64(h.Hold), 10) + " of owner " + strconv.FormatUint(uint64(h.Owner), 10) + at
	case core.HoldCounted:
		return strconv.FormatInt(h.Count, 10) + " capabilities of owner " + strconv.FormatUint(uint64(h.Owner), 10) + at
	case core.HoldSnapshot:
		return "snapshot" + at
	case core.HoldExport:
		return "export " + h.By.String() + " reads it" + at
	case core.HoldImport:
		return "ingestion " + h.By.String() + " reads it" + at
	case core.HoldToken:
		return "prepared export" + at
	default:
		return "hold of kind " + strconv.Itoa(int(h.Kind)) + at
	}
}

// shard is what a call changed in a shard.
func (d *details) shard(row int32, before, after *invariants.ShardState) {
	d.frontier(row, "durable since", before.Since, after.Since)
	d.frontier(row, "durable upper", before.Upper, after.Upper)
	d.frontier(row, "critical reader's since", before.CriticalSince, after.CriticalSince)
	d.number(row, "critical reader's epoch", int64(before.Opaque.Epoch), int64(after.Opaque.Epoch))
	d.number(row, "writer's epoch", int64(before.WriterEpoch), int64(after.WriterEpoch))
	d.changed(row, "finalized", strconv.FormatBool(before.Finalized), strconv.FormatBool(after.Finalized))
}
