package stash

import (
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteCode is the primary code of an error, 0 if it is not SQLite's.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// certain: what failed before COMMIT was rolled back. A COMMIT that found the file
// locked left the transaction open, which was rolled back, too. After anything else,
// such as a failing disk, a later recovery might find the transaction whole.
func (s *sqliteStore) certain(err error) bool {
	var e *commitError
	return !errors.As(err, &e) || sqliteCode(err) == sqlite3.SQLITE_BUSY
}

func (s *sqliteStore) advice(err error) string {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another process holds the file's lock; see which one has it open"
	case sqlite3.SQLITE_CANTOPEN:
		return "its directory must exist, and this user must be allowed to write there"
	case sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH:
		return "this user must be allowed to write to the file and to its directory"
	case sqlite3.SQLITE_NOTADB:
		return "the file is there, but is no SQLite database; name another one"
	case sqlite3.SQLITE_CORRUPT:
		return "the file is damaged; restore it, and what was written since, from a copy"
	case sqlite3.SQLITE_FULL:
		return "the disk is full; make room"
	case sqlite3.SQLITE_IOERR:
		return "the disk does not read or write what it should; look at the machine's log"
	}
	return ""
}
