package shard

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/wire"
)

// Decode is the state of the shard that the consensus store holds in entry, or what
// is wrong with it. One that has a Base is a part: it has no batches, and of the tail
// what it adds (Complete). The zero entry is that of a shard which was never used.
// The state's strings share the entry's memory.
func Decode(id persist.ShardID, entry consensus.Entry) (*State, Problem) {
	if entry.Seqno == 0 && entry.Data == "" {
		return &State{Shard: id}, ProblemNone
	}
	data := entry.Data
	switch {
	case len(data) < headerSize:
		return nil, ProblemTruncated
	case data[:len(magic)] != magic:
		return nil, ProblemMagic
	case data[len(magic)] != versionWhole && data[len(magic)] != versionPart:
		return nil, ProblemVersion
	}
	d := decoder{words: data[sumAt:headerSize]}
	body := data[headerSize:]
	sum := checksum(data[len(magic)], id, entry.Seqno)
	sum.String(body)
	if (digest.Sum{Hi: d.word(), Lo: d.word()}) != sum.Sum() {
		return nil, ProblemChecksum
	}
	s := &State{}
	r := wire.NewReader(body)
	for f, ok := r.Next(); ok; f, ok = r.Next() {
		d.state(s, &f)
	}
	switch {
	case r.Bad() || d.bad || s.version() != data[len(magic)] || s.Base != 0 && len(s.Batches) > 0:
		return nil, ProblemState
	case s.Shard != id || s.Seqno != entry.Seqno:
		return nil, ProblemMisplaced
	}
	s.tailBytes = Size(s.Tail)
	return s, s.judge()
}

// FormatOf is the version of the format of a stored state, and the latest one that
// this program knows; ok is false if it is no state.
func FormatOf(data string) (found, known uint8, ok bool) {
	if len(data) <= len(magic) || data[:len(magic)] != magic {
		return 0, versionPart, false
	}
	return data[len(magic)], versionPart, true
}

// judge says whether a state makes sense.
func (s *State) judge() Problem {
	if s.Base != 0 && (s.Base >= s.Seqno || s.Finalized) || s.Base == 0 && s.After != (Mark{}) {
		return ProblemState
	}
	for i := range s.Batches {
		b := &s.Batches[i]
		if b.Count == 0 || b.Blob == (BlobID{}) || !b.Lower.LessThan(b.Upper) || !b.Upper.LessEqual(s.Upper) {
			return ProblemState
		}
	}
	for i := range s.Leased {
		if !s.Since.LessEqual(s.Leased[i].Since) {
			return ProblemState
		}
	}
	for i := range s.Critical {
		if !s.Since.LessEqual(s.Critical[i].Since) {
			return ProblemState
		}
	}
	return ProblemNone
}

// decoder reads the values of fields; bad remembers that one made no sense.
type decoder struct {
	words string
	bad   bool
}

func (d *decoder) state(s *State, f *wire.Field) {
	switch f.Number {
	case fieldSeqno:
		s.Seqno = consensus.Seqno(d.uint(f))
	case fieldShard:
		s.Shard.Hi, s.Shard.Lo = d.pair(f)
	case fieldMark:
		s.Mark.Hi, s.Mark.Lo = d.pair(f)
	case fieldSince:
		s.Since = d.frontier(f)
	case fieldUpper:
		s.Upper = d.frontier(f)
	case fieldEpoch:
		s.Epoch = d.uint(f)
	case fieldFinalized:
		s.Finalized = d.uint(f) == 1
	case fieldBatch:
		s.Batches = append(s.Batches, d.batch(f))
	case fieldTailFrom:
		s.TailFrom = consensus.Seqno(d.uint(f))
	case fieldTail:
		s.Tail = append(s.Tail, d.update(f))
	case fieldLeased:
		s.Leased = append(s.Leased, d.leased(f))
	case fieldCritical:
		s.Critical = append(s.Critical, d.critical(f))
	case fieldWriter:
		s.Writers = append(s.Writers, d.writer(f))
	case fieldRemoved:
		d.removed(s, f)
	case fieldBase:
		s.Base = consensus.Seqno(d.uint(f))
	case fieldAfter:
		s.After.Hi, s.After.Lo = d.pair(f)
	default:
		d.bad = true
	}
}

