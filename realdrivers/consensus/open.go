package consensus

import (
	"context"
	"fmt"

	"example.com/tidemark/realdrivers/location"
)

// Parse reads the location of a store: sqlite:///file, postgres://…, mem://.
func Parse(text string) (location.Location, error) {
	return location.Parse(text, location.Postgres, location.SQLite, location.Mem)
}

// Open opens the store at a location, and makes its tables if they are not there.
func Open(ctx context.Context, l location.Location, options Options) (Store, error) {
	switch l.Scheme() {
	case location.SQLite:
		return store(OpenSQLite(ctx, l.Path(), options))
	case location.Mem:
		return new(Mem), nil
	case location.Postgres:
		return store(OpenPostgres(ctx, l.Reveal(), options))
	case location.File, location.S3:
	}
	return nil, fmt.Errorf("consensus: %v is not where states can be kept", l)
}

// store is an opened store, or nothing at all.
func store[S Store](s S, err error) (Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
