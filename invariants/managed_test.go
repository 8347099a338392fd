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
)

var (
	mappingID  = core.GlobalID{Kind: core.IDUser, N: 3}
	statusID   = core.GlobalID{Kind: core.IDUser, N: 4}
	shardThree = persist.ShardID{Hi: 3, Lo: 3}
	shardFour  = persist.ShardID{Hi: 4, Lo: 4}
	texts      = relation.Schema{Columns: []relation.Column{{Name: "id", Type: relation.Text}, {Name: "shard", Type: relation.Text}}}
)

// mapRowOf is the packed row of a collection in the mapping.
func mapRowOf(id core.GlobalID, shard persist.ShardID) relation.Row {
	return relation.Row("\x05" + id.String() + "\x00\x05" + shard.String() + "\x00")
}

func plusOne(t uint64, rows ...relation.Row) (list []relation.Update) {
	for _, r := range rows {
		list = append(list, relation.Update{Data: r, Time: frontier.Timestamp(t), Diff: 1})
	}
	return list
}

// introspected creates a managed collection at a wall clock of 1000.
func (s *script) introspected(id core.GlobalID, shard persist.ShardID, typ core.IntrospectionType) {
	s.wall = 1000
	d := core.Description{Kind: core.KindIntrospection, Introspection: typ, Schema: texts}
	q := s.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{ID: id, Description: d}}})
	value := varint(nil, 1, uint64(d.Kind))
	for _, c := range texts.Columns {
		value = text(value, 2, string(varint(text(nil, 1, c.Name), 2, uint64(c.Type))))
	}
	s.commit(
		stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionMetadata, Key: id.String(), Value: shardsValue(shard)},
		stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionDescriptions, Key: id.String(), Value: string(varint(value, 5, uint64(typ)))},
	)
	v := s.opened(id, shard, d.Kind)
	v.Introspection = typ
	s.move(*v)
	s.answer(q, core.Response{Clock: 1000})
	s.views[int(s.life)*10+int(id.N)] = v
}

// mapped creates a shard mapping that is true.
func (s *script) mapped() {
	s.introspected(mappingID, shardThree, core.IntrospectionShardMapping)
	s.write(mappingID, 10, 1001, plusOne(1000, mapRowOf(tableID, shardOne), mapRowOf(mappingID, shardThree)))
	s.silent()
}

// reads lets the controller begin to read the mapping.
func (s *script) reads(nth uint64) core.EffectID {
	return s.issue(persist.Call{Op: persist.OpOpenLeasedReader, Shard: shardThree, Reader: persist.ReaderID{Hi: ownReader, Lo: nth}, Lease: 1})
}

