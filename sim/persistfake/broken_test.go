package persistfake

import (
	"flag"
	"slices"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/persist"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// step stands between the suite and the store, and applies one rule wrongly.
type step = func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result)

// changed applies a call with one argument changed.
func changed(change func(s *Store, c *persist.Call)) step {
	return func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
		k := *c
		change(s, &k)
		s.Apply(now, &k, r)
	}
}

// on applies a different step to calls of one kind.
func on(op persist.Op, other step) step {
	return func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
		if c.Op == op {
			other(s, now, c, r)
		} else {
			s.Apply(now, c, r)
		}
	}
}

// broken lists stores that break one rule each, and the test that must see it.
func broken() []struct {
	name, caught string
	do           step
} {
	serial := uint64(0)
	newest := clock.Wall(-1 << 62)
	return []struct {
		name, caught string
		do           step
	}{
		{"a mismatch applies anyway", "P-11/mismatch-applies-nothing", on(persist.OpCompareAndAppend, appendAnyway)},
		{"two writers win one race", "P-11/race/one-expected-upper-one-winner", on(persist.OpCompareAndAppend, wantedUpper)},
		{
			"the token is ignored", "P-12/repeat-with-the-same-token-succeeds-once",
			changed(func(_ *Store, c *persist.Call) {
				serial++
				c.Token.Lo += serial << 32
			}),
		},
		{
			"a token counts for every writer", "P-11/token-belongs-to-one-writer",
			changed(func(_ *Store, c *persist.Call) {
				if c.Op == persist.OpCompareAndAppend {
					c.Writer = persist.WriterID{Lo: 1}
				}
			}),
		},
		{"the upper is compared before the token", "P-12/repeat-after-others-went-on", on(persist.OpCompareAndAppend, upperFirst)},
		{"a repeat is told the present upper", "P-12/repeat-after-the-shard-was-closed", on(persist.OpCompareAndAppend, presentUpper)},
		{"the fence is checked after the token", "P-11/order-of-checks/fence-before-token", on(persist.OpCompareAndAppend, tokenFirst)},
		{"the fence is checked after the upper", "P-11/order-of-checks/fence-before-upper", on(persist.OpCompareAndAppend, upperBeforeFence)},
		{"the fence is checked before the arguments", "P-11/order-of-checks/arguments-before-fence", fenceFirst},
		{
			"appends are not fenced", "P-11/fence/appending-with-a-lower-epoch",
			on(persist.OpCompareAndAppend, changed(func(_ *Store, c *persist.Call) { c.Epoch = 0 })),
		},
		{
			"opening is not fenced", "P-11/fence/opening-with-a-lower-epoch",
			on(persist.OpOpenWriter, changed(func(s *Store, c *persist.Call) { c.Epoch = max(c.Epoch, s.use(c.Shard).writerEpoch) })),
		},
		{"the shard keeps the latest epoch, not the highest", "P-11/fence/without-an-epoch-there-is-none", on(persist.OpOpenWriter, latestEpoch)},
		{"the since is recomputed when a reader lapses", "P-1/expiry-does-not-move-the-since", recomputeAlways},
		{"the since is recomputed when a reader leaves", "P-1/leaving-does-not-move-the-since", on(persist.OpCloseReader, recomputeAlways)},
		{"a downgrade that moves nothing recomputes nothing", "P-1/every-downgrade-recomputes", lazyDowngrade},
		{"a compare-and-downgrade that moves nothing recomputes nothing", "P-1/every-compare-and-downgrade-recomputes", lazyDowngrade},
		{"lapsed readers still count in the meet", "P-1/downgrades-remove-lapsed-readers-first", on(persist.OpDowngradeSince, lapsedCount)},
		{"the since follows one reader", "P-1/since-is-the-meet-of-all-readers", followOne},
		{"the since goes back", "P-1/since-and-upper-never-regress", on(persist.OpDowngradeSince, sinceGoesBack)},
		{"a closed shard opens again", "P-2/empty-upper-is-closed-for-ever", on(persist.OpCompareAndAppend, reopen)},
		{"a finalized shard goes on", "P-2/finalized-shard-answers-every-call", neverFinalized},
		{"a shard is finalized while it is readable", "P-2/not-finalized-while-readable", finalizeIf(func(sh *shard) bool {
			return sh.upper.Empty && sh.leased == 0
		})},
		{"a shard is finalized while it is writable", "P-2/not-finalized-while-writable", finalizeIf(func(sh *shard) bool {
			return sh.since.Empty && sh.leased == 0
		})},
		{"a shard is finalized under a leased reader", "P-2/not-finalized-while-a-leased-reader-is-left", finalizeIf(func(sh *shard) bool {
			return sh.since.Empty && sh.upper.Empty
		})},
		{"a lapsed reader keeps a shard", "P-2/a-reader-whose-lease-has-ended-is-not-left", on(persist.OpFinalize, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
			s.Apply(-1<<62, c, r)
		})},
		{"a refused finalization removes lapsed readers", "P-2/a-refused-finalization-commits-nothing", on(persist.OpFinalize, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
			s.removeLapsed(now, s.use(c.Shard))
			s.Apply(now, c, r)
		})},
		{"finalizing again is refused", "P-2/finalizing-again-is-done", on(persist.OpFinalize, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
			again := s.use(c.Shard).finalized
			s.Apply(now, c, r)
			if again {
				*r = persist.Result{Outcome: outcome.Invalid, Reason: persist.ReasonFinalized}
			}
		})},
		{"a critical reader at the end keeps a shard", "P-2/critical-readers-at-the-end-are-not-left", on(persist.OpFinalize, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
			if sh := s.use(c.Shard); sh.firstCritical != 0 && s.criticals[sh.firstCritical-1].next != 0 {
				*r = persist.Result{Outcome: outcome.NotYet, Since: sh.since, Upper: sh.upper}
				return
			}
			s.Apply(now, c, r)
		})},
		{"a new reader starts at the minimum", "P-10/new-readers-start-at-the-since", startAtMinimum},
		{"reopening a reader resets it", "P-10/reopening-a-leased-reader-keeps-its-since", on(persist.OpOpenLeasedReader, closeFirst)},
		{"opening a critical reader takes it over", "P-10/existing-critical-reader-is-left-as-it-is", on(persist.OpOpenCritical, openTakesOver)},
		{"the upper that opening reports is old", "P-10/opening-reports-a-fresh-upper", staleUpper},
		{"a reader's since is set, not joined", "P-14/reader-since-joins", on(persist.OpDowngradeSince, setSince)},
		{"a take-over with its since behind is refused", "P-15/take-over-succeeds-when-to-is-behind", on(persist.OpCompareAndDowngradeSince, refuseBehind)},
		{"a lower epoch takes a critical reader back", "P-15/higher-epoch-fences-even-when-expected", on(persist.OpCompareAndDowngradeSince, takeBack)},
		{"a repeated compare-and-downgrade is a mismatch", "P-15/stored-is-mine-succeeds", on(persist.OpCompareAndDowngradeSince, strictCompare)},
		{
			"critical readers are not compared", "P-15/lower-epoch-is-taken-over-from-what-is-stored",
			on(persist.OpCompareAndDowngradeSince, changed(func(s *Store, c *persist.Call) {
				if k := s.findCritical(s.use(c.Shard), c.Reader); k != nil {
					c.ExpectedOpaque = k.opaque
				}
			})),
		},
		{
			"the nonce is ignored", "P-15/nonce-tells-owners-of-one-epoch-apart",
			changed(func(_ *Store, c *persist.Call) { c.Opaque.Nonce, c.ExpectedOpaque.Nonce = 0, 0 }),
		},
		{"a snapshot reads beyond the upper", "P-16/not-available-yet", on(persist.OpSnapshot, readBeyond)},
		{"a snapshot reads before the since", "P-16/before-the-since", on(persist.OpSnapshot, readBefore)},
		{
			"a snapshot leaves out its own time", "P-16/contents-at-every-time",
			on(persist.OpSnapshot, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
				s.Apply(now, c, r)
				if r.Outcome == outcome.Done {
					r.Updates = s.readSum(s.use(c.Shard), max(c.AsOf, 1)-1)
					retime(r.Updates, c.AsOf)
				}
			}),
		},
		{
			"a snapshot does not advance its times", "P-16/contents-at-every-time",
			on(persist.OpSnapshot, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
				s.Apply(now, c, r)
				retime(r.Updates, 0)
			}),
		},
		{"listening includes its own time", "P-17/strictly-after-at-their-own-times", on(persist.OpListen, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
			s.Apply(now, c, r)
			for _, u := range s.AppendUpdates(nil, c.Shard) {
				if r.Outcome == outcome.Done && u.Time == c.AsOf {
					r.Updates = append(r.Updates, u)
				}
			}
		})},
		{"listening forgets the progress without updates", "P-17/progress-without-updates", on(persist.OpListen, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
			if s.Apply(now, c, r); len(r.Updates) == 0 {
				*r = persist.Result{Outcome: outcome.NotYet, Upper: r.Upper}
			}
		})},
		{"compaction loses what cancels later", "P-16/compaction-changes-no-permitted-read", on(persist.OpSnapshot, lossyCompaction)},
		{"a lapsed reader is never removed", "P-18/lapsed-reader-is-removed-by-the-next-commit", frozenClock},
		{"reading removes lapsed readers", "P-18/nobody-commits-nobody-is-removed", eagerRemoval},
		{"a heartbeat does not renew", "P-18/heartbeat-renews", on(persist.OpHeartbeat, keepLease)},
		{"a downgrade does not renew", "P-18/downgrade-renews", on(persist.OpDowngradeSince, keepLease)},
		{
			"leases are judged by one clock for all", "P-18/judged-by-the-committer's-clock",
			func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
				newest = max(newest, now)
				s.Apply(newest, c, r)
			},
		},
		{"a removed reader is let in again", "P-18/removed-reader's-calls-fail", readmit},
		{"a new shard is not empty", "P-10/first-use-makes-a-shard", on(persist.OpOpenWriter, usedBefore)},
		{"all shards are one", "P-10/shards-are-apart", changed(oneShard)},
		{"a fetched upper is cached", "P-13/fetch-upper-is-current", cachedFetch()},
		{"updates out of bounds are left out", "P-11/argument-errors", on(persist.OpCompareAndAppend, changed(cutOff))},
		{"a token counts for ever", "P-11/only-the-last-token-counts", everyToken()},
		{"an append raises the epoch", "P-11/fence/only-opening-raises-the-epoch", on(persist.OpCompareAndAppend, appendRaisesEpoch)},
		{"the token is compared before the arguments", "P-11/order-of-checks/arguments-before-token", on(persist.OpCompareAndAppend, tokenBeforeArguments)},
		{"a downgrade opens its reader", "P-14/unknown-reader", on(persist.OpDowngradeSince, letIn)},
		{"a snapshot opens its reader", "P-16/unknown-reader", on(persist.OpSnapshot, letIn)},
		{"listening tells of progress that there is not", "P-17/not-available-yet", on(persist.OpListen, hearAnyway)},
		{"a lease is half as long", "P-18/not-removed-before-its-lease-ends", on(persist.OpOpenLeasedReader, changed(func(_ *Store, c *persist.Call) { c.Lease /= 2 }))},
		{"opening again does not renew", "P-18/reopening-renews", on(persist.OpOpenLeasedReader, keepEnd)},
		{"a renewal may shorten a lease", "P-18/clock-behind-shortens-no-lease", on(persist.OpHeartbeat, setLease)},
		{"what was never used is finalized", "P-2/not-finalized-before-it-is-used", finalizeIf(neverUsed)},
	}
}

