package storaged_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
)

// story tells what hosts do, call by call.
type story struct {
	*world
	out   strings.Builder
	sinks map[string]core.Command
	// rests are what was told last of when hosts want to be woken and what they ignored.
	rests map[*process]rest
}

type rest struct {
	wake    clock.Instant
	ignored uint64
}

// TestStories plays the scripts in testdata/stories: what is said of the world, and
// what the hosts do then. Hosts are named a, b and so on in the order of their starts.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		s := &story{world: newWorld(t), sinks: map[string]core.Command{}, rests: map[*process]rest{}}
		s.free, s.lawful = true, true
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.tb = t
			s.out.Reset()
			s.run(t, d)
			s.tellRests()
			if s.out.Len() == 0 {
				return "ok\n"
			}
			return s.out.String()
		})
	})
}

// tellRests tells when hosts want to be woken, and how much they ignored, where that is
// new.
func (s *story) tellRests() {
	for i, p := range s.procs {
		if p.dead {
			continue
		}
		var v storaged.View
		p.h.View(&v)
		now, before := rest{p.h.NextWake(), v.Ignored}, s.rests[p]
		s.rests[p] = now
		if now.wake != before.wake {
			when := "sleeps"
			if now.wake != clock.Never {
				when = "wakes in " + span(now.wake+p.born-s.now)
			}
			fmt.Fprintf(&s.out, "%c %s\n", 'a'+i, when)
		}
		if now.ignored != before.ignored {
			fmt.Fprintf(&s.out, "%c has ignored %d\n", 'a'+i, now.ignored)
		}
	}
}

func span(t clock.Instant) string { return (time.Duration(t) * time.Microsecond).String() }

