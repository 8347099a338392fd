package persist

import (
	"cmp"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// start is what wall clocks show when a test begins, in milliseconds.
const start clock.Wall = 1_700_000_000_000

// env is one test's own shard in the store.
type env struct {
	conformance.T
	store *Store
	shard persist.ShardID
}

func newEnv(t conformance.T, store *Store, shard uint64) *env {
	e := &env{T: t, store: store, shard: persist.ShardID{Hi: 0x7465737473, Lo: shard}}
	if store.SetWall != nil {
		store.SetWall(start)
	}
	return e
}

// at sets the callers' clock to ms after the start of the test.
func (e *env) at(ms int64) {
	if e.store.SetWall == nil {
		e.Skip("this store's clock cannot be set")
	}
	e.store.SetWall(start + clock.Wall(ms))
}

// attempts bounds how often a call without a definite outcome is made again.
const attempts = 100

// do makes the call, on the test's own shard unless it names one. A real store may
// answer that it does not know, or that this attempt failed: every call may be
// repeated until it is decided (P-12, P-15).
func (e *env) do(c persist.Call) persist.Result {
	e.Helper()
	if c.Shard.Hi == 0 && c.Shard.Lo == 0 {
		c.Shard = e.shard
	}
	var r persist.Result
	for range attempts {
		r = persist.Result{}
		e.store.Do(&c, &r)
		if r.Outcome != outcome.Unknown && r.Outcome != outcome.NotDone {
			return r
		}
	}
	e.Fatalf("%v: no definite outcome in %d attempts", c.Op, attempts)
	return r
}

// expect makes the call and demands exactly this result; a snapshot's updates are
// compared as a sum.
func (e *env) expect(c persist.Call, want persist.Result) {
	e.Helper()
	got := e.do(c)
	if diff := difference(&c, want, got); diff != "" {
		e.Fatalf("%v (-want +got):\n%s", c.Op, diff)
	}
}

// difference between two results of one call, "" if there is none that matters.
func difference(c *persist.Call, want, got persist.Result) string {
	for i := range got.Updates {
		if c.Op == persist.OpSnapshot && got.Updates[i].Time != c.AsOf {
			return "an update's time was not advanced to as_of"
		}
	}
	want.Updates, got.Updates = sum(want.Updates), sum(got.Updates)
	return gocmp.Diff(want, got)
}

// sum is the list consolidated: by row and time, without what cancels.
func sum(list []relation.Update) []relation.Update {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b relation.Update) int {
		return cmp.Or(cmp.Compare(a.Data, b.Data), cmp.Compare(a.Time, b.Time))
	})
	var out []relation.Update
	for _, u := range sorted {
		last := len(out) - 1
		if last >= 0 && out[last].Data == u.Data && out[last].Time == u.Time {
			out[last].Diff += u.Diff
		} else {
			out = append(out, u)
		}
		if last = len(out) - 1; out[last].Diff == 0 {
			out = out[:last]
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// at and closed are frontiers, and minimum is that of a new shard.
func at(t frontier.Timestamp) frontier.Frontier { return frontier.Frontier{T: t} }

func closed() frontier.Frontier { return frontier.Frontier{Empty: true} }

func minimum() frontier.Frontier { return frontier.Frontier{} }

func row(data relation.Row, t frontier.Timestamp, diff int64) relation.Update {
	return relation.Update{Data: data, Time: t, Diff: diff}
}

func reader(n uint64) persist.ReaderID { return persist.ReaderID{Hi: 1, Lo: n} }

func writer(n uint64) persist.WriterID { return persist.WriterID{Hi: 2, Lo: n} }

func token(n uint64) persist.Token { return persist.Token{Hi: 3, Lo: n} }

func opaque(epoch, nonce uint64) persist.Opaque { return persist.Opaque{Epoch: epoch, Nonce: nonce} }

// longLease outlasts every test that is not about leases.
const longLease = clock.Duration(3_600_000_000)

// append is an append by writer w under the n-th token.
func appendCall(w, n uint64, expected, upper frontier.Frontier, updates ...relation.Update) persist.Call {
	return persist.Call{
		Op: persist.OpCompareAndAppend, Writer: writer(w), Token: token(n),
		Expected: expected, Upper: upper, Updates: updates,
	}
}

func done(upper frontier.Frontier) persist.Result {
	return persist.Result{Outcome: outcome.Done, Upper: upper}
}

func mismatch(upper frontier.Frontier) persist.Result {
	return persist.Result{Outcome: outcome.Mismatch, Upper: upper}
}

func fenced(epoch uint64) persist.Result {
	return persist.Result{Outcome: outcome.Fenced, Epoch: epoch}
}

func invalid(reason persist.Reason) persist.Result {
	return persist.Result{Outcome: outcome.Invalid, Reason: reason}
}

// mustAppend appends without an epoch, by a writer and a token of its own.
func (e *env) mustAppend(expected, upper frontier.Frontier, updates ...relation.Update) {
	e.Helper()
	c := appendCall(900, 1_000_000+uint64(expected.T), expected, upper, updates...)
	e.expect(c, done(upper))
}

func (e *env) openLeased(n uint64, lease clock.Duration) persist.Result {
	e.Helper()
	r := e.do(persist.Call{Op: persist.OpOpenLeasedReader, Reader: reader(n), Lease: lease})
	if r.Outcome != outcome.Done {
		e.Fatalf("open leased reader %d: %v", n, r.Outcome)
	}
	return r
}

func downgrade(n uint64, to frontier.Frontier) persist.Call {
	return persist.Call{Op: persist.OpDowngradeSince, Reader: reader(n), Since: to}
}

// swap is a compare-and-downgrade of critical reader n.
func swap(n uint64, expected, mine persist.Opaque, to frontier.Frontier) persist.Call {
	return persist.Call{
		Op: persist.OpCompareAndDowngradeSince, Reader: reader(n),
		ExpectedOpaque: expected, Opaque: mine, Since: to,
	}
}

// holds demands the shard's since and upper.
func (e *env) holds(since, upper frontier.Frontier) {
	e.Helper()
	e.expect(persist.Call{Op: persist.OpFetchUpper}, persist.Result{
		Outcome: outcome.Done, Since: since, Upper: upper,
	})
}

// contents demands what reader n sees at asOf, as rows.
func (e *env) contents(n uint64, asOf frontier.Timestamp, want ...relation.Update) {
	e.Helper()
	c := persist.Call{Op: persist.OpSnapshot, Shard: e.shard, Reader: reader(n), AsOf: asOf}
	got := e.do(c)
	if got.Outcome != outcome.Done {
		e.Fatalf("snapshot at %d: %v", asOf, got.Outcome)
	}
	for i := range want {
		want[i].Time = asOf
	}
	all := persist.Result{Outcome: outcome.Done, Since: got.Since, Upper: got.Upper, Updates: want}
	if diff := difference(&c, all, got); diff != "" {
		e.Fatalf("snapshot at %d (-want +got):\n%s", asOf, diff)
	}
}
