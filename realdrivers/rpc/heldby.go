package rpc

import (
	"fmt"
	"strconv"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
	"example.com/tidemark/realdrivers/runtime"
)

// maxHeldBy bounds the list of one collection; how many more there are is said.
const maxHeldBy = 8

// heldBy says in words what keeps a collection's since where it is.
func heldBy(c *runtime.Collection) (words []string) {
	since, open := c.Since.AsOption()
	if !open {
		return nil
	}
	more := 0
	for i := range c.Holds {
		h := &c.Holds[i]
		if h.Kind != core.HoldToken && h.Time > since {
			continue
		}
		if len(words) == maxHeldBy {
			more++
			continue
		}
		words = append(words, holdInWords(h))
	}
	if more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	if len(words) == 0 && c.Implied == frontier.At(since) && !c.Dropped {
		words = append(words, "policy "+policyInWords(c.Policy))
	}
	return words
}

func holdInWords(h *core.Hold) string {
	switch h.Kind {
	case core.HoldNamed:
		return fmt.Sprintf("hold %d of owner %d", h.Hold, h.Owner)
	case core.HoldCounted:
		return fmt.Sprintf("%d capabilities of owner %d", h.Count, h.Owner)
	case core.HoldSnapshot:
		return "a snapshot at " + strconv.FormatUint(uint64(h.Time), 10)
	case core.HoldExport:
		return "export " + h.By.String()
	case core.HoldImport:
		return "ingestion " + h.By.String()
	case core.HoldToken:
		return "the prepared export " + h.By.String()
	case core.HoldNone:
	}
	return "?"
}

// maxLagInWords is a year; longer ones are shown as numbers.
const maxLagInWords = 366 * 24 * 3600 * 1000

func policyInWords(p core.Policy) string {
	if len(p.Nodes) == 0 {
		return "none"
	}
	switch n := &p.Nodes[0]; n.Kind {
	case core.PolicyValidFrom:
		return "valid from " + n.From.String()
	case core.PolicyLag:
		if n.Lag > maxLagInWords {
			return fmt.Sprintf("lag %d ms", n.Lag)
		}
		return "lag " + (time.Duration(n.Lag) * time.Millisecond).String()
	case core.PolicyMultiple:
		return fmt.Sprintf("the earliest of %d", n.Members)
	case core.PolicyNone:
	}
	return "none"
}

func fromHold(h *core.Hold) *tidemarkpb.Hold {
	return &tidemarkpb.Hold{
		Kind: h.Kind.String(), Owner: uint64(h.Owner), Hold: uint64(h.Hold), By: optionalID(h.By),
		Time: uint64(h.Time), Count: h.Count,
	}
}
