// Package postgres connects hosts with Postgres, 14 or later.
//
// # The sink
//
//	postgres://user:password@host/database?table=NAME     or table=SCHEMA.NAME
//
// appends a row for each change to a table that it makes itself, with the columns of
// the collection and, before them:
//
//	tidemark_seq    rises in the order in which changes were written
//	tidemark_time   the change's time, in milliseconds since the Unix epoch
//	tidemark_diff   how many copies of the row came (positive) or went (negative)
//	tidemark_error  of a change of an error: its text; the other columns are null then
//
// The contents at a time are the rows up to it, grouped by all columns, with the sum
// of tidemark_diff. The table tidemark_sinks of the same schema has a row for each
// such table: how far it is written and who may write (H-20). A write inserts its
// rows and moves that row in one transaction (H-21), and every call locks that row
// first, so what comes late or twice finds the progress moved or the fence gone.
//
// Postgres keeps no zero characters in texts: they are written as U+FFFD.
//
// # The source
//
//	postgres://user:password@host/database?publication=NAME&table=NAME
//
// follows a table by logical replication. Several tables (table=a,b) are outputs 0, 1
// and so on. The publication has to be made before, with the tables in it, and each
// table needs REPLICA IDENTITY FULL, because a change takes back the whole row that
// was there before. The source's slot is tidemark_ID, which is dropped with the
// ingestion (H-15), or slot=NAME, which is the user's to drop. A slot that nobody drops
// keeps Postgres's log for ever.
//
// An offset is a position in Postgres's log: a transaction's changes stand together at
// the end of its commit. What the tables held at first is put into the log, too, by
// the source: as logical messages of one transaction that locks the tables against
// writing, behind the slot's beginning. So whoever reads the log again from any
// offset that was not confirmed is given the same records (H-12), and a source that
// breaks off in the middle of its first reading begins it anew.
package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/realdrivers/connector/locator"
	"example.com/tidemark/realdrivers/location"
)

// connection checks what is left of a connection string for Postgres's own library.
func connection(l *locator.Locator) (string, error) {
	at, err := location.Parse(l.Rest(), location.Postgres)
	if err != nil {
		return "", err
	}
	return at.Reveal(), nil
}

// newPool does not connect yet.
func newPool(url, name string, most int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The library's message quotes the connection, with the password.
		return nil, errors.New("the connection has a value that cannot be used: see the parameters of libpq")
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = name
	}
	config.MaxConns = most
	return pgxpool.NewWithConfig(context.Background(), config)
}

// tableName reads NAME or SCHEMA.NAME.
func tableName(text string) (pgx.Identifier, error) {
	parts := strings.Split(text, ".")
	if len(parts) > 2 {
		return nil, errors.New("parameter table is NAME or SCHEMA.NAME")
	}
	for _, p := range parts {
		if p == "" || len(p) > 63 || strings.ContainsRune(p, 0) {
			return nil, errors.New("parameter table is NAME or SCHEMA.NAME, with names of 1 to 63 bytes")
		}
	}
	return pgx.Identifier(parts), nil
}

// committed is how a commit ended. Only an answer that the transaction was rolled
// back is certain.
func committed(err error) outcome.Outcome {
	var e *pgconn.PgError
	switch {
	case err == nil:
		return outcome.Done
	case errors.Is(err, pgx.ErrTxCommitRollback),
		errors.As(err, &e) && (strings.HasPrefix(e.Code, "40") || strings.HasPrefix(e.Code, "23")):
		return outcome.NotDone
	}
	return outcome.Unknown
}