func (d *decoder) batch(message *wire.Field) (b Batch) {
	r := d.open(message)
	for f, ok := r.Next(); ok; f, ok = r.Next() {
		switch f.Number {
		case 1:
			b.Blob.Until = consensus.Seqno(d.uint(&f))
		case 2:
			b.Blob.Hi, b.Blob.Lo = d.pair(&f)
		case 3:
			b.Lower = d.frontier(&f)
		case 4:
			b.Upper = d.frontier(&f)
		case 5:
			b.Since = frontier.Timestamp(d.uint(&f))
		case 6:
			b.Count = d.uint(&f)
		case 7:
			b.Bytes = d.uint(&f)
		case 8:
			b.Digest.Hi, b.Digest.Lo = d.pair(&f)
		default:
			d.bad = true
		}
	}
	d.close(&r)
	return b
}

func (d *decoder) update(message *wire.Field) (u relation.Update) {
	r := d.open(message)
	for f, ok := r.Next(); ok; f, ok = r.Next() {
		switch f.Number {
		case 1:
			u.Data = relation.Row(d.text(&f))
		case 2:
			u.Time = frontier.Timestamp(d.uint(&f))
		case 3:
			u.Diff = d.int(&f)
		default:
			d.bad = true
		}
	}
	d.close(&r)
	return u
}

func (d *decoder) leased(message *wire.Field) (l Leased) {
	r := d.open(message)
	for f, ok := r.Next(); ok; f, ok = r.Next() {
		switch f.Number {
		case 1:
			l.ID.Hi, l.ID.Lo = d.pair(&f)
		case 2:
			l.Since = d.frontier(&f)
		case 3:
			l.End = clock.Wall(d.int(&f))
		case 4:
			l.Lease = d.int(&f)
		default:
			d.bad = true
		}
	}
	d.close(&r)
	return l
}

func (d *decoder) critical(message *wire.Field) (c Critical) {
	r := d.open(message)
	for f, ok := r.Next(); ok; f, ok = r.Next() {
		switch f.Number {
		case 1:
			c.ID.Hi, c.ID.Lo = d.pair(&f)
		case 2:
			c.Since = d.frontier(&f)
		case 3:
			c.Opaque.Epoch, c.Opaque.Nonce = d.pair(&f)
		default:
			d.bad = true
		}
	}
	d.close(&r)
	return c
}

func (d *decoder) writer(message *wire.Field) (w Writer) {
	r := d.open(message)
	for f, ok := r.Next(); ok; f, ok = r.Next() {
		switch f.Number {
		case 1:
			w.ID.Hi, w.ID.Lo = d.pair(&f)
		case 2:
			w.Token.Hi, w.Token.Lo = d.pair(&f)
		case 3:
			w.Upper = d.frontier(&f)
		case 4:
			w.Epoch = d.uint(&f)
		case 5:
			w.Seqno = consensus.Seqno(d.uint(&f))
		case 6:
			w.At = clock.Wall(d.int(&f))
		default:
			d.bad = true
		}
	}
	d.close(&r)
	return w
}

func (d *decoder) removed(s *State, f *wire.Field) {
	d.words = d.text(f)
	for d.words != "" && !d.bad {
		s.Removed = append(s.Removed, d.word())
	}
}

func (d *decoder) open(f *wire.Field) wire.Reader { return wire.NewReader(d.text(f)) }

func (d *decoder) close(r *wire.Reader) { d.bad = d.bad || r.Bad() }

func (d *decoder) uint(f *wire.Field) uint64 {
	d.bad = d.bad || f.Type != wire.Varint
	return f.Uint
}

func (d *decoder) int(f *wire.Field) int64 {
	v := d.uint(f)
	return int64(v>>1) ^ -int64(v&1)
}

func (d *decoder) text(f *wire.Field) string {
	d.bad = d.bad || f.Type != wire.Length
	return f.String
}

func (d *decoder) pair(f *wire.Field) (hi, lo uint64) {
	d.words = d.text(f)
	hi, lo = d.word(), d.word()
	d.bad = d.bad || d.words != ""
	return hi, lo
}

func (d *decoder) frontier(f *wire.Field) frontier.Frontier {
	if d.words = d.text(f); d.words == "" {
		return frontier.Empty()
	}
	t := d.word()
	d.bad = d.bad || d.words != ""
	return frontier.At(frontier.Timestamp(t))
}

// word takes eight bytes off words.
func (d *decoder) word() (v uint64) {
	if len(d.words) < 8 {
		d.bad, d.words = true, ""
		return 0
	}
	for i := range 8 {
		v = v<<8 | uint64(d.words[i])
	}
	d.words = d.words[8:]
	return v
}
