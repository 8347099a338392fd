package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// s12Formed judges that a call has an operation and the arguments that it reads
// (C-6). Epochs are fencing's: see S7.
func (j *Judges) s12Formed(l *life, e *core.Effect) {
	why := ""
	if e.Kind == core.EffectStash {
		why = badTransaction(&e.Stash)
	} else {
		why = badCall(&e.Persist)
	}
	if why != "" {
		j.violate(s12, l.node, "a call is malformed: %s", why)
	}
}

func badCall(c *persist.Call) string {
	switch {
	case c.Op == persist.OpNone || c.Op > persist.OpListen:
		return "it has no operation"
	case noShard(c.Shard):
		return "it has no shard"
	case !canonical(c.Expected) || !canonical(c.Upper) || !canonical(c.Since):
		return "a frontier is not canonical"
	}
	switch c.Op {
	case persist.OpOpenWriter:
		if c.Writer == (persist.WriterID{}) {
			return "the opening of a writer needs it"
		}
	case persist.OpCompareAndAppend:
		if c.Writer == (persist.WriterID{}) || c.Token == (persist.Token{}) {
			return "an append needs its writer and a token"
		}
	case persist.OpOpenCritical, persist.OpCompareAndDowngradeSince:
		if c.Reader == (persist.ReaderID{}) {
			return "a critical reader's call needs it"
		}
	case persist.OpOpenLeasedReader:
		if c.Reader == (persist.ReaderID{}) || c.Lease <= 0 {
			return "the opening of a reader needs it and its lease"
		}
	case persist.OpSnapshot, persist.OpListen, persist.OpHeartbeat, persist.OpCloseReader, persist.OpDowngradeSince:
		if c.Reader == (persist.ReaderID{}) {
			return c.Op.String() + " needs a reader"
		}
	default:
	}
	return ""
}

func badTransaction(c *stash.Call) string {
	switch {
	case c.Op == stash.OpNone:
		return "a stash call has no operation"
	case c.Op == stash.OpCommit && c.Txn == (stash.TxnID{}):
		return "a transaction needs its id"
	}
	return ""
}
