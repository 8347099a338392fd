package consensus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/core/persist/consensus"
)

// Postgres is a store in a database that speaks Postgres's protocol.
//
// The table consensus has the entries. The table consensus_head has one row for each
// key, with the number of its newest entry; a compare-and-set changes that row if it
// is as expected, and adds the entry if it did, in one statement, which is a
// transaction of its own. Two statements that change one row do so one after the
// other, and the second looks at what the first left, so that one of them wins at
// the lowest level of isolation, without conflicts to be tried again. Entries are
// never changed, and the newest is never deleted.
type Postgres struct {
	log   *slog.Logger
	pool  *pgxpool.Pool
	queue queue
	counters
	writers sync.WaitGroup
	once    sync.Once
}

const (
	// postgresConnections is how many there are if the location does not say.
	postgresConnections = 12
	// postgresWriters is how many groups of compare-and-sets are under way at a time: one
	// that the server works on, and one that waits for the disk. While they are, others wait
	// and go together in the next one: the fewer groups, the larger they are, and the less
	// each write costs both sides.
	postgresWriters = 2
)

// OpenPostgres opens the store in the database of a postgres:// URL. The tables are
// made if they are not there.
func OpenPostgres(ctx context.Context, name string, options Options) (*Postgres, error) {
	config, err := pgxpool.ParseConfig(name)
	if err != nil {
		return nil, fmt.Errorf("consensus: Postgres: %w", err)
	}
	if u, err := url.Parse(name); err == nil && !u.Query().Has("pool_max_conns") {
		config.MaxConns = postgresConnections
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "tidemark"
	}
	config.AfterConnect = settle
	p := &Postgres{log: options.log()}
	if p.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("consensus: Postgres: %w", err)
	}
	if err := p.prepare(ctx); err != nil {
		p.pool.Close()
		return nil, fmt.Errorf("consensus: Postgres: prepare database %s on %s: %w", config.ConnConfig.Database, config.ConnConfig.Host, err)
	}
	writers := min(postgresWriters, int(config.MaxConns))
	p.queue.init(p.log, writers, true)
	for range writers {
		p.writers.Go(p.write)
	}
	return p, nil
}

// Do implements Store.
func (p *Postgres) Do(ctx context.Context, call *consensus.Call, result *consensus.Result) {
	switch {
	case refuse(ctx, call, result):
	case call.Op == consensus.OpCompareAndSet:
		*result = p.set(ctx, call)
	default:
		*result = p.ask(ctx, call)
	}
}

// notSent reports whether it is certain that a statement did nothing and never will:
// it was not sent, or the database says that it was rolled back because of others.
// Other errors of the database can come after a commit, when its way back is broken.
func notSent(err error) bool {
	var e *pgconn.PgError
	return pgconn.SafeToRetry(err) || errors.As(err, &e) && e.Code == "40001"
}

// Stats implements Store.
func (p *Postgres) Stats() Stats { return p.stats() }

// Close implements Store.
func (p *Postgres) Close() error {
	p.once.Do(func() {
		p.queue.close()
		p.writers.Wait()
		p.pool.Close()
	})
	return nil
}
