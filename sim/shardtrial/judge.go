package shardtrial

import (
	"fmt"
	"slices"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/persistfake"
	"example.com/tidemark/sim/shardstack"
)

// ground is a shard: what the calls that were committed make of it, and what is stored.
type ground struct {
	id    persist.ShardID
	model persistfake.Store
	// versions are all states that the shard had, of which the first so many are in use;
	// the first is the shard that nobody has used.
	versions []*version
	spare    []*version
	// last are the writers' latest appends that took effect, applied all of them; registered
	// are the critical readers that there ever were.
	last       [writers]shard.Writer
	applied    []persist.Token
	registered []persist.ReaderID
	// stored is the newest state.
	stored *shard.State
}

// version is a state that a shard had, also between two calls of one commit: by the model,
// and as the commit before and the one that it was part of were stored.
type version struct {
	model        persistfake.Store
	before, part *shard.State
	since, upper frontier.Frontier
	epoch        uint64
}

func (g *ground) begin(id persist.ShardID) {
	g.id = id
	g.model.Reset()
	g.spare = append(g.spare, g.versions...)
	g.versions = g.versions[:0]
	g.last, g.applied, g.registered, g.stored = [writers]shard.Writer{}, g.applied[:0], g.registered[:0], nil
	g.record()
}

// record keeps the present state as a version.
func (g *ground) record() {
	v := &version{}
	if n := len(g.spare); n > 0 {
		v, g.spare = g.spare[n-1], g.spare[:n-1]
	}
	v.model.CopyFrom(&g.model)
	st, _ := g.model.State(g.id)
	v.before, v.part, v.since, v.upper, v.epoch = g.stored, nil, st.Since, st.Upper, st.WriterEpoch
	g.versions = append(g.versions, v)
}

// now is the present version.
func (g *ground) now() *version { return g.versions[len(g.versions)-1] }

func (t *Trial) groundOf(id persist.ShardID) *ground { return &t.grounds[id.Lo-1] }

// committed has the calls of a commit that has taken effect take effect on the model,
// and compares what is stored with it.
func (t *Trial) committed(g *ground, e *shard.Effect) {
	appends, from := false, len(g.versions)
	for _, id := range e.Calls {
		c := &t.calls[id-1]
		if c.answered && c.outcome != outcome.None && c.outcome != outcome.Unknown {
			t.fail("%v: a %v that was answered %v takes effect", g.id, c.call.Op, c.outcome)
			return
		}
		g.model.Apply(e.Wall, &c.call, &c.expected)
		c.followed++
		if c.expected.Outcome != outcome.Done {
			t.fail("%v: a %v is committed that by the contract ends %v", g.id, c.call.Op, c.expected.Outcome)
			return
		}
		if c.call.Op == persist.OpCompareAndAppend {
			appends = true // again, if it was forgotten and changes nothing
			g.applied = append(g.applied, c.call.Token)
			*g.findWriter(c.call.Writer) = shard.Writer{ID: c.call.Writer, Token: c.call.Token, Upper: c.call.Upper, Epoch: c.call.Epoch, Seqno: e.Consensus.New, At: e.Wall}
		}
		if c.call.Op == persist.OpOpenCritical || c.call.Op == persist.OpCompareAndDowngradeSince {
			g.registered = append(g.registered, c.call.Reader)
		}
		g.record()
	}
	before := g.stored
	stored, problem := t.head(g)
	if problem != shard.ProblemNone {
		t.fail("%v: what is stored cannot be read: %v", g.id, problem)
		return
	}
	g.stored = stored
	for _, v := range g.versions[from:] {
		v.part = stored
	}
	t.judgeStored(g, stored)
	if before != nil && !stored.Finalized {
		t.judgeWriters(g, before, stored, e.Wall, appends)
	}
	if before != nil && len(before.Batches) != len(stored.Batches) || t.dice.N(8) == 0 {
		t.judgeContents(g, stored)
	}
}

func (g *ground) findWriter(id persist.WriterID) *shard.Writer { return &g.last[id.Lo-1] }

