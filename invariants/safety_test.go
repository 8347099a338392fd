package invariants

import (
	"slices"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

var lagFive = core.Policy{Nodes: []core.PolicyNode{{Kind: core.PolicyLag, Lag: 5}}}

// A story is a short life in which the controller does one thing wrong.
type story struct {
	name      string
	invariant string
	play      func(s *script)
}

func stories() []story {
	return []story{
		{"a since passes a hold", "S1", func(s *script) {
			s.grace()
			s.acquire(tableID, 1, 1, 4)
			s.policy(tableID, lagFive)
			s.silent()
			s.downgrade(tableID, at(15))
		}},
		{"the implied capability moves while the time after boot runs", "S1", func(s *script) {
			v := s.view(tableID)
			v.Policy = lagFive
			q := s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: tableID, Policy: lagFive}}})
			v.Implied, v.Since = at(15), at(15)
			s.move(*v)
			_ = q
		}},
		{"a lag policy that is not rounded down", "S1", func(s *script) {
			s.grace()
			s.policy(tableID, core.Policy{Nodes: []core.PolicyNode{{Kind: core.PolicyLag, Lag: 7}}})
			s.silent()
			v := s.view(tableID)
			v.Implied, v.Since = at(13), at(13) // 20 − 7, but multiples of 7 only
			s.step++
			s.move(v2(v, 16))
		}},
		{"a renewed hold is denied", "S1", func(s *script) {
			s.acquire(tableID, 1, 1, 4)
			s.refuse(s.ask(core.Request{Op: core.RequestReleaseHold, GlobalID: tableID, Owner: 1, Hold: 1}), core.InvalidReadHold, tableID)
		}},
		{"a hold is granted long after leadership was proved", "S1", func(s *script) {
			s.wait(s.config.HoldLease / 2)
			s.acquire(tableID, 1, 1, 4)
		}},
		{"a snapshot misses a row", "S2", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestSnapshot, GlobalID: tableID, AsOf: 15})
			v := *s.view(tableID)
			v.Snapshots++
			s.move(v)
			s.answer(q, core.Response{Rows: []relation.RowCount{{Data: rowFalse, Diff: 1}}})
		}},
		{"a snapshot sees a later row", "S2", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestSnapshot, GlobalID: tableID, AsOf: 11})
			s.answer(q, core.Response{Rows: []relation.RowCount{{Data: rowFalse, Diff: 1}, {Data: rowTrue, Diff: 2}}})
		}},
		{"a snapshot is out of order", "S2", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestSnapshot, GlobalID: tableID, AsOf: 15})
			s.answer(q, core.Response{Rows: []relation.RowCount{{Data: rowTrue, Diff: 2}, {Data: rowFalse, Diff: 1}}})
		}},
		{"a snapshot is answered before it is complete", "S2", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestSnapshot, GlobalID: tableID, AsOf: 20})
			s.answer(q, core.Response{Rows: []relation.RowCount{{Data: rowFalse, Diff: 1}, {Data: rowTrue, Diff: 2}}})
		}},
		{"an advertised since goes back", "S3", func(s *script) {
			s.grace()
			s.policy(tableID, lagFive)
			s.next()
			v := *s.view(tableID)
			v.Since, v.Implied = at(10), at(10)
			s.move(v)
		}},
		{"a downgrade runs ahead of the since", "S3", func(s *script) {
			s.grace()
			s.policy(tableID, lagFive)
			s.downgrade(tableID, at(16))
		}},
		{"an upper is believed that is not durable", "S4", func(s *script) {
			s.next()
			v := *s.view(tableID)
			v.Upper = at(21)
			s.move(v)
		}},
		{"an upper goes back", "S4", func(s *script) {
			s.next()
			v := *s.view(tableID)
			v.Upper = at(19)
			s.move(v)
		}},
		{"a collection is believed closed", "S4", func(s *script) {
			s.next()
			v := *s.view(tableID)
			v.Upper = empty()
			s.move(v)
		}},
		{"an append is acknowledged that is not durable", "S5", func(s *script) {
			s.answer(s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{
				{ID: tableID, Updates: []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}}, Upper: at(30)},
			}}), core.Response{})
		}},
		{"a durable append is refused", "S5", func(s *script) {
			s.refuse(s.append(tableID, 3, 30, relation.Update{Data: rowTrue, Time: 25, Diff: 1}), core.InvalidUppers, tableID)
		}},
		{"rows are written that nobody asked for", "S5", func(s *script) {
			s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{
				{ID: tableID, Updates: []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}}, Upper: at(30)},
			}})
			s.write(tableID, 3, 30, []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}, {Data: rowFalse, Time: 25, Diff: 1}})
		}},
		{"an append goes out under a second token", "S5", func(s *script) {
			u := []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}}
			s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Updates: u, Upper: at(30)}}})
			c := persist.Call{Op: persist.OpCompareAndAppend, Shard: shardOne, Writer: writer, Epoch: 1, Token: persist.Token{Hi: 7}, Expected: at(20), Upper: at(30), Updates: u}
			s.issue(c)
			c.Token.Hi = 8
			s.issue(c)
		}},
		{"a write follows one of unknown outcome", "S5", func(s *script) {
			u := []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}}
			s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Updates: u, Upper: at(30)}}})
			c := persist.Call{Op: persist.OpCompareAndAppend, Shard: shardOne, Writer: writer, Epoch: 1, Token: persist.Token{Hi: 7}, Expected: at(20), Upper: at(30), Updates: u}
			s.done(s.issue(c), persist.Result{Outcome: outcome.Unknown})
			s.wait(s.config.BackoffMax)
			s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Upper: at(40)}}})
			c.Token.Hi, c.Expected, c.Upper, c.Updates = 8, at(30), at(40), nil
			s.issue(c)
		}},
		{"the upper goes further than asked", "S5", func(s *script) {
			u := []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}}
			s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: tableID, Updates: u, Upper: at(30)}}})
			s.write(tableID, 3, 31, u)
		}},
		{"the wrong collection is named", "S6", func(s *script) {
			s.created(otherID, shardTwo, core.KindTable)
			u := []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}}
			q := s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{
				{ID: tableID, Updates: u, Upper: at(30)}, {ID: otherID, Updates: u, Upper: at(30)},
			}})
			s.write(tableID, 3, 30, u)
			s.refuse(q, core.InvalidUppers, tableID)
		}},
		{"an older epoch writes", "S7", func(s *script) {
			s.boot(1)
			s.opened(tableID, shardOne, core.KindTable)
			s.as(0, 1)
			s.append(tableID, 3, 30, relation.Update{Data: rowTrue, Time: 25, Diff: 1})
		}},
		{"a call carries another epoch", "S7", func(s *script) {
			s.next()
			s.issue(persist.Call{Op: persist.OpOpenWriter, Shard: shardOne, Writer: writer, Epoch: 2})
		}},
		{"a fenced controller goes on", "S7", func(s *script) {
			s.next()
			e := s.issue(persist.Call{Op: persist.OpOpenWriter, Shard: shardOne, Writer: writer, Epoch: 1})
			s.done(e, persist.Result{Outcome: outcome.Fenced, Epoch: 2})
			s.next()
			s.move(*s.view(tableID))
		}},
		{"a collection is in use without fencing", "S7", func(s *script) {
			s.boot(1)
			v := core.CollectionView{ID: tableID, Kind: core.KindTable, Data: shardOne, Phase: core.ShardOpen, Upper: at(20)}
			s.move(v)
		}},
		{"a hold is never given back", "S8", func(s *script) {
			s.acquire(tableID, 1, 1, 4)
			q := s.ask(core.Request{Op: core.RequestReleaseHold, GlobalID: tableID, Owner: 1, Hold: 1})
			s.move(*s.view(tableID))
			s.answer(q, core.Response{})
			s.next()
			s.move(*s.view(tableID))
		}},
		{"more is given back than there is", "S8", func(s *script) {
			s.answer(s.ask(core.Request{Op: core.RequestUpdateCapabilities, Owner: 1, Capabilities: []core.CapabilityChange{{ID: tableID, Time: 4, Diff: -1}}}), core.Response{})
		}},
		{"the since is held by nothing", "S8", func(s *script) {
			s.grace()
			v := *s.view(tableID)
			v.Policy = lagFive
			s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: tableID, Policy: lagFive}}})
			v.Implied = at(15)
			s.move(v)
		}},
		{"an id gets another shard", "S9", func(s *script) {
			s.boot(1)
			s.move(core.CollectionView{ID: tableID, Kind: core.KindTable, Data: shardTwo})
		}},
		{"two ids share a shard", "S9", func(s *script) {
			s.move(core.CollectionView{ID: otherID, Kind: core.KindTable, Data: shardOne})
		}},
		{"a live collection disappears", "S9", func(s *script) {
			s.next()
			s.observe(Observation{Kind: Moved, Collection: s.view(tableID), Gone: true})
		}},
		{"a live collection is emptied", "S9", func(s *script) {
			s.grace()
			s.downgrade(tableID, empty())
		}},
		{"a live collection is denied", "S9", func(s *script) {
			s.refuse(s.ask(core.Request{Op: core.RequestCollection, GlobalID: tableID}), core.IdentifierMissing, tableID)
		}},
		{"a drop is forgotten", "S9", func(s *script) {
			s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{tableID}})
			s.commit(dropWrites()...)
			s.silent()
			s.commit(stash.Write{Kind: stash.WriteDelete, Collection: stash.CollectionDropped, Key: tableID.String()})
		}},
		{"a dropped table takes an append", "S9", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{tableID}})
			s.commit(dropWrites()...)
			s.answer(q, core.Response{})
			s.silent()
			s.answer(s.append(tableID, 3, 30, relation.Update{Data: rowTrue, Time: 25, Diff: 1}), core.Response{})
		}},
		{"a refused policy is in force", "S11", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: tableID, Policy: lagFive}, {ID: otherID, Policy: lagFive}}})
			v := *s.view(tableID)
			v.Policy = lagFive
			s.move(v)
			s.refuse(q, core.IdentifierMissing, otherID)
		}},
		{"a policy is acknowledged that is not durable", "S11", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: tableID, Policy: lagFive}}})
			v := *s.view(tableID)
			v.Policy = lagFive
			s.move(v)
			s.answer(q, core.Response{})
		}},
		{"a row that does not fit is taken", "S11", func(s *script) {
			s.answer(s.append(tableID, 3, 30, relation.Update{Data: "\x02", Time: 25, Diff: 1}), core.Response{})
		}},
		{"a good append is refused", "S11", func(s *script) {
			s.refuse(s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{
				{ID: tableID, Updates: []relation.Update{{Data: rowTrue, Time: 25, Diff: 1}}, Upper: at(30)},
			}}), core.InvalidUppers, tableID)
		}},
		{"a collection is made that nobody asked for", "S11", func(s *script) {
			s.commit(stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionMetadata, Key: otherID.String(), Value: shardsValue(shardTwo)})
		}},
		{"a status collection of the same list is denied", "S11", func(s *script) {
			status := core.GlobalID{Kind: core.IDUser, N: 3}
			q := s.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{
				{ID: otherID, Description: core.Description{Kind: core.KindTable, Schema: schema, Status: status}},
				{ID: status, Description: core.Description{Kind: core.KindTable, Schema: schema}},
			}})
			s.refuse(q, core.IdentifierMissing, status)
		}},
		{"the core panics", "S12", func(s *script) { s.observe(Observation{Kind: Panicked, Message: "index"}) }},
		{"a request is answered twice", "S12", func(s *script) {
			q := s.ask(core.Request{Op: core.RequestDump})
			s.answer(q, core.Response{})
			s.answer(q, core.Response{})
		}},
		{"a repeated request id is not refused", "S12", func(s *script) {
			s.ask(core.Request{Op: core.RequestSnapshot, GlobalID: tableID, AsOf: 50})
			v := *s.view(tableID)
			v.Snapshots++
			s.move(v)
			s.request--
			s.ask(core.Request{Op: core.RequestSnapshot, GlobalID: tableID, AsOf: 50})
			s.next()
			s.move(v)
		}},
		{"a controller contradicts itself", "S12", func(s *script) {
			s.next()
			s.observe(Observation{Kind: Halted, View: &core.View{Halt: core.Halt{Code: core.HaltContradiction}}})
		}},
		{"a controller halts without a cause", "S12", func(s *script) {
			s.next()
			s.observe(Observation{Kind: Halted, View: &core.View{Halt: core.Halt{Code: core.HaltFenced}}})
		}},
		{"a client is told an upper that goes back", "S16", func(s *script) {
			s.next()
			q := s.ask(core.Request{Op: core.RequestCollection, GlobalID: tableID})
			s.answer(q, core.Response{Info: []core.CollectionInfo{{ID: tableID, Upper: at(19)}}})
		}},
		{"an upper that was told is not believed", "L6", func(s *script) {
			s.next()
			c := persist.Call{Op: persist.OpFetchUpper, Shard: shardOne}
			e := s.issue(c)
			s.apply(c, outcome.Done, nil)
			s.done(e, persist.Result{Outcome: outcome.Done, Upper: at(25)})
			s.next()
			s.move(*s.view(tableID))
		}},
	}
}

func v2(v *core.CollectionView, t uint64) core.CollectionView {
	w := *v
	w.Implied, w.Since = at(frontier.Timestamp(t)), at(frontier.Timestamp(t))
	return w
}

// Every safety invariant fires on a life in which it is broken, and none fires on
// the life before.
func TestStories(t *testing.T) {
	seen := map[string]bool{}
	for _, st := range slices.Concat(stories(), paceStories(), servedStories(), roomStories(), finalStories(), managedStories(), hostedStories(), hostStories(), toldStories(), shardStories()) {
		t.Run(st.name, func(t *testing.T) {
			s := world(t)
			st.play(s)
			s.fires(st.invariant)
			seen[st.invariant] = true
		})
	}
	for i, d := range Registry() {
		if i < l1 && !seen[d.Name] {
			t.Errorf("no story breaks %s", d.Name)
		}
	}
}
