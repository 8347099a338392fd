package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// The ingestion u5 fills itself from output 0 and u6 from output 1 of a source; the
// export u9 follows u5.
var (
	filledID    = core.GlobalID{Kind: core.IDUser, N: 5}
	otherFill   = core.GlobalID{Kind: core.IDUser, N: 6}
	outID       = core.GlobalID{Kind: core.IDUser, N: 9}
	filledShard = persist.ShardID{Hi: 5, Lo: 1}
	shardSix    = persist.ShardID{Hi: 6, Lo: 1}
	remapFive   = persist.ShardID{Hi: 5, Lo: 2}
	fillHost    = core.HostID{Object: filledID, Size: 1}
	outHost     = core.HostID{Object: outID, Size: 1}
	rowMisfit   = relation.Row("\x05a\x00")
)

const followed = "source"

// hosts plays the creation of the ingestion and the export, and a process for each.
func (s *script) hosts(asOf frontier.Timestamp, snapshot bool) {
	s.next()
	g := &core.Ingestion{Connection: followed, Outputs: []core.Output{{ID: filledID}, {ID: otherFill, Index: 1}}, Host: core.HostConfig{Size: 1}}
	s.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{
		{ID: filledID, Description: core.Description{Kind: core.KindIngestion, Schema: schema, Ingestion: g}},
		{ID: otherFill, Description: core.Description{Kind: core.KindSubsource, Schema: schema, Of: filledID}},
	}})
	s.commit(
		insert(stash.CollectionMetadata, filledID, string(word(word(word(word(nil, 1, 5), 2, 1), 3, 5), 4, 2))),
		insert(stash.CollectionMetadata, otherFill, shardsValue(shardSix)),
		insert(stash.CollectionDescriptions, filledID, string(text([]byte(descriptionValue(core.KindIngestion)), 6, ingestionValue(g)))),
		insert(stash.CollectionDescriptions, otherFill, string(text([]byte(descriptionValue(core.KindSubsource)), 7, filledID.String()))),
	)
	d := core.ExportDescription{From: filledID, Connection: "sink", AsOf: at(asOf), Snapshot: snapshot, Host: core.HostConfig{Size: 1}}
	s.ask(core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{{ID: outID, Description: d}}})
	s.commit(
		insert(stash.CollectionExports, outID, exportValue(&d)),
		insert(stash.CollectionExportAsOf, outID, startValue(asOf, snapshot)),
	)
	s.process(1, fillHost)
	s.process(2, outHost)
}

func insert(c stash.Collection, id core.GlobalID, value string) stash.Write {
	return stash.Write{Kind: stash.WriteInsert, Collection: c, Key: id.String(), Value: value}
}

func hostValue(c core.HostConfig) string {
	b := varint(nil, 1, uint64(c.Size))
	if c.Address != "" {
		b = text(b, 2, c.Address)
	}
	return string(b)
}

func ingestionValue(g *core.Ingestion) string {
	b := text(nil, 1, g.Connection)
	for _, o := range g.Outputs {
		b = text(b, 2, string(varint(text(nil, 1, o.ID.String()), 2, uint64(o.Index))))
	}
	for _, id := range g.Imports {
		b = text(b, 3, id.String())
	}
	return string(text(b, 4, hostValue(g.Host)))
}

func exportValue(d *core.ExportDescription) string {
	b := text(text(nil, 1, d.From.String()), 2, d.Connection)
	b = text(b, 3, string(varint(nil, 1, uint64(d.AsOf.T))))
	if d.Snapshot {
		b = varint(b, 4, 1)
	}
	return string(text(b, 6, hostValue(d.Host)))
}

func startValue(asOf frontier.Timestamp, snapshot bool) string {
	b := text(nil, 1, string(varint(nil, 1, uint64(asOf))))
	if snapshot {
		b = varint(b, 2, 1)
	}
	return string(b)
}

// hosting observes something about a process, or about none.
func (s *script) hosting(kind Kind, v HostObservation) {
	s.next()
	node, life := s.node, s.life
	s.as(Foreign, 0)
	s.observe(Observation{Kind: kind, Hosted: &v})
	s.as(node, life)
}

func (s *script) process(number uint32, host core.HostID) {
	s.hosting(HostStarted, HostObservation{Host: &host, Process: number})
}

// runs is what is observed of an object in a process, which was told to run it.
func (s *script) runs(process uint32, v storaged.ObjectView) {
	if o := &s.j.runAt(process, v.ID).orders; o.def.Kind == core.CommandNone && !s.mute {
		o.def.Kind = core.CommandCreateSource
	}
	s.hosting(HostMoved, HostObservation{Host: &outHost, Process: process, Object: &v})
}

// says lets the source say records, and be polled.
func (s *script) says(upto source.Offset, finished bool, records ...source.Record) {
	s.hosting(SourceSaid, HostObservation{Connection: followed, Records: records, Finished: finished})
	s.hosting(SourceApplied, HostObservation{
		SourceCall:   &source.Call{Op: source.OpPoll, Connection: followed},
		SourceResult: &source.Result{Outcome: outcome.Done, Upto: upto, Finished: finished},
	})
}

func said(offset source.Offset, output uint32, row relation.Row, diff int64) source.Record {
	return source.Record{Output: output, Offset: offset, Data: row, Diff: diff}
}

// wrote lets an append of a process take effect.
func (s *script) wrote(process uint32, shard persist.ShardID, upper frontier.Frontier, updates ...relation.Update) {
	c := persist.Call{Op: persist.OpCompareAndAppend, Shard: shard, Expected: s.shard(shard).Upper, Upper: upper, Updates: updates}
	s.called(process, c, outcome.Done, func(st *ShardState) { st.Upper = upper })
}

