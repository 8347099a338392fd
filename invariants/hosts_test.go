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
)

func up(data relation.Row, t frontier.Timestamp, diff int64) relation.Update {
	return relation.Update{Data: data, Time: t, Diff: diff}
}

// hostStories are lives in which a host, or a controller of one, does one thing wrong.
func hostStories() []story {
	hosted := func(play func(s *script)) func(s *script) {
		return func(s *script) {
			s.hosts(15, true)
			s.fills()
			s.exports(1, at(0), at(16), up(rowTrue, 15, 1))
			s.silent()
			play(s)
		}
	}
	return []story{
		{"a record is lost", "S15", hosted(func(s *script) {
			s.says(5, false, said(4, 0, rowTrue, 1))
			s.binds(30, 4, 5)
			s.wrote(1, filledShard, at(31))
		})},
		{"a record is there twice", "S15", hosted(func(s *script) {
			s.says(5, false, said(4, 0, rowTrue, 1))
			s.binds(30, 4, 5)
			s.wrote(1, filledShard, at(31), up(rowTrue, 30, 2))
		})},
		{"a record has another time", "S15", hosted(func(s *script) {
			s.says(5, false, said(4, 0, rowTrue, 1))
			s.binds(30, 4, 5)
			s.wrote(1, filledShard, at(31), up(rowTrue, 29, 1))
		})},
		{"a record of another output", "S15", hosted(func(s *script) {
			s.says(5, false, said(4, 1, rowTrue, 1))
			s.binds(30, 4, 5)
			s.wrote(1, filledShard, at(31), up(rowTrue, 30, 1))
		})},
		{"a record that does not fit is written as it is", "S15", hosted(func(s *script) {
			s.says(5, false, said(4, 0, rowMisfit, 1))
			s.binds(30, 4, 5)
			s.wrote(1, filledShard, at(31), up(rowMisfit, 30, 1))
		})},
		{"data is written before it is bound", "S15", hosted(func(s *script) {
			s.says(5, false, said(4, 0, rowTrue, 1))
			s.wrote(1, filledShard, at(31), up(rowTrue, 30, 1))
		})},
		{"offsets go back", "S15", hosted(func(s *script) { s.binds(30, 4, 3) })},
		{"a binding is not taken back", "S15", hosted(func(s *script) {
			s.says(5, false, said(4, 0, rowTrue, 1))
			s.binds(30, 0, 5)
		})},
		{"what nobody has read is bound", "S15", hosted(func(s *script) { s.binds(30, 4, 9) })},
		{"a collection of a source that goes on is closed", "S15", hosted(func(s *script) {
			s.wrote(1, remapFive, empty())
		})},
		{"a controller writes what a host fills", "S15", hosted(func(s *script) {
			s.apply(persist.Call{Op: persist.OpCompareAndAppend, Shard: filledShard, Epoch: s.epoch[s.life]}, outcome.Done, func(st *ShardState) { st.Upper = at(40) })
		})},
		{"the bindings are compacted too far", "S15", hosted(func(s *script) {
			s.called(1, persist.Call{Op: persist.OpDowngradeSince, Shard: remapFive}, outcome.Done, func(st *ShardState) { st.Since = at(21) })
		})},

		{"an export misses a change", "S10", hosted(func(s *script) { s.exports(1, at(16), at(21)) })},
		{"an export has a change twice", "S10", hosted(func(s *script) { s.exports(2, at(16), at(21), up(misfitRow, 20, 2)) })},
		{"an export has the contents again", "S10", hosted(func(s *script) {
			s.exports(2, at(16), at(21), up(rowTrue, 16, 1), up(misfitRow, 20, 1))
		})},
		{"an export says more than is complete", "S10", hosted(func(s *script) { s.exports(1, at(16), at(25), up(misfitRow, 20, 1)) })},
		{"an export resumes behind its progress", "S10", hosted(func(s *script) {
			s.runs(2, storaged.ObjectView{ID: outID, Sink: true, Resume: at(17)})
		})},
		{"an export resumes where nothing can be read", "S10", hosted(func(s *script) {
			r := persist.ReaderID{Hi: 3, Lo: 3}
			c := persist.Call{Op: persist.OpOpenLeasedReader, Shard: filledShard, Reader: r, Lease: clock.Second}
			s.hosting(HostIssued, HostObservation{Host: &outHost, Process: 2, Effect: &storaged.Effect{Kind: storaged.EffectPersist, Persist: c}})
			s.called(2, c, outcome.Done, func(st *ShardState) { st.Since = at(12) })
			s.runs(2, storaged.ObjectView{ID: outID, Sink: true, Resume: at(11), Reader: r})
		})},
		{"an export's input is compacted too far", "S10", hosted(func(s *script) {
			s.called(1, persist.Call{Op: persist.OpDowngradeSince, Shard: filledShard}, outcome.Done, func(st *ShardState) { st.Since = at(16) })
		})},
		{"an export's as_of is overwritten", "S10", hosted(func(s *script) {
			s.commit(stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionExportAsOf, Key: outID.String(), Value: startValue(16, true)})
		})},
		{"an export that nobody made", "S10", func(s *script) { s.exports(1, at(0), at(16)) }},

		{"an ingestion is told as something else", "S9", hosted(func(s *script) {
			s.described(ingestionOn("elsewhere", 1))
		})},
		{"a move that was acknowledged is not told", "S9", hosted(func(s *script) {
			before := s.ask(core.Request{Op: core.RequestCollection, GlobalID: filledID})
			q := s.ask(core.Request{Op: core.RequestAlter, Moves: []core.Move{{ID: filledID, Host: core.HostConfig{Size: 2}}}})
			s.commit(stash.Write{
				Kind: stash.WriteUpsert, Collection: stash.CollectionDescriptions, Key: filledID.String(),
				Value: string(text([]byte(descriptionValue(core.KindIngestion)), 6, ingestionValue(ingestionOn(followed, 2)))),
			})
			s.tellsOf(before, ingestionOn(followed, 1))
			s.answer(q, core.Response{})
			s.silent()
			s.described(ingestionOn(followed, 1))
		})},
		{"an export is told as something else", "S9", hosted(func(s *script) {
			q := s.ask(core.Request{Op: core.RequestExport, GlobalID: outID})
			s.answer(q, core.Response{Export: []core.ExportInfo{{ID: outID, Description: core.ExportDescription{From: filledID, Connection: "sink", Host: core.HostConfig{Size: 9}}}}})
		})},
		{"an end that was not confirmed is left out of the next history", "S13", func(s *script) {
			s.hosts(15, true)
			s.ask(core.Request{Op: core.RequestDropExports, IDs: []core.GlobalID{outID}})
			s.commit(stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionDropped, Key: outID.String()})
			s.connected(outHost, 1)
			s.tell(outHost, 1, createNine, historyEnd, core.Command{Kind: core.CommandAllowCompaction, ID: outID, Frontier: empty()})
			s.silent()
			s.connected(outHost, 2)
			s.tell(outHost, 2, historyEnd)
		}},
		{"a host halts", "S12", hosted(func(s *script) {
			s.hosting(HostHalted, HostObservation{Host: &fillHost, Process: 1, View: &storaged.View{Halt: core.Halt{Code: core.HaltContradiction, Where: "append"}}})
		})},
		{"an object ends that nobody told to end", "S13", hosted(func(s *script) {
			s.session(1, 1, source5(0), historyEnd)
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Running})
			s.session(1, 2, source5(7), historyEnd)
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Ending})
		})},
		{"a history that is not complete ends an object", "S13", hosted(func(s *script) {
			s.session(1, 1, source5(0), historyEnd)
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Running})
			s.session(1, 2, endOf5)
			s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Ending})
		})},
		{"a drop is confirmed that this session did not ask for", "S13", hosted(func(s *script) {
			s.session(1, 1, source5(0), historyEnd, endOf5)
			s.session(1, 2, historyEnd)
			s.confirms(1, 2, filledID)
		})},
		{"a drop is confirmed twice", "S13", hosted(func(s *script) {
			s.session(1, 1, source5(0), historyEnd, endOf5)
			s.confirms(1, 1, filledID)
			s.confirms(1, 1, filledID)
		})},
		{"what is said to be dropped is written", "S13", hosted(func(s *script) {
			s.session(1, 1, source5(0), historyEnd, endOf5)
			s.confirms(1, 1, filledID)
			s.wrote(1, remapFive, at(25))
		})},
		{"an export that is said to be dropped is written", "S13", hosted(func(s *script) {
			s.session(2, 1, core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{ID: outID}}, historyEnd, core.Command{Kind: core.CommandStop, ID: outID})
			s.confirms(2, 1, outID)
			s.exports(1, at(16), at(20))
		})},

		{"a process takes an older epoch", "S7", hosted(func(s *script) {
			s.greets(1, storaged.EffectAccept, 2, 1)
			s.greets(1, storaged.EffectAccept, 1, 5)
		})},
		{"a process obeys an older epoch", "S7", hosted(func(s *script) {
			s.greets(1, storaged.EffectAccept, 2, 1)
			s.hosting(CommandDelivered, HostObservation{Host: &fillHost, Process: 1, Session: core.Session{Epoch: 1}, Command: &core.Command{Kind: core.CommandCreateSource, Source: core.SourceCommand{ID: filledID}}})
			s.step--
			s.runs(1, storaged.ObjectView{ID: filledID})
		})},
		{"a service obeys an older epoch", "S7", hosted(func(s *script) {
			s.next()
			s.observe(Observation{Kind: OrchestratorApplied, EpochBefore: 5, EpochAfter: 5, Hosted: &HostObservation{
				OrchestratorCall:   &core.OrchestratorCall{Op: core.OrchestratorStop, Host: fillHost, Epoch: s.epoch[s.life]},
				OrchestratorResult: &core.OrchestratorResult{Outcome: outcome.Done},
			}})
		})},
		{"a connect carries another epoch", "S7", hosted(func(s *script) {
			s.next()
			s.observe(Observation{Kind: Issued, Effect: &core.Effect{Kind: core.EffectHost, ID: 900, Host: core.HostCall{Op: core.HostConnect, Host: fillHost, Session: core.Session{Epoch: 9}}}})
		})},
		{"a host's word of a newer epoch is not heeded", "S7", hosted(func(s *script) {
			s.next()
			s.observe(Observation{Kind: Issued, Effect: &core.Effect{Kind: core.EffectHost, ID: 900, Host: core.HostCall{Op: core.HostConnect, Host: fillHost, Session: core.Session{Epoch: s.epoch[s.life]}}}})
			s.next()
			s.observe(Observation{Kind: Completed, Effect: &core.Effect{Kind: core.EffectHost, ID: 900}, Hosted: &HostObservation{HostResult: &core.HostResult{Outcome: outcome.Fenced, Epoch: 9}}})
			s.next()
			s.commit()
		})},
		{"a lease is not renewed", "L8", hosted(func(s *script) {
			r := persist.ReaderID{Hi: 3, Lo: 3}
			c := persist.Call{Op: persist.OpOpenLeasedReader, Shard: filledShard, Reader: r, Lease: clock.Second}
			s.hosting(HostIssued, HostObservation{Host: &outHost, Process: 2, Effect: &storaged.Effect{Kind: storaged.EffectPersist, Persist: c}})
			s.called(2, c, outcome.Done, nil)
			s.heal()
			s.wait(s.config.PersistDeadline + s.config.BackoffMax)
			for range 3 {
				s.hosting(HostIssued, HostObservation{Host: &outHost, Process: 2, Effect: &storaged.Effect{Kind: storaged.EffectReport}})
				s.wait(clock.Second)
			}
			s.called(2, persist.Call{Op: persist.OpHeartbeat, Shard: filledShard, Reader: r}, outcome.LeaseExpired, nil)
		})},
	}
}

