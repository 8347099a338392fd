package stash

import (
	"errors"
	"fmt"

	"example.com/tidemark/realdrivers/location"
)

// Error is an operation on a metadata store that failed.
type Error struct {
	// Op is what was tried: open or close.
	Op string
	// Location is where; it prints without secrets.
	Location location.Location
	// Advice is what to do about it, "" if nothing better than the error is known.
	Advice string
	// Err is what the store, or the way to it, said.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	text := "stash: " + e.Op + " " + e.Location.String() + ": " + e.Err.Error()
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}

// Unwrap implements errors.Unwrap.
func (e *Error) Unwrap() error { return e.Err }

// SchemaError is a store that was written by a newer version of the program (T-5).
type SchemaError struct {
	// Found is the version of the store's schema, Known the latest that this program
	// can write.
	Found, Known int64
}

// Error implements error.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("its schema is of version %d, but this program knows versions up to %d only: "+
		"it was written by a newer one; run that version or a later one", e.Found, e.Known)
}

// errNoOwner is a database whose contents are not what this program made.
var errNoOwner = errors.New("the table stash_owner has no row; restore the database from a copy")

// commitError is an error of COMMIT itself: all else had succeeded.
type commitError struct{ error }

func (e *commitError) Unwrap() error { return e.error }

func (d *Driver) wrap(op string, err error) error {
	e := &Error{Op: op, Location: d.at, Err: err}
	if d.store != nil {
		e.Advice = d.store.advice(err)
	}
	return e
}
