package invariants

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
)

// toldStories are lives in which a host does something else than it was told, or takes
// something else for bound than is, or a controller forgets who has to be told.
func toldStories() []story {
	hosted := func(play func(s *script)) func(s *script) {
		return func(s *script) {
			s.hosts(15, true)
			s.fills()
			s.exports(1, at(0), at(16), up(rowTrue, 15, 1))
			s.silent()
			play(s)
		}
	}
	dropped := func(s *script) core.RequestID {
		q := s.ask(core.Request{Op: core.RequestDropExports, IDs: []core.GlobalID{outID}})
		s.commit(stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionDropped, Key: outID.String()})
		return q
	}
	return []story{
		{"a process takes less for bound than is", "S15", hosted(func(s *script) {
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Running, Frontier: at(21), Bound: 4})
			s.silent()
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Running, Frontier: at(21), Bound: 2})
		})},
		{"a process takes for bound what comes later", "S15", hosted(func(s *script) {
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Running, Frontier: at(20), Bound: 2})
			s.silent()
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Running, Frontier: at(20), Bound: 4})
		})},
		{"a process knows times that are not complete", "S15", hosted(func(s *script) {
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Running, Frontier: at(30), Bound: 4})
		})},
		{"times without records advance ahead of the clock", "S15", hosted(func(s *script) {
			s.mints(1, 1, at(21), at(22))
		})},
		{"records are bound ahead of the clock as they come", "S15", hosted(func(s *script) {
			s.session(1, 1, core.Command{Kind: core.CommandUpdateConfiguration, Settings: core.HostSettings{AdvanceEvery: clock.Second}})
			s.mints(1, 1, at(21), at(22), up(bindingRow(5), 21, 1))
			s.mints(1, 1, at(21), at(22), up(bindingRow(5), 21, 1)) // it is repeated
			s.mints(1, 2, at(22), at(23), up(bindingRow(6), 22, 1))
			s.silent()
			s.mints(1, 3, at(23), at(24), up(bindingRow(7), 23, 1))
		})},
		{"an append of unknown outcome is given up for another one", "S13", hosted(func(s *script) {
			s.appends(1, 1, 901)
			s.appendEnded(1, 901, outcome.Unknown)
			s.appends(1, 1, 902)
			s.appendEnded(1, 902, outcome.NotDone)
			s.silent()
			s.appends(1, 2, 903)
		})},
		{"an append that was not answered is given up for another one", "S13", hosted(func(s *script) {
			s.appends(1, 1, 901)
			s.appendEnded(1, 901, outcome.NotDone)
			s.appends(1, 2, 902)
			s.silent()
			s.appends(1, 3, 903)
		})},
		{"an ingestion is forgotten while an append of it is undecided", "S13", hosted(func(s *script) {
			s.session(1, 1, source5(0), historyEnd)
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Running})
			s.appends(1, 1, 901)
			s.appendEnded(1, 901, outcome.Unknown)
			s.session(1, 2, historyEnd)
			s.silent()
			s.hosting(HostMoved, HostObservation{Host: &fillHost, Process: 1, Object: &storaged.ObjectView{ID: filledID}, Gone: true})
		})},
		{"a source is asked again for what it has forgotten", "S15", hosted(func(s *script) {
			s.polls(1, 901)
			s.polled(1, 901, source.Result{Outcome: outcome.Mismatch})
			s.silent()
			s.wait(10 * clock.Second)
			s.polls(1, 902)
		})},
		{"times go on although the source has finished", "S15", hosted(func(s *script) {
			s.polls(1, 901)
			s.polled(1, 901, source.Result{Outcome: outcome.Done, Finished: true})
			s.mints(1, 1, at(21), at(22), up(bindingRow(5), 21, 1))
			s.silent()
			s.mints(1, 2, at(22), at(23), up(bindingRow(6), 22, 1))
		})},
		{"a host is told a time that the stash server's does not allow", "S4", hosted(func(s *script) {
			s.wall = 9000
			s.next()
			s.observe(Observation{Kind: Issued, Effect: &core.Effect{Kind: core.EffectHost, ID: 900, Host: core.HostCall{
				Op: core.HostConnect, Host: fillHost, Session: core.Session{Epoch: s.epoch[s.life], Nonce: 99}, Wall: 9000}}})
		})},
		{"a process begins what it was not told to run", "S13", hosted(func(s *script) {
			s.session(1, 1, source5(0), historyEnd)
			s.session(1, 2, historyEnd)
			s.hosting(HostMoved, HostObservation{Host: &fillHost, Process: 1, Object: &storaged.ObjectView{ID: filledID}})
		})},
		{"a process reads another shard than it is to", "S13", hosted(func(s *script) {
			v := storaged.ObjectView{ID: outID, Sink: true, Condition: storaged.Running, Reading: true, Input: filledShard}
			s.session(2, 1, core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{ID: outID, Data: filledShard}}, historyEnd)
			s.runs(2, v)
			s.silent()
			s.session(2, 2, core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{ID: outID, Data: shardSix}}, historyEnd)
			s.runs(2, v)
		})},
		{"an export that runs is forgotten", "S13", hosted(func(s *script) {
			s.runs(2, storaged.ObjectView{ID: outID, Sink: true, Condition: storaged.Running})
			dropped(s)
			s.silent()
			s.commit(stash.Write{Kind: stash.WriteDelete, Collection: stash.CollectionExports, Key: outID.String()})
		})},
		{"a host is not told of the end of what an older controller may have begun there", "S13", hosted(func(s *script) {
			s.boot(1)
			dropped(s)
			s.connected(outHost, 1)
			s.silent()
			s.tell(outHost, 1, historyEnd)
		})},
		{"a host that was left is not told so by the next controller", "S13", hosted(func(s *script) {
			s.left()
			s.boot(1)
			s.connected(outHost, 1)
			s.silent()
			s.tell(outHost, 1, historyEnd)
		})},
		{"a dropped export that its host has confirmed is not forgotten", "L2", hosted(func(s *script) {
			s.answer(dropped(s), core.Response{})
			s.connected(outHost, 1)
			s.tell(outHost, 1, createNine, historyEnd, core.Command{Kind: core.CommandAllowCompaction, ID: outID, Frontier: empty()})
			s.next()
			s.observe(Observation{Kind: Reported, Hosted: &HostObservation{
				Host: &outHost, Session: core.Session{Epoch: s.epoch[s.life], Nonce: 1}, Report: &core.Report{Dropped: []core.GlobalID{outID}},
			}})
			s.silent()
			for range 3 {
				s.wait(longestIdle)
				s.ask(core.Request{Op: core.RequestAppend})
			}
		})},
		{"an export is answered as created and its session is not told", "S13", func(s *script) {
			s.connected(core.HostID{Object: outID, Size: 1}, 1)
			s.tell(core.HostID{Object: outID, Size: 1}, 1, historyEnd)
			q := s.exported()
			s.silent()
			s.answer(q, core.Response{})
		}},
		{"an export is not told to its host when what it reads comes into use", "S13", func(s *script) {
			s.answer(s.exported(), core.Response{})
			s.boot(1)
			s.connected(outHost, 1)
			s.tell(outHost, 1, historyEnd)
			s.opened(tableID, shardOne, core.KindTable)
		}},
		{"a copy that was shut out goes on reading", "L8", hosted(func(s *script) {
			s.runs(2, storaged.ObjectView{ID: outID, Sink: true, Condition: storaged.Fenced})
			s.silent()
			s.runs(2, storaged.ObjectView{ID: outID, Sink: true, Condition: storaged.Fenced, Reading: true})
		})},
		{"an export becomes durable without the snapshot that was asked for", "S11", func(s *script) {
			d := core.ExportDescription{From: tableID, Connection: "sink", AsOf: at(15), Snapshot: true, Host: core.HostConfig{Size: 1}}
			s.ask(core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{{ID: outID, Description: d}}})
			s.commit(insert(stash.CollectionExports, outID, exportValue(&d)), insert(stash.CollectionExportAsOf, outID, startValue(15, false)))
		}},
		{"a hold on a dropped collection does not come back", "S11", func(s *script) {
			s.dropTable()
			s.move(*s.view(tableID))
			s.silent()
			s.refuse(s.ask(core.Request{Op: core.RequestRenewHold, GlobalID: tableID, Owner: 1, Hold: 1, At: 5}), core.IdentifierMissing, tableID)
		}},
		{"a read that has begun is refused by a drop", "S11", func(s *script) {
			q := s.snapshot(15)
			s.issue(readCall(persist.OpOpenLeasedReader))
			s.dropTable()
			s.silent()
			s.move(*s.view(tableID))
			s.refuse(q, core.IdentifierMissing, tableID)
		}},
		{"an ingestion reads what it fills", "S11", func(s *script) {
			g := ingestionOn(followed, 1)
			g.Imports = []core.GlobalID{otherFill}
			q := s.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{
				{ID: filledID, Description: core.Description{Kind: core.KindIngestion, Schema: schema, Ingestion: g}},
				{ID: otherFill, Description: core.Description{Kind: core.KindSubsource, Schema: schema, Of: filledID}},
			}})
			s.commit(
				insert(stash.CollectionMetadata, filledID, string(word(word(word(word(nil, 1, 5), 2, 1), 3, 5), 4, 2))),
				insert(stash.CollectionMetadata, otherFill, shardsValue(shardSix)),
				insert(stash.CollectionDescriptions, filledID, string(text([]byte(descriptionValue(core.KindIngestion)), 6, ingestionValue(g)))),
				insert(stash.CollectionDescriptions, otherFill, string(text([]byte(descriptionValue(core.KindSubsource)), 7, filledID.String()))),
			)
			s.silent()
			s.answer(q, core.Response{})
		}},
		{"the services are not listed again", "L4", hosted(func(s *script) {
			s.next()
			s.observe(Observation{Kind: Issued, Effect: &core.Effect{Kind: core.EffectOrchestrator, ID: 900, Orchestrator: core.OrchestratorCall{Op: core.OrchestratorList, Epoch: s.epoch[s.life]}}})
			s.next()
			s.observe(Observation{Kind: Completed, Effect: &core.Effect{Kind: core.EffectOrchestrator, ID: 900}, Hosted: &HostObservation{OrchestratorResult: &core.OrchestratorResult{Outcome: outcome.Done}}})
			s.wait(s.config.ServicesEvery - 10*clock.Millisecond)
			s.commit()
			s.silent()
			s.wait(10 * clock.Millisecond)
			s.commit()
		})},
	}
}