// What is right is not objected to: bindings, contents, errors, a take-over of the
// export, the end of the source.
func TestHostsDoRight(t *testing.T) {
	s := world(t)
	s.hosts(15, true)
	s.fills()
	s.exports(1, at(0), at(16), up(rowTrue, 15, 1))
	s.exports(2, at(16), at(21), up(misfitRow, 20, 1))
	s.greets(1, storaged.EffectAccept, 1, 1)
	s.greets(1, storaged.EffectAccept, 2, 1)
	s.greets(1, storaged.EffectRefuse, 1, 2)
	s.says(6, true, said(4, 0, rowTrue, 1))
	s.wrote(1, remapFive, empty(), up(bindingRow(4), 30, -1), up(bindingRow(6), 30, 1))
	s.wrote(1, filledShard, empty(), up(rowTrue, 30, 1))
	s.wrote(1, shardSix, empty())
	s.exports(2, at(21), empty(), up(rowTrue, 30, 1))
	s.silent()
	for i, n := range names {
		if met := s.j.Stats()[i].Met; (n == "S7" || n == "S10" || n == "S15") && met == 0 {
			t.Errorf("%s did not meet its case", n)
		}
	}
}

// Without a snapshot an export has what comes after its as_of, and nothing else.
func TestExportWithoutContents(t *testing.T) {
	s := world(t)
	s.hosts(10, false)
	s.fills()
	s.exports(1, at(0), at(21), up(misfitRow, 20, 1))
	s.silent()
	s.hosting(Healed, HostObservation{})
	if why := missing(s.j.s10Missing); why != "" {
		t.Error(why)
	}
}

