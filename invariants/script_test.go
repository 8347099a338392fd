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
)

// script plays observations of a small world to the judges: what a correct
// controller would do, step by step, so that a test can make it do one thing wrong.
type script struct {
	t       *testing.T
	j       *Judges
	step    uint64
	us      int64
	node    int
	life    uint32
	lives   uint32
	epoch   [8]uint64
	stash   uint64
	effect  core.EffectID
	request core.RequestID
	boots   [8]int64
	shards  map[persist.ShardID]*ShardState
	views   map[int]*core.CollectionView
	config  core.Config
	wall    clock.Wall
	mute    bool              // nothing reaches the judges
	held    frontier.Frontier // where a hold that the script took is
}

func newScript(t *testing.T) *script {
	c := core.DefaultConfig()
	c.HoldLease, c.ClockMargin = 3*clock.Second, clock.Second
	return &script{t: t, j: New(), shards: map[persist.ShardID]*ShardState{}, views: map[int]*core.CollectionView{}, config: c, held: empty()}
}

var (
	tableID  = core.GlobalID{Kind: core.IDUser, N: 1}
	otherID  = core.GlobalID{Kind: core.IDUser, N: 2}
	shardOne = persist.ShardID{Hi: 1, Lo: 1}
	shardTwo = persist.ShardID{Hi: 2, Lo: 2}
	critical = persist.ReaderID{Hi: 9, Lo: 9}
	writer   = persist.WriterID{Hi: 8, Lo: 8}
	schema   = relation.Schema{Columns: []relation.Column{{Name: "k", Type: relation.Bool}}}
	rowFalse = relation.Row("\x01\x00")
	rowTrue  = relation.Row("\x01\x01")
)

func (s *script) next() { s.step++; s.us += 1000 }

func (s *script) wait(d clock.Duration) { s.us += int64(d) }

func (s *script) observe(o Observation) {
	o.Step, o.AtUs, o.Node, o.Incarnation = s.step, s.us, s.node, s.life
	o.Now.Mono, o.Now.Wall = clock.Instant(s.us-s.boots[s.life]), s.wall
	if !s.mute {
		s.j.Observe(&o)
	}
}

// as switches to the controller of an incarnation.
func (s *script) as(node int, life uint32) { s.node, s.life = node, life }

func (s *script) boot(node int) {
	s.next()
	s.lives++
	s.as(node, s.lives)
	s.boots[s.life] = s.us
	s.observe(Observation{Kind: Booted, Config: &s.config})
	id := s.issueStash(stash.Call{Op: stash.OpTakeOver, Txn: stash.TxnID{Hi: uint64(s.life)}, Nonce: uint64(s.life)})
	s.stash++
	s.epoch[s.life] = s.stash
	s.next()
	r := stash.Result{Outcome: outcome.Done, Epoch: s.stash}
	s.observe(Observation{
		Kind: StashApplied, StashCall: &stash.Call{Op: stash.OpTakeOver}, StashResult: &r,
		EpochBefore: s.stash - 1, EpochAfter: s.stash,
	})
	s.doneStash(id, r)
}

func (s *script) issueStash(c stash.Call) core.EffectID {
	s.effect++
	if c.Op != stash.OpTakeOver {
		c.Epoch, c.Nonce = s.epoch[s.life], uint64(s.life)
	}
	s.observe(Observation{Kind: Issued, Effect: &core.Effect{Kind: core.EffectStash, ID: s.effect, Stash: c}})
	return s.effect
}

func (s *script) doneStash(id core.EffectID, r stash.Result) {
	s.next()
	s.observe(Observation{Kind: Completed, Effect: &core.Effect{Kind: core.EffectStash, ID: id}, StashResult: &r})
}

// commit runs a transaction from issue to completion.
func (s *script) commit(writes ...stash.Write) {
	c := stash.Call{Op: stash.OpCommit, Txn: stash.TxnID{Hi: uint64(s.effect) + 100, Lo: uint64(s.life)}, Writes: writes}
	id := s.issueStash(c)
	s.next()
	c.Epoch, c.Nonce = s.epoch[s.life], uint64(s.life)
	r := stash.Result{Outcome: outcome.Done, ServerTime: clock.Wall(s.us / 1000)}
	s.observe(Observation{Kind: StashApplied, StashCall: &c, StashResult: &r, EpochBefore: s.stash, EpochAfter: s.stash})
	s.doneStash(id, r)
}

