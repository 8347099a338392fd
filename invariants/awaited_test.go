package invariants

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// Lives in which a controller waits for what has come, does not wait for what is to come, or
// does later what was to be done at once.

// tellsBack lets a host report in its session, and the controller believe something then.
func (s *script) tellsBack(host core.HostID, nonce uint64, r core.Report, endings []core.Ending, exports ...core.ExportView) {
	s.next()
	s.observe(Observation{Kind: Reported, Hosted: &HostObservation{
		Host: &host, Session: core.Session{Epoch: s.epoch[s.life], Nonce: nonce}, Report: &r, Endings: endings, Exports: exports,
	}})
}

var (
	droppedNine = core.Report{Dropped: []core.GlobalID{outID}}
	waitedNine  = []core.Ending{{ID: outID, Host: outHost}}
	createNine  = core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{ID: outID, From: filledID, Data: filledShard, Connection: "sink", AsOf: at(15), Snapshot: true}}
	lagPolicy   = core.Policy{Nodes: []core.PolicyNode{{Kind: core.PolicyLag, Lag: 1}}}
)

// runsNine lets the host of the export run it, as it was told in its session.
func (s *script) runsNine() {
	s.hosts(15, true)
	s.connected(outHost, 1)
	s.tell(outHost, 1, createNine, historyEnd)
	s.silent()
}

// stopsNine moves the export away, and tells the host where it runs so several times, as if
// it had come back in between.
func (s *script) stopsNine(times int) {
	s.left()
	s.silent()
	stop := core.Command{Kind: core.CommandStop, ID: outID}
	s.tell(outHost, 1, stop)
	for range times - 1 {
		t := s.j.conversationWith(s.life, outHost)
		t.about(outID).stopped = false // it was created again there meanwhile
		s.tell(outHost, 1, stop)
	}
	s.silent()
}

