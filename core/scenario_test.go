package core_test

import (
	"fmt"
	"hash/crc32"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"example.com/tidemark/codec"
	"example.com/tidemark/conformance/machine"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/sim/persistfake"
	"example.com/tidemark/sim/stashfake"
)

// story plays controllers against the fakes, one command at a time. Commands:
//
//	boot [NODE]          a fresh incarnation of controller a (or NODE) starts
//	request [NODE]       one request in its text form; short forms: see request
//	stabilize [NODE]     make the calls that are out, and complete them, until all is quiet
//	until MATCH          make and complete calls until one is out whose text contains it
//	answer NTH OUTCOME   complete one call that is out, or the first that contains match=;
//	                     "lost" and "landed" are unknown
//	                     outcomes of a call that did not take effect, or did; a session
//	                     that is "cut" is lost before its opening is known to be done.
//	                     Any other outcome of a call is taken as it is, with reason=,
//	                     upper=, since= and epoch=
//	outcomes MATCH       what would follow if a call ended in each of the ways that there
//	                     are, with the same reason=, upper= and so on: nothing happens
//	pass DURATION        let time pass, waking the controller when it asks for it;
//	                     answer= completes every call so at once, and calm leaves out
//	                     what a controller does all the time: proofs of leadership,
//	                     fetches of uppers, lists of services
//	write SHARD UPPER    somebody else advances a shard's upper
//	finalize SHARD       the shard's data is deleted: no call to it can ever succeed
//	report HOST          what a host says, in the session that it has now
//	lose HOST            the session with a host ends
//	damage               what a controller makes of metadata in which one entry is damaged,
//	                     one after the other in each way; nothing happens
//	process HOST         the orchestrator runs a service, of an epoch
//	show [NODE]          what the controller believes
//
// Every command prints the effects that it led to, in "pass" with the time that had
// passed before, and then, if they are others than after the command before, the
// instant at which the controller wants to be woken next, as the time until then, and
// how many inputs it has ignored. Long ids are shortened to the order in which they
// first appear, and what is stored to a checksum.
type story struct {
	nodes   map[string]*node
	now     clock.Now
	persist persistfake.Store
	stash   stashfake.Store
	names   map[string]string
	counts  map[byte]int
	entropy uint64
	outside outside
	// token is the one that was given out last; "token=given" in a request names it.
	token core.Token
	// effects is used again and again, as a driver does.
	effects core.Effects
	t       *testing.T
	// hasty: the machine's own laws are not checked at each step.
	hasty bool
}

type node struct {
	c    core.Controller
	copy core.Controller
	open []core.Effect
	born clock.Instant
	// wake and ignored are what was printed last.
	wake    clock.Instant
	ignored uint64
}

func (s *story) node(d *datadriven.TestData) *node {
	name := "a"
	for _, arg := range d.CmdArgs {
		if len(arg.Vals) == 0 && s.nodes[arg.Key] != nil {
			name = arg.Key
		}
	}
	return s.nodes[name]
}

func (s *story) time(n *node) clock.Now {
	return clock.Now{Mono: s.now.Mono - n.born, Wall: s.now.Wall}
}

// feed steps a machine and describes the effects.
func (s *story) feed(n *node, in core.Input) string {
	s.effects.Reset()
	if s.hasty {
		n.c.Step(s.time(n), &in, &s.effects)
	} else {
		machine.Check(s.t, &n.c, &n.copy, s.time(n), &in, &s.effects, renderEffects)
	}
	var b strings.Builder
	for i := 0; i < s.effects.Len(); i++ {
		e := s.effects.At(i)
		fmt.Fprintln(&b, s.describe(e)+because(e))
		if e.Kind != core.EffectRespond && (e.Kind != core.EffectHost || e.Host.Op == core.HostConnect) {
			n.open = append(n.open, *e)
		}
	}
	return b.String()
}

// because tells what a call was made for: a request, by its id, or a timer. Of what came
// with a completion of such a call, that is its cause as well.
func because(e *core.Effect) string {
	switch {
	case e.Kind == core.EffectRespond || e.Cause == 0:
		return ""
	case e.Cause < 1<<20:
		return fmt.Sprintf(" (%d)", e.Cause)
	}
	return " (timer)"
}

