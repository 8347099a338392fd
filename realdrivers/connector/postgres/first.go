package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// What the tables hold at first is put into the log as messages, of which the first
// of each table says the types of its columns.
type message struct {
	Table int       `json:"t"`
	Types []uint32  `json:"types,omitempty"`
	Row   []*string `json:"r,omitempty"`
}

// prefixOf is what a slot's messages are known by.
func prefixOf(slot string) string { return "tidemark/" + slot }

// settings make every session print values in the same way, so that what is read
// again is the same, whatever the server's configuration says by then.
var settings = map[string]string{
	"DateStyle": "ISO", "IntervalStyle": "postgres", "TimeZone": "UTC", "extra_float_digits": "1",
	"bytea_output": "hex", "client_encoding": "UTF8", "xmloption": "content",
	// The log is followed as far as it is flushed.
	"synchronous_commit": "on",
}

// first puts what the tables hold into the log, once, in one transaction during which
// nobody writes to them. What others committed before is in it and stands before
// begins in the log; what they commit later stands behind it.
func (s *Source) first(ctx context.Context, slot string) error {
	// Read committed: what is read after the locks were taken is what is there then.
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		for name, value := range settings {
			if _, err := tx.Exec(ctx, `SELECT set_config($1, $2, true)`, name, value); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, patience); err != nil {
			return err
		}
		var begun bool
		err := tx.QueryRow(ctx, `SELECT begins IS NOT NULL FROM tidemark_sources WHERE slot = $1 FOR UPDATE`, slot).Scan(&begun)
		if err != nil || begun {
			return err
		}
		for _, table := range s.tables {
			if err := s.suitable(ctx, tx, table); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `LOCK TABLE ONLY `+table.Sanitize()+` IN SHARE MODE`); err != nil {
				return err
			}
		}
		var begins string
		if err := tx.QueryRow(ctx, `SELECT pg_current_wal_insert_lsn()::text`).Scan(&begins); err != nil {
			return err
		}
		for i, table := range s.tables {
			if err := emit(ctx, tx, slot, i, table); err != nil {
				return fmt.Errorf("table %s: %w", table.Sanitize(), err)
			}
		}
		_, err = tx.Exec(ctx, beginSource, slot, begins)
		return err
	})
}

// suitable refuses tables that a log does not tell everything of.
func (s *Source) suitable(ctx context.Context, tx pgx.Tx, table pgx.Identifier) error {
	var identity, kind string
	err := tx.QueryRow(ctx, `SELECT relreplident::text, relkind::text FROM pg_class WHERE oid = to_regclass($1)`, table.Sanitize()).Scan(&identity, &kind)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("there is no table %s", table.Sanitize())
	case err != nil:
		return err
	case kind != "r":
		return fmt.Errorf("%s is no ordinary table", table.Sanitize())
	case identity != "f":
		return fmt.Errorf("changes of table %s do not say what was there before: ALTER TABLE %s REPLICA IDENTITY FULL", table.Sanitize(), table.Sanitize())
	}
	var published bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_publication_tables p JOIN pg_publication q USING (pubname)
		WHERE pubname = $1 AND p.schemaname = $2 AND p.tablename = $3 AND q.pubinsert AND q.pubupdate AND q.pubdelete AND q.pubtruncate)`,
		s.publication, table[0], table[1]).Scan(&published)
	if err == nil && !published {
		err = fmt.Errorf("publication %s does not publish all changes of table %s", s.publication, table.Sanitize())
	}
	return err
}

// emit writes the messages of one table.
func emit(ctx context.Context, tx pgx.Tx, slot string, index int, table pgx.Identifier) error {
	rows, err := tx.Query(ctx, `SELECT quote_ident(attname), atttypid FROM pg_attribute
		WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`, table.Sanitize())
	if err != nil {
		return err
	}
	var texts []string
	head := message{Table: index}
	var name string
	var oid uint32
	if _, err := pgx.ForEachRow(rows, []any{&name, &oid}, func() error {
		texts = append(texts, fmt.Sprintf(`CASE WHEN %s IS NULL THEN NULL ELSE format('%%s', %s) END`, name, name))
		head.Types = append(head.Types, oid)
		return nil
	}); err != nil {
		return err
	}
	b, err := json.Marshal(&head)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `SELECT pg_logical_emit_message(true, $1, $2)`, prefixOf(slot), string(b)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`SELECT count(pg_logical_emit_message(true, $1, json_build_object('t', $2::int, 'r', ARRAY[%s]::text[])::text)) FROM ONLY %s`,
		strings.Join(texts, ", "), table.Sanitize()), prefixOf(slot), index)
	return err
}