func missing(f func(*strings.Builder, int64) int) string {
	var b strings.Builder
	if f(&b, 0) == 0 {
		return ""
	}
	return b.String()
}

// What does not run, or runs where it should not, what did not arrive, and what is
// left of a dropped export, is said in words.
func TestHostsAtRest(t *testing.T) {
	s := world(t)
	s.hosts(15, true)
	s.fills()
	s.exports(1, at(0), at(16), up(rowTrue, 15, 1))
	s.says(5, false, said(4, 0, rowTrue, 1))
	s.next()
	s.observe(Observation{Kind: Healed})
	j := s.j
	wants := func(f func(*strings.Builder, int64) int, words string) {
		t.Helper()
		if why := missing(f); words == "" && why != "" || !strings.Contains(why, words) {
			t.Errorf("%q, want %q", why, words)
		}
	}
	wants(j.l4Missing, "u5 is to run on u5/1, but there it is nowhere")
	s.runs(1, storaged.ObjectView{ID: filledID, Condition: storaged.Running})
	s.runs(2, storaged.ObjectView{ID: outID, Sink: true, Condition: storaged.Starting})
	wants(j.l4Missing, "u9 is to run on u9/1, but there it is starting")
	s.runs(2, storaged.ObjectView{ID: outID, Sink: true, Condition: storaged.Running})
	wants(j.l4Missing, "")
	s.process(3, outHost)
	s.runs(3, storaged.ObjectView{ID: filledID, Condition: storaged.Running})
	wants(j.l4Missing, "u5 is to run on u5/1, but process 3 of u9/1 runs it")
	s.hosting(HostEnded, HostObservation{Host: &outHost, Process: 3})
	wants(j.l4Missing, "")

	wants(j.s15Missing, "u5 has what its source source said before offset 4")
	s.binds(30, 4, 5)
	s.wrote(1, filledShard, at(31), up(rowTrue, 30, 1))
	wants(j.s15Missing, "u6 has what")
	s.wrote(1, shardSix, at(31))
	wants(j.s15Missing, "")
	wants(j.s10Missing, "u9 is out up to [16]")
	s.exports(1, at(16), at(21), up(misfitRow, 20, 1))
	wants(j.s10Missing, "")
	s.silent()

	wants(j.l2Exports, "")
	s.ask(core.Request{Op: core.RequestDropExports, IDs: []core.GlobalID{outID}})
	s.commit(stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionDropped, Key: outID.String()})
	wants(j.l2Exports, "u9 was dropped, but the stash still has")
	wants(j.l4Missing, "u9 was dropped, but process 2 of u9/1 runs it")
	s.hosting(HostMoved, HostObservation{Host: &outHost, Process: 2, Object: &storaged.ObjectView{ID: outID}, Gone: true})
	wants(j.l4Missing, "")
	s.commit(
		stash.Write{Kind: stash.WriteDelete, Collection: stash.CollectionExports, Key: outID.String()},
		stash.Write{Kind: stash.WriteDelete, Collection: stash.CollectionExportAsOf, Key: outID.String()},
	)
	wants(j.l2Exports, "")
}