func (s *story) describe(e *core.Effect) string {
	switch e.Kind {
	case core.EffectPersist:
		return s.shorten(fmt.Sprintf("-> #%d %s", e.ID, codec.AppendPersistCall(nil, &e.Persist)))
	case core.EffectStash:
		return s.shorten(fmt.Sprintf("-> #%d %s", e.ID, codec.AppendStashCall(nil, &e.Stash)))
	case core.EffectHost, core.EffectOrchestrator:
		return s.shorten(s.outside.describe(e))
	}
	if e.Response.Err.Code != core.Ok {
		return fmt.Sprintf("=> %d: %v", e.Response.Request, &e.Response.Err)
	}
	if e.Response.Token != 0 {
		s.token = e.Response.Token
	}
	return s.shorten("=> " + string(codec.AppendResponse(nil, &e.Response)))
}

var (
	uuid  = regexp.MustCompile(`\b([srwt])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	nonce = regexp.MustCompile(`\b(nonce=|txn=)[^ )]+|\b[0-9]{12,}\b`)
	value = regexp.MustCompile(` value="(\\.|[^"\\])*"`)
)

func (s *story) shorten(line string) string {
	line = uuid.ReplaceAllStringFunc(line, func(id string) string {
		name, ok := s.names[id]
		if !ok {
			s.counts[id[0]]++
			name = fmt.Sprintf("%c%d", id[0], s.counts[id[0]])
			s.names[id] = name
		}
		return name
	})
	line = value.ReplaceAllStringFunc(line, func(v string) string { return fmt.Sprintf(" value=%08x", crc32.ChecksumIEEE([]byte(v))) })
	return nonce.ReplaceAllStringFunc(line, func(m string) string {
		if i := strings.IndexByte(m, '='); i >= 0 {
			return m[:i+1] + "…"
		}
		return "…"
	})
}

// shard finds a shard by its short name.
func (s *story) shard(t *testing.T, name string) persist.ShardID {
	for long, short := range s.names {
		if short == name {
			c, err := codec.ParsePersistCall("fetch-upper shard=" + long)
			if err != nil {
				t.Fatal(err)
			}
			return c.Shard
		}
	}
	t.Fatalf("no shard %s", name)
	return persist.ShardID{}
}

// complete makes the call of an effect, or does not, and completes it.
func (s *story) complete(n *node, e *core.Effect, how string) string {
	in := core.Input{Effect: e.ID, Cause: e.Cause}
	if s.outside.complete(e, how, &in) {
		before := ""
		if how == "cut" {
			before = s.feed(n, core.Input{Kind: core.InputSessionLost, Host: e.Host.Host, Session: e.Host.Session})
		}
		return before + s.feed(n, in)
	}
	in.Kind = core.InputPersistDone
	if e.Kind == core.EffectStash {
		in.Kind = core.InputStashDone
	}
	o, as := end(how)
	switch {
	case !as && e.Kind == core.EffectStash:
		s.stash.Apply(s.now.Wall, &e.Stash, &in.Stash)
	case !as:
		s.persist.Apply(s.now.Wall, &e.Persist, &in.Persist)
	}
	if how != "done" {
		in.Stash, in.Persist = stash.Result{Outcome: o}, persist.Result{Outcome: o}
	}
	return s.feed(n, in)
}

// end is the outcome that a word stands for; as says that the call does not take effect.
func end(how string) (o outcome.Outcome, as bool) {
	switch how {
	case "done":
		return outcome.Done, false
	case "landed":
		return outcome.Unknown, false
	case "lost":
		return outcome.Unknown, true
	}
	for o := outcome.None; o <= outcome.Invalid+1; o++ {
		if o.String() == how {
			return o, true
		}
	}
	return outcome.NotDone, true
}

// given reports whether a command says what the result of a call is.
func given(d *datadriven.TestData) bool {
	return d.HasArg("reason") || d.HasArg("epoch") || d.HasArg("opaque") || d.HasArg("upper") || d.HasArg("since") || d.HasArg("reader-since")
}

// told completes a call with a result that no fake gives.
func (s *story) told(t *testing.T, d *datadriven.TestData, n *node, e *core.Effect, o outcome.Outcome) string {
	var reason uint64
	d.MaybeScanArgs(t, "reason", &reason)
	return s.tell(t, d, n, e, o, reason)
}

