package stash

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATEs that the driver knows.
const (
	stateReadOnly       = "25006"
	stateIdle           = "25P03"
	stateBadUser        = "28000"
	stateBadPassword    = "28P01"
	stateNoDatabase     = "3D000"
	stateNoSchema       = "3F000"
	stateSerialization  = "40001"
	stateDeadlock       = "40P01"
	statePrivilege      = "42501"
	stateNoTable        = "42P01"
	stateDiskFull       = "53100"
	stateTooMany        = "53300"
	stateShutdown       = "57P01"
	stateCrashed        = "57P02"
	stateCannotConnect  = "57P03"
	stateDatabaseGone   = "57P04"
	stateQueryCancelled = "57014"
)

// sqlState is the SQLSTATE of an error, "" if the server did not send it.
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// certain: what failed before COMMIT is rolled back by the server at the latest when
// it misses the connection. A COMMIT has not happened if the server says that it
// rolled back. Anything else that the server says may come from a moment after the
// commit, such as a shutdown while it waits for a replica. pgconn.SafeToRetry is not
// asked: of a connection that broke after COMMIT was sent it says that it is safe.
func (s *postgresStore) certain(err error) bool {
	var e *commitError
	if !errors.As(err, &e) {
		return true
	}
	switch sqlState(err) {
	case stateSerialization, stateDeadlock:
		return true
	}
	return errors.Is(err, pgx.ErrTxCommitRollback)
}

func (s *postgresStore) advice(err error) string {
	switch sqlState(err) {
	case stateBadPassword, stateBadUser:
		return "the server refuses this user or password; see the location, and the server's pg_hba.conf"
	case stateNoDatabase:
		return "create the database: CREATE DATABASE …"
	case stateNoSchema:
		return "the schema that search_path names does not exist; create it: CREATE SCHEMA …"
	case statePrivilege:
		return "this user must own the tables, or be allowed to create them in the schema and to read and write them"
	case stateNoTable:
		return "a table is missing; restart the program, which makes it, if the database was emptied on purpose"
	case stateReadOnly:
		return "the server takes no writes; name the primary, such as by target_session_attrs=read-write"
	case stateDiskFull:
		return "the server's disk is full; make room"
	case stateTooMany:
		return "the server has too many connections; raise its max_connections or lower pool_max_conns"
	case stateIdle:
		return "this process stood still in the middle of a transaction; see what stopped it"
	case stateShutdown, stateCrashed, stateCannotConnect, stateDatabaseGone:
		return "the server is going down or coming up; it is asked again"
	case stateQueryCancelled:
		return "a timeout of the server, or an administrator, ended it"
	}
	var unreachable *pgconn.ConnectError
	switch {
	case errors.As(err, &unreachable):
		return "see that the server runs and that this machine reaches it"
	case errors.Is(err, context.DeadlineExceeded):
		return "the server did not answer in time; see what it is busy with"
	}
	return ""
}
