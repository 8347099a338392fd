package shard

import (
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/wire"
)

// A stored state is a header and a body: four bytes that say what it is, one for the
// version, sixteen of checksum over the shard, the number and the body. The body is
// in the protocol-buffers wire format. The numbers of its fields are never used for
// anything else, and another meaning of a state is another version.
const (
	magic      = "tmsh"
	sumAt      = len(magic) + 1
	headerSize = sumAt + 16
	// versionWhole is that of a state which is all there, versionPart that of one which
	// has only what it adds to the state before (chain.go).
	versionWhole = 1
	versionPart  = 2
)

// Fields of a state.
const (
	fieldSeqno     = 1
	fieldShard     = 2
	fieldMark      = 3
	fieldSince     = 4
	fieldUpper     = 5
	fieldEpoch     = 6
	fieldFinalized = 7
	fieldBatch     = 8
	fieldTailFrom  = 9
	fieldTail      = 10
	fieldLeased    = 11
	fieldCritical  = 12
	fieldWriter    = 13
	fieldRemoved   = 14
	fieldBase      = 15
	fieldAfter     = 16
)

// Encode is the state as it is stored.
func (s *State) Encode() string {
	e := encoder{b: make([]byte, headerSize, headerSize+s.roughly())}
	copy(e.b, magic)
	e.b[len(magic)] = s.version()
	e.uint(fieldSeqno, uint64(s.Seqno))
	e.pair(fieldShard, s.Shard.Hi, s.Shard.Lo)
	e.pair(fieldMark, s.Mark.Hi, s.Mark.Lo)
	e.frontier(fieldSince, s.Since)
	e.frontier(fieldUpper, s.Upper)
	e.uint(fieldEpoch, s.Epoch)
	if s.Finalized {
		e.uint(fieldFinalized, 1)
	}
	e.uint(fieldTailFrom, uint64(s.TailFrom))
	e.data(s)
	e.users(s)
	e.uint(fieldBase, uint64(s.Base))
	e.pair(fieldAfter, s.After.Hi, s.After.Lo)
	sum := checksum(s.version(), s.Shard, s.Seqno)
	sum.Bytes(e.b[headerSize:])
	putSum(e.b[sumAt:], sum.Sum())
	return string(e.b)
}

// version is that of the format in which the state is stored.
func (s *State) version() byte {
	if s.Base != 0 {
		return versionPart
	}
	return versionWhole
}

// stored are the batches and the updates that are stored with the state itself.
func (s *State) stored() ([]Batch, []relation.Update) {
	if s.Base != 0 {
		return nil, s.Tail[s.inherited:]
	}
	return s.Batches, s.Tail
}

// roughly is how many bytes a state takes, or somewhat more.
func (s *State) roughly() int {
	batches, tail := s.stored()
	return 256 + int(Size(tail)) + 8*len(tail) + 100*(len(batches)+len(s.Leased)+len(s.Critical)+len(s.Writers)) + 8*len(s.Removed)
}

// data are the batches and the tail.
func (e *encoder) data(s *State) {
	batches, tail := s.stored()
	for i := range batches {
		inner := encoder{b: e.begin()}
		inner.batch(&batches[i])
		e.end(fieldBatch, inner.b)
	}
	for i := range tail {
		u := &tail[i]
		inner := encoder{b: e.begin()}
		inner.b = wire.AppendString(inner.b, 1, string(u.Data))
		inner.uint(2, uint64(u.Time))
		inner.int(3, u.Diff)
		e.end(fieldTail, inner.b)
	}
}

// users are the readers and the writers.
func (e *encoder) users(s *State) {
	for i := range s.Leased {
		l := &s.Leased[i]
		inner := encoder{b: e.begin()}
		inner.pair(1, l.ID.Hi, l.ID.Lo)
		inner.frontier(2, l.Since)
		inner.int(3, int64(l.End))
		inner.int(4, l.Lease)
		e.end(fieldLeased, inner.b)
	}
	for i := range s.Critical {
		c := &s.Critical[i]
		inner := encoder{b: e.begin()}
		inner.pair(1, c.ID.Hi, c.ID.Lo)
		inner.frontier(2, c.Since)
		inner.pair(3, c.Opaque.Epoch, c.Opaque.Nonce)
		e.end(fieldCritical, inner.b)
	}
	for i := range s.Writers {
		inner := encoder{b: e.begin()}
		inner.writer(&s.Writers[i])
		e.end(fieldWriter, inner.b)
	}
	if len(s.Removed) > 0 {
		inner := e.begin()
		for _, fingerprint := range s.Removed {
			inner = appendWord(inner, fingerprint)
		}
		e.end(fieldRemoved, inner)
	}
}

func (e *encoder) batch(b *Batch) {
	e.uint(1, uint64(b.Blob.Until))
	e.pair(2, b.Blob.Hi, b.Blob.Lo)
	e.frontier(3, b.Lower)
	e.frontier(4, b.Upper)
	e.uint(5, uint64(b.Since))
	e.uint(6, b.Count)
	e.uint(7, b.Bytes)
	e.pair(8, b.Digest.Hi, b.Digest.Lo)
}

func (e *encoder) writer(w *Writer) {
	e.pair(1, w.ID.Hi, w.ID.Lo)
	e.pair(2, w.Token.Hi, w.Token.Lo)
	e.frontier(3, w.Upper)
	e.uint(4, w.Epoch)
	e.uint(5, uint64(w.Seqno))
	e.int(6, int64(w.At))
}

// encoder appends fields to b; inner is memory for a message within it.
type encoder struct{ b, inner []byte }

// begin is an empty message, which end adds.
func (e *encoder) begin() []byte { return e.inner[:0] }

func (e *encoder) end(field uint32, message []byte) {
	e.b = wire.AppendBytes(e.b, field, message)
	e.inner = message
}

func (e *encoder) uint(field uint32, v uint64) { e.b = wire.AppendUint(e.b, field, v) }

// int is signed, with small ones of either sign short.
func (e *encoder) int(field uint32, v int64) { e.uint(field, uint64(v)<<1^uint64(v>>63)) }

// pair is two words of eight bytes, the higher first.
func (e *encoder) pair(field uint32, hi, lo uint64) {
	if hi == 0 && lo == 0 {
		return
	}
	var p [16]byte
	appendWord(appendWord(p[:0], hi), lo)
	e.b = wire.AppendBytes(e.b, field, p[:])
}

// frontier is left out if it is the minimum, without a byte if it is empty, and
// otherwise eight bytes.
func (e *encoder) frontier(field uint32, f frontier.Frontier) {
	switch {
	case f == frontier.Minimum():
	case f.Empty:
		e.b = wire.AppendString(e.b, field, "")
	default:
		var p [8]byte
		appendWord(p[:0], uint64(f.T))
		e.b = wire.AppendBytes(e.b, field, p[:])
	}
}

func appendWord(b []byte, v uint64) []byte {
	return append(b, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
		byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// checksum is that of a state, but for its body.
func checksum(version byte, id persist.ShardID, seqno consensus.Seqno) digest.Mixer {
	m := digest.New(domainState)
	m.U64(uint64(version))
	m.U64(id.Hi)
	m.U64(id.Lo)
	m.U64(uint64(seqno))
	return m
}

func putSum(b []byte, sum digest.Sum) {
	appendWord(appendWord(b[:0], sum.Hi), sum.Lo)
}
