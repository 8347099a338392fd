package invariants

import (
	"strings"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
)

// worded is a life in which one thing goes wrong, and words that a judge has for it.
type worded struct {
	name, words string
	play        func(s *script)
}

func (s *script) heard(words string) {
	s.t.Helper()
	if !s.j.Failed() {
		s.t.Fatalf("no judge says %q", words)
	}
	for _, v := range s.j.Violations() {
		if strings.Contains(v.Message, words) {
			return
		}
	}
	s.t.Fatalf("want %q, got %+v", words, s.j.Violations())
}

var (
	tokenID = core.GlobalID{Kind: core.IDUser, N: 40}
	newID   = core.GlobalID{Kind: core.IDUser, N: 41}
	farID   = core.GlobalID{Kind: core.IDUser, N: 42}
)

// prepares gives out the token 7 for an export of the table.
func (s *script) prepares() {
	s.commit()
	s.answer(s.ask(core.Request{Op: core.RequestPrepareExport, GlobalID: tokenID, Owner: 1, From: tableID}), core.Response{Token: 7})
	s.view(tableID).Tokens++
	s.next()
	s.move(*s.view(tableID))
}

// insertTable is the transaction that makes a table that has a status collection.
func insertTable(id, status core.GlobalID, shard persist.ShardID) []stash.Write {
	d := descriptionValue(core.KindTable)
	if status != (core.GlobalID{}) {
		d += string(text(nil, 4, status.String()))
	}
	return []stash.Write{
		{Kind: stash.WriteInsert, Collection: stash.CollectionMetadata, Key: id.String(), Value: shardsValue(shard)},
		{Kind: stash.WriteInsert, Collection: stash.CollectionDescriptions, Key: id.String(), Value: d},
	}
}

func (s *script) askTable(id, status core.GlobalID) core.RequestID {
	return s.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{ID: id, Description: core.Description{Kind: core.KindTable, Schema: schema, Status: status}}}})
}

func turnLives() []worded {
	return []worded{
		{"another input for a token that is out", "is for another input", func(s *script) {
			s.created(otherID, shardTwo, core.KindTable)
			s.prepares()
			s.answer(s.ask(core.Request{Op: core.RequestPrepareExport, GlobalID: tokenID, Owner: 2, From: otherID}), core.Response{Token: 7})
		}},
		{"a token is cancelled by another one", "shows another token", func(s *script) {
			s.prepares()
			s.answer(s.ask(core.Request{Op: core.RequestCancelToken, GlobalID: tokenID, Owner: 1, Token: 8}), core.Response{})
		}},
		{"an export is made without its token", "the token that is out is another one", func(s *script) {
			s.prepares()
			d := core.ExportDescription{From: tableID, Connection: "sink", AsOf: at(15), Host: core.HostConfig{Size: 1}}
			q := s.ask(core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{{ID: tokenID, Description: d, Token: 8}}})
			s.commit(insert(stash.CollectionExports, tokenID, exportValue(&d)), insert(stash.CollectionExportAsOf, tokenID, startValue(15, false)))
			s.answer(q, core.Response{})
		}},
		{"a status collection that an earlier request drops", "its status collection was dropped before", func(s *script) {
			s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{tableID}})
			q := s.askTable(otherID, tableID)
			s.commit(append(insertTable(otherID, tableID, shardTwo), dropWrites()...)...)
			s.opened(otherID, shardTwo, core.KindTable)
			s.answer(q, core.Response{})
		}},
		{"a table takes its status to what takes none", "a description is malformed", func(s *script) {
			s.hosts(15, true)
			q := s.askTable(otherID, otherFill)
			s.commit(insertTable(otherID, otherFill, shardTwo)...)
			s.opened(otherID, shardTwo, core.KindTable)
			s.answer(q, core.Response{})
		}},
		{"a collection under the id of an export", "an id is an export's", func(s *script) {
			s.hosts(15, true)
			q := s.askTable(outID, core.GlobalID{})
			s.commit(insertTable(outID, core.GlobalID{}, shardTwo)...)
			s.opened(outID, shardTwo, core.KindTable)
			s.answer(q, core.Response{})
		}},
		{"a drop of several names one", "which was never known either", func(s *script) {
			s.refuse(s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{newID, farID}}), core.IdentifierMissing, newID)
		}},
		{"a read does not wait for the create before it", "does not wait for request", func(s *script) {
			s.askTable(newID, core.GlobalID{})
			s.refuse(s.ask(core.Request{Op: core.RequestSnapshot, GlobalID: newID, AsOf: 5}), core.IdentifierMissing, newID)
		}},
		{"an append overtakes a drop", "which came before and drops it", func(s *script) {
			s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{tableID}})
			s.answer(s.append(tableID, 3, 30, relation.Update{Data: rowTrue, Time: 25, Diff: 1}), core.Response{})
		}},
		{"a snapshot that is read is answered as never sent", "something of it was sent", func(s *script) {
			q := s.beginRead()
			s.wait(s.config.SnapshotWait)
			s.refuse(q, core.DeadlineExceeded)
		}},
		{"a create whose transaction is out is answered as never sent", "something of it was sent", func(s *script) {
			q := s.askTable(newID, core.GlobalID{})
			s.issueStash(stash.Call{Op: stash.OpCommit, Txn: stash.TxnID{Hi: 5}, Writes: insertTable(newID, core.GlobalID{}, shardTwo)})
			s.next()
			s.refuse(q, core.Halted)
		}},
		{"a since that has come to its end is not sent", "its shard is not told so in that step", func(s *script) {
			s.grace()
			s.dropTable()
			s.next()
			v := *s.view(tableID)
			v.Since, v.Implied = empty(), empty()
			s.move(v)
			s.next()
			s.commit()
		}},
		{"a since is believed that is not durable", "is believed to be durable", func(s *script) {
			v := *s.view(tableID)
			v.ReaderSince = at(3)
			s.next()
			s.move(v)
		}},
	}
}

