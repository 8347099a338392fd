package shardtrial

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/blob"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/shardstack"
)

// judgeContents compares what can be read of a shard with what was appended, and what is
// said of each batch with what is in it.
func (t *Trial) judgeContents(g *ground, s *shard.State) {
	if s.Finalized || s.Since.Empty {
		return
	}
	all := append(t.found[:0], s.Tail...)
	for i := range s.Batches {
		b := &s.Batches[i]
		var r shard.BatchResult
		shardstack.ApplyBatch(&t.blobs, &shard.BatchCall{Op: shard.BatchGet, Shard: g.id, Key: b.Blob.Key(g.id), Batch: *b}, &r)
		if r.Outcome != outcome.Done {
			t.fail("%v: %v: %s", g.id, r.Problem, r.Key)
			return
		}
		for k := range r.Updates {
			if u := r.Updates[k].Time; before(frontier.At(u), b.Lower) || !before(frontier.At(u), b.Upper) && u != b.Since {
				t.fail("%v: a batch from %v up to %v, forwarded to %d, has an update at %d", g.id, b.Lower, b.Upper, b.Since, u)
				return
			}
		}
		all = append(all, r.Updates...)
	}
	appended := g.model.AppendUpdates(t.appended[:0], g.id)
	t.found, t.appended = all, appended
	forward(all, s.Since.T)
	forward(appended, s.Since.T)
	if !sameUpdates(all, appended) {
		t.fail("%v: %d updates can be read of it from %v on; %d were appended, and are not the same", g.id, len(all), s.Since, len(appended))
	}
}

func forward(list []relation.Update, since frontier.Timestamp) {
	for i := range list {
		list[i].Time = max(list[i].Time, since)
	}
}

func before(a, b frontier.Frontier) bool { return !a.Empty && (b.Empty || a.T < b.T) }

// heal ends all that goes wrong, and demands that everything comes to its end: every call
// is answered, the shards can be used, what nobody needs is deleted.
func (t *Trial) heal() {
	t.permille = 0
	t.rest()
	for i := range t.machines {
		t.machines[i].skew = 0
	}
	for i := range t.calls {
		if c := &t.calls[i]; !c.answered && t.why == "" {
			t.fail("%v: a %v is not answered", c.call.Shard, c.call.Op)
		}
	}
	t.alone = true
	for i := 0; i < t.shards && t.why == ""; i++ {
		g := &t.grounds[i]
		switch t.dice.N(4) {
		case 0:
			t.use(g)
		case 1:
			t.bury(g)
		default:
			if g.stored != nil {
				t.judgeContents(g, g.stored)
			}
		}
	}
}

// rest lets time pass until nothing is under way.
func (t *Trial) rest() {
	for t.why == "" && t.next(clock.Never) {
		continue
	}
}

// use works with a shard until everything has been tidied up that was left behind.
func (t *Trial) use(g *ground) {
	i := t.dice.N(len(t.machines))
	if t.do(i, persist.Call{Op: persist.OpFetchUpper, Shard: g.id}).Outcome == outcome.Invalid {
		return // it is finalized
	}
	r := reader(leased + 1)
	var swept consensus.Seqno
	rounds := int(t.config.MergeWindow+t.config.CommitWindow)/4 + 2
	for n := 0; n < rounds+8 && t.why == ""; n++ {
		for range 4 {
			t.do(i, persist.Call{Op: persist.OpOpenLeasedReader, Shard: g.id, Reader: r, Lease: clock.Minute})
		}
		t.pass(t.config.SweepEvery)
		t.rest()
		if n == rounds {
			swept = g.stored.Seqno
		}
	}
	if t.why != "" {
		return
	}
	s := g.stored
	t.judgeContents(g, s)
	t.judgeKept(g, s, swept)
	t.do(i, persist.Call{Op: persist.OpCloseReader, Shard: g.id, Reader: r})
}

