package main

import (
	"context"

	"example.com/tidemark/realdrivers/persist"
)

// openShards opens the stores of shards.
func (d *daemon) openShards(ctx context.Context, s *stores) error {
	shards, err := persist.Open(ctx, d.o.consensusAt.Reveal(), d.o.blobAt.Reveal(), persist.Options{
		Log: d.log, Problem: func(*persist.ProblemError) { d.metrics.problems.Inc() },
	})
	if err != nil {
		return err
	}
	s.persist = shards
	s.closers = append(s.closers, shards.Close)
	return nil
}
