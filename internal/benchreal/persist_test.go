package benchreal

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	contract "example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/internal/testpg"
	"example.com/tidemark/realdrivers/blob"
	"example.com/tidemark/realdrivers/consensus"
	"example.com/tidemark/realdrivers/persist"
)

const (
	// inline is the size of an append that is kept in the state, and large that of one
	// that is put as a blob first.
	inline = 400
	large  = 5 << 10
)

// update is one row of about so many bytes.
func update(at frontier.Timestamp, size int) []relation.Update {
	text := strings.Repeat("x", size)
	return []relation.Update{{Data: relation.Row(relation.AppendText(relation.AppendUint64(nil, uint64(at)), text)), Time: at, Diff: 1}}
}

// shards is a driver over two stores, which count.
type shards struct {
	*persist.Driver
	states consensus.Store
}

// inMemory is where stores are that cost nothing.
const inMemory = "mem://"

// openShards opens stores, and a driver over them, until the test ends. Blobs are
// files, unless the states are in memory.
func openShards(t *testing.T, states string) *shards {
	t.Helper()
	at, err := consensus.Parse(states)
	if err != nil {
		t.Fatal(err)
	}
	c, err := consensus.Open(t.Context(), at, consensus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	blobs := "file://" + filepath.Join(t.TempDir(), "blobs")
	if states == inMemory {
		blobs = states
	}
	if at, err = blob.Parse(blobs); err != nil {
		t.Fatal(err)
	}
	b, err := blob.Open(t.Context(), at, blob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := persist.New(c, b, persist.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _, _ = d.Close(), c.Close(), b.Close() })
	return &shards{d, c}
}

// appends are compare-and-appends of one row, each client's to shards of its own.
func appends(t *testing.T, d *shards, serial uint64, clients, count, size int) operation {
	t.Helper()
	uppers := make([]frontier.Timestamp, count)
	return func(client, n int) bool {
		i := (client + n*clients) % count
		at := uppers[i]
		c := contract.Call{
			Op: contract.OpCompareAndAppend, Shard: contract.ShardID{Hi: serial, Lo: uint64(i)}, Writer: contract.WriterID{Hi: 1, Lo: uint64(i)},
			Token: contract.Token{Hi: uint64(at) + 1, Lo: uint64(i)}, Expected: frontier.At(at), Upper: frontier.At(at + 1), Updates: update(at, size),
		}
		var r contract.Result
		if d.Do(t.Context(), &c, &r); r.Outcome != outcome.Done {
			t.Errorf("append to shard %d at %d: %v", i, at, r.Outcome)
			return false
		}
		uppers[i]++
		return true
	}
}

// blobbed is a bare statement after a bare file: what an append that is put as a
// blob cannot do without.
func (b *bare) blobbed(t *testing.T) *subject {
	t.Helper()
	dir, data, op, serial := t.TempDir(), []byte(strings.Repeat("x", large)), b.op(1, 1), 0
	return &subject{name: "bare file of 5 KiB, then UPDATE", clients: 1, op: func(client, n int) bool {
		serial++
		if err := writeDurably(dir, strconv.Itoa(serial), data); err != nil {
			t.Error(err)
		}
		return op(client, n)
	}}
}

func writeDurably(dir, name string, data []byte) error {
	file, err := os.Create(filepath.Join(dir, "."+name))
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return err
	}
	place, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer place.Close()
	return place.Sync()
}

// shardLoads are the loads of shards, each with what it is compared to, and each by a
// driver of its own: what one of them has left for later is not counted as another's.
func shardLoads(t *testing.T, states string, b *bare, one, many *subject) []*subject {
	t.Helper()
	blobbed := b.blobbed(t)
	list := []*subject{blobbed}
	add := func(name string, clients, count, size int, against *subject) {
		d := openShards(t, states)
		list = append(list, &subject{
			name: name, clients: clients, op: appends(t, d, uint64(len(list)), clients, count, size), against: against,
			statements: func() uint64 { return d.states.Stats().Statements },
		})
	}
	add("append, 1 shard", 1, 1, inline, one)
	add("append, 64 shards", 8, 64, inline, many)
	add("append, 64 shards", 32, 64, inline, many)
	add("append with a blob, 1 shard", 1, 1, large, blobbed)
	add("append with a blob, 64 shards", 8, 64, large, blobbed)
	return list
}

func shardsPostgres(t *testing.T, p *printer) {
	url := durable(t).Database(t)
	b := barePostgres(t, url, 8)
	one := &subject{name: "bare UPDATE, 1 row", clients: 1, op: b.op(1, 1)}
	many := &subject{name: "bare UPDATE, 64 rows", clients: 8, op: b.op(8, bareRows)}
	measure(t, p, 10, append([]*subject{one, many}, shardLoads(t, url, b, one, many)...))
}

func shardsSQLite(t *testing.T, p *printer) {
	b := bareSQLite(t)
	one := &subject{name: "bare UPDATE, 1 connection", clients: 1, op: b.op(1, 1)}
	states := "sqlite://" + filepath.Join(t.TempDir(), "states.db")
	measure(t, p, walPages/4, append([]*subject{one}, shardLoads(t, states, b, one, one)...))
}

// durable is a Postgres that waits for its disk.
func durable(t *testing.T) *testpg.Server {
	t.Helper()
	return testpg.Start(t, testpg.Options{Durable: true, Settings: []string{"shared_buffers=128MB"}})
}

// patience bounds what is done once.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