// What an ingestion reads is held one step before what it fills, of a while ago.
func TestImportsFollow(t *testing.T) {
	s := world(t)
	s.hosts(15, true)
	s.fills()
	s.next()
	j := s.j
	g := *j.things[j.slotOf(filledID)].description.Ingestion
	g.Imports = []core.GlobalID{tableID}
	j.things[j.slotOf(filledID)].description.Ingestion = &g
	for _, id := range []core.GlobalID{filledID, otherFill} {
		b := j.beliefAt(s.node, j.slotOf(id))
		b.present, b.view.Phase, b.view.Upper = true, core.ShardOpen, at(21)
		slot := j.slotOf(id)
		j.things[slot].shard = j.shardAt(j.things[slot].data)
		j.dataShard(slot).marks[0] = upperMark{0, at(21)}
	}
	for held, words := range map[frontier.Timestamp]string{19: "u1: ingestions hold it at [19]", 20: ""} {
		b := belief{view: core.CollectionView{Dependent: true, Dependants: at(held)}}
		if why := j.importsBehind(j.lifeOf(s.life), &b, &j.things[j.slotOf(tableID)]); words == "" && why != "" || !strings.Contains(why, words) {
			t.Errorf("held at %d: %q, want %q", held, why, words)
		}
	}
}