func (s *story) tell(t *testing.T, d *datadriven.TestData, n *node, e *core.Effect, o outcome.Outcome, reason uint64) string {
	var epoch, foreign uint64
	upper, since, reader := "[0]", "[0]", "[0]"
	d.MaybeScanArgs(t, "epoch", &epoch)
	d.MaybeScanArgs(t, "opaque", &foreign)
	d.MaybeScanArgs(t, "upper", &upper)
	d.MaybeScanArgs(t, "since", &since)
	d.MaybeScanArgs(t, "reader-since", &reader)
	in := core.Input{Kind: core.InputPersistDone, Effect: e.ID, Cause: e.Cause}
	switch e.Kind {
	case core.EffectStash:
		in.Kind = core.InputStashDone
		in.Stash = stash.Result{Outcome: o, Reason: stash.Reason(reason), Epoch: epoch}
	case core.EffectHost:
		in.Kind, in.HostResult = core.InputHostDone, core.HostResult{Outcome: o, Epoch: epoch}
	case core.EffectOrchestrator:
		in.Kind, in.Orchestrator = core.InputOrchestratorDone, core.OrchestratorResult{Outcome: o, Epoch: epoch}
	default:
		in.Persist = persist.Result{Outcome: o, Reason: persist.Reason(reason), Epoch: epoch, Opaque: persist.Opaque{Epoch: foreign}}
		in.Persist.Upper, _ = frontier.Parse(upper)
		in.Persist.Since, _ = frontier.Parse(since)
		in.Persist.ReaderSince, _ = frontier.Parse(reader)
	}
	return s.feed(n, in)
}

// run does a command and tells what came of it.
func (s *story) run(t *testing.T, d *datadriven.TestData) string {
	s.t, s.hasty = t, d.HasArg("calm")
	text := s.do(t, d)
	if n := s.node(d); n != nil && d.Cmd != "show" {
		text += s.rest(n)
	}
	return text
}

// rest tells when a controller wants to be woken, and what it ignored, where that is
// new.
func (s *story) rest(n *node) string {
	var b strings.Builder
	if at := n.c.NextWake(); at != n.wake {
		n.wake = at
		if at == clock.Never {
			b.WriteString("asleep\n")
		} else {
			fmt.Fprintf(&b, "wakes in %s\n", span(at.Add(clock.Duration(n.born))-s.now.Mono))
		}
	}
	var v core.View
	if n.c.View(&v); v.Ignored != n.ignored {
		n.ignored = v.Ignored
		fmt.Fprintf(&b, "ignored %d\n", v.Ignored)
	}
	return b.String()
}

// span is a time in people's units, to the microsecond.
func span(t clock.Instant) time.Duration { return time.Duration(t) * time.Microsecond }