func awaitedLives() []worded {
	return []worded{
		{"the first of two answers counts as the end", "owes 1 more answers", func(s *script) {
			s.runsNine()
			s.stopsNine(2)
			s.tellsBack(outHost, 1, droppedNine, nil)
		}},
		{"an end that was answered is waited for", "goes on waiting for it", func(s *script) {
			s.runsNine()
			s.stopsNine(1)
			s.tellsBack(outHost, 1, droppedNine, waitedNine)
		}},
		{"what has ended elsewhere is not told to its host", "has ended elsewhere, can begin there", func(s *script) {
			s.answer(s.exported(), core.Response{})
			s.connected(outHost, 1)
			s.tell(outHost, 1, core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{ID: outID, From: tableID, Data: shardOne, Connection: "sink", AsOf: at(15)}}, historyEnd)
			d := core.ExportDescription{From: tableID, Connection: "sink", AsOf: at(15), Host: core.HostConfig{Size: 2}}
			q := s.ask(core.Request{Op: core.RequestAlter, Moves: []core.Move{{ID: outID, Host: d.Host}}})
			s.commit(stash.Write{
				Kind: stash.WriteUpsert, Collection: stash.CollectionExports, Key: outID.String(),
				Value: string(text([]byte(exportValue(&d)), 7, hostValue(core.HostConfig{Size: 1}))),
			})
			s.tell(outHost, 1, core.Command{Kind: core.CommandStop, ID: outID})
			s.answer(q, core.Response{})
			there := core.HostID{Object: outID, Size: 2}
			s.connected(there, 2)
			s.tell(there, 2, historyEnd)
			s.silent()
			s.tellsBack(outHost, 1, droppedNine, nil)
			s.next()
		}},
		{"a host is told to end what it was never told to run", "was never told to run", func(s *script) {
			s.hosts(15, true)
			s.connected(outHost, 1)
			s.tell(outHost, 1, core.Command{Kind: core.CommandStop, ID: outID})
		}},
		{"an export's progress is not believed", "and the controller believes [5]", func(s *script) {
			s.runsNine()
			r := core.Report{Uppers: []core.UpperReport{{ID: outID, Upper: at(12)}}}
			s.tellsBack(outHost, 1, r, nil, core.ExportView{ID: outID, Upper: at(12), Hold: at(15)})
			s.silent()
			s.tellsBack(outHost, 1, r, nil, core.ExportView{ID: outID, Upper: at(5), Hold: at(15)})
		}},
		{"an export holds what it has written", "holds its input at [10]", func(s *script) {
			s.runsNine()
			s.tellsBack(outHost, 1, core.Report{Uppers: []core.UpperReport{{ID: outID, Upper: at(12)}}}, nil, core.ExportView{ID: outID, Upper: at(12), Hold: at(10)})
		}},
		{"a client is told of more than an external system has", "its external system has it up to [16]", func(s *script) {
			s.hosts(15, true)
			s.fills()
			s.exports(1, at(0), at(16), up(rowTrue, 15, 1))
			s.silent()
			q := s.ask(core.Request{Op: core.RequestExport, GlobalID: outID})
			s.answer(q, core.Response{Export: []core.ExportInfo{{ID: outID, Description: core.ExportDescription{From: filledID, Connection: "sink", Host: core.HostConfig{Size: 1}},
				AsOf: at(15), Snapshot: true, Upper: at(17), Hold: at(16)}}})
		}},
		{"a policy is cancelled that is in force", "but it is in force", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: tableID, Policy: lagPolicy}}})
			s.view(tableID).Policy = lagPolicy
			s.move(*s.view(tableID))
			s.next()
			s.observe(Observation{Kind: Cancelled, RequestID: q})
			s.refuse(q, core.Cancelled)
		}},
		{"a policy that was set waits", "it is not in force in that step", func(s *script) {
			s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: tableID, Policy: lagPolicy}}})
			s.next()
		}},
		{"a description is answered before the drop that came first", "is answered before request", func(s *script) {
			s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{tableID}})
			s.answer(s.ask(core.Request{Op: core.RequestCollection, GlobalID: tableID}), core.Response{Info: []core.CollectionInfo{{ID: tableID}}})
		}},
		{"who waits for nothing is not answered", "in the step in which nothing is in its way any more", func(s *script) {
			s.ask(core.Request{Op: core.RequestCollection, GlobalID: tableID})
			s.next()
		}},
		{"a move that nobody has sent is cancelled and goes on", "is not answered", func(s *script) {
			s.hosts(15, true)
			q := s.ask(core.Request{Op: core.RequestAlter, Moves: []core.Move{{ID: outID, Host: core.HostConfig{Size: 2}}}})
			s.next()
			s.observe(Observation{Kind: Cancelled, RequestID: q})
			s.next()
		}},
		{"what was never sent is refused in doubt", "not for certain, although nothing of it was sent", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestAcquireHold, GlobalID: tableID, Owner: 1, Hold: 1, At: 15})
			s.answer(q, core.Response{Err: core.Error{Code: core.NotLeader, IDs: []core.GlobalID{tableID}}})
		}},
		{"the upper that a read tells is not believed", "and believes [20]", func(s *script) {
			s.snapshot(15)
			e := s.issue(readCall(persist.OpOpenLeasedReader))
			s.done(e, persist.Result{Outcome: outcome.Done, Upper: at(25)})
			s.next()
		}},
		{"an append that failed once is repeated as if it had often", "the backoff ends at", func(s *script) {
			s.failsOnce(s.config.BackoffMin + 1)
		}},
		{"the implied capability does not follow its policy", "its policy lets it go to", func(s *script) {
			s.grace()
			s.running()
			s.view(tableID).Policy = lagPolicy
			s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: tableID, Policy: lagPolicy}}})
			s.move(*s.view(tableID))
			s.next()
		}},
	}
}

// failsOnce appends, and lets the controller want to be woken so long after that has failed.
func (s *script) failsOnce(after clock.Duration) {
	s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Upper: at(30)}}})
	v := s.view(tableID)
	c := persist.Call{
		Op: persist.OpCompareAndAppend, Shard: v.Data, Writer: writer, Epoch: s.epoch[s.life], Token: persist.Token{Hi: 7, Lo: 1},
		Expected: v.Upper, Upper: frontier.At(30),
	}
	e := s.issue(c)
	s.next()
	now := clock.Instant(s.us - s.boots[s.life])
	s.observe(Observation{
		Kind: Completed, Effect: &core.Effect{Kind: core.EffectPersist, ID: e}, PersistResult: &persist.Result{Outcome: outcome.NotDone},
		Wake: now + span(after),
	})
}

func TestAwaited(t *testing.T) {
	for _, life := range awaitedLives() {
		t.Run(life.name, func(t *testing.T) {
			s := world(t)
			life.play(s)
			s.heard(life.words)
		})
	}
	t.Run("an append is repeated when its backoff ends", func(t *testing.T) {
		s := world(t)
		s.failsOnce(s.config.BackoffMin)
		s.silent()
	})
	t.Run("the second of two answers is the end", func(t *testing.T) {
		s := world(t)
		s.runsNine()
		s.stopsNine(2)
		s.tellsBack(outHost, 1, droppedNine, waitedNine)
		s.tellsBack(outHost, 1, droppedNine, nil)
		s.silent()
	})
}
