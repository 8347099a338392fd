package stash

import (
	"context"
	"time"
)

// schemaVersion is the version of the schema that this program writes.
const schemaVersion = int64(len(postgresSchema))

// retention is for how long the record of a transaction is kept after its epoch has
// ended. Nobody can ask for one then: commits and resolves of older epochs are
// fenced before their id is looked at, and an owner asks about its own only. So this
// is a margin, for people who look at what happened. Records of the current epoch and
// of take-overs are kept for ever.
const retention = 30 * 24 * time.Hour

// migrator is a database whose schema is brought up to date in one transaction.
type migrator interface {
	// version of the schema; 0 if there is none.
	version(ctx context.Context) (int64, error)
	// exec runs statements.
	exec(ctx context.Context, sql string) error
}

// migrateSteps runs the steps from the version that is there on. Step n leads from
// version n to n+1, and sets the version that is stored.
func migrateSteps(ctx context.Context, m migrator, steps []string) error {
	at, err := m.version(ctx)
	if err != nil {
		return err
	}
	if known := int64(len(steps)); at > known {
		return &SchemaError{Found: at, Known: known}
	}
	for _, step := range steps[at:] {
		if err := m.exec(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// postgresSchema and sqliteSchema lead from an empty database to the latest version.
// A step that was once released is never changed.
var (
	postgresSchema = [...]string{`
		CREATE TABLE stash_owner (
			one      boolean PRIMARY KEY DEFAULT true CHECK (one),
			version  bigint NOT NULL,
			epoch    bigint NOT NULL,
			nonce    bigint NOT NULL,
			taken_by uuid   NOT NULL);
		CREATE TABLE stash_transactions (
			id        uuid     PRIMARY KEY,
			fate      smallint NOT NULL,
			take_over boolean  NOT NULL,
			epoch     bigint   NOT NULL,
			at_ms     bigint   NOT NULL);
		CREATE TABLE stash_entries (
			collection text COLLATE "C" NOT NULL,
			key        bytea NOT NULL,
			value      bytea NOT NULL,
			PRIMARY KEY (collection, key));
		COMMENT ON TABLE stash_owner IS 'who may write to this metadata store, and the version of its schema';
		COMMENT ON TABLE stash_transactions IS 'what became of each transaction: 1 committed, 2 abandoned';
		COMMENT ON TABLE stash_entries IS 'the collections of the metadata store; values are protocol buffers';
		INSERT INTO stash_owner (version, epoch, nonce, taken_by) VALUES (1, 0, 0, '00000000-0000-0000-0000-000000000000')`,
	}
	sqliteSchema = [len(postgresSchema)]string{`
		CREATE TABLE stash_owner (
			one      INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
			version  INTEGER NOT NULL,
			epoch    INTEGER NOT NULL,
			nonce    INTEGER NOT NULL,
			taken_by BLOB    NOT NULL) STRICT;
		CREATE TABLE stash_transactions (
			id        BLOB    PRIMARY KEY,
			fate      INTEGER NOT NULL,
			take_over INTEGER NOT NULL,
			epoch     INTEGER NOT NULL,
			at_ms     INTEGER NOT NULL) STRICT, WITHOUT ROWID;
		CREATE TABLE stash_entries (
			collection TEXT NOT NULL,
			key        BLOB NOT NULL,
			value      BLOB NOT NULL,
			PRIMARY KEY (collection, key)) STRICT, WITHOUT ROWID;
		INSERT INTO stash_owner (version, epoch, nonce, taken_by) VALUES (1, 0, 0, zeroblob(16))`,
	}
)