func TestBrokenStoresFailTheirRule(t *testing.T) {
	for _, b := range broken() {
		t.Run(b.name, func(t *testing.T) {
			conformance.Caught(t, recorded(b.do), b.caught)
		})
	}
}

// The random sequences find most of them, too, without knowing any rule's name.
func TestBrokenStoresFailRandomSequences(t *testing.T) {
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "0s", "rapid.checks": "1000"} {
		f := flag.Lookup(name)
		old := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(old) })
	}
	found := 0
	for _, b := range broken() {
		if conformance.Record("random", func(r conformance.T) { suite.Random(r, underTest(b.do)) }).Failed() {
			found++
			continue
		}
		t.Logf("not found: %s", b.name)
	}
	if all := len(broken()); found < all*3/4 {
		t.Errorf("random sequences found %d of %d broken stores", found, all)
	}
}

func appendAnyway(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if r.Outcome == outcome.Mismatch && before(r.Upper, c.Upper) {
		sh := s.use(c.Shard)
		sh.upper = c.Expected
		s.Apply(now, c, r)
	}
}

// wantedUpper takes an upper that is already where the append leads to for success.
func wantedUpper(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if r.Outcome == outcome.Mismatch && r.Upper == c.Upper {
		r.Outcome = outcome.Done
	}
}