// mints lets a process send an append of bindings.
func (s *script) mints(process uint32, token uint64, expected, upper frontier.Frontier, updates ...relation.Update) {
	s.hosting(HostIssued, HostObservation{Host: &fillHost, Process: process, Effect: &storaged.Effect{
		Kind: storaged.EffectPersist,
		Persist: persist.Call{
			Op: persist.OpCompareAndAppend, Shard: remapFive, Token: persist.Token{Lo: token}, Expected: expected, Upper: upper, Updates: updates,
		},
	}})
}

// appends lets a process try an append to the shard of the ingestion, appendEnded says how that
// ended.
func (s *script) appends(process uint32, token uint64, effect core.EffectID) {
	s.wait(10 * clock.Second)
	s.hosting(HostIssued, HostObservation{Host: &fillHost, Process: process, Effect: &storaged.Effect{
		Kind: storaged.EffectPersist, ID: effect,
		Persist: persist.Call{Op: persist.OpCompareAndAppend, Shard: filledShard, Token: persist.Token{Lo: token}},
	}})
}

func (s *script) appendEnded(process uint32, effect core.EffectID, o outcome.Outcome) {
	s.hosting(HostCompleted, HostObservation{Host: &fillHost, Process: process, Completed: effect, Outcome: o})
}

// polls lets a process ask the source, polled says what that answered.
func (s *script) polls(process uint32, effect core.EffectID) {
	s.hosting(HostIssued, HostObservation{Host: &fillHost, Process: process, Effect: &storaged.Effect{
		Kind: storaged.EffectSource, ID: effect, Source: source.Call{Op: source.OpPoll, Ingestion: filledID, Connection: followed, From: 4},
	}})
}

