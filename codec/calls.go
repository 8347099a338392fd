package codec

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// AppendPersistCall appends the line of a shard call.
func AppendPersistCall(b []byte, v *persist.Call) []byte { return write(b, v, persistCall) }

// ParsePersistCall reads the line of a shard call.
func ParsePersistCall(line string) (persist.Call, error) { return parse(line, persistCall) }

// AppendPersistResult appends the line of a shard call's result.
func AppendPersistResult(b []byte, v *persist.Result) []byte { return write(b, v, persistResult) }

// ParsePersistResult reads the line of a shard call's result.
func ParsePersistResult(line string) (persist.Result, error) { return parse(line, persistResult) }

// AppendStashCall appends the line of a stash transaction.
func AppendStashCall(b []byte, v *stash.Call) []byte { return write(b, v, stashCall) }

// ParseStashCall reads the line of a stash transaction.
func ParseStashCall(line string) (stash.Call, error) { return parse(line, stashCall) }

// AppendStashResult appends the line of a stash transaction's result.
func AppendStashResult(b []byte, v *stash.Result) []byte { return write(b, v, stashResult) }

// ParseStashResult reads the line of a stash transaction's result.
func ParseStashResult(line string) (stash.Result, error) { return parse(line, stashResult) }

func persistCall(c *coder, v *persist.Call) {
	head(c, &v.Op, persist.Op.String)
	put(c, "shard", &v.Shard, shardID)
	put(c, "reader", &v.Reader, func(c *coder, v *persist.ReaderID) { uuid(c, 'r', &v.Hi, &v.Lo) })
	put(c, "writer", &v.Writer, func(c *coder, v *persist.WriterID) { uuid(c, 'w', &v.Hi, &v.Lo) })
	put(c, "token", &v.Token, func(c *coder, v *persist.Token) { uuid(c, 't', &v.Hi, &v.Lo) })
	put(c, "epoch", &v.Epoch, unsigned)
	appends := v.Op == persist.OpCompareAndAppend
	show(c, "expected", &v.Expected, antichain, appends || v.Expected != zeroFrontier)
	show(c, "upper", &v.Upper, antichain, appends || v.Upper != zeroFrontier)
	downgrades := v.Op == persist.OpDowngradeSince || v.Op == persist.OpCompareAndDowngradeSince
	show(c, "since", &v.Since, antichain, downgrades || v.Since != zeroFrontier)
	put(c, "expected-opaque", &v.ExpectedOpaque, opaque)
	put(c, "opaque", &v.Opaque, opaque)
	show(c, "as-of", &v.AsOf, unsigned, v.Op == persist.OpSnapshot || v.AsOf != 0)
	put(c, "lease", &v.Lease, signed)
	list(c, "updates", &v.Updates, update)
}

func persistResult(c *coder, v *persist.Result) {
	head(c, &v.Outcome, outcome.Outcome.String)
	put(c, "reason", &v.Reason, named(persistReason))
	put(c, "since", &v.Since, antichain)
	put(c, "reader-since", &v.ReaderSince, antichain)
	put(c, "upper", &v.Upper, antichain)
	put(c, "opaque", &v.Opaque, opaque)
	put(c, "epoch", &v.Epoch, unsigned)
	list(c, "updates", &v.Updates, update)
}

func opaque(c *coder, v *persist.Opaque) { pair(c, &v.Epoch, &v.Nonce) }

func persistReason(r persist.Reason) string {
	switch r {
	case persist.ReasonUpdateOutOfBounds:
		return "update-out-of-bounds"
	case persist.ReasonUpperRegresses:
		return "upper-regresses"
	case persist.ReasonDataInEmptyInterval:
		return "data-in-empty-interval"
	case persist.ReasonAppendToClosed:
		return "append-to-closed"
	case persist.ReasonMalformed:
		return "malformed"
	case persist.ReasonUnknownReader:
		return "unknown-reader"
	case persist.ReasonFinalized:
		return "finalized"
	case persist.ReasonNone:
	}
	return ""
}

func stashCall(c *coder, v *stash.Call) {
	head(c, &v.Op, stash.Op.String)
	put(c, "epoch", &v.Epoch, unsigned)
	put(c, "nonce", &v.Nonce, unsigned)
	put(c, "txn", &v.Txn, func(c *coder, v *stash.TxnID) { uuid(c, 'x', &v.Hi, &v.Lo) })
	list(c, "collections", &v.Collections, named(stash.Collection.String))
	list(c, "writes", &v.Writes, inner(stashWrite))
}

func stashWrite(c *coder, v *stash.Write) {
	head(c, &v.Kind, writeKind)
	put(c, "in", &v.Collection, named(stash.Collection.String))
	put(c, "key", &v.Key, text)
	put(c, "value", &v.Value, text)
}

func writeKind(k stash.WriteKind) string {
	switch k {
	case stash.WriteInsert:
		return "insert"
	case stash.WriteUpsert:
		return "upsert"
	case stash.WriteDelete:
		return "delete"
	case stash.WriteNone:
	}
	return ""
}

func stashResult(c *coder, v *stash.Result) {
	head(c, &v.Outcome, outcome.Outcome.String)
	put(c, "reason", &v.Reason, named(stashReason))
	put(c, "epoch", &v.Epoch, unsigned)
	put(c, "server-time", &v.ServerTime, signed)
	list(c, "entries", &v.Entries, inner(stashEntry))
}

func stashEntry(c *coder, v *stash.Entry) {
	put(c, "in", &v.Collection, named(stash.Collection.String))
	put(c, "key", &v.Key, text)
	put(c, "value", &v.Value, text)
}

func stashReason(r stash.Reason) string {
	switch r {
	case stash.ReasonDuplicateKey:
		return "duplicate-key"
	case stash.ReasonMalformed:
		return "malformed"
	case stash.ReasonNewerSchema:
		return "newer-schema"
	case stash.ReasonNone:
	}
	return ""
}

func shardID(c *coder, v *persist.ShardID) { uuid(c, 's', &v.Hi, &v.Lo) }