func upperFirst(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if judgeArguments(c) == persist.ReasonNone {
		if sh := s.use(c.Shard); sh.upper != c.Expected {
			*r = persist.Result{Outcome: outcome.Mismatch, Upper: sh.upper}
			return
		}
	}
	s.Apply(now, c, r)
}

func presentUpper(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if r.Outcome == outcome.Done {
		r.Upper = s.use(c.Shard).upper
	}
}

func tokenFirst(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if w := s.findWriter(s.use(c.Shard), c.Writer); r.Outcome == outcome.Fenced && w != nil && w.token == c.Token {
		*r = persist.Result{Outcome: outcome.Done, Upper: w.upper}
	}
}

func upperBeforeFence(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if sh := s.use(c.Shard); r.Outcome == outcome.Fenced && sh.upper != c.Expected {
		*r = persist.Result{Outcome: outcome.Mismatch, Upper: sh.upper}
	}
}

func fenceFirst(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if c.Shard.Hi != 0 && c.Epoch != 0 && c.Epoch < s.use(c.Shard).writerEpoch {
		*r = persist.Result{Outcome: outcome.Fenced, Epoch: s.use(c.Shard).writerEpoch}
	}
}

func latestEpoch(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if r.Outcome == outcome.Done {
		s.use(c.Shard).writerEpoch = c.Epoch
	}
}