// run does one command of a script.
func (s *story) run(t *testing.T, d *datadriven.TestData) {
	switch d.Cmd {
	case "records":
		s.source.head += sourceOffset(d.CmdArgs[0].Key)
	case "finish":
		s.source.finished = true
	case "start":
		s.start()
	case "session":
		s.tellSession(d)
	case "lose":
		p := s.host(d)
		s.told(p, &storaged.Input{Kind: storaged.InputSessionLost, Session: p.session})
	case "send":
		s.tellSend(d)
	case "crash":
		p := s.host(d)
		p.dead = true
		for i := range p.open {
			s.late = append(s.late, late{p.open[i], p})
		}
		p.open = nil
	case "next":
		s.next(t, d)
	case "until":
		s.until(t, d)
	case "land":
		s.land(t, d)
	case "pass":
		span, err := time.ParseDuration(d.CmdArgs[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		s.pass(clock.Duration(span.Microseconds()))
	case "outcomes":
		s.outcomes(t, d)
	case "fails":
		s.fails(t, d)
	case "wait", "watch":
		span, err := time.ParseDuration(d.CmdArgs[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		s.wait(t, s.host(d), clock.Duration(span.Microseconds()), d.Cmd == "watch")
	case "foreign":
		upper, _ := frontier.Parse(d.CmdArgs[1].Key)
		for shard, name := range shardNames {
			if name == d.CmdArgs[0].Key {
				s.foreign(shard, upper)
			}
		}
	case "pause":
		s.host(d).paused = true
	case "resume":
		s.host(d).paused = false
	case "compact":
		s.compact(t)
	case "contents":
		s.contents()
	default:
		t.Fatalf("no such command: %s", d.Cmd)
	}
}

func sourceOffset(text string) source.Offset {
	n, _ := strconv.Atoi(text)
	return source.Offset(n)
}

// host is the one that a command names; a if it names none.
func (s *story) host(d *datadriven.TestData) *process {
	name := "a"
	d.MaybeScanArgs(&testing.T{}, "host", &name)
	return s.procs[name[0]-'a']
}

// told gives a host an input, and tells what it does then.
func (s *story) told(p *process, in *storaged.Input) {
	calls, messages := len(p.open), len(s.messages)
	s.step(p, in)
	s.follows(p, calls, messages)
}

// follows tells the calls and messages from the given ones on.
func (s *story) follows(p *process, calls, messages int) {
	for _, line := range s.messages[messages:] {
		fmt.Fprintf(&s.out, "    %s\n", line)
	}
	for i := calls; i < len(p.open); i++ {
		fmt.Fprintf(&s.out, "    %s\n", call(&p.open[i]))
	}
}

// definition is what a word of a script stands for: u1 the ingestion, u7@900 an
// export as of 900 with a snapshot, u8>900 one without, -u7 a drop, stop:u7. With ! at its
// end, it writes its status.
func (s *story) definition(word string) core.Command {
	word, tells := strings.CutSuffix(word, "!")
	c := s.silent(word)
	if tells {
		c.Sink.Status, c.Source.Status = ingest().Source.Status, ingest().Source.Status
		if c.Kind == core.CommandCreateSink {
			c.Source.Status = persist.ShardID{}
		} else {
			c.Sink.Status = persist.ShardID{}
		}
	}
	return c
}

func (s *story) silent(word string) core.Command {
	switch {
	case word == "u1":
		c := ingest()
		c.Source.Status = persist.ShardID{}
		return c
	case word == "done":
		return core.Command{Kind: core.CommandInitializationComplete}
	case strings.HasPrefix(word, "-"):
		id, _ := core.ParseGlobalID(word[1:])
		return drop(id)
	}
	if id, stop := strings.CutPrefix(word, "stop:"); stop {
		id, _ := core.ParseGlobalID(id)
		return core.Command{Kind: core.CommandStop, ID: id}
	}
	id, rest, snapshot := strings.Cut(word, "@")
	if !snapshot {
		id, rest, _ = strings.Cut(word, ">")
	}
	n, _ := core.ParseGlobalID(id)
	asOf, _ := strconv.Atoi(rest)
	c := export(n.N, frontier.Timestamp(asOf), snapshot)
	c.Sink.Status = persist.ShardID{}
	s.sinks[id] = c
	return c
}

// tellSession opens a session; epoch= and nonce= choose one.
func (s *story) tellSession(d *datadriven.TestData) {
	p := s.host(d)
	s.nonce++
	session := core.Session{Epoch: s.epoch, Nonce: s.nonce}
	d.MaybeScanArgs(&testing.T{}, "epoch", &session.Epoch)
	d.MaybeScanArgs(&testing.T{}, "nonce", &session.Nonce)
	p.hello, p.helloAt = s.wall(), s.now
	s.told(p, &storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: session, Wall: s.wall()}})
	s.tellSend(d)
}

func (s *story) tellSend(d *datadriven.TestData) {
	p := s.host(d)
	for _, word := range strings.Fields(d.Input) {
		c := s.definition(word)
		s.told(p, &storaged.Input{Kind: storaged.InputCommand, Session: p.session, Command: c})
	}
}

// next ends open calls, the oldest first or those that match=, with a fate.
func (s *story) next(t *testing.T, d *datadriven.TestData) {
	p := s.host(d)
	what, match, count := "done", "", 1
	d.MaybeScanArgs(t, "fate", &what)
	d.MaybeScanArgs(t, "match", &match)
	d.MaybeScanArgs(t, "n", &count)
	match = strings.ReplaceAll(match, "+", " ")
	for ; count > 0; count-- {
		i := 0
		for i < len(p.open) && !strings.Contains(call(&p.open[i]), match) {
			i++
		}
		if i == len(p.open) {
			t.Fatalf("%s: no such call is open", d.Pos)
		}
		s.tellEnd(p, i, named(what))
	}
}

func named(what string) fate {
	for f, name := range [...]string{"done", "lost", "late", "never", "refused"} {
		if name == what {
			return fate(f)
		}
	}
	return fateDone
}

// tellEnd ends a call, and tells how and what follows.
func (s *story) tellEnd(p *process, i int, f fate) {
	e := p.open[i]
	calls, messages := len(p.open)-1, len(s.messages)
	how := s.end(p, i, f)
	fmt.Fprintf(&s.out, "%s: %s\n", call(&e), how)
	s.follows(p, calls, messages)
}

// until answers calls well, without a word, until one that matches is open.
func (s *story) until(t *testing.T, d *datadriven.TestData) {
	p := s.host(d)
	match := ""
	d.MaybeScanArgs(t, "match", &match)
	match = strings.ReplaceAll(match, "+", " ")
	for n := 0; n < 1000; n++ {
		for i := range p.open {
			if strings.Contains(call(&p.open[i]), match) {
				fmt.Fprintf(&s.out, "    %s\n", call(&p.open[i]))
				return
			}
		}
		if len(p.open) == 0 {
			s.wake(100 * clock.Millisecond)
			continue
		}
		s.end(p, 0, fateDone)
	}
	t.Fatalf("%s: it does not come to that", d.Pos)
}

// land lets late calls that match take effect.
func (s *story) land(t *testing.T, d *datadriven.TestData) {
	match := ""
	d.MaybeScanArgs(t, "match", &match)
	match = strings.ReplaceAll(match, "+", " ")
	for i := range s.late {
		if e := s.late[i].effect; strings.Contains(call(&e), match) {
			var in storaged.Input
			s.apply(s.late[i].by, &e, &in, 0)
			fmt.Fprintf(&s.out, "%s: %s\n", call(&e), ending(&e, &in))
			return
		}
	}
	t.Fatalf("%s: no such call is late", d.Pos)
}

// pass answers every call well for a while, and tells the last message of it alone.
func (s *story) pass(d clock.Duration) {
	messages := len(s.messages)
	s.calm(d)
	if n := len(s.messages); n > messages {
		fmt.Fprintf(&s.out, "    …, at last: %s\n", s.messages[n-1])
	}
}

// wait lets time pass for a host, which is woken exactly when it wants to be, and tells
// all that it does. Nobody answers its calls, unless they are answered well at once.
func (s *story) wait(t *testing.T, p *process, d clock.Duration, answered bool) {
	start, until := s.now, s.now.Add(d)
	for n := 0; ; n++ {
		if n > 1000 {
			t.Fatal("there is no end to it")
		}
		if answered && len(p.open) > 0 {
			s.tellEnd(p, 0, fateDone)
			continue
		}
		if s.now = max(s.now, min(p.h.NextWake().Add(clock.Duration(p.born)), until)); s.now == until {
			return
		}
		before := s.out.Len()
		s.told(p, &storaged.Input{Kind: storaged.InputWake})
		if text := s.out.String(); len(text) > before {
			s.out.Reset()
			fmt.Fprintf(&s.out, "%safter %s:\n%s", text[:before], span(s.now-start), text[before:])
		}
	}
}

// outcomes tells what a host would do next if a call ended in each of the ways that
// there are, each in a copy of it. upper=, since=, progress= and upto= are of the
// results.
func (s *story) outcomes(t *testing.T, d *datadriven.TestData) {
	p := s.host(d)
	i := s.called(t, d, p)
	if i < 0 {
		t.Fatalf("%s: no such call is open", d.Pos)
	}
	e := p.open[i]
	for o := outcome.None; o <= outcome.Invalid+1; o++ {
		reasons := []persist.Reason{persist.ReasonNone}
		if o == outcome.Invalid && e.Kind == storaged.EffectPersist {
			reasons = []persist.Reason{persist.ReasonMalformed, persist.ReasonUnknownReader, persist.ReasonFinalized}
		}
		for _, reason := range reasons {
			in := s.result(t, d, &e)
			in.Persist.Outcome, in.Source.Outcome, in.Sink.Outcome, in.Persist.Reason = o, o, o, reason
			fmt.Fprintf(&s.out, "%v", o)
			if reason != persist.ReasonNone {
				fmt.Fprintf(&s.out, " (%v)", reason)
			}
			s.out.WriteString(":")
			s.would(p, in)
		}
	}
}

// called is the oldest open call that a command names; -1 if there is none.
func (s *story) called(t *testing.T, d *datadriven.TestData, p *process) int {
	match := ""
	d.MaybeScanArgs(t, "match", &match)
	match = strings.ReplaceAll(match, "+", " ")
	for i := range p.open {
		if strings.Contains(call(&p.open[i]), match) {
			return i
		}
	}
	return -1
}

// fails ends a call badly, again and again, in turn so that it is known and so that it is
// not, and tells after which time it is made again. Nobody answers any other call.
func (s *story) fails(t *testing.T, d *datadriven.TestData) {
	p := s.host(d)
	n := 4
	d.MaybeScanArgs(t, "n", &n)
	for k := range n {
		i := s.called(t, d, p)
		if i < 0 {
			t.Fatalf("%s: no such call is open", d.Pos)
		}
		s.tellEnd(p, i, [...]fate{fateRefused, fateNever}[k%2])
		for start := s.now; s.called(t, d, p) < 0; {
			if s.now = max(s.now, p.h.NextWake().Add(clock.Duration(p.born))); s.now-start > clock.Instant(clock.Minute) {
				t.Fatalf("%s: it is not made again", d.Pos)
			}
			fmt.Fprintf(&s.out, "after %s:\n", span(s.now-start))
			s.told(p, &storaged.Input{Kind: storaged.InputWake})
		}
	}
}

// result is a completion of a call with what a command says of it.
func (s *story) result(t *testing.T, d *datadriven.TestData, e *storaged.Effect) *storaged.Input {
	var upto, count uint64
	upper, since, progress := "[0]", "[0]", "[0]"
	d.MaybeScanArgs(t, "upto", &upto)
	d.MaybeScanArgs(t, "count", &count)
	d.MaybeScanArgs(t, "upper", &upper)
	d.MaybeScanArgs(t, "since", &since)
	d.MaybeScanArgs(t, "progress", &progress)
	in := &storaged.Input{Effect: e.ID, Cause: e.Cause}
	in.Kind = map[storaged.EffectKind]storaged.InputKind{
		storaged.EffectPersist: storaged.InputPersistDone, storaged.EffectSource: storaged.InputSourceDone, storaged.EffectSink: storaged.InputSinkDone,
	}[e.Kind]
	in.Persist.Upper, _ = frontier.Parse(upper)
	in.Persist.Since, _ = frontier.Parse(since)
	in.Persist.ReaderSince = in.Persist.Since
	in.Sink.Progress, _ = frontier.Parse(progress)
	in.Sink.Count, in.Source.Upto = count, source.Offset(upto)
	return in
}

// would tells what an input would lead to.
func (s *story) would(p *process, in *storaged.Input) {
	var h storaged.Host
	var out storaged.Effects
	h.CopyFrom(&p.h)
	h.Step(clock.Now{Mono: s.now - p.born, Wall: s.wall() + p.skew}, in, &out)
	for i := range out.Len() {
		e := out.At(i)
		if e.Kind == storaged.EffectPersist || e.Kind == storaged.EffectSource || e.Kind == storaged.EffectSink {
			fmt.Fprintf(&s.out, " %s;", call(e))
		} else {
			fmt.Fprintf(&s.out, " %s;", message(e))
		}
	}
	var v storaged.View
	h.View(&v)
	switch {
	case v.Phase == storaged.PhaseHalted:
		fmt.Fprintf(&s.out, " halted %v at %s (%d, %d)", v.Halt.Code, v.Halt.Where, v.Halt.A, v.Halt.B)
	case h.NextWake() != p.h.NextWake():
		fmt.Fprintf(&s.out, " wakes in %s", span(h.NextWake()+p.born-s.now))
	}
	h.Each(func(v *storaged.ObjectView) bool {
		var before storaged.ObjectView
		if p.h.Find(v.ID, &before) && before != *v {
			fmt.Fprintf(&s.out, " %v is %v at %v", v.ID, v.Condition, v.Frontier)
		}
		return true
	})
	fmt.Fprintf(&s.out, " keeps %d\n", h.Kept())
}

// compact lets the input go as far as the exports' progress allows, and removes the
// readers whose lease has ended.
func (s *story) compact(t *testing.T) {
	reader := persist.ReaderID{Lo: 1}
	for _, c := range []persist.Call{
		{Op: persist.OpOpenLeasedReader, Lease: clock.Second},
		{Op: persist.OpDowngradeSince, Since: s.target(user(7)).progress.StepBack()},
		{Op: persist.OpCloseReader},
	} {
		var res persist.Result
		c.Shard, c.Reader = dataShard(user(1)), reader
		if s.store.Apply(s.wall(), &c, &res); res.Outcome != outcome.Done {
			t.Fatalf("%v: %+v", c.Op, res)
		}
	}
	st, _ := s.store.State(dataShard(user(1)))
	fmt.Fprintf(&s.out, "u1 since %v\n", st.Since)
}

// contents tells the bindings, the collections and the exports.
func (s *story) contents() {
	times, offsets := s.bindings()
	fmt.Fprintf(&s.out, "remap ")
	for i := range times {
		fmt.Fprintf(&s.out, " %d:<%d", times[i], offsets[i])
	}
	st, _ := s.store.State(remapShard)
	fmt.Fprintf(&s.out, " upper %v\n", st.Upper)
	for n := uint64(1); n <= 3; n++ {
		st, _ := s.store.State(dataShard(user(n)))
		list := relation.Consolidate(s.store.AppendUpdates(nil, dataShard(user(n))))
		fmt.Fprintf(&s.out, "u%d %s upper %v\n", n, changes(list), st.Upper)
	}
	for n := uint64(7); n <= 8; n++ {
		if x := s.targets[user(n)]; x != nil {
			fmt.Fprintf(&s.out, "u%d wrote %s progress %v\n", n, changes(x.output), x.progress)
			s.judgeExport(&core.SinkCommand{ID: user(n), Data: dataShard(user(1)), AsOf: s.sinks[fmt.Sprintf("u%d", n)].Sink.AsOf, Snapshot: s.sinks[fmt.Sprintf("u%d", n)].Sink.Snapshot})
		}
	}
	s.judge()
}

func changes(list []relation.Update) string {
	text := ""
	for _, u := range list {
		text += fmt.Sprintf("%+d%v@%d ", u.Diff, u.Data, u.Time)
	}
	return strings.TrimSuffix(text, " ")
}

var shardNames = map[persist.ShardID]string{
	remapShard: "remap", statusShard: "status",
	dataShard(user(1)): "u1", dataShard(user(2)): "u2", dataShard(user(3)): "u3",
}

// call is a call as the stories print it.
func call(e *storaged.Effect) string {
	switch e.Kind {
	case storaged.EffectPersist:
		return shardNames[e.Persist.Shard] + ": " + shardCall(&e.Persist)
	case storaged.EffectSource:
		return fmt.Sprintf("source: %s from %d", e.Source.Op, e.Source.From) + upTo(e.Source.Max)
	}
	c := &e.Sink
	text := fmt.Sprintf("%v outside: %s", c.Export, c.Op)
	if c.From != c.To {
		text += fmt.Sprintf(" %v→%v %s", c.From, c.To, changes(c.Updates))
	}
	return strings.TrimRight(text, " ")
}

func upTo(most uint32) string {
	if most == 0 {
		return ""
	}
	return fmt.Sprintf(" at most %d", most)
}

func shardCall(c *persist.Call) string {
	text := c.Op.String()
	switch c.Op {
	case persist.OpCompareAndAppend:
		text = strings.TrimRight(fmt.Sprintf("append %v→%v %s", c.Expected, c.Upper, changes(c.Updates)), " ")
	case persist.OpSnapshot:
		text += fmt.Sprintf(" as of %d", c.AsOf)
	case persist.OpListen:
		text += fmt.Sprintf(" after %d", c.AsOf)
	case persist.OpDowngradeSince:
		text += fmt.Sprintf(" to %v", c.Since)
	case persist.OpOpenLeasedReader:
		text += fmt.Sprintf(" for %s", span(clock.Instant(c.Lease)))
	}
	return text
}

// ending is how a call ended.
func ending(e *storaged.Effect, in *storaged.Input) string {
	o := max(in.Persist.Outcome, in.Source.Outcome, in.Sink.Outcome)
	if o == outcome.Unknown || o == outcome.NotDone {
		return o.String()
	}
	switch e.Kind {
	case storaged.EffectPersist:
		r := &in.Persist
		return strings.TrimRight(fmt.Sprintf("%v upper %v %s", r.Outcome, r.Upper, changes(r.Updates)), " ")
	case storaged.EffectSource:
		text := fmt.Sprintf("%v up to %d", in.Source.Outcome, in.Source.Upto)
		if in.Source.Finished {
			text += ", finished"
		}
		return text
	}
	return fmt.Sprintf("%v progress %v", in.Sink.Outcome, in.Sink.Progress)
}

// message is what a host says to a controller.
func message(e *storaged.Effect) string {
	session := fmt.Sprintf("%d.%d", e.Session.Epoch, e.Session.Nonce)
	switch e.Kind {
	case storaged.EffectRefuse:
		return fmt.Sprintf("refuse %s for %d.%d", session, e.Fenced.Epoch, e.Fenced.Nonce)
	case storaged.EffectReport:
		text := "report in " + session
		for _, u := range e.Report.Uppers {
			text += fmt.Sprintf(" %v %v", u.ID, u.Upper)
		}
		for _, id := range e.Report.Dropped {
			text += fmt.Sprintf(" dropped %v", id)
		}
		return text
	}
	return e.Kind.String() + " " + session
}
