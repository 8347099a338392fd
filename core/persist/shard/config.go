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
	// MaxChain is how many states after a whole one may be stored as what they add to it.
	// A head is read with all of them.
	MaxChain uint64
	// MaxCombine bounds the calls of one compare-and-set.
	MaxCombine uint32
	// MaxRounds bounds how often one call is tried, by anything that the machine does
	// for it. At least 1, below CommitWindow.
	MaxRounds uint32
	// CommitWindow is how many states after the one that was seen an append's blob may
	// enter the shard, MergeWindow the same for a merge's. What a process leaves behind
	// becomes garbage only when the shard has gone on by so many states.
	CommitWindow, MergeWindow uint64
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
	// DeleteEvery is the pace of deletions. DeleteAfter is how long a blob that is
	// garbage stays, for the comfort of whoever still reads it: who finds it gone reads
	// again, at a newer state.
	SweepEvery, DeleteEvery, DeleteAfter clock.Duration
	// MaxMerges bounds the merges that are under way at the same time, MergeBytes the
	// size of what one of them reads unless it was asked for (InputCompact), and
	// MergeDeadline is when one is given up.
	MaxMerges     uint32
	MergeBytes    uint64
	MergeDeadline clock.Duration
	// MergeLinger is how long a merge that is done waits to be part of a commit that is
	// made anyway.
	MergeLinger clock.Duration
}

// Defaults are the settings for production.
func Defaults() Config {
	return Config{
		InlineMax:       4 << 10,
		SpillAt:         64 << 10,
		MaxBatches:      24,
		MaxChain:        200,
		MaxCombine:      256,
		MaxRounds:       12,
		CommitWindow:    256,
		MergeWindow:     1 << 16,
		StoreDeadline:   30 * clock.Second,
		WriterRetention: 24 * clock.Hour,
		RetainStates:    4096,
		TruncateEvery:   100,
		TruncateKeep:    16,
		SweepEvery:      clock.Hour,
		DeleteEvery:     20 * clock.Millisecond,
		DeleteAfter:     clock.Minute,
		MaxMerges:       2,
		MergeBytes:      64 << 20,
		MergeDeadline:   10 * clock.Minute,
		MergeLinger:     5 * clock.Second,
	}
}

// maxCount keeps counts within an int of 32 bits.
const maxCount = 1 << 30

// maxWindow keeps numbers of states far from overflow.
const maxWindow = 1 << 32

// maxSpan keeps sums of instants and spans far from overflow.
const maxSpan = 366 * 24 * clock.Hour

// Valid reports whether the settings can be used.
func (c *Config) Valid() bool {
	for _, d := range [...]clock.Duration{c.StoreDeadline, c.WriterRetention, c.SweepEvery, c.DeleteEvery, c.DeleteAfter, c.MergeDeadline, c.MergeLinger} {
		if d <= 0 || d > maxSpan {
			return false
		}
	}
	return c.MaxCombine > 0 && c.MaxCombine <= maxCount && c.MaxBatches <= maxCount && c.MaxRounds > 0 && uint64(c.MaxRounds) < c.CommitWindow && c.CommitWindow <= maxWindow && c.MaxChain <= maxCount && c.MergeWindow <= maxWindow && c.MaxBatches > 1 &&
		c.TruncateEvery > 0 && c.TruncateKeep > 0 && c.SpillAt > 0 && c.MaxMerges > 0
}
