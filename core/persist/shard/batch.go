package shard

import (
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// Batch is a part of a shard's data that lies in a blob. Its updates were appended
// with times in [Lower, Upper); those before Since have been forwarded to it (P-19).
type Batch struct {
	Blob         BlobID
	Lower, Upper frontier.Frontier
	Since        frontier.Timestamp
	// Count is the number of updates, Bytes their size as Size counts it, and Digest
	// that of Contents.
	Count  uint64
	Bytes  uint64
	Digest digest.Sum
}

// Contents is the digest of a list of updates, the same in any order.
func Contents(updates []relation.Update) digest.Sum {
	var sum digest.Sum
	for i := range updates {
		u := &updates[i]
		m := digest.New(domainContents)
		m.String(string(u.Data))
		m.U64(uint64(u.Time))
		m.U64(uint64(u.Diff))
		sum = sum.Add(m.Sum())
	}
	return sum
}

// Domains of the digests of this package.
const (
	domainContents = 0x62617463 // a batch's contents
	domainState    = 0x73746174 // a state's bytes
	domainName     = 0x6e616d65 // blob names and marks
	domainReader   = 0x72656164 // readers that were removed
	domainSlot     = 0x736c6f74 // slots in the index
)

// updateOverhead is what an update costs beyond its row, in bytes.
const updateOverhead = 16

// Size is roughly what updates take when stored, in bytes.
func Size(updates []relation.Update) uint64 {
	n := uint64(0)
	for i := range updates {
		n += updateOverhead + uint64(len(updates[i].Data))
	}
	return n
}

// describe fills in what Batch says of its contents.
func (b *Batch) describe(updates []relation.Update) {
	b.Count, b.Bytes, b.Digest = uint64(len(updates)), Size(updates), Contents(updates)
}

// holds reports whether updates are the batch's contents.
func (b *Batch) holds(updates []relation.Update) bool {
	return b.Count == uint64(len(updates)) && b.Digest == Contents(updates)
}

// BatchOp is the operation of a BatchCall.
type BatchOp uint8

// Operations. Each names the fields of BatchCall that it reads and the fields of
// BatchResult that it sets when Done.
const (
	BatchNone BatchOp = iota
	// BatchGet reads the blob of Batch. Done: Updates in any order, checked by Check.
	// NotDone with a Problem: the blob is not there, or not what was put.
	BatchGet
	// BatchPut makes Updates the value of Batch's blob. Done: nothing is set.
	BatchPut
	// BatchMerge reads the blobs of Inputs, adds Updates, forwards all to Since (P-19)
	// by Merge, and puts what remains as the value of Batch's blob, unless it is small
	// (Keep). Done: Batch, described; of no blob if Updates, which may be empty, are the
	// contents. NotDone with a Problem as for BatchGet.
	BatchMerge
	// BatchDelete removes the blob Key; removing one that is not there is Done.
	BatchDelete
	// BatchList lists blobs of Shard with keys greater than After, in the order of their
	// bytes, at most Limit of them. Done: Keys.
	BatchList
	// BatchOpCount is one more than the last operation.
	BatchOpCount
)

// String is the operation's name as it appears in traces and statistics.
func (o BatchOp) String() string {
	switch o {
	case BatchNone:
		return "none"
	case BatchGet:
		return "get"
	case BatchPut:
		return "put"
	case BatchMerge:
		return "merge"
	case BatchDelete:
		return "delete"
	case BatchList:
		return "list"
	case BatchOpCount:
	}
	return "op?"
}

// BatchCall is one call about blobs. They hold updates here; how those are encoded
// is the driver's affair, so that encoding and checking much data happens outside
// the machine. Every call may be made twice without harm.
type BatchCall struct {
	Op    BatchOp
	Shard persist.ShardID
	// Key is where Batch's blob is stored, or the blob to delete.
	Key    string
	Batch  Batch
	Inputs []Batch
	Since  frontier.Frontier
	// Keep: a merge's result of at most so many bytes is returned, not put.
	Keep    uint64
	Updates []relation.Update
	After   string
	Limit   uint32
}

// BatchResult is how a BatchCall ended: Done; NotDone (it did not happen and never
// will); Unknown (a put or a deletion did, did not, or will happen; a read has only
// failed). Its lists are frozen.
type BatchResult struct {
	Outcome outcome.Outcome
	// Problem of the blob called Key, if one was found.
	Problem Problem
	Key     string
	Batch   Batch
	Updates []relation.Update
	Keys    []string
}

// Check says what is wrong with updates that were read from b's blob.
func (b *Batch) Check(updates []relation.Update) Problem {
	if !b.holds(updates) {
		return ProblemContents
	}
	return ProblemNone
}