// judgeStored compares a state with the model.
func (t *Trial) judgeStored(g *ground, s *shard.State) {
	st, _ := g.model.State(g.id)
	if s.Since != st.Since || s.Upper != st.Upper || s.Epoch != st.WriterEpoch || s.Finalized != st.Finalized {
		t.fail("%v: since %v, upper %v, writers' epoch %d, finalized %v are stored; the calls that were committed make it %v, %v, %d, %v",
			g.id, s.Since, s.Upper, s.Epoch, s.Finalized, st.Since, st.Upper, st.WriterEpoch, st.Finalized)
		return
	}
	if s.Finalized {
		if len(s.Batches)+len(s.Tail)+len(s.Leased)+len(s.Critical)+len(s.Writers) > 0 {
			t.fail("%v is finalized, and something is left in its state", g.id)
		}
		return
	}
	if s.Since.Empty && len(s.Batches)+len(s.Tail) > 0 {
		t.fail("%v: nobody can read it any more, and %d batches and %d updates of it are kept", g.id, len(s.Batches), len(s.Tail))
	}
	if n := sizeOf(s.Tail); n > 4*t.config.SpillAt {
		t.fail("%v: %d bytes of updates are kept in its state; at %d they are to be moved to a blob", g.id, n, t.config.SpillAt)
	}
	n := 0
	g.model.EachLeased(g.id, func(id persist.ReaderID, since frontier.Frontier, end clock.Wall, lease int64) {
		n++
		if !slices.Contains(s.Leased, shard.Leased{ID: id, Since: since, End: end, Lease: lease}) {
			t.fail("%v: leased readers %v are stored; one of them is to be %v at %v until %d, by %d ms", g.id, s.Leased, id, since, end, lease)
		}
	})
	if n != len(s.Leased) {
		t.fail("%v: leased readers %v are stored; it has %d", g.id, s.Leased, n)
	}
	for i := range s.Critical {
		k := &s.Critical[i]
		var r persist.Result
		c := persist.Call{Op: persist.OpOpenCritical, Shard: g.id, Reader: k.ID}
		t.scratch.CopyFrom(&g.model)
		if t.scratch.Apply(-1<<60, &c, &r); r.ReaderSince != k.Since || r.Opaque != k.Opaque {
			t.fail("%v: critical reader %v is stored at %v by %v; it is to be at %v by %v", g.id, k.ID, k.Since, k.Opaque, r.ReaderSince, r.Opaque)
		}
	}
}

// sizeOf is roughly what updates take when stored, in bytes.
func sizeOf(updates []relation.Update) (n uint64) {
	for i := range updates {
		n += 16 + uint64(len(updates[i].Data))
	}
	return n
}

// judgeWriters judges which writers' latest appends are remembered: each that a repeat may
// be asked of (P-12), and after an append no others.
func (t *Trial) judgeWriters(g *ground, before, s *shard.State, wall clock.Wall, appends bool) {
	old := func(w *shard.Writer) bool {
		return wall-w.At > clock.Wall(t.config.WriterRetention/clock.Millisecond) && uint64(s.Seqno-w.Seqno) > t.config.RetainStates ||
			w.Epoch != 0 && w.Epoch < s.Epoch
	}
	for i := range s.Writers {
		w := &s.Writers[i]
		if want := g.findWriter(w.ID); *want != *w {
			t.fail("%v: of writer %v is stored %+v; its latest append was %+v", g.id, w.ID, *w, *want)
		}
		if appends && old(w) {
			t.fail("%v: writer %+v is remembered in state %d at %d, though nobody can need it", g.id, *w, s.Seqno, wall)
		}
	}
	for i := range before.Writers {
		w := g.findWriter(before.Writers[i].ID)
		if !slices.ContainsFunc(s.Writers, func(v shard.Writer) bool { return v.ID == w.ID }) && !old(w) {
			t.fail("%v: writer %+v is forgotten in state %d at %d, though its append may be made again", g.id, *w, s.Seqno, wall)
		}
	}
}

// answered judges what a machine answers.
func (t *Trial) answered(i, at int, r *persist.Result) {
	if at < 0 || at >= len(t.calls) || t.calls[at].answered || t.calls[at].machine != i {
		t.fail("call %d is answered, which was not asked, or twice", at)
		return
	}
	c := &t.calls[at]
	g := t.groundOf(c.call.Shard)
	c.outcome = r.Outcome
	switch {
	case r.Outcome == outcome.Unknown:
		if t.alone {
			t.fail("%v: a %v ends unknown, and nothing went wrong", g.id, c.call.Op)
		}
		t.left(c)
		return
	case c.followed > 0 && r.Outcome != outcome.Done:
		t.fail("%v: a %v that was committed is answered %v", g.id, c.call.Op, r.Outcome)
	case r.Outcome == outcome.NotDone:
		if t.alone {
			t.fail("%v: a %v is not done, and nothing went wrong", g.id, c.call.Op)
		}
	case c.followed > 0 && sameAnswer(&c.expected, r):
	case !t.explained(g, c, r):
		t.fail("%v: a %s is answered %v (%v), since %v, reader's since %v, upper %v, opaque %v, epoch %d, %d updates; committed %v, %v; of no moment since state %d this is true, up to state %d with since %v, upper %v",
			g.id, said(&c.call), r.Outcome, r.Reason, r.Since, r.ReaderSince, r.Upper, r.Opaque, r.Epoch, len(r.Updates), c.followed, c.expected.Outcome,
			c.arrived, len(g.versions)-1, g.now().since, g.now().upper)
	}
	c.answered, c.expected = true, *r
}

