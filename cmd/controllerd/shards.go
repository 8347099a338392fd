package main

import (
	"context"

	"example.com/tidemark/realdrivers/persist"
)

// openShards opens the stores of shards.
func (d *daemon) openShards(ctx context.Context, s *stores) error {
	shards, err := persist.Open(ctx, d.o.consensusAt.Reveal(), d.o.blobAt.Reveal(), persist.Options{
		Log: d.log, Problem: d.problem,
	})
	if err != nil {
		return err
	}
	s.persist = shards
	s.closers = append(s.closers, shards.Close)
	return nil
}

// problem hears of something stored that is not as it should be. What a newer version
// has written ends the program: it is not this one's turn any more.
func (d *daemon) problem(p *persist.ProblemError) {
	d.metrics.problems.Inc()
	if !p.Newer() {
		return
	}
	select {
	case d.newer <- p:
	default:
	}
}
