package consensus

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Keys are compared as bytes whatever the database's language is.
const postgresSchema = `
	CREATE TABLE IF NOT EXISTS consensus_head (
		shard text COLLATE "C" PRIMARY KEY,
		sequence_number bigint NOT NULL
	);
	CREATE TABLE IF NOT EXISTS consensus (
		shard text COLLATE "C" NOT NULL,
		sequence_number bigint NOT NULL,
		data bytea NOT NULL,
		PRIMARY KEY (shard, sequence_number)
	)`

// postgresTuning makes the tables faster on Postgres itself; other databases that
// speak its protocol may refuse. Rows of heads are changed in place, next to where
// they were. Entries are small or compressed already, and most stay in their row.
var postgresTuning = []string{
	`ALTER TABLE consensus_head SET (fillfactor = 25)`,
	`ALTER TABLE consensus SET (toast_tuple_target = 8160)`,
	`ALTER TABLE consensus ALTER COLUMN data SET STORAGE EXTERNAL`,
}

// postgresSettings are what a connection is told, as far as the server knows them.
// The first is what the statements were written for. The others keep the planner,
// who knows little about arrays and nothing about fresh tables, to the indexes, and
// from planning each statement anew.
const postgresSettings = `SELECT count(set_config(name, value, false)) FROM pg_settings JOIN (VALUES
	('default_transaction_isolation', 'read committed'),
	('plan_cache_mode', 'force_generic_plan'),
	('enable_seqscan', 'off'),
	('enable_hashjoin', 'off'),
	('enable_mergejoin', 'off')
) AS wanted (name, value) USING (name)`

// settle prepares a fresh connection. A server that was told not to wait for its
// disk is told to wait for it here: what was answered as done must stay.
func settle(ctx context.Context, c *pgx.Conn) error {
	var n int
	if err := c.QueryRow(ctx, postgresSettings).Scan(&n); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	const wait = `SELECT count(set_config(name, 'on', false)) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'`
	if err := c.QueryRow(ctx, wait).Scan(&n); err != nil {
		return fmt.Errorf("synchronous_commit: %w", err)
	}
	return nil
}

// schemaLock is held while tables are made, so that only one process makes them: of
// two that do so at once, one would fail.
const schemaLock = 0x7469_6465_6d61_726b

// prepare makes the tables if they are not there, and warns of a server that forgets.
func (p *Postgres) prepare(ctx context.Context) error {
	var there bool
	var fsync string
	err := p.pool.QueryRow(ctx, `SELECT to_regclass('consensus') IS NOT NULL AND to_regclass('consensus_head') IS NOT NULL,
		coalesce((SELECT setting FROM pg_settings WHERE name = 'fsync'), '')`).Scan(&there, &fsync)
	if err != nil {
		return err
	}
	if fsync == "off" {
		p.log.Warn("the server runs with fsync=off: what it acknowledges is lost when its machine stops")
	}
	if there {
		return nil
	}
	err = pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(schemaLock)); err != nil {
			return err
		}
		// Without arguments, several statements go at once.
		_, err := tx.Exec(ctx, postgresSchema)
		return err
	})
	if err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	for _, statement := range postgresTuning {
		if _, err := p.pool.Exec(ctx, statement); err != nil {
			p.log.Debug("a table is not tuned", "statement", statement, "error", err)
		}
	}
	return nil
}