func (s *script) called(process uint32, c persist.Call, o outcome.Outcome, change func(*ShardState)) {
	s.next()
	before := *s.shard(c.Shard)
	if change != nil {
		change(s.shard(c.Shard))
	}
	after := *s.shard(c.Shard)
	node, life := s.node, s.life
	s.as(Foreign, 0)
	s.observe(Observation{
		Kind: PersistApplied, PersistCall: &c, PersistResult: &persist.Result{Outcome: o, Upper: after.Upper, Since: after.Since},
		Before: &before, After: &after, Hosted: &HostObservation{Host: &fillHost, Process: process},
	})
	s.as(node, life)
}

// binds lets a process bind what is before an offset to a time.
func (s *script) binds(t frontier.Timestamp, was, is source.Offset) {
	var list []relation.Update
	if was > 0 {
		list = append(list, relation.Update{Data: bindingRow(was), Time: t, Diff: -1})
	}
	s.wrote(1, remapFive, at(t+1), append(list, relation.Update{Data: bindingRow(is), Time: t, Diff: 1})...)
}

func bindingRow(offset source.Offset) relation.Row {
	b := []byte{3}
	for i := 7; i >= 0; i-- {
		b = append(b, byte(offset>>(8*uint(i))))
	}
	return relation.Row(b)
}

// fills plays an ingestion that does everything right up to time 20: two records of
// each output, one of which does not fit.
func (s *script) fills() {
	s.says(4, false, said(0, 0, rowTrue, 1), said(1, 1, rowFalse, 1), said(2, 0, rowMisfit, 1), said(3, 1, rowTrue, 2))
	s.binds(10, 0, 2)
	s.wrote(1, filledShard, at(11), relation.Update{Data: rowTrue, Time: 10, Diff: 1})
	s.binds(20, 2, 4)
	s.wrote(3, filledShard, at(21), relation.Update{Data: misfitRow, Time: 20, Diff: 1})
	s.wrote(3, shardSix, at(21), relation.Update{Data: rowFalse, Time: 10, Diff: 1}, relation.Update{Data: rowTrue, Time: 20, Diff: 2})
}

// exports lets a write of the export take effect.
func (s *script) exports(fence uint64, from, to frontier.Frontier, updates ...relation.Update) {
	s.hosting(SinkApplied, HostObservation{
		Host: &outHost, Process: 2,
		SinkCall:   &sink.Call{Op: sink.OpWrite, Export: outID, Connection: "sink", Fence: sink.Fence{Lo: fence}, From: from, To: to, Updates: updates},
		SinkResult: &sink.Result{Outcome: outcome.Done, Progress: to},
		SinkBefore: &SinkState{Progress: from}, SinkAfter: &SinkState{Progress: to},
	})
}

// greets lets a process accept or refuse a session.
func (s *script) greets(process uint32, kind storaged.EffectKind, epoch, nonce uint64) {
	id := core.Session{Epoch: epoch, Nonce: nonce}
	s.hosting(HelloDelivered, HostObservation{Host: &fillHost, Process: process, Session: id, Hello: &core.Hello{Session: id}})
	s.hosting(HostIssued, HostObservation{Host: &fillHost, Process: process, Session: id, Effect: &storaged.Effect{Kind: kind, Session: id}})
}

// The commands of sessions.
var (
	historyEnd = core.Command{Kind: core.CommandInitializationComplete}
	endOf5     = core.Command{Kind: core.CommandStop, ID: filledID}
)

// source5 is the definition of the ingestion, to be resumed at a time.
func source5(resume frontier.Timestamp) core.Command {
	return core.Command{Kind: core.CommandCreateSource, Source: core.SourceCommand{ID: filledID, Resume: at(resume)}}
}

// session lets a process accept a session and be told something in it.
func (s *script) session(process uint32, nonce uint64, told ...core.Command) {
	s.greets(process, storaged.EffectAccept, 1, nonce)
	for i := range told {
		s.hosting(CommandDelivered, HostObservation{Host: &fillHost, Process: process, Session: core.Session{Epoch: 1, Nonce: nonce}, Command: &told[i]})
	}
}

// confirms lets a process say that it has dropped something.
func (s *script) confirms(process uint32, nonce uint64, id core.GlobalID) {
	session := core.Session{Epoch: 1, Nonce: nonce}
	s.hosting(HostIssued, HostObservation{Host: &fillHost, Process: process, Session: session, Effect: &storaged.Effect{
		Kind: storaged.EffectReport, Session: session, Report: core.Report{Dropped: []core.GlobalID{id}},
	}})
}

func ingestionOn(connection string, size uint32) *core.Ingestion {
	return &core.Ingestion{Connection: connection, Outputs: []core.Output{{ID: filledID}, {ID: otherFill, Index: 1}}, Host: core.HostConfig{Size: size}}
}

// described lets a client be told of the ingestion.
func (s *script) described(g *core.Ingestion) {
	s.tellsOf(s.ask(core.Request{Op: core.RequestCollection, GlobalID: filledID}), g)
}

// tellsOf answers a request that asked for the ingestion.
func (s *script) tellsOf(q core.RequestID, g *core.Ingestion) {
	s.answer(q, core.Response{Info: []core.CollectionInfo{{ID: filledID, Description: core.Description{Kind: core.KindIngestion, Schema: schema, Ingestion: g}}}})
}