func (s *script) opaque() persist.Opaque {
	return persist.Opaque{Epoch: s.epoch[s.life], Nonce: uint64(s.life)}
}

func (s *script) shard(id persist.ShardID) *ShardState {
	if s.shards[id] == nil {
		s.shards[id] = &ShardState{}
	}
	return s.shards[id]
}

func (s *script) issue(c persist.Call) core.EffectID {
	s.effect++
	s.observe(Observation{Kind: Issued, Effect: &core.Effect{Kind: core.EffectPersist, ID: s.effect, Persist: c}})
	return s.effect
}

// apply lets a call take effect with change.
func (s *script) apply(c persist.Call, o outcome.Outcome, change func(*ShardState)) {
	s.next()
	before := *s.shard(c.Shard)
	if change != nil {
		change(s.shard(c.Shard))
	}
	after := *s.shard(c.Shard)
	s.observe(Observation{Kind: PersistApplied, PersistCall: &c, PersistResult: &persist.Result{Outcome: o, Upper: after.Upper}, Before: &before, After: &after})
}

func (s *script) done(id core.EffectID, r persist.Result) {
	s.next()
	s.observe(Observation{Kind: Completed, Effect: &core.Effect{Kind: core.EffectPersist, ID: id}, PersistResult: &r})
}

func (s *script) ask(r core.Request) core.RequestID {
	s.next()
	s.request++
	r.ID = s.request
	s.observe(Observation{Kind: Requested, Request: &r, RequestID: r.ID})
	return r.ID
}

func (s *script) answer(id core.RequestID, r core.Response) {
	r.Request = id
	if r.Epoch == 0 {
		r.Epoch = s.epoch[s.life]
	}
	if r.Clock == 0 {
		r.Clock = frontier.Timestamp(max(s.wall, 0))
	}
	s.observe(Observation{Kind: Responded, Response: &r})
}

func (s *script) refuse(id core.RequestID, code core.ErrorCode, ids ...core.GlobalID) {
	s.answer(id, core.Response{Err: core.Error{Code: code, Definite: true, IDs: ids}})
}

func (s *script) move(v core.CollectionView) { s.observe(Observation{Kind: Moved, Collection: &v}) }

func (s *script) created(id core.GlobalID, shard persist.ShardID, kind core.CollectionKind) {
	q := s.ask(core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{ID: id, Description: core.Description{Kind: kind, Schema: schema}}}})
	s.commit(
		stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionMetadata, Key: id.String(), Value: shardsValue(shard)},
		stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionDescriptions, Key: id.String(), Value: descriptionValue(kind)},
	)
	v := s.opened(id, shard, kind)
	s.answer(q, core.Response{})
	s.views[int(s.life)*10+int(id.N)] = v
}

// opened plays the opening of a collection's shard.
func (s *script) opened(id core.GlobalID, shard persist.ShardID, kind core.CollectionKind) *core.CollectionView {
	v := core.CollectionView{ID: id, Kind: kind, Data: shard}
	s.move(v)
	for _, c := range []persist.Call{
		{Op: persist.OpOpenCritical, Shard: shard, Reader: critical, Opaque: s.opaque()},
		{Op: persist.OpCompareAndDowngradeSince, Shard: shard, Reader: critical, Opaque: s.opaque(), ExpectedOpaque: s.shard(shard).Opaque},
		{Op: persist.OpOpenWriter, Shard: shard, Writer: writer, Epoch: s.epoch[s.life]},
	} {
		e := s.issue(c)
		s.apply(c, outcome.Done, func(st *ShardState) {
			st.HasCritical, st.Opaque = true, s.opaque()
			if c.Op == persist.OpOpenWriter {
				st.WriterEpoch = s.epoch[s.life]
			}
		})
		s.done(e, persist.Result{Outcome: outcome.Done, Opaque: s.opaque()})
	}
	st := s.shard(shard)
	v.Phase, v.Since, v.Implied, v.Upper = core.ShardOpen, st.CriticalSince, st.CriticalSince, st.Upper
	v.Policy = core.Policy{Nodes: []core.PolicyNode{{Kind: core.PolicyValidFrom, From: v.Implied}}}
	s.move(v)
	return &v
}

func (s *script) view(id core.GlobalID) *core.CollectionView {
	return s.views[int(s.life)*10+int(id.N)]
}

