package persistfake

import "example.com/tidemark/core/persist"

// judgeArguments says what is wrong with a call whatever the shard's state is:
// the first step of P-11, and what every other operation needs.
func judgeArguments(c *persist.Call) persist.Reason {
	noShard := c.Shard.Hi == 0 && c.Shard.Lo == 0
	noReader := c.Reader.Hi == 0 && c.Reader.Lo == 0
	noWriter := c.Writer.Hi == 0 && c.Writer.Lo == 0
	if noShard || !canonical(c.Expected) || !canonical(c.Upper) || !canonical(c.Since) {
		return persist.ReasonMalformed
	}
	missing := true
	switch c.Op {
	case persist.OpFetchUpper, persist.OpFinalize:
		missing = false
	case persist.OpOpenWriter:
		missing = noWriter
	case persist.OpOpenLeasedReader:
		missing = noReader || c.Lease <= 0
	case persist.OpOpenCritical, persist.OpDowngradeSince, persist.OpCompareAndDowngradeSince,
		persist.OpHeartbeat, persist.OpCloseReader, persist.OpSnapshot, persist.OpListen:
		missing = noReader
	case persist.OpCompareAndAppend:
		missing = noWriter || c.Token.Hi == 0 && c.Token.Lo == 0
		if !missing {
			return judgeAppend(c)
		}
	case persist.OpNone:
	}
	if missing {
		return persist.ReasonMalformed
	}
	return persist.ReasonNone
}

func judgeAppend(c *persist.Call) persist.Reason {
	if before(c.Upper, c.Expected) {
		return persist.ReasonUpperRegresses
	}
	if c.Expected.Empty {
		return persist.ReasonAppendToClosed
	}
	if c.Expected == c.Upper && len(c.Updates) > 0 {
		return persist.ReasonDataInEmptyInterval
	}
	for i := range c.Updates {
		t := c.Updates[i].Time
		if t < c.Expected.T || reaches(t, c.Upper) {
			return persist.ReasonUpdateOutOfBounds
		}
	}
	return persist.ReasonNone
}