func (s *script) polled(process uint32, effect core.EffectID, r source.Result) {
	s.hosting(HostCompleted, HostObservation{Host: &fillHost, Process: process, Completed: effect, Outcome: r.Outcome, SourceResult: &r})
}

// exported creates an export of the table, up to its answer.
func (s *script) exported() core.RequestID {
	d := core.ExportDescription{From: tableID, Connection: "sink", AsOf: at(15), Host: core.HostConfig{Size: 1}}
	q := s.ask(core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{{ID: outID, Description: d}}})
	s.commit(insert(stash.CollectionExports, outID, exportValue(&d)), insert(stash.CollectionExportAsOf, outID, startValue(15, false)))
	return q
}

// left moves the export away from its host, which may still run it.
func (s *script) left() {
	d := core.ExportDescription{From: filledID, Connection: "sink", AsOf: at(15), Snapshot: true, Host: core.HostConfig{Size: 2}}
	s.ask(core.Request{Op: core.RequestAlter, Moves: []core.Move{{ID: outID, Host: d.Host}}})
	s.commit(stash.Write{
		Kind: stash.WriteUpsert, Collection: stash.CollectionExports, Key: outID.String(),
		Value: string(text([]byte(exportValue(&d)), 7, hostValue(core.HostConfig{Size: 1}))),
	})
}

// At rest, a controller has turned to all hosts where something may still run.
func TestFormerHostsAreAsked(t *testing.T) {
	s := world(t)
	s.hosts(15, true)
	s.left()
	s.boot(1)
	s.next()
	s.observe(Observation{Kind: Healed})
	if why, want := missing(s.j.l4Former), "u9 may still run on u9/1, as its description says, and the controller has not turned to that host since it booted"; why != want {
		t.Errorf("%q, want %q", why, want)
	}
	s.connected(outHost, 1)
	if why := missing(s.j.l4Former); why != "" {
		t.Error(why)
	}
}
