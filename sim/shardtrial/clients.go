package shardtrial

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
)

// How many of each kind use a shard.
const (
	writers   = 3
	leased    = 5
	criticals = 2
)

// clients are those who make the calls. What they know of a shard is how it is now, or
// how it was a while ago.
type clients struct {
	token uint64
	// undecided are the appends that were not answered, or as Unknown: they are made again
	// as they were (P-12).
	undecided []persist.Call
}

func (c *clients) begin() { c.token, c.undecided = 0, c.undecided[:0] }

// draw is a call of a shard.
func (t *Trial) draw(g *ground) persist.Call {
	d := &t.dice
	c := persist.Call{Shard: g.id}
	switch d.N(20) {
	case 0, 1, 2, 3, 4, 5:
		if n := len(t.clients.undecided); n > 0 && d.N(3) == 0 {
			return t.repeated(d.N(n))
		}
		t.drawAppend(g, &c)
	case 6:
		c.Op, c.Writer, c.Epoch = persist.OpOpenWriter, writer(d.N(writers)), uint64(d.N(4))
	case 7, 8:
		c.Op, c.Reader = persist.OpOpenLeasedReader, reader(d.N(leased))
		c.Lease = clock.Duration(d.Of(5, 100, 1000, 1000, 8000))*clock.Millisecond + clock.Duration(d.N(2))
	case 9, 10:
		c.Op, c.Reader, c.Since = persist.OpDowngradeSince, reader(d.N(leased)), t.drawTime(g)
	case 11:
		c.Op, c.Reader = persist.OpHeartbeat, reader(d.N(leased))
	case 12:
		c.Op, c.Reader = persist.OpCloseReader, reader(d.N(leased))
	case 13:
		c.Op, c.Reader = persist.OpOpenCritical, reader(d.N(criticals))
		c.Opaque = persist.Opaque{Epoch: uint64(d.N(3)), Nonce: uint64(d.N(2))}
	case 14:
		c.Op, c.Reader, c.Since = persist.OpCompareAndDowngradeSince, reader(d.N(criticals)), t.drawTime(g)
		c.ExpectedOpaque = persist.Opaque{Epoch: uint64(d.N(3)), Nonce: uint64(d.N(2))}
		c.Opaque = persist.Opaque{Epoch: uint64(d.N(4)), Nonce: uint64(d.N(2))}
	case 15:
		c.Op = persist.OpFetchUpper
	case 16, 17:
		c.Op, c.Reader, c.AsOf = persist.OpSnapshot, reader(d.N(leased)), t.drawTime(g).T
	case 18:
		c.Op, c.Reader, c.AsOf = persist.OpListen, reader(d.N(leased)), t.drawTime(g).T
	default:
		if c.Op = persist.OpFinalize; d.N(3) > 0 {
			c.Op = persist.OpFetchUpper
		}
	}
	return c
}

// drawTime is a time between the since and the upper, or near them.
func (t *Trial) drawTime(g *ground) frontier.Frontier {
	d := &t.dice
	v := g.now()
	switch low, high := v.since, v.upper; {
	case d.N(150) == 0:
		return frontier.Empty()
	case high.Empty && low.Empty:
		return frontier.At(frontier.Timestamp(d.N(100)))
	case high.Empty:
		return frontier.At(low.T + frontier.Timestamp(d.N(20)))
	case low.Empty || high.T <= low.T:
		return frontier.At(high.T + frontier.Timestamp(d.N(3)))
	default:
		return frontier.At(low.T + frontier.Timestamp(d.N(int(high.T-low.T)+2)))
	}
}

// drawAppend is an append, most often where the shard is.
func (t *Trial) drawAppend(g *ground, c *persist.Call) {
	d := &t.dice
	t.clients.token++
	c.Op, c.Writer, c.Token = persist.OpCompareAndAppend, writer(d.N(writers)), persist.Token{Lo: t.clients.token}
	if d.N(2) == 0 {
		c.Epoch = min(g.now().epoch+uint64(d.N(2)), 3)
	}
	c.Expected = g.now().upper
	if c.Expected.Empty || d.N(10) == 0 {
		c.Expected = frontier.At(frontier.Timestamp(d.N(80)))
	}
	width := d.Of(0, 1, 3, 8, 20)
	c.Upper = frontier.At(c.Expected.T + frontier.Timestamp(width))
	for n := d.Of(0, 1, 2, 5); n > 0 && width > 0; n-- {
		c.Updates = append(c.Updates, relation.Update{
			Data: rows[d.N(len(rows))], Time: c.Expected.T + frontier.Timestamp(d.N(width)), Diff: int64(d.Of(1, 1, -1, 2)),
		})
	}
	if d.N(200) == 0 {
		c.Upper = frontier.Empty()
	}
}

// rows are of sizes on both sides of what a state keeps in itself.
var rows = [...]relation.Row{"a", "b", "c", "a row of some length", "another row of some length", "a row that is longer than what is kept in the state itself, whatever the settings are"}

// repeated is an append that is made again as it was.
func (t *Trial) repeated(i int) persist.Call {
	list := t.clients.undecided
	c := list[i]
	list[i] = list[len(list)-1]
	t.clients.undecided = list[:len(list)-1]
	return c
}

// left takes up that a call was not answered, or in a way that leaves it undecided.
func (t *Trial) left(c *asked) {
	c.answered = true
	if c.call.Op == persist.OpCompareAndAppend {
		t.clients.undecided = append(t.clients.undecided, c.call)
	}
}

func writer(n int) persist.WriterID { return persist.WriterID{Lo: uint64(n) + 1} }

func reader(n int) persist.ReaderID { return persist.ReaderID{Lo: uint64(n) + 1} }

// asked is a call that was made of a machine.
type asked struct {
	call    persist.Call
	machine int
	// arrived is the newest version when it was made. followed counts how often it was
	// committed, expected is what the model said of it the latest time.
	arrived  int
	followed int
	expected persist.Result
	answered bool
	outcome  outcome.Outcome
}

// ask makes a call of a machine.
func (t *Trial) ask(i int, c persist.Call) {
	if t.why != "" {
		return
	}
	g := t.groundOf(c.Shard)
	t.calls = append(t.calls, asked{call: c, machine: i, arrived: len(g.versions) - 1})
	t.input = shard.Input{Kind: shard.InputCall, ID: shard.CallID(len(t.calls)), Call: c}
	t.step(i)
}

// do makes a call of a machine, and lets happen all that follows.
func (t *Trial) do(i int, c persist.Call) persist.Result {
	if t.why != "" {
		return persist.Result{}
	}
	at := len(t.calls)
	t.ask(i, c)
	for t.why == "" && !t.calls[at].answered && t.next(clock.Never) {
		continue
	}
	if t.why == "" && !t.calls[at].answered {
		t.fail("%v: a %v is not answered", c.Shard, c.Op)
	}
	return t.calls[at].expected
}