// append plays an append from the request to its landing and completion. The
// caller answers it.
func (s *script) append(id core.GlobalID, token uint64, upper frontier.Timestamp, updates ...relation.Update) core.RequestID {
	q := s.ask(core.Request{Op: core.RequestAppend, Appends: []core.Append{{ID: id, Updates: updates, Upper: at(upper)}}})
	s.write(id, token, upper, updates)
	return q
}

func (s *script) write(id core.GlobalID, token uint64, upper frontier.Timestamp, updates []relation.Update) {
	v := s.view(id)
	c := persist.Call{
		Op: persist.OpCompareAndAppend, Shard: v.Data, Writer: writer, Epoch: s.epoch[s.life], Token: persist.Token{Hi: token, Lo: 1},
		Expected: v.Upper, Upper: at(upper), Updates: updates,
	}
	e := s.issue(c)
	s.apply(c, outcome.Done, func(st *ShardState) { st.Upper = c.Upper })
	s.done(e, persist.Result{Outcome: outcome.Done, Upper: c.Upper})
	v.Upper = c.Upper
	if v.Kind == core.KindTable && s.us-s.boots[s.life] > int64(s.config.HoldLease+s.config.ClockMargin) {
		v.Implied = later(v.Implied, policyBound(v.Policy, v.Upper, v.Implied))
		v.Since = later(v.Since, earlier(v.Implied, s.held))
	}
	s.move(*v)
}

// grace lets the time after boot pass.
func (s *script) grace() {
	s.wait(s.config.HoldLease + s.config.ClockMargin)
	s.next()
	s.commit()
}

// running lets the controller be seen at work for a while, so that it has been
// woken for everything that was due before.
func (s *script) running() {
	s.wait(latestWake)
	for range 3 {
		s.wait(settledFor)
		s.next()
		s.commit()
	}
	s.next()
}

func (s *script) policy(id core.GlobalID, p core.Policy) {
	q := s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: id, Policy: p}}})
	v := s.view(id)
	v.Policy = p
	if s.us-s.boots[s.life] > int64(s.config.HoldLease+s.config.ClockMargin) {
		v.Implied = later(v.Implied, policyBound(p, v.Upper, v.Implied))
		v.Since = later(v.Since, earlier(v.Implied, s.held))
	}
	s.move(*v)
	s.commit(stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionPolicies, Key: id.String(), Value: policyValue(p)})
	s.answer(q, core.Response{})
}

func (s *script) downgrade(id core.GlobalID, to frontier.Frontier) {
	c := persist.Call{Op: persist.OpCompareAndDowngradeSince, Shard: s.view(id).Data, Reader: critical, Opaque: s.opaque(), ExpectedOpaque: s.opaque(), Since: to}
	e := s.issue(c)
	s.apply(c, outcome.Done, func(st *ShardState) { st.CriticalSince, st.Since = later(st.CriticalSince, to), later(st.Since, to) })
	s.done(e, persist.Result{Outcome: outcome.Done, Since: to, ReaderSince: to})
}

func (s *script) acquire(id core.GlobalID, owner core.OwnerID, hold core.HoldID, t frontier.Timestamp) {
	q := s.ask(core.Request{Op: core.RequestAcquireHold, GlobalID: id, Owner: owner, Hold: hold, At: t})
	v := s.view(id)
	v.NamedHolds++
	s.held = earlier(s.held, at(t))
	s.move(*v)
	s.answer(q, core.Response{Time: t})
}

// world is a controller with one open table that has some rows.
func world(t *testing.T) *script {
	s := newScript(t)
	s.first()
	return s
}

func (s *script) first() {
	s.boot(0)
	s.created(tableID, shardOne, core.KindTable)
	s.answer(s.append(tableID, 1, 10, relation.Update{Data: rowFalse, Time: 3, Diff: 1}), core.Response{})
	s.answer(s.append(tableID, 2, 20, relation.Update{Data: rowTrue, Time: 12, Diff: 2}), core.Response{})
	s.silent()
}

// silent fails the test if a judge has spoken.
func (s *script) silent() {
	s.t.Helper()
	if s.j.Failed() {
		s.t.Fatalf("a judge cries wolf: %+v", s.j.Violations())
	}
}

// fires fails the test unless the first that a judge finds is the invariant.
func (s *script) fires(invariant string) {
	s.t.Helper()
	if !s.j.Failed() {
		s.t.Fatalf("%s is silent", invariant)
	}
	for _, v := range s.j.Violations() {
		if v.Invariant == invariant {
			return
		}
	}
	s.t.Fatalf("want %s, got %+v", invariant, s.j.Violations())
}
