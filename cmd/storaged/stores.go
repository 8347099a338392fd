package main

import (
	"context"
	"log/slog"

	"example.com/tidemark/realdrivers/persist"
	"example.com/tidemark/realdrivers/runtime"
)

// openStores opens the shards where controllers have them.
func openStores(ctx context.Context, o *options, log *slog.Logger) (runtime.Persist, func() error, error) {
	d, err := persist.Open(ctx, o.consensusAt.Reveal(), o.blobAt.Reveal(), persist.Options{Log: log})
	if err != nil {
		return nil, nil, err
	}
	return d, d.Close, nil
}
