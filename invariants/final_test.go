package invariants

import (
	"strings"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// dropWrites is the transaction that drops the table.
func dropWrites() []stash.Write {
	return []stash.Write{
		{Kind: stash.WriteUpsert, Collection: stash.CollectionDropped, Key: tableID.String()},
		{Kind: stash.WriteUpsert, Collection: stash.CollectionFinalize, Key: shardOne.String(), Value: listedValue(tableID)},
	}
}

// unlistWrites is the transaction that forgets the table.
func unlistWrites() []stash.Write {
	var writes []stash.Write
	for _, c := range []stash.Collection{stash.CollectionMetadata, stash.CollectionDescriptions, stash.CollectionPolicies} {
		writes = append(writes, stash.Write{Kind: stash.WriteDelete, Collection: c, Key: tableID.String()})
	}
	return append(writes, stash.Write{Kind: stash.WriteDelete, Collection: stash.CollectionFinalize, Key: shardOne.String()})
}

// released drops the table and lets it go: its shard's since is durably empty.
func (s *script) released() {
	s.grace()
	s.dropTable()
	v := s.view(tableID)
	v.Since, v.Implied = empty(), empty()
	s.move(*v)
	s.downgrade(tableID, empty())
}

func (s *script) closing() persist.Call {
	v := s.view(tableID)
	return persist.Call{Op: persist.OpCompareAndAppend, Shard: v.Data, Writer: writer, Epoch: s.epoch[s.life],
		Token: persist.Token{Hi: 77, Lo: uint64(v.Upper.T)}, Expected: v.Upper, Upper: empty()}
}

// closeTable closes the table's shard.
func (s *script) closeTable() {
	c := s.closing()
	e := s.issue(c)
	s.apply(c, outcome.Done, func(st *ShardState) { st.Upper = empty() })
	s.done(e, persist.Result{Outcome: outcome.Done, Upper: empty()})
	v := s.view(tableID)
	v.Upper = empty()
	s.move(*v)
}

func finalize() persist.Call { return persist.Call{Op: persist.OpFinalize, Shard: shardOne} }

func (s *script) finalizeTable() {
	e := s.issue(finalize())
	s.apply(finalize(), outcome.Done, func(st *ShardState) { st.Finalized = true })
	s.done(e, persist.Result{Outcome: outcome.Done})
}

func (s *script) goneTable() {
	s.observe(Observation{Kind: Moved, Collection: s.view(tableID), Gone: true})
}

// A drop that is taken to its end in order is what the judges want.
func TestTheEndOfATable(t *testing.T) {
	s := world(t)
	s.released()
	s.closeTable()
	s.finalizeTable()
	s.commit(unlistWrites()...)
	s.goneTable()
	s.silent()
	s.heal()
	s.silent()
	var why strings.Builder
	if s.j.l2Missing(&why, 0)+s.j.l7Missing(&why, 0) > 0 {
		t.Fatal(why.String())
	}
	s.j.l7Ended(&End{AtUs: s.us, BoundUs: bound, Entries: 1})
	s.silent()
	if s.j.met[l2] == 0 || s.j.met[l7] == 0 {
		t.Error("an end was seen and not counted")
	}
}

// finalStories are the ways to get the end of a collection wrong.
func finalStories() []story {
	return []story{
		{"a drop does not list its shard", "S9", func(s *script) {
			s.grace()
			s.commit(dropWrites()[0])
		}},
		{"the shard of a living table is listed", "S9", func(s *script) {
			s.grace()
			s.commit(dropWrites()[1])
		}},
		{"another shard is listed", "S9", func(s *script) {
			s.grace()
			w := dropWrites()
			w[1].Key = shardTwo.String()
			s.commit(w...)
		}},
		{"a living table is closed", "S5", func(s *script) {
			s.grace()
			s.issue(s.closing())
		}},
		{"a table is closed while it can be read", "S9", func(s *script) {
			s.grace()
			s.dropTable()
			s.move(*s.view(tableID))
			s.issue(s.closing())
		}},
		{"a status collection is closed under its user", "S9", func(s *script) {
			s.userOfTable()
			s.released()
			s.silent()
			s.issue(s.closing())
		}},
		{"a shard is finalized that was not closed", "S9", func(s *script) {
			s.released()
			s.issue(finalize())
		}},
		{"a shard is finalized that can be read", "S9", func(s *script) {
			s.grace()
			s.dropTable()
			s.apply(finalize(), outcome.Done, func(st *ShardState) { st.Finalized = true })
		}},
		{"a living table is finalized", "S9", func(s *script) {
			s.grace()
			s.apply(finalize(), outcome.Done, func(st *ShardState) { st.Finalized = true })
		}},
		{"a shard is finalized that is no collection's", "S9", func(s *script) {
			c := finalize()
			c.Shard = shardTwo
			s.apply(c, outcome.Done, func(st *ShardState) { st.Finalized = true })
		}},
		{"a shard is unlisted before it is finalized", "S9", func(s *script) {
			s.released()
			s.closeTable()
			s.commit(unlistWrites()...)
		}},
		{"a living table's shards are forgotten", "S9", func(s *script) {
			s.grace()
			s.commit(unlistWrites()[0])
		}},
		{"a table is forgotten before it is unlisted", "S9", func(s *script) {
			s.released()
			s.closeTable()
			s.finalizeTable()
			s.goneTable()
		}},
		{"a closing write is repeated as another", "S5", func(s *script) {
			s.released()
			c := s.closing()
			s.issue(c)
			s.silent()
			c.Expected = at(21)
			s.issue(c)
		}},
		{"a closing write that lost its race is made again at once", "S12", func(s *script) {
			s.released()
			e := s.issue(s.closing())
			life := s.life
			s.as(Foreign, 0)
			s.apply(persist.Call{Op: persist.OpCompareAndAppend, Shard: shardOne}, outcome.Done, func(st *ShardState) { st.Upper = at(99) })
			s.as(0, life)
			s.done(e, persist.Result{Outcome: outcome.Mismatch, Upper: at(99)})
			s.view(tableID).Upper = at(99)
			s.move(*s.view(tableID))
			s.silent()
			s.issue(s.closing())
		}},
		{"the end of a table is not finalized", "L2", func(s *script) {
			s.released()
			s.closeTable()
			s.rest()
		}},
		{"the end of a table is not unlisted", "L2", func(s *script) {
			s.released()
			s.closeTable()
			s.finalizeTable()
			s.rest()
		}},
		{"the stash keeps what is left of a table", "L7", func(s *script) {
			s.released()
			s.closeTable()
			s.finalizeTable()
			s.commit(unlistWrites()[1:]...)
			s.goneTable()
			s.rest()
		}},
		{"the controller keeps something that nobody knows of", "L7", func(s *script) {
			s.j.Finish(&End{AtUs: s.us, BoundUs: bound, Collections: 2, Entries: 2})
		}},
		{"the stash keeps something that nobody wrote", "L7", func(s *script) {
			s.j.Finish(&End{AtUs: s.us, BoundUs: bound, Collections: 1, Entries: 3})
		}},
	}
}

// rest heals the world and ends the run without coming to rest.
func (s *script) rest() {
	s.silent()
	s.heal()
	s.stuck()
}

// userOfTable makes a table that has the first one for its status.
func (s *script) userOfTable() {
	d := core.Description{Kind: core.KindTable, Schema: schema, Status: tableID}
	q := s.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{ID: otherID, Description: d}}})
	s.commit(
		stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionMetadata, Key: otherID.String(), Value: shardsValue(shardTwo)},
		stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionDescriptions, Key: otherID.String(), Value: string(text([]byte(descriptionValue(core.KindTable)), 4, tableID.String()))},
	)
	s.opened(otherID, shardTwo, core.KindTable)
	s.answer(q, core.Response{})
}
