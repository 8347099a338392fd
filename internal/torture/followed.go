//go:build linux

package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// followedID is an ingestion that follows a table of the server, copyID an export that
// writes it to another table.
const (
	followedID = "u12"
	copyID     = "u26"
)

// followed is a database beside the stores', with a table that a client writes, and
// the table that it is copied to.
type followed struct {
	pool *pgxpool.Pool
	// connection of hosts, by the wire.
	connection string
}

// window is how many numbers the table has: each transaction adds the next one and
// takes the first one away.
const window = 40

func (w *world) newFollowed(t testing.TB, wire *proxy) (*followed, error) {
	location := w.postgres.Database(t)
	at, err := url.Parse(location)
	if err != nil {
		return nil, err
	}
	f := &followed{connection: fmt.Sprintf("postgres://postgres@%s%s?sslmode=disable", wire.address(), at.Path)}
	if f.pool, err = pgxpool.New(context.Background(), location); err != nil {
		return nil, err
	}
	_, err = f.pool.Exec(context.Background(), `CREATE TABLE things (n bigint PRIMARY KEY); ALTER TABLE things REPLICA IDENTITY FULL;
		CREATE PUBLICATION all_things FOR TABLE things; INSERT INTO things SELECT generate_series(1, 10)`)
	return f, err
}

// change goes on changing the table until ctx ends. What became of a transaction that
// was cut off does not matter: the table says.
func (f *followed) change(ctx context.Context, rnd *rand.Rand) {
	for ctx.Err() == nil {
		f.pool.Exec(ctx, `WITH gone AS (DELETE FROM things WHERE n <= (SELECT max(n) FROM things) - $1)
			INSERT INTO things SELECT max(n) + 1 FROM things`, window)
		time.Sleep(time.Duration(rnd.IntN(60)) * time.Millisecond)
	}
}

// contents are the numbers in a table, each as often as it is there.
func (f *followed) contents(ctx context.Context, query string) (map[uint64]int64, error) {
	rows, err := f.pool.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	content := map[uint64]int64{}
	var n, count int64
	_, err = pgx.ForEachRow(rows, []any{&n, &count}, func() error {
		content[uint64(n)] = count
		return nil
	})
	return content, err
}

// readFollowed checks that the collection is, at any time, what the table once was:
// numbers without a gap.
func (w *world) readFollowed(ctx context.Context) {
	at, content, err := w.snapshot(ctx, followedID, nil)
	if err != nil {
		w.log.event("read %s: %v", followedID, err)
		return
	}
	least := ^uint64(0)
	for n := range content {
		least = min(least, n)
	}
	for n := range uint64(len(content)) {
		if content[least+n] != 1 {
			w.violatedIf(fmt.Errorf("%s at %d has %d numbers from %d on, and %d is there %d times", followedID, at, len(content), least, least+n, content[least+n]))
			return
		}
	}
}

// checkFollowed waits until the collection, and then its copy, is what the table is.
func (w *world) checkFollowed(ctx context.Context) error {
	table, err := w.followed.contents(ctx, `SELECT n, 1 FROM things`)
	if err != nil {
		return err
	}
	if _, there := table[10]; there {
		return fmt.Errorf("the table was not changed: nothing was tested")
	}
	for _, v := range []struct {
		what string
		read func() (map[uint64]int64, error)
	}{
		{followedID, func() (map[uint64]int64, error) {
			_, content, err := w.snapshot(ctx, followedID, nil)
			return content, err
		}},
		{"the copy of " + followedID, func() (map[uint64]int64, error) {
			return w.followed.contents(ctx, `SELECT n, sum(tidemark_diff)::bigint FROM copies GROUP BY n HAVING sum(tidemark_diff) <> 0`)
		}},
	} {
		for last := error(nil); ; {
			content, err := v.read()
			if err == nil {
				err = equal(v.what, content, table)
			}
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				w.violatedIf(fmt.Errorf("%s does not come to what the table is: %w", v.what, last))
				return nil
			}
			last = err
			time.Sleep(200 * time.Millisecond)
		}
	}
	return w.checkSlot(ctx)
}

// checkSlot drops the export and the ingestion: the slot goes with it (H-15).
func (w *world) checkSlot(ctx context.Context) error {
	slots := func() (n int, err error) {
		err = w.followed.pool.QueryRow(ctx, `SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'tidemark_`+followedID+`'`).Scan(&n)
		return n, err
	}
	if n, err := slots(); err != nil || n != 1 {
		return fmt.Errorf("%d slots before the drop: %w", n, err)
	}
	if _, err := until(ctx, w.api, &tidemarkpb.DropRequest{Ids: []string{copyID}}, tidemarkpb.ControllerClient.DropExports); err != nil {
		return err
	}
	if _, err := until(ctx, w.api, &tidemarkpb.DropRequest{Ids: []string{followedID}}, tidemarkpb.ControllerClient.DropCollections); err != nil {
		return err
	}
	for {
		switch n, err := slots(); {
		case err == nil && n == 0:
			return nil
		case ctx.Err() != nil:
			w.violatedIf(fmt.Errorf("%s was dropped, and its slot is still there", followedID))
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// moveOthers lets another host go on with one of the other ingestions.
func moveOthers(w *world, rnd *rand.Rand) bool {
	move := &tidemarkpb.Move{Id: managedID, Host: managed(rnd.IntN(2))}
	if rnd.IntN(2) == 0 {
		move = &tidemarkpb.Move{Id: followedID, Host: w.hostAt(rnd.IntN(2))}
	}
	return w.move(move)
}

// createWide creates what only a long torture has: an ingestion on a managed host and its
// export, and one that follows a table, with its copy.
func (w *world) createWide(ctx context.Context) error {
	number := []*tidemarkpb.Column{{Name: "n", Type: "int64"}}
	create := &tidemarkpb.CreateCollectionsRequest{Collections: []*tidemarkpb.Collection{
		{Id: managedID, Kind: "ingestion", Columns: number, Ingestion: &tidemarkpb.Ingestion{
			Connection: "load:counter?rate=50", Outputs: []*tidemarkpb.Output{{Id: managedID}}, Host: managed(0),
		}},
		{Id: followedID, Kind: "ingestion", Columns: number, Ingestion: &tidemarkpb.Ingestion{
			Connection: w.followed.connection + "&publication=all_things&table=things", Outputs: []*tidemarkpb.Output{{Id: followedID}}, Host: w.hostAt(1),
		}},
	}}
	if err := w.createCollections(ctx, create); err != nil {
		return err
	}
	if err := w.createExport(ctx, managedExport, managed(0)); err != nil {
		return err
	}
	return w.createExport(ctx, export{id: copyID, from: followedID, connection: w.followed.connection + "&table=copies"}, w.hostAt(0))
}

// managedExport is written by a managed host.
var managedExport = export{id: "u25", from: managedID, file: "managed.jsonl", connection: "jsonl:managed.jsonl"}

// fileOf is where a sink's file is.
func (w *world) fileOf(e export) string { return filepath.Join(w.dir, "files", e.file) }
