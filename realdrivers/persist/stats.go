package persist

import "sync/atomic"

// Stats counts what a driver did since it was opened.
type Stats struct {
	// Put and Deleted count blobs, Merges merges.
	Put, Deleted, Merges uint64
	// Written and Read count the bytes of blobs.
	Written, Read uint64
	// Refused counts batches that could not be encoded or are too large.
	Refused uint64
	// Problems counts the times that something stored was not what was put there.
	Problems uint64
}

// counters are Stats that are being counted.
type counters struct{ put, deleted, merges, written, read, refused, problems atomic.Uint64 }

func (c *counters) snapshot() Stats {
	return Stats{
		Put: c.put.Load(), Deleted: c.deleted.Load(), Merges: c.merges.Load(), Written: c.written.Load(),
		Read: c.read.Load(), Refused: c.refused.Load(), Problems: c.problems.Load(),
	}
}