func recomputeAlways(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if sh := s.use(c.Shard); r.Outcome == outcome.Done && (sh.firstLeased != 0 || sh.firstCritical != 0) {
		s.recompute(now, sh)
	}
}

// lazyDowngrade leaves the shard's since alone if the reader's own does not move.
func lazyDowngrade(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	sh := s.use(c.Shard)
	old, since := frontier.Frontier{Empty: true}, sh.since
	switch c.Op {
	case persist.OpDowngradeSince:
		if l := s.findLeased(sh, c.Reader); l != nil {
			old = l.since
		}
	case persist.OpCompareAndDowngradeSince:
		if k := s.findCritical(sh, c.Reader); k != nil {
			old = k.since
		}
	default:
	}
	s.Apply(now, c, r)
	if r.Outcome == outcome.Done && r.ReaderSince == old && r.Since != since {
		s.use(c.Shard).since, r.Since = since, since
	}
}

func lapsedCount(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	sh := s.use(c.Shard)
	for at := sh.firstLeased; at != 0; at = s.leased[at-1].next {
		s.leased[at-1].end += 1_000_000
	}
	s.Apply(now, c, r)
}

func followOne(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if c.Op == persist.OpDowngradeSince && r.Outcome == outcome.Done {
		r.Since = later(r.Since, r.ReaderSince)
		s.use(c.Shard).since = r.Since
	}
}

func sinceGoesBack(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if r.Outcome == outcome.Done && before(c.Since, r.Since) {
		r.Since = c.Since
		s.use(c.Shard).since = c.Since
	}
}

func reopen(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if r.Outcome == outcome.Mismatch && r.Upper.Empty {
		s.use(c.Shard).upper = c.Expected
		s.Apply(now, c, r)
	}
}

func neverFinalized(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.use(c.Shard).finalized = false
	s.Apply(now, c, r)
}

// finalizeIf finalizes by a rule of its own.
func finalizeIf(may func(sh *shard) bool) step {
	return on(persist.OpFinalize, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
		if sh := s.use(c.Shard); may(sh) {
			sh.finalized = true
		}
		s.Apply(now, c, r)
	})
}