// managedStories are lives of managed collections in which something goes wrong.
func managedStories() []story {
	return []story{
		{"a row of the mapping is written twice", "S14", func(s *script) {
			s.mapped()
			s.write(mappingID, 11, 1002, plusOne(1001, mapRowOf(tableID, shardOne)))
		}},
		{"what the mapping lacks met another upper and is not looked at again", "S14", func(s *script) {
			s.mapped()
			r := persist.ReaderID{Hi: ownReader, Lo: 1}
			s.done(s.reads(1), persist.Result{Outcome: outcome.Done})
			s.done(s.issue(persist.Call{Op: persist.OpSnapshot, Shard: shardThree, Reader: r, AsOf: 1000}), persist.Result{Outcome: outcome.Done, Upper: at(1001)})
			s.issue(persist.Call{Op: persist.OpCloseReader, Shard: shardThree, Reader: r})
			s.wall = 1001
			s.next()
			e := s.issue(persist.Call{
				Op: persist.OpCompareAndAppend, Shard: shardThree, Writer: writer, Epoch: s.epoch[s.life], Token: persist.Token{Hi: 51, Lo: 1},
				Expected: at(1001), Upper: at(1002), Updates: plusOne(1001, mapRowOf(otherID, shardTwo)),
			})
			s.silent()
			s.as(Foreign, 0)
			s.apply(persist.Call{Op: persist.OpCompareAndAppend, Shard: shardThree}, outcome.Done, func(st *ShardState) { st.Upper = at(1005) })
			s.as(0, 1)
			s.done(e, persist.Result{Outcome: outcome.Mismatch, Upper: at(1005)})
			s.view(mappingID).Upper = at(1005)
			s.move(*s.view(mappingID))
		}},
		{"a row is retracted that is not there", "S14", func(s *script) {
			s.mapped()
			u := plusOne(1001, mapRowOf(otherID, shardTwo))
			u[0].Diff = -1
			s.write(mappingID, 11, 1002, u)
		}},
		{"what one read found is written after another's write", "S14", func(s *script) {
			s.mapped()
			s.next()
			s.reads(1)
			s.as(Foreign, 0)
			s.apply(persist.Call{Op: persist.OpCompareAndAppend, Shard: shardThree}, outcome.Done, func(st *ShardState) { st.Upper = at(1005) })
			s.as(0, 1)
			v := s.view(mappingID)
			v.Upper = at(1005)
			s.next()
			s.move(*v)
			s.wall = 1007
			s.write(mappingID, 11, 1008, plusOne(1007, mapRowOf(otherID, shardTwo)))
		}},
		{"the mapping is read again for nothing", "S14", func(s *script) {
			s.mapped()
			r := persist.ReaderID{Hi: ownReader, Lo: 1}
			s.done(s.reads(1), persist.Result{Outcome: outcome.Done})
			s.done(s.issue(persist.Call{Op: persist.OpSnapshot, Shard: shardThree, Reader: r, AsOf: 1000}), persist.Result{Outcome: outcome.Done, Upper: at(1001)})
			s.issue(persist.Call{Op: persist.OpCloseReader, Shard: shardThree, Reader: r})
			s.wall = 1003
			s.write(mappingID, 11, 1002, nil)
			s.silent()
			s.reads(2)
		}},
		{"a tick that lost its race is repeated", "S5", func(s *script) {
			s.introspected(statusID, shardFour, core.IntrospectionSinkStatus)
			c := persist.Call{
				Op: persist.OpCompareAndAppend, Shard: shardFour, Writer: writer, Epoch: 1, Token: persist.Token{Hi: 50, Lo: 1},
				Expected: at(0), Upper: at(900),
			}
			e := s.issue(c)
			s.as(Foreign, 0)
			s.apply(persist.Call{Op: persist.OpCompareAndAppend, Shard: shardFour}, outcome.Done, func(st *ShardState) { st.Upper = at(5) })
			s.as(0, 1)
			s.done(e, persist.Result{Outcome: outcome.Mismatch, Upper: at(5)})
			v := s.view(statusID)
			v.Upper = at(5)
			s.move(*v)
			c.Expected, c.Token.Hi = at(5), 51
			s.issue(c)
		}},
		{"a dropped mapping is read", "S14", func(s *script) {
			s.mapped()
			s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{mappingID}})
			s.commit(
				stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionDropped, Key: mappingID.String()},
				stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionFinalize, Key: shardThree.String()})
			v := s.view(mappingID)
			v.Dropped = true
			s.move(*v)
			s.reads(1)
		}},
		{"two mappings live at once", "S14", func(s *script) {
			s.mapped()
			s.introspected(statusID, shardFour, core.IntrospectionShardMapping)
		}},
		{"the controller reads a table for itself", "S14", func(s *script) {
			s.next()
			s.issue(persist.Call{Op: persist.OpOpenLeasedReader, Shard: shardOne, Reader: persist.ReaderID{Hi: ownReader, Lo: 1}, Lease: 1})
		}},
		{"the mapping is read at a time that is not complete", "S14", func(s *script) {
			s.mapped()
			s.issue(persist.Call{Op: persist.OpSnapshot, Shard: shardThree, Reader: persist.ReaderID{Hi: ownReader, Lo: 1}, AsOf: 1001})
		}},
		{"the controller's reader is never closed", "S8", func(s *script) {
			s.mapped()
			s.reads(1)
			s.reads(2)
		}},
		{"a table counts a read of the controller's own", "S8", func(s *script) {
			v := *s.view(tableID)
			v.OwnReads = 1
			s.next()
			s.move(v)
		}},
		{"a managed append is at two times", "S5", func(s *script) {
			s.mapped()
			u := plusOne(1001, mapRowOf(otherID, shardTwo), mapRowOf(statusID, shardFour))
			u[1].Time = 1002
			s.write(mappingID, 11, 1003, u)
		}},
		{"a managed append is in the future", "S5", func(s *script) {
			s.mapped()
			s.write(mappingID, 11, 1006, plusOne(1005, mapRowOf(otherID, shardTwo)))
		}},
		{"a tick goes beyond the present", "S5", func(s *script) {
			s.introspected(statusID, shardFour, core.IntrospectionSinkStatus)
			s.write(statusID, 11, 1001, nil)
		}},
		{"a tick goes nowhere", "S5", func(s *script) {
			s.introspected(statusID, shardFour, core.IntrospectionSinkStatus)
			s.write(statusID, 11, 900, nil)
			s.write(statusID, 12, 900, nil)
		}},
		{"the controller writes a status history", "S5", func(s *script) {
			s.introspected(statusID, shardFour, core.IntrospectionSinkStatus)
			s.write(statusID, 11, 1001, plusOne(1000, mapRowOf(tableID, shardOne)))
		}},
		{"a policy sees an upper beyond the present", "S1", func(s *script) {
			s.introspected(statusID, shardFour, core.IntrospectionSinkStatus)
			s.grace()
			s.as(Foreign, 0)
			s.apply(persist.Call{Op: persist.OpCompareAndAppend, Shard: shardFour}, outcome.Done, func(st *ShardState) { st.Upper = at(2000) })
			s.as(0, 1)
			v := s.view(statusID)
			v.Upper = at(2000)
			s.next()
			s.move(*v)
			v.Policy = core.Policy{Nodes: []core.PolicyNode{{Kind: core.PolicyLag}}}
			s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: statusID, Policy: v.Policy}}})
			v.Implied, v.Since = at(2000), at(2000)
			s.move(*v)
		}},
		{"a drop waits although the stash is idle", "L5", func(s *script) {
			s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{tableID}})
			s.next()
			s.move(*s.view(tableID))
			s.wait(longestIdle)
			s.next()
			s.move(*s.view(tableID))
			s.next()
		}},
		{"a type is refused that nothing is bound to", "S11", func(s *script) {
			d := core.Description{Kind: core.KindIntrospection, Introspection: core.IntrospectionSinkStatus, Schema: texts}
			s.refuse(s.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{ID: statusID, Description: d}}}), core.IntrospectionAlreadyBound, statusID)
		}},
	}
}