// judgeKept judges that nothing is kept that no state needs, old states and blobs, and that
// what is kept has been merged.
func (t *Trial) judgeKept(g *ground, s *shard.State, swept consensus.Seqno) {
	if n := sizeOf(s.Tail); n >= t.config.SpillAt || len(s.Batches) > int(t.config.MaxBatches) {
		t.fail("%v: at rest it has %d bytes of updates in its state and %d batches; at %d, and above %d, they are to be merged", g.id, n, len(s.Batches), t.config.SpillAt, t.config.MaxBatches)
	}
	var r consensus.Result
	t.consensus.Apply(&consensus.Call{Op: consensus.OpScan, Key: shard.StateKey(g.id)}, &r)
	if limit := t.config.TruncateKeep + t.config.TruncateEvery + t.config.MaxChain + 2; uint64(len(r.Entries)) > limit {
		t.fail("%v: %d states are kept, from %d on, of %d; at most %d are needed", g.id, len(r.Entries), r.Entries[0].Seqno, s.Seqno, limit)
	}
	named := 0
	for _, key := range t.blobsOf(g) {
		b, ok := shard.ParseBlobKey(g.id, key)
		switch {
		case !ok:
			t.fail("%v: a blob is called %s", g.id, key)
		case refers(s, b):
			named++
		case b.Until < swept:
			t.fail("%v: blob %s is kept, which state %d does not name, and none may after %d", g.id, key, s.Seqno, b.Until)
		}
	}
	if named != len(s.Batches) {
		t.fail("%v: state %d names %d batches; %d of their blobs are there", g.id, s.Seqno, len(s.Batches), named)
	}
}

func refers(s *shard.State, b shard.BlobID) bool {
	for i := range s.Batches {
		if s.Batches[i].Blob == b {
			return true
		}
	}
	return false
}

func (t *Trial) blobsOf(g *ground) []string {
	var r blob.Result
	t.blobs.Apply(&blob.Call{Op: blob.OpList, Key: shard.BlobPrefix(g.id)}, &r)
	return r.Keys
}

// bury takes a shard to its end: nothing of it is left but that it was there.
func (t *Trial) bury(g *ground) {
	i := t.dice.N(len(t.machines))
	if t.do(i, persist.Call{Op: persist.OpFetchUpper, Shard: g.id}).Outcome == outcome.Invalid {
		return
	}
	for n := range leased {
		t.do(i, persist.Call{Op: persist.OpCloseReader, Shard: g.id, Reader: reader(n)})
	}
	for n := range criticals {
		k := t.do(i, persist.Call{Op: persist.OpOpenCritical, Shard: g.id, Reader: reader(n)})
		t.do(i, persist.Call{Op: persist.OpCompareAndDowngradeSince, Shard: g.id, Reader: reader(n), ExpectedOpaque: k.Opaque, Opaque: k.Opaque, Since: frontier.Empty()})
	}
	if upper := g.now().upper; !upper.Empty {
		t.do(i, persist.Call{Op: persist.OpCompareAndAppend, Shard: g.id, Writer: writer(0), Token: persist.Token{Hi: 1, Lo: 1}, Expected: upper, Upper: frontier.Empty()})
	}
	if !g.now().since.Empty || !g.now().upper.Empty {
		t.fail("%v: everybody has let go of it, and it has since %v, upper %v", g.id, g.now().since, g.now().upper)
		return
	}
	if r := t.do(i, persist.Call{Op: persist.OpFinalize, Shard: g.id}); r.Outcome != outcome.Done && t.why == "" {
		t.fail("%v: it is at its end, and finalizing it is answered %v", g.id, r.Outcome)
	}
	t.pass(t.config.SweepEvery)
	t.rest()
	if left := t.blobsOf(g); len(left) > 0 {
		t.fail("%v is finalized, and %d blobs are left, the first %s", g.id, len(left), left[0])
	}
	var r consensus.Result
	t.consensus.Apply(&consensus.Call{Op: consensus.OpScan, Key: shard.StateKey(g.id)}, &r)
	if len(r.Entries) > 1 {
		t.fail("%v is finalized, and %d states of it are kept", g.id, len(r.Entries))
	}
}
