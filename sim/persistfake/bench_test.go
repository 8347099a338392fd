package persistfake

import (
	"testing"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// driven is a store of 64 shards like that of the reference scenario: a writer, a
// critical reader and a leased reader each.
type driven struct {
	Store
	uppers [64]frontier.Timestamp
	token  uint64
	result persist.Result
}

func newDriven(b *testing.B) *driven {
	d := &driven{}
	for i := range d.uppers {
		for _, c := range []persist.Call{
			{Op: persist.OpOpenWriter, Writer: persist.WriterID{Lo: 1}, Epoch: 1},
			{Op: persist.OpOpenCritical, Reader: persist.ReaderID{Lo: 1}, Opaque: persist.Opaque{Epoch: 1, Nonce: 1}},
			{Op: persist.OpOpenLeasedReader, Reader: persist.ReaderID{Lo: 2}, Lease: day},
		} {
			c.Shard = shardNo(i)
			d.apply(b, &c)
		}
	}
	return d
}

func (d *driven) apply(b *testing.B, c *persist.Call) {
	d.Apply(0, c, &d.result)
	if d.result.Outcome != outcome.Done {
		b.Fatalf("%v: %+v", c.Op, d.result)
	}
}

// append advances one shard by a second; every tenth append carries two rows and
// retracts two older ones.
func (d *driven) append(b *testing.B, n int) {
	shard := n % 64
	round := d.token / 64
	t := d.uppers[shard]
	d.token++
	c := persist.Call{
		Op: persist.OpCompareAndAppend, Shard: shardNo(shard), Writer: persist.WriterID{Lo: 1}, Epoch: 1,
		Token: persist.Token{Lo: d.token}, Expected: frontier.Frontier{T: t}, Upper: frontier.Frontier{T: t + 1000},
	}
	var rows [4]relation.Update
	if round%10 == 0 {
		for k := range rows {
			step := round / 10 * 2
			diff := int64(1)
			if k >= 2 {
				step += 48 // the place of a row 8 rounds ago, modulo 64
				diff = -1
			}
			rows[k] = relation.Update{Data: names[(step+uint64(k%2))%64], Time: t, Diff: diff}
		}
		c.Updates = rows[:]
	}
	d.uppers[shard] = t + 1000
	d.apply(b, &c)
}

// names are rows of the size that tables have.
var names = func() (list [64]relation.Row) {
	for i := range list {
		list[i] = relation.Row("a row of about thirty bytes " + string(rune('0'+i)))
	}
	return list
}()

func (d *driven) downgrade(b *testing.B, n int) {
	shard := n % 64
	t := d.uppers[shard]
	c := persist.Call{Op: persist.OpDowngradeSince, Shard: shardNo(shard), Reader: persist.ReaderID{Lo: 2}, Since: frontier.Frontier{T: max(t, 10_000) - 10_000}}
	d.apply(b, &c)
	c.Op, c.Reader = persist.OpCompareAndDowngradeSince, persist.ReaderID{Lo: 1}
	c.Opaque = persist.Opaque{Epoch: 1, Nonce: 1}
	c.ExpectedOpaque = c.Opaque
	d.apply(b, &c)
}

func BenchmarkAppend(b *testing.B) {
	d := newDriven(b)
	b.ReportAllocs()
	for n := range b.N {
		d.append(b, n)
	}
}

func BenchmarkDowngrades(b *testing.B) {
	d := newDriven(b)
	for n := range 64 * 100 {
		d.append(b, n)
	}
	b.ReportAllocs()
	for n := range b.N {
		d.downgrade(b, n)
	}
}

// An hour of history, then one read for every hundred appends, the since a few
// seconds behind.
func BenchmarkSnapshot(b *testing.B) {
	d := newDriven(b)
	for n := range 64 * 3600 {
		d.append(b, n)
		d.downgrade(b, n)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		b.StopTimer()
		for k := range 64 {
			d.append(b, k)
			d.downgrade(b, k)
		}
		shard := n % 64
		b.StartTimer()
		c := persist.Call{Op: persist.OpSnapshot, Shard: shardNo(shard), Reader: persist.ReaderID{Lo: 2}, AsOf: d.uppers[shard] - 1}
		d.apply(b, &c)
	}
}

// A leased reader comes and goes, as for every snapshot.
func BenchmarkOpenClose(b *testing.B) {
	d := newDriven(b)
	b.ReportAllocs()
	for n := range b.N {
		c := persist.Call{Op: persist.OpOpenLeasedReader, Shard: shardNo(n % 64), Reader: persist.ReaderID{Lo: uint64(n) + 10}, Lease: day}
		d.apply(b, &c)
		c.Op = persist.OpCloseReader
		d.apply(b, &c)
	}
}

func BenchmarkCopyFrom(b *testing.B) {
	d := newDriven(b)
	for n := range 64 * 1000 {
		d.append(b, n)
		d.downgrade(b, n)
	}
	var clone Store
	clone.CopyFrom(&d.Store)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		clone.CopyFrom(&d.Store)
	}
}

func BenchmarkReset(b *testing.B) {
	d := newDriven(b)
	for n := range 64 * 100 {
		d.append(b, n)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		d.Reset()
	}
}