// statusRow is a row about an object's condition.
func statusRow(id core.GlobalID, condition string) relation.Row {
	return relation.Row("\x03\x00\x00\x00\x00\x00\x00\x00\x01\x05" + id.String() + "\x00\x05" + condition + "\x00\x00")
}

var statusShard = persist.ShardID{Hi: 90, Lo: 90}

// status lets a process write a status row at a time.
func (s *script) status(process uint32, t frontier.Timestamp, condition string) {
	s.wrote(process, statusShard, at(t+1), relation.Update{Data: statusRow(filledID, condition), Time: t, Diff: 1})
}

// chooses lets a process send an append that it has chosen the time of.
func (s *script) chooses(shard persist.ShardID, t frontier.Timestamp, row relation.Row) {
	c := persist.Call{Op: persist.OpCompareAndAppend, Shard: shard, Expected: at(21), Upper: at(t + 1), Updates: []relation.Update{{Data: row, Time: t, Diff: 1}}}
	s.hosting(HostIssued, HostObservation{Host: &fillHost, Process: 1, Effect: &storaged.Effect{Kind: storaged.EffectPersist, Persist: c}})
}

func (s *script) filling(play func()) {
	s.hosts(15, true)
	s.fills()
	s.silent()
	play()
}

func toldLives() []worded {
	run := storaged.ObjectView{ID: filledID, Condition: storaged.Running}
	export := func(status persist.ShardID) core.Command {
		return core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{
			ID: outID, Connection: "sink", From: filledID, Data: filledShard, Schema: schema, AsOf: at(15), Snapshot: true, Status: status,
		}}
	}
	return []worded{
		{"a status shard of nothing", "is to write its status to", func(s *script) {
			s.filling(func() { s.connected(outHost, 1); s.tell(outHost, 1, export(shardOne)) })
		}},
		{"a session that was lost before it was open", "which is not open", func(s *script) {
			s.filling(func() {
				s.next()
				session := core.Session{Epoch: s.epoch[s.life], Nonce: 1}
				s.observe(Observation{Kind: Issued, Effect: &core.Effect{Kind: core.EffectHost, ID: 900, Host: core.HostCall{Op: core.HostConnect, Host: outHost, Session: session}}})
				s.next()
				s.observe(Observation{Kind: SessionLost, Hosted: &HostObservation{Host: &outHost, Session: session}})
				s.next()
				s.observe(Observation{Kind: Completed, Effect: &core.Effect{Kind: core.EffectHost, ID: 900}, Hosted: &HostObservation{HostResult: &core.HostResult{Outcome: outcome.Done}}})
				s.tell(outHost, 1, export(persist.ShardID{}))
			})
		}},
		{"a drop is answered before it is told", "the session is not told to end it", func(s *script) {
			s.filling(func() {
				s.connected(outHost, 1)
				s.tell(outHost, 1, export(persist.ShardID{}), historyEnd)
				q := s.ask(core.Request{Op: core.RequestDropExports, IDs: []core.GlobalID{outID}})
				s.commit(stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionDropped, Key: outID.String()})
				s.answer(q, core.Response{})
				s.next()
				s.commit()
			})
		}},
		{"what is held is ended", "but something holds it", func(s *script) {
			s.filling(func() {
				s.opened(filledID, filledShard, core.KindIngestion)
				s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{filledID}})
				s.commit(
					stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionDropped, Key: filledID.String()},
					stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionFinalize, Key: filledShard.String(), Value: listedValue(filledID)},
					stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionFinalize, Key: remapFive.String(), Value: listedValue(filledID)},
				)
				s.connected(fillHost, 1)
				s.tell(fillHost, 1, core.Command{Kind: core.CommandAllowCompaction, ID: filledID, Frontier: empty()})
			})
		}},
		{"an ingestion begins anew because what it filled was dropped alone", "which nobody told it to end", func(s *script) {
			s.filling(func() {
				both, one := source5(0), source5(0)
				both.Source.Exports = []core.SourceExport{{ID: filledID, Data: filledShard}, {ID: otherFill, Data: shardSix}}
				one.Source.Exports = both.Source.Exports[:1]
				s.session(1, 1, both, historyEnd)
				s.runs(1, run)
				s.session(1, 2, both, historyEnd, core.Command{Kind: core.CommandAllowCompaction, ID: otherFill, Frontier: empty()})
				s.session(1, 3, one, historyEnd)
				run.Condition = storaged.Ending
				s.runs(1, run)
			})
		}},
		{"a fence is left open", "its fence is open", func(s *script) {
			s.filling(func() {
				s.hosting(SinkApplied, HostObservation{
					Host: &outHost, Process: 2,
					SinkCall:   &sink.Call{Op: sink.OpOpen, Export: outID, Connection: "sink", Fence: sink.Fence{Lo: 3}},
					SinkResult: &sink.Result{Outcome: outcome.Done}, SinkBefore: &SinkState{}, SinkAfter: &SinkState{Fence: sink.Fence{Lo: 3}},
				})
				s.session(2, 1, core.Command{Kind: core.CommandStop, ID: outID}, historyEnd)
				s.confirms(2, 1, outID)
			})
		}},
		{"an export is given what it cannot read", "an export goes on before what it is to read can be read", func(s *script) {
			s.filling(func() {
				s.exports(1, at(0), at(16), up(rowTrue, 15, 1))
				d := core.ExportDescription{From: tableID, Connection: "sink", AsOf: at(15), Snapshot: true, Host: core.HostConfig{Size: 1}}
				q := s.ask(core.Request{Op: core.RequestAlterExports, Exports: []core.ExportSpec{{ID: outID, Description: d}}})
				s.commit(stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionExports, Key: outID.String(), Value: exportValue(&d)})
				s.silent()
				b := s.j.beliefAt(s.node, s.j.slotOf(tableID))
				b.view.Since = at(16)
				s.answer(q, core.Response{})
			})
		}},
		{"a reader whose lease has ended", "goes on with the reader", func(s *script) {
			s.filling(func() {
				r := persist.ReaderID{Hi: 3, Lo: 3}
				c := persist.Call{Op: persist.OpOpenLeasedReader, Shard: filledShard, Reader: r, Lease: clock.Hour}
				s.hosting(HostIssued, HostObservation{Host: &outHost, Process: 2, Effect: &storaged.Effect{Kind: storaged.EffectPersist, Persist: c}})
				s.called(2, c, outcome.Done, nil)
				s.heal()
				s.wait(s.config.PersistDeadline + s.config.BackoffMax)
				for range mostRefused + 2 { // the first one it did not know of
					again := persist.Call{Op: persist.OpDowngradeSince, Shard: filledShard, Reader: r}
					s.hosting(HostIssued, HostObservation{Host: &outHost, Process: 2, Effect: &storaged.Effect{Kind: storaged.EffectPersist, Persist: again}})
					s.called(2, again, outcome.LeaseExpired, nil)
				}
			})
		}},
		{"a status row comes twice", "a status row of u5 twice", func(s *script) {
			s.filling(func() { s.status(1, 30, "running"); s.status(1, 31, "running") })
		}},
		{"a status row of what was dropped", "has said that it has dropped u5", func(s *script) {
			s.filling(func() {
				s.session(1, 1, source5(0), historyEnd, endOf5)
				s.confirms(1, 1, filledID)
				s.status(1, 30, "stopped")
			})
		}},
		{"a status row of tomorrow", "writes the status of u5 at 50", func(s *script) {
			s.filling(func() { s.chooses(statusShard, 50, statusRow(filledID, "running")) })
		}},
		{"a binding of tomorrow", "binds records of u5 to 50", func(s *script) {
			s.filling(func() { s.chooses(remapFive, 50, bindingRow(9)) })
		}},
	}
}