// said is a call in words, as far as it matters for its answer.
func said(c *persist.Call) string {
	text := c.Op.String()
	if c.Reader != (persist.ReaderID{}) {
		text += fmt.Sprintf(" by reader %d", c.Reader.Lo)
	}
	switch c.Op {
	case persist.OpCompareAndAppend:
		return text + fmt.Sprintf(" by writer %d in epoch %d of %d updates from %v to %v", c.Writer.Lo, c.Epoch, len(c.Updates), c.Expected, c.Upper)
	case persist.OpSnapshot, persist.OpListen:
		return text + fmt.Sprintf(" as of %d", c.AsOf)
	case persist.OpDowngradeSince:
		return text + fmt.Sprintf(" to %v", c.Since)
	case persist.OpCompareAndDowngradeSince:
		return text + fmt.Sprintf(" to %v, for %v if it is %v's", c.Since, c.Opaque, c.ExpectedOpaque)
	default:
		return text
	}
}

func sameAnswer(a, b *persist.Result) bool {
	return a.Outcome == b.Outcome && a.Reason == b.Reason && a.Since == b.Since && a.ReaderSince == b.ReaderSince && a.Upper == b.Upper && a.Opaque == b.Opaque && a.Epoch == b.Epoch
}

// explained reports whether an answer that nothing was committed for is that of some
// moment of the call.
func (t *Trial) explained(g *ground, c *asked, r *persist.Result) bool {
	for at := c.arrived; at < len(g.versions); at++ {
		v := g.versions[at]
		t.scratch.CopyFrom(&v.model)
		var want persist.Result
		t.scratch.Apply(-1<<60, &c.call, &want)
		if r.Outcome == outcome.Done && g.changes(v, c) {
			continue
		}
		if sameAnswer(&want, r) && sameUpdates(want.Updates, r.Updates) || v.forgot(c, r) {
			return true
		}
	}
	return false
}

// changes reports whether a call that is done changes the state, which needs a commit.
func (g *ground) changes(v *version, c *asked) bool {
	switch c.call.Op {
	case persist.OpFetchUpper, persist.OpSnapshot, persist.OpListen:
		return false
	case persist.OpOpenWriter:
		return c.call.Epoch > v.epoch
	case persist.OpCompareAndAppend:
		return !slices.Contains(g.applied, c.call.Token)
	case persist.OpOpenCritical:
		return !slices.Contains(g.registered, c.call.Reader)
	case persist.OpCloseReader:
		there := false
		v.model.EachLeased(g.id, func(id persist.ReaderID, _ frontier.Frontier, _ clock.Wall, _ int64) {
			there = there || id == c.call.Reader
		})
		return there
	case persist.OpFinalize:
		st, _ := v.model.State(g.id)
		return !st.Finalized
	default:
		return true
	}
}

// forgot reports whether an append that took effect long ago is refused because its
// writer's latest append is not remembered any more.
func (v *version) forgot(c *asked, r *persist.Result) bool {
	return c.call.Op == persist.OpCompareAndAppend && r.Outcome == outcome.Mismatch && r.Upper == v.upper && r.Upper != c.call.Expected &&
		(lacks(v.before, c.call.Writer) || lacks(v.part, c.call.Writer))
}

func lacks(s *shard.State, id persist.WriterID) bool {
	return s != nil && !slices.ContainsFunc(s.Writers, func(w shard.Writer) bool { return w.ID == id })
}

func sameUpdates(a, b []relation.Update) bool {
	if len(a) == 0 && len(b) == 0 {
		return true
	}
	return slices.Equal(relation.Consolidate(slices.Clone(a)), relation.Consolidate(slices.Clone(b)))
}

// head is what is stored of a shard: now and then all of it is read, most often only what
// follows the state before.
func (t *Trial) head(g *ground) (*shard.State, shard.Problem) {
	entry := t.consensus.Head(shard.StateKey(g.id))
	s, problem := shard.Decode(g.id, entry)
	switch {
	case problem != shard.ProblemNone || s.Base == 0:
		return s, problem
	case g.stored == nil || t.dice.N(8) == 0:
		return shardstack.Head(&t.consensus, g.id)
	}
	return s.Complete(g.stored)
}