// quick is a world whose periods are short, so that little slack is given.
func quick(t *testing.T) *script {
	s := newScript(t)
	s.config.PersistDeadline, s.config.BackoffMax = clock.Second, 100*clock.Millisecond
	s.first()
	return s
}

// keepUp moves the mapping's upper to the present.
func keepUp(s *script) {
	s.wall = 1_000_000_000
	s.commit()
	s.write(mappingID, 99, frontier.Timestamp(s.us/1000), nil)
}

// What a managed collection owes at rest.
func TestManagedRest(t *testing.T) {
	for _, c := range []struct {
		name, invariant, words string
		play, healed           func(s *script)
	}{
		{"a mapping without a row", "S14", "2 rows, and 3 collections live", func(s *script) {
			s.mapped()
			s.created(otherID, shardTwo, core.KindTable)
		}, keepUp},
		{"a row of what is not there", "S14", "no live collection's", func(s *script) {
			s.mapped()
			s.reads(1)
			s.write(mappingID, 11, 1002, plusOne(1001, mapRowOf(statusID, shardFour)))
		}, keepUp},
		{"a row with another's shard", "S14", "no live collection's", func(s *script) {
			s.introspected(mappingID, shardThree, core.IntrospectionShardMapping)
			s.write(mappingID, 10, 1001, plusOne(1000, mapRowOf(tableID, shardTwo), mapRowOf(mappingID, shardThree)))
		}, keepUp},
		{"an upper that stands still", "L6", "the present", func(s *script) {
			s.mapped()
		}, func(*script) {}},
		{"a since that stands still", "L1", "its policy lets it go", func(s *script) {
			s.mapped()
			s.policy(mappingID, core.Policy{Nodes: []core.PolicyNode{{Kind: core.PolicyLag}}})
		}, keepUp},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := quick(t)
			c.play(s)
			s.grace()
			s.silent()
			s.heal()
			s.wall = 1_000_000_000
			s.commit()
			c.healed(s)
			if why := s.j.Unsettled(); why == "" || !strings.Contains(why, c.words) {
				t.Fatalf("unsettled: %q", why)
			}
			s.stuck()
			s.fires(c.invariant)
		})
	}
}

// A mapping that is true, and whose upper keeps up with the present, owes nothing.
func TestManagedAtRest(t *testing.T) {
	s := quick(t)
	s.mapped()
	s.grace()
	s.heal()
	keepUp(s)
	if why := s.j.Unsettled(); why != "" {
		t.Fatal(why)
	}
	s.silent()
}