func TestTurns(t *testing.T) {
	for _, life := range append(turnLives(), toldLives()...) {
		t.Run(life.name, func(t *testing.T) {
			s := world(t)
			life.play(s)
			s.heard(life.words)
		})
	}
}

// An export is to read what it is described to read.
func TestExportReads(t *testing.T) {
	s := world(t)
	s.filling(func() {
		run := storaged.ObjectView{ID: outID, Sink: true, Condition: storaged.Running, Reading: true, Input: filledShard}
		s.runs(2, run)
		e := &s.j.hosting.exports[s.j.sinkNamed(outID)]
		var b strings.Builder
		if s.j.l4Reads(&b, 0, e) != 0 {
			t.Errorf("objected to: %s", b.String())
		}
		run.Input = shardSix
		s.runs(2, run)
		if s.j.l4Reads(&b, 0, e) != 1 || !strings.Contains(b.String(), "u9 is to read u5") {
			t.Errorf("not objected to: %s", b.String())
		}
	})
}

// A third row in a row says nothing new, though none of them is another one again.
func TestStatusSaysNothingNew(t *testing.T) {
	s := world(t)
	s.filling(func() {
		for i := range mostSaid + 1 {
			s.silent()
			row := []byte(statusRow(filledID, "running"))
			row[8] = byte(i)
			s.wrote(1, statusShard, at(frontier.Timestamp(40+i)), relation.Update{Data: relation.Row(row), Time: frontier.Timestamp(39 + i), Diff: 1})
		}
	})
	s.heard("3. time in a row")
}

// What a process may choose follows its clock, bounded by its session's Hello.
func TestHostClock(t *testing.T) {
	var c hostClock
	c.reads(clock.Now{Wall: 900}, 0)
	if c.peak != 0 {
		t.Error("a process that was never greeted has no time")
	}
	c.greeted(1000, clock.Now{Mono: 5_000_000})
	for _, step := range []struct {
		wall clock.Wall
		mono clock.Instant
		peak frontier.Timestamp
	}{{900, 5_000_000, 900}, {5000, 5_000_000, 1051}, {5000, 6_000_000, 2051}, {10, 7_000_000, 2051}} {
		c.reads(clock.Now{Wall: step.wall, Mono: step.mono}, 50*clock.Millisecond)
		if c.peak != step.peak {
			t.Errorf("at %d µs with wall %d: %d, want %d", step.mono, step.wall, c.peak, step.peak)
		}
	}
}