func (s *story) do(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "boot":
		name := "a"
		if len(d.CmdArgs) > 0 && len(d.CmdArgs[0].Vals) == 0 {
			name = d.CmdArgs[0].Key
		}
		s.entropy++
		n := &node{born: s.now.Mono}
		s.nodes[name] = n
		cfg := core.DefaultConfig()
		cfg.HoldLease, cfg.ClockMargin, cfg.ServicesEvery = clock.Minute, 0, 0
		for _, arg := range d.CmdArgs {
			var seconds int64
			switch arg.Key {
			case "services":
				d.ScanArgs(t, "services", &seconds)
				cfg.ServicesEvery = clock.Duration(seconds) * clock.Second
			case "margin":
				d.ScanArgs(t, "margin", &seconds)
				cfg.ClockMargin = clock.Duration(seconds) * clock.Second
			}
		}
		return s.feed(n, core.Input{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{s.entropy}, Config: cfg}})
	case "request":
		var b strings.Builder
		for _, line := range strings.Split(strings.TrimSpace(d.Input), "\n") {
			line = strings.ReplaceAll(line, "token=given", fmt.Sprintf("token=%d", s.token))
			r, err := codec.ParseRequest(line)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			b.WriteString(s.feed(s.node(d), core.Input{Kind: core.InputRequest, Request: r, Cause: core.Cause(r.ID)}))
		}
		return b.String()
	case "cancel":
		var id uint64
		d.ScanArgs(t, "id", &id)
		return s.feed(s.node(d), core.Input{Kind: core.InputCancel, Cancel: core.RequestID(id)})
	case "stabilize":
		var b strings.Builder
		for n := s.node(d); len(n.open) > 0; {
			e := n.open[0]
			n.open = n.open[1:]
			b.WriteString(s.complete(n, &e, "done"))
		}
		return b.String()
	case "until":
		return s.until(t, d)
	case "answer":
		return s.answer(t, d)
	case "outcomes":
		return s.outcomes(t, d)
	case "pass":
		var ms int64
		d.ScanArgs(t, "ms", &ms)
		how := ""
		d.MaybeScanArgs(t, "answer", &how)
		text := s.pass(s.node(d), s.now.Mono+clock.Instant(ms*1000), how)
		if d.HasArg("calm") {
			text = routine.ReplaceAllString(text, "")
			text = idle.ReplaceAllString(text, "$2")
		}
		return text
	case "write":
		var name string
		var upper uint64
		d.ScanArgs(t, "shard", &name)
		d.ScanArgs(t, "upper", &upper)
		return s.foreignWrite(t, name, upper)
	case "finalize":
		var name string
		d.ScanArgs(t, "shard", &name)
		s.persist.Finalize(s.shard(t, name))
		return ""
	case "damage":
		return s.damage()
	case "report", "lose", "process":
		return s.outside.say(t, d, func(in core.Input) string { return s.feed(s.node(d), in) })
	case "show":
		return s.show(s.node(d))
	}
	return "unknown command"
}

func (s *story) answer(t *testing.T, d *datadriven.TestData) string {
	var how string
	d.ScanArgs(t, "how", &how)
	n := s.node(d)
	i := s.out(t, d, n)
	e := n.open[i]
	n.open = append(n.open[:i], n.open[i+1:]...)
	if o, _ := end(how); given(d) || how == o.String() && o > outcome.Unknown {
		return s.told(t, d, n, &e, o)
	}
	return s.complete(n, &e, how)
}

// out is the call that a command names.
func (s *story) out(t *testing.T, d *datadriven.TestData, n *node) int {
	var id uint64
	var match string
	d.MaybeScanArgs(t, "effect", &id)
	d.MaybeScanArgs(t, "match", &match)
	for i := range n.open {
		if uint64(n.open[i].ID) == id || match != "" && strings.Contains(s.describe(&n.open[i]), match) {
			return i
		}
	}
	t.Fatalf("%s: no such call is out", d.Pos)
	return 0
}

// outcomes ends a call in every way, each in a copy of the controller.
func (s *story) outcomes(t *testing.T, d *datadriven.TestData) string {
	var b strings.Builder
	n := s.node(d)
	e := n.open[s.out(t, d, n)]
	for o := outcome.None; o <= outcome.Invalid+1; o++ {
		reasons := []persist.Reason{persist.ReasonNone}
		if o == outcome.Invalid && e.Kind == core.EffectPersist {
			reasons = []persist.Reason{persist.ReasonMalformed, persist.ReasonUnknownReader, persist.ReasonFinalized}
		}
		for _, reason := range reasons {
			other := &node{born: n.born, wake: n.wake, ignored: n.ignored}
			other.c.CopyFrom(&n.c)
			fmt.Fprintf(&b, "%v", o)
			if reason != 0 {
				fmt.Fprintf(&b, " (%v)", reason)
			}
			text := s.tell(t, d, other, &e, o, uint64(reason)) + s.rest(other)
			var v core.View
			if other.c.View(&v); v.Halt.Code != core.HaltNone {
				text = strings.TrimSuffix(text, "asleep\n") + fmt.Sprintf("halted %v at %s (%d, %d), keeps %d\n", v.Halt.Code, v.Halt.Where, v.Halt.A, v.Halt.B, other.c.Kept())
			}
			if strings.Count(text, "\n") > 1 {
				b.WriteString(":\n" + text)
				continue
			}
			b.WriteString(strings.TrimRight(": "+text, " \n") + "\n")
		}
	}
	return b.String()
}

