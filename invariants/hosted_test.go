package invariants

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

var (
	ingestionID = core.GlobalID{Kind: core.IDUser, N: 5}
	exportID    = core.GlobalID{Kind: core.IDUser, N: 7}
	shardFive   = persist.ShardID{Hi: 5, Lo: 5}
	shardRemap  = persist.ShardID{Hi: 6, Lo: 6}
	hostFive    = core.HostID{Object: ingestionID, Size: 1}
)

// fed plays the creation of an ingestion that fills one collection, on a host of its
// own, up to where its session is open.
func (s *script) fed() core.SourceCommand {
	ing := &core.Ingestion{Connection: "sim://1", Outputs: []core.Output{{ID: ingestionID}}, Host: core.HostConfig{Size: 1}}
	d := core.Description{Kind: core.KindIngestion, Schema: schema, Ingestion: ing}
	s.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{ID: ingestionID, Description: d}}})
	body := text(nil, 1, "sim://1")
	body = text(body, 2, string(varint(text(nil, 1, "u5"), 2, 0)))
	body = text(body, 4, string(text(varint(nil, 1, 1), 2, "")))
	s.commit(
		stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionMetadata, Key: "u5", Value: shardsValue(shardFive) + string(word(word(nil, 3, shardRemap.Hi), 4, shardRemap.Lo))},
		stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionDescriptions, Key: "u5", Value: descriptionValue(core.KindIngestion) + string(text(nil, 6, string(body)))},
	)
	s.move(core.CollectionView{ID: ingestionID, Kind: core.KindIngestion, Data: shardFive, Remap: shardRemap})
	c := core.SourceCommand{
		ID: ingestionID, Connection: "sim://1", Remap: shardRemap,
		Exports: []core.SourceExport{{ID: ingestionID, Data: shardFive, Schema: schema}},
	}
	s.connected(hostFive, 1)
	return c
}

// connected plays the opening of a session.
func (s *script) connected(host core.HostID, nonce uint64) {
	s.next()
	s.effect++
	session := core.Session{Epoch: s.epoch[s.life], Nonce: nonce}
	s.observe(Observation{Kind: Issued, Effect: &core.Effect{
		Kind: core.EffectHost, ID: s.effect, Host: core.HostCall{Op: core.HostConnect, Host: host, Session: session},
	}})
	s.next()
	s.observe(Observation{
		Kind: Completed, Effect: &core.Effect{Kind: core.EffectHost, ID: s.effect},
		Hosted: &HostObservation{HostResult: &core.HostResult{Outcome: outcome.Done}},
	})
}

// tell plays commands of a session.
func (s *script) tell(host core.HostID, nonce uint64, list ...core.Command) {
	s.next()
	s.effect++
	session := core.Session{Epoch: s.epoch[s.life], Nonce: nonce}
	s.observe(Observation{Kind: Issued, Effect: &core.Effect{
		Kind: core.EffectHost, ID: s.effect, Host: core.HostCall{Op: core.HostSend, Host: host, Session: session, Commands: list},
	}})
}

func ingested(c core.SourceCommand) core.Command {
	return core.Command{Kind: core.CommandCreateSource, Source: c}
}

func compact(id core.GlobalID, t frontier.Timestamp) core.Command {
	return core.Command{Kind: core.CommandAllowCompaction, ID: id, Frontier: at(t)}
}

