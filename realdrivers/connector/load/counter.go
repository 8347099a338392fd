package load

import (
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/realdrivers/connector/locator"
)

// counter says 1, 2, 3 and so on, one number at each offset. With keep it also takes
// back what it said keep offsets ago, so that the collection stays as large as that.
type counter struct{ keep uint64 }

func newCounter(l *locator.Locator) contents {
	return &counter{keep: l.Uint("keep", 0, 0, 1<<40)}
}

func (c *counter) at(offset source.Offset, to []source.Record) []source.Record {
	n := uint64(offset)
	if c.keep > 0 && n >= c.keep {
		to = append(to, source.Record{Offset: offset, Data: number(n - c.keep), Diff: -1})
	}
	return append(to, source.Record{Offset: offset, Data: number(n), Diff: 1})
}

func number(offset uint64) relation.Row {
	return relation.Row(relation.AppendInt64(nil, int64(offset)+1))
}
