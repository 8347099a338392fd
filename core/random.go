package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// purpose separates what is derived from the boot's entropy (C-2). Each value is
// a function of (entropy, purpose, what it is for), not of how many were drawn.
type purpose uint64

const (
	purposeNonce purpose = iota + 1
	purposeTxn
	purposeShard
	purposeWriter
	purposeReader
	purposeToken
	purposeJitter
	purposeCause
	purposeClosing
	purposeExportToken
)

func (c *Controller) derive(p purpose, a, b uint64) digest.Sum {
	m := digest.New(uint64(p))
	for _, e := range c.entropy {
		m.U64(e)
	}
	m.U64(a)
	m.U64(b)
	return m.Sum()
}

func (c *Controller) serial() uint64 {
	c.nextSerial++
	return c.nextSerial
}

func (c *Controller) newTxn() stash.TxnID {
	s := c.derive(purposeTxn, c.serial(), 0)
	return stash.TxnID{Hi: s.Hi, Lo: s.Lo | 1}
}

func (c *Controller) newShard(id GlobalID, serial uint64) persist.ShardID {
	s := c.derive(purposeShard, id.key(), serial)
	return persist.ShardID{Hi: s.Hi, Lo: s.Lo | 1}
}

func (c *Controller) newReader(serial uint64) persist.ReaderID {
	s := c.derive(purposeReader, serial, 0)
	return persist.ReaderID{Hi: s.Hi, Lo: s.Lo | 1}
}

// readerOf is a fresh name for a snapshot's reader. One of the controller's own is
// recognized by its first word.
func (c *Controller) readerOf(s *snapshot) persist.ReaderID {
	reader := c.newReader(s.serial)
	if s.own {
		reader.Hi = ownReaderWord
	}
	return reader
}

func (c *Controller) newToken(serial uint64) persist.Token {
	s := c.derive(purposeToken, serial, 0)
	return persist.Token{Hi: s.Hi, Lo: s.Lo | 1}
}

// writer is this incarnation's writer of every shard.
func (c *Controller) writer() persist.WriterID {
	s := c.derive(purposeWriter, 0, 0)
	return persist.WriterID{Hi: s.Hi, Lo: s.Lo | 1}
}

// opaque is this incarnation's fencing value on critical readers (P-15).
func (c *Controller) opaque() persist.Opaque {
	return persist.Opaque{Epoch: c.epoch, Nonce: c.nonce}
}

// backoff is how long to wait before the next try (C-92): exponential in the
// number of failures, capped, and spread over its upper half by jitter.
func (c *Controller) backoff(tries uint32, salt EffectID) clock.Duration {
	d := c.cfg.BackoffMin
	for i := uint32(1); i < tries && d < c.cfg.BackoffMax; i++ {
		d *= 2
	}
	d = min(d, c.cfg.BackoffMax)
	jitter := c.derive(purposeJitter, uint64(salt), 0).Lo % uint64(d/2+1)
	return d - d/2 + clock.Duration(jitter)
}