func hostedStories() []story {
	complete := core.Command{Kind: core.CommandInitializationComplete}
	return []story{
		{"a command goes out in a session that is not open", "S13", func(s *script) {
			c := s.fed()
			s.tell(hostFive, 2, ingested(c))
		}},
		{"an ingestion is created twice in a session", "S13", func(s *script) {
			c := s.fed()
			s.tell(hostFive, 1, ingested(c), complete)
			s.silent()
			s.tell(hostFive, 1, ingested(c))
		}},
		{"an ingestion is created on another host than its description names", "S13", func(s *script) {
			c := s.fed()
			other := core.HostID{Object: ingestionID, Size: 2}
			s.connected(other, 2)
			s.tell(other, 2, ingested(c))
		}},
		{"an ingestion is created with another's shard", "S13", func(s *script) {
			c := s.fed()
			c.Exports = []core.SourceExport{{ID: ingestionID, Data: shardOne, Schema: schema}}
			s.tell(hostFive, 1, ingested(c))
		}},
		{"an ingestion is to resume where its shards have not come", "S13", func(s *script) {
			c := s.fed()
			c.Resume = at(1)
			s.tell(hostFive, 1, ingested(c))
		}},
		{"compaction is allowed of what was not created", "S13", func(s *script) {
			s.fed()
			s.tell(hostFive, 1, complete, compact(ingestionID, 0))
		}},
		{"compaction is allowed ahead of the since", "S3", func(s *script) {
			c := s.fed()
			s.opened(ingestionID, shardFive, core.KindIngestion)
			s.tell(hostFive, 1, ingested(c), complete, compact(ingestionID, 1))
		}},
		{"what lives is ended on its host", "S13", func(s *script) {
			c := s.fed()
			s.tell(hostFive, 1, ingested(c), complete, core.Command{Kind: core.CommandAllowCompaction, ID: ingestionID, Frontier: empty()})
		}},
		{"a history is completed twice", "S13", func(s *script) {
			s.fed()
			s.tell(hostFive, 1, complete, complete)
		}},
		{"a prepared export freezes nothing", "S1", func(s *script) {
			s.grace()
			s.prepare(exportID, tableID)
			s.silent()
			s.policy(tableID, lagFive)
		}},
		{"two tokens are out for one export", "S11", func(s *script) {
			s.grace()
			s.prepare(exportID, tableID)
			s.silent()
			q := s.ask(core.Request{Op: core.RequestPrepareExport, GlobalID: exportID, From: tableID, Owner: 1})
			s.answer(q, core.Response{Token: 99})
		}},
		{"a token that was given out is denied", "S11", func(s *script) {
			s.grace()
			s.prepare(exportID, tableID)
			s.silent()
			s.refuse(s.ask(core.Request{Op: core.RequestCancelToken, GlobalID: exportID, Token: 98}), core.TokenExpired, exportID)
		}},
		{"an owner renews another one's token", "S11", func(s *script) {
			s.grace()
			s.prepare(exportID, tableID)
			s.silent()
			q := s.ask(core.Request{Op: core.RequestRenewToken, GlobalID: exportID, From: tableID, Owner: 2, Token: 98})
			s.answer(q, core.Response{Token: 98})
		}},
		{"a token comes back after the grace", "S11", func(s *script) {
			s.grace()
			s.silent()
			q := s.ask(core.Request{Op: core.RequestRenewToken, GlobalID: exportID, From: tableID, Owner: 1, Token: 98})
			s.answer(q, core.Response{Token: 98})
		}},
		{"an export becomes durable that nobody asked for", "S11", func(s *script) {
			s.commit(stash.Write{
				Kind: stash.WriteInsert, Collection: stash.CollectionExports, Key: "u7",
				Value: string(text(text(nil, 1, "u1"), 2, "out")),
			})
		}},
	}
}

// prepare plays a prepared export.
func (s *script) prepare(id, from core.GlobalID) {
	q := s.ask(core.Request{Op: core.RequestPrepareExport, GlobalID: id, From: from, Owner: 1})
	s.answer(q, core.Response{Token: 98})
}

// A life with hosts in which all goes well breaks nothing.
func TestHostsInOrder(t *testing.T) {
	s := world(t)
	c := s.fed()
	s.tell(hostFive, 1, ingested(c), core.Command{Kind: core.CommandInitializationComplete})
	s.grace()
	s.prepare(exportID, tableID)
	s.silent()
}