// until makes and completes calls, the oldest first, until one is out whose text
// contains what is looked for; when none is out, time passes.
func (s *story) until(t *testing.T, d *datadriven.TestData) string {
	var b strings.Builder
	var match string
	d.ScanArgs(t, "match", &match)
	n := s.node(d)
	for i := 0; ; i++ {
		if i > 1000 {
			t.Fatalf("%s: it does not come to that", d.Pos)
		}
		for k := range n.open {
			if strings.Contains(s.describe(&n.open[k]), match) {
				return b.String()
			}
		}
		if len(n.open) == 0 {
			next := min(n.c.NextWake(), s.now.Mono+clock.Instant(clock.Hour)).Add(clock.Duration(n.born))
			b.WriteString(s.pass(n, next, ""))
			continue
		}
		e := n.open[0]
		n.open = n.open[1:]
		b.WriteString(s.complete(n, &e, "done"))
	}
}

// pass lets time pass up to an instant, waking the machine exactly when it wants
// to be woken. What it calls is answered at once, or not at all.
func (s *story) pass(n *node, to clock.Instant, how string) string {
	var b strings.Builder
	for start := s.now.Mono; ; {
		effects := s.answerAll(n, how)
		at := min(max(n.c.NextWake().Add(clock.Duration(n.born)), s.now.Mono), to)
		if effects != "" {
			fmt.Fprintf(&b, "after %s:\n%s", span(s.now.Mono-start), effects)
		}
		s.now.Wall += clock.Wall(at/1000 - s.now.Mono/1000)
		s.now.Mono = at
		if n.c.NextWake().Add(clock.Duration(n.born)) > at {
			return b.String()
		}
		if effects := s.feed(n, core.Input{Kind: core.InputWake}); effects != "" {
			fmt.Fprintf(&b, "after %s:\n%s", span(at-start), effects)
		}
	}
}

// routine is what a controller does all the time, idle an instant at which it did
// nothing else.
var (
	routine = regexp.MustCompile(`(?m)^-> #\d+ (fetch-upper \S+|orchestrator list \S+|commit epoch=\d+ nonce=… txn=…)( \(\w+\))?\n`)
	idle    = regexp.MustCompile(`(?m)^after .*:\n(after .*:\n)*(after .*:\n|\z)`)
)

// answerAll completes every call that is out, in one way.
func (s *story) answerAll(n *node, how string) string {
	var b strings.Builder
	for i := 0; how != "" && len(n.open) > 0 && i < 1000; i++ {
		e := n.open[0]
		n.open = n.open[1:]
		b.WriteString(s.complete(n, &e, how))
	}
	return b.String()
}

// damage boots on what is stored, with one entry damaged at a time.
func (s *story) damage() string {
	var all []stash.Entry
	for k := stash.CollectionNone + 1; k < stash.CollectionCount; k++ {
		all = append(all, s.stash.Entries(k)...)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "as it is: %s\n", bootOn(all))
	for i, e := range all {
		for _, d := range []struct {
			how string
			by  []stash.Entry
		}{
			{"missing", nil},
			{"twice", []stash.Entry{e, e}},
			{"of another id", []stash.Entry{{Collection: e.Collection, Key: "u999", Value: e.Value}}},
			{"of a neighbour", []stash.Entry{{Collection: e.Collection, Key: e.Key[:len(e.Key)-1] + string('0'+(e.Key[len(e.Key)-1]+1)%8), Value: e.Value}}},
			{"of no id", []stash.Entry{{Collection: e.Collection, Key: "?", Value: e.Value}}},
			{"empty", []stash.Entry{{Collection: e.Collection, Key: e.Key}}},
			{"cut", []stash.Entry{{Collection: e.Collection, Key: e.Key, Value: e.Value[:max(0, len(e.Value)-1)]}}},
			{"longer", []stash.Entry{{Collection: e.Collection, Key: e.Key, Value: e.Value + "x"}}},
			{"in no collection", []stash.Entry{{Collection: stash.CollectionCount, Key: e.Key, Value: e.Value}}},
		} {
			damaged := append(append(append([]stash.Entry(nil), all[:i]...), d.by...), all[i+1:]...)
			fmt.Fprintf(&b, "%s\n", s.shorten(fmt.Sprintf("%v %s %s: %s", e.Collection, e.Key, d.how, bootOn(damaged))))
		}
	}
	return b.String()
}

