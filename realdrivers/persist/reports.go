package persist

import (
	"context"
	"log/slog"
	"time"

	"example.com/tidemark/core/persist/shard"
)

// reports tells people of problems, each of them once in a while.
type reports struct {
	log  *slog.Logger
	hear func(*ProblemError)
	// details are what is known about problems that are not told yet.
	details map[string]error
	told    map[told]time.Time
}

type told struct {
	key     string
	problem shard.Problem
}

// again is how long a problem that was logged is not logged again; maxTold bounds
// the memory for that.
const (
	again   = time.Minute
	maxTold = 1024
)

func newReports(options *Options) reports {
	return reports{log: options.Log, hear: options.Problem, details: map[string]error{}, told: map[told]time.Time{}}
}

// explain keeps what is known about a problem until it is told.
func (r *reports) explain(key string, err error) {
	if len(r.details) >= maxTold {
		clear(r.details)
	}
	r.details[key] = err
}

// problem tells of one.
func (r *reports) problem(e *shard.Effect) {
	p := &ProblemError{Shard: e.Shard, Key: e.Key, Problem: e.Problem, Err: r.details[e.Key]}
	delete(r.details, e.Key)
	if r.hear != nil {
		r.hear(p)
	}
	now, what := time.Now(), told{e.Key, e.Problem}
	if last, ok := r.told[what]; ok && now.Sub(last) < again {
		return
	}
	if len(r.told) >= maxTold {
		clear(r.told)
	}
	r.told[what] = now
	r.log.LogAttrs(context.Background(), slog.LevelError, "what is stored is not what was put there",
		slog.String("shard", e.Shard.String()), slog.String("key", e.Key), slog.String("problem", e.Problem.String()),
		slog.Any("error", p))
}
