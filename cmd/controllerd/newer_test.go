package main

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptBig makes rows that no shard keeps in its state.
func scriptBig(ts *testscript.TestScript, _ bool, arguments []string) {
	var b bytes.Buffer
	for n := range 3000 {
		fmt.Fprintf(&b, "[\"row %d%s\"]\n", n, strings.Repeat(" and more", 20))
	}
	ts.Check(os.WriteFile(ts.MkAbs(arguments[0]), b.Bytes(), 0o600))
}

// scriptNewer lets what a data directory holds be of the next version of its format.
func scriptNewer(ts *testscript.TestScript, _ bool, arguments []string) {
	dir := ts.MkAbs(arguments[1])
	switch arguments[0] {
	case "stash":
		ts.Check(inDatabase(filepath.Join(dir, "stash.db"), func(db *sql.DB) error {
			_, err := db.Exec(`UPDATE stash_owner SET version = version + 1`)
			return err
		}))
	case "states":
		ts.Check(inDatabase(filepath.Join(dir, "consensus.db"), newerStates))
	case "blobs":
		changed := 0
		ts.Check(eachBlob(dir, func(path string, b []byte) error {
			seal := []byte("tidemarkbatch\x00")
			at := bytes.LastIndex(b, seal)
			if at < 0 {
				return nil
			}
			changed++
			at += len(seal)
			binary.LittleEndian.PutUint16(b[at:], binary.LittleEndian.Uint16(b[at:])+1)
			return os.WriteFile(path, b, 0o600)
		}))
		if changed == 0 {
			ts.Fatalf("%s has no blobs", dir)
		}
	default:
		ts.Fatalf("there is no newer %s", arguments[0])
	}
}

// newerStates changes the version of every state, which stands behind the four bytes
// that say what it is.
func newerStates(db *sql.DB) error {
	rows, err := db.Query(`SELECT shard, sequence_number, data FROM consensus`)
	if err != nil {
		return err
	}
	defer rows.Close()
	type state struct {
		shard  string
		number int64
		data   []byte
	}
	var states []state
	for rows.Next() {
		var s state
		if err := rows.Scan(&s.shard, &s.number, &s.data); err != nil {
			return err
		}
		states = append(states, s)
	}
	for _, s := range states {
		s.data[4] = 100
		if _, err := db.Exec(`UPDATE consensus SET data = ? WHERE shard = ? AND sequence_number = ?`, s.data, s.shard, s.number); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scriptHeld prints what a data directory holds, so that it can be compared.
func scriptHeld(ts *testscript.TestScript, _ bool, arguments []string) {
	dir := ts.MkAbs(arguments[1])
	print := func(what string, b []byte) {
		fmt.Fprintf(ts.Stdout(), "%s %x\n", what, sha256.Sum256(b))
	}
	switch arguments[0] {
	case "stash":
		ts.Check(inDatabase(filepath.Join(dir, "stash.db"), func(db *sql.DB) error {
			return eachRow(db, print, "stash_owner", "stash_entries")
		}))
	case "states":
		ts.Check(inDatabase(filepath.Join(dir, "consensus.db"), func(db *sql.DB) error { return eachRow(db, print, "consensus") }))
	case "blobs":
		ts.Check(eachBlob(dir, func(path string, b []byte) error {
			print(filepath.Base(path), b)
			return nil
		}))
	}
}

// eachRow gives every row of some tables, as text.
func eachRow(db *sql.DB, print func(what string, b []byte), tables ...string) error {
	for _, table := range tables {
		rows, err := db.Query(`SELECT * FROM ` + table + ` ORDER BY 1, 2`)
		if err != nil {
			return err
		}
		columns, err := rows.Columns()
		for err == nil && rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err = rows.Scan(into...); err == nil {
				print(table, fmt.Appendf(nil, "%v", values))
			}
		}
		rows.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func inDatabase(path string, do func(db *sql.DB) error) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}

func eachBlob(dir string, do func(path string, b []byte) error) error {
	return filepath.WalkDir(filepath.Join(dir, "blobs"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return do(path, b)
	})
}

// scriptCode runs controllerd and demands its exit code.
func scriptCode(ts *testscript.TestScript, _ bool, arguments []string) {
	want, err := strconv.Atoi(arguments[0])
	ts.Check(err)
	err = ts.Exec("controllerd", arguments[1:]...)
	got := 0
	if exit, ok := err.(*exec.ExitError); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("controllerd ended with %d", got)
	}
}