// bootOn is what becomes of a controller that loads entries.
func bootOn(entries []stash.Entry) string {
	var c core.Controller
	var out core.Effects
	cfg := core.DefaultConfig()
	c.Step(clock.Now{}, &core.Input{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{1}, Config: cfg}}, &out)
	c.Step(clock.Now{}, &core.Input{Kind: core.InputStashDone, Effect: 1, Stash: stash.Result{Outcome: outcome.Done, Epoch: 9}}, &out)
	c.Step(clock.Now{}, &core.Input{Kind: core.InputStashDone, Effect: 2, Stash: stash.Result{Outcome: outcome.Done, Entries: entries}}, &out)
	var v core.View
	if c.View(&v); v.Phase == core.PhaseHalted {
		return fmt.Sprintf("halted %v at %s (%d, %d)", v.Halt.Code, v.Halt.Where, v.Halt.A, v.Halt.B)
	}
	return fmt.Sprintf("%v, %d collections, %d exports, %d hosts, keeps %d", v.Phase, c.Collections(), c.Exports(), c.Hosts(), c.Kept())
}

func (s *story) foreignWrite(t *testing.T, name string, upper uint64) string {
	shard := s.shard(t, name)
	var res persist.Result
	s.persist.Apply(s.now.Wall, &persist.Call{Op: persist.OpFetchUpper, Shard: shard}, &res)
	call := persist.Call{
		Op: persist.OpCompareAndAppend, Shard: shard, Writer: persist.WriterID{Hi: 9, Lo: 9},
		Token: persist.Token{Hi: 9, Lo: upper + 1}, Expected: res.Upper, Upper: frontier.At(frontier.Timestamp(upper)),
	}
	s.persist.Apply(s.now.Wall, &call, &res)
	return res.Outcome.String() + "\n"
}

func (s *story) show(n *node) string {
	var v core.View
	n.c.View(&v)
	var b strings.Builder
	fmt.Fprintf(&b, "%v epoch %d, %d open requests", v.Phase, v.Epoch, v.OpenRequests)
	if v.Halt.Code != core.HaltNone {
		fmt.Fprintf(&b, ", halted %v at %s (%d, %d)", v.Halt.Code, v.Halt.Where, v.Halt.A, v.Halt.B)
	}
	b.WriteString("\n")
	for i := 0; i < n.c.Collections(); i++ {
		var c core.CollectionView
		n.c.CollectionAt(i, &c)
		fmt.Fprintf(&b, "%v since %v implied %v upper %v durable since %v, %d named %d counted %d snapshots",
			c.ID, c.Since, c.Implied, c.Upper, c.DurableSince, c.NamedHolds, c.CountedHolds, c.Snapshots)
		if c.Dependent {
			fmt.Fprintf(&b, ", read from %v", c.Dependants)
		}
		for _, note := range []struct {
			text string
			n    int64
		}{{"tokens", c.Tokens}, {"own reads", c.OwnReads}, {"queued appends", int64(c.QueuedAppends)}} {
			if note.n != 0 {
				fmt.Fprintf(&b, ", %d %s", note.n, note.text)
			}
		}
		b.WriteString([...]string{", opening", "", ", failed"}[c.Phase])
		if c.Dropped {
			b.WriteString(", dropped")
		}
		b.WriteString("\n")
	}
	n.c.EachExport(func(e *core.ExportView) bool {
		fmt.Fprintf(&b, "%v of %v upper %v holds %v on %q as of %v snapshot %v", e.ID, e.From, e.Upper, e.Hold, e.Host, e.AsOf, e.Snapshot)
		if e.Dropped {
			b.WriteString(", dropped")
		}
		b.WriteString("\n")
		return true
	})
	for i := range n.c.Hosts() {
		var h core.HostView
		n.c.HostAt(i, &h)
		fmt.Fprintf(&b, "%v runs %d, ends %d, connected %v\n", h.ID, h.Live, h.Ending, h.Connected)
	}
	fmt.Fprintf(&b, "%d things kept\n", n.c.Kept())
	return b.String()
}

// TestScenarios plays the stories in testdata/scenarios.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		s := &story{nodes: map[string]*node{}, names: map[string]string{}, counts: map[byte]int{}}
		s.now.Wall = 1_000_000
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return s.run(t, d)
		})
	})
}