func startAtMinimum(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	sh := s.use(c.Shard)
	since := sh.since
	if c.Op == persist.OpOpenLeasedReader || c.Op == persist.OpOpenCritical {
		sh.since = frontier.Frontier{}
	}
	s.Apply(now, c, r)
	if c.Op == persist.OpOpenLeasedReader || c.Op == persist.OpOpenCritical {
		s.use(c.Shard).since = since
		r.Since = since
	}
}

func closeFirst(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if judgeArguments(c) == persist.ReasonNone {
		k := persist.Call{Op: persist.OpCloseReader, Shard: c.Shard, Reader: c.Reader}
		s.Apply(now, &k, r)
	}
	s.Apply(now, c, r)
}

func openTakesOver(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if k := s.findCritical(s.use(c.Shard), c.Reader); k != nil {
		k.opaque, r.Opaque = c.Opaque, c.Opaque
	}
}

func staleUpper(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if c.Op == persist.OpOpenWriter && r.Outcome == outcome.Done && r.Upper.T > 0 {
		r.Upper.T--
	}
}

func setSince(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if l := s.findLeased(s.use(c.Shard), c.Reader); l != nil {
		l.since = c.Since
	}
	s.Apply(now, c, r)
}

func refuseBehind(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if k := s.findCritical(s.use(c.Shard), c.Reader); k != nil && before(c.Since, k.since) {
		*r = persist.Result{Outcome: outcome.Mismatch, Opaque: k.opaque}
		return
	}
	s.Apply(now, c, r)
}

func takeBack(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if k := s.findCritical(s.use(c.Shard), c.Reader); k != nil && k.opaque == c.ExpectedOpaque {
		k.opaque = c.Opaque
	}
	s.Apply(now, c, r)
}

func strictCompare(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if k := s.findCritical(s.use(c.Shard), c.Reader); k != nil && k.opaque == c.Opaque && c.Opaque != c.ExpectedOpaque {
		*r = persist.Result{Outcome: outcome.Mismatch, Opaque: k.opaque}
		return
	}
	s.Apply(now, c, r)
}

func readBeyond(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	sh := s.use(c.Shard)
	upper := sh.upper
	sh.upper = frontier.Frontier{Empty: true}
	s.Apply(now, c, r)
	s.use(c.Shard).upper = upper
	if r.Outcome == outcome.Done {
		r.Upper = upper
	}
}

func readBefore(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	sh := s.use(c.Shard)
	since := sh.since
	sh.since = frontier.Frontier{}
	s.Apply(now, c, r)
	s.use(c.Shard).since = since
	if r.Outcome == outcome.Done {
		r.Since = since
	}
}

// lossyCompaction drops from the image whatever has a negative count.
func lossyCompaction(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	sh := s.use(c.Shard)
	sh.image = slices.DeleteFunc(slices.Clone(sh.image), func(u relation.Update) bool { return u.Diff > 2 })
	s.Apply(now, c, r)
}

func retime(list []relation.Update, t frontier.Timestamp) {
	for i := range list {
		list[i].Time = t
	}
}

func frozenClock(s *Store, _ clock.Wall, c *persist.Call, r *persist.Result) { s.Apply(0, c, r) }

func eagerRemoval(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.removeLapsed(now, s.use(c.Shard))
	s.Apply(now, c, r)
}

func keepLease(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	l := s.findLeased(s.use(c.Shard), c.Reader)
	if l == nil {
		s.Apply(now, c, r)
		return
	}
	lease := l.lease
	l.lease = -1 << 40
	s.Apply(now, c, r)
	if l = s.findLeased(s.use(c.Shard), c.Reader); l != nil {
		l.lease = lease
	}
}

// readmit opens a reader that has been removed before its next call.
func readmit(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if r.Outcome == outcome.LeaseExpired {
		var opened persist.Result
		k := persist.Call{Op: persist.OpOpenLeasedReader, Shard: c.Shard, Reader: c.Reader, Lease: clock.Second}
		s.Apply(now, &k, &opened)
		s.Apply(now, c, r)
	}
}
