package shard

import "example.com/tidemark/core/clock"

// Config is a machine's settings; processes may differ in them.
type Config struct {
	// InlineMax is up to what size, in bytes as Size counts them, an append's updates
	// are kept in the state itself. Larger ones are put as a blob first.
	InlineMax uint64
	// SpillAt is the size of the updates kept in the state from which on they are moved
	// to a blob; at four times of it an append of any size is put as a blob.
	SpillAt uint64
	// MaxBatches is the number of batches above which some are merged, whatever their
	// sizes.
	MaxBatches uint32
	// MaxCombine bounds the calls of one compare-and-set.
	MaxCombine uint32
	// MaxRounds bounds how often one call is tried, by anything that the machine does
	// for it. At least 1, below CommitWindow.
	MaxRounds uint32
	// StoreDeadline is when a call of a store that was not answered is given up as
	// Unknown.
	StoreDeadline clock.Duration
	// WriterRetention is how long a writer's last append is remembered at least, by
	// the wall clocks of those who commit, and RetainStates by how many states.
	WriterRetention clock.Duration
	RetainStates    uint64
	// TruncateEvery and TruncateKeep: whoever commits a state whose number divides by
	// the first deletes the states that are more than the second older.
	TruncateEvery, TruncateKeep uint64
	// SweepEvery is how often a shard's blobs are listed in search of garbage, at most;
	// DeleteEvery is the pace of deletions.
	SweepEvery, DeleteEvery clock.Duration
	// MaxMerges bounds the merges that are under way at the same time.
	MaxMerges uint32
}

// Defaults are the settings for production.
func Defaults() Config {
	return Config{
		InlineMax:       4 << 10,
		SpillAt:         8 << 10,
		MaxBatches:      24,
		MaxCombine:      256,
		MaxRounds:       12,
		StoreDeadline:   30 * clock.Second,
		WriterRetention: 24 * clock.Hour,
		RetainStates:    4096,
		TruncateEvery:   100,
		TruncateKeep:    16,
		SweepEvery:      10 * clock.Minute,
		DeleteEvery:     20 * clock.Millisecond,
		MaxMerges:       2,
	}
}

// maxSpan keeps sums of instants and spans far from overflow.
const maxSpan = 366 * 24 * clock.Hour

// Valid reports whether the settings can be used.
func (c *Config) Valid() bool {
	for _, d := range [...]clock.Duration{c.StoreDeadline, c.WriterRetention, c.SweepEvery, c.DeleteEvery} {
		if d <= 0 || d > maxSpan {
			return false
		}
	}
	return c.MaxCombine > 0 && c.MaxRounds > 0 && c.MaxRounds < CommitWindow && c.MaxBatches > 1 &&
		c.TruncateEvery > 0 && c.TruncateKeep > 0 && c.SpillAt > 0 && c.MaxMerges > 0
}
