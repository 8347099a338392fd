package blob

import (
	"context"
	"fmt"

	"example.com/tidemark/realdrivers/location"
)

// Parse reads the location of a store: file:///dir, s3://bucket/prefix?…, mem://.
func Parse(text string) (location.Location, error) {
	return location.Parse(text, location.File, location.S3, location.Mem)
}

// Open opens the store at a location. A directory is made if it is not there, a
// bucket is not.
func Open(ctx context.Context, l location.Location, options Options) (Store, error) {
	switch l.Scheme() {
	case location.File:
		return store(OpenFiles(l.Path(), options))
	case location.Mem:
		return new(Mem), nil
	case location.S3:
		return store(OpenS3(ctx, l, options))
	case location.Postgres, location.SQLite:
	}
	return nil, fmt.Errorf("blob: %v is not where bulk data can be kept", l)
}

// store is an opened store, or nothing at all.
func store[S Store](s S, err error) (Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
