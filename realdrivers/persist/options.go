package persist

import (
	"errors"
	"log/slog"
	"runtime"
	"time"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist/shard"
)

// Options are a driver's settings. The zero value is right for production.
type Options struct {
	// Config of the machines; zero: shard.Defaults().
	Config shard.Config
	// Machines is how many there are; 0: one for each processor, at most 8.
	Machines int
	// Transfers bounds how many blobs are read or written at the same time; 0: 16.
	// Merges have a bound of their own, in Config.
	Transfers int
	// Wall is the clock that judges leases (P-18); nil: this machine's.
	Wall func() clock.Wall
	// Problem hears of each problem with what is stored; it must not block. Nil: nobody
	// does. They are logged in any case.
	Problem func(*ProblemError)
	// Log is where problems go; nil: slog.Default().
	Log *slog.Logger
}

func (o *Options) complete() error {
	if o.Config == (shard.Config{}) {
		o.Config = shard.Defaults()
	}
	if !o.Config.Valid() {
		return errors.New("persist: the settings of the machines contradict each other; start from shard.Defaults")
	}
	if o.Machines <= 0 {
		o.Machines = min(runtime.GOMAXPROCS(0), 8)
	}
	if o.Transfers <= 0 {
		o.Transfers = 16
	}
	if o.Wall == nil {
		o.Wall = func() clock.Wall { return clock.Wall(time.Now().UnixMilli()) }
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return nil
}
