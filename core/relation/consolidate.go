package relation

import (
	"cmp"
	"slices"

	"example.com/tidemark/core/frontier"
)

// Diffs are added modulo 2^64. This is a decision: it keeps addition commutative
// and associative, so a collection's contents never depend on the order or the
// grouping in which compaction happened to add, and every net that fits an int64
// is exact whatever the sums on the way to it were. Saturating would make both
// depend on the order. A net beyond ±2^63 is out of every bound that a request
// can reach in practice (2^63 copies of one row).

// Consolidate sorts updates by (Data, Time), nets those of the same row and time,
// and removes nets of zero. It works in place: the result is a prefix of updates,
// whose remaining elements are zeroed so that they keep no row alive. The caller
// must own the list (frozen lists are copied first).
func Consolidate(updates []Update) []Update {
	if IsConsolidated(updates) {
		return updates // what stores answer mostly is
	}
	slices.SortFunc(updates, compareUpdates)
	kept := 0
	for i := 0; i < len(updates); {
		net := updates[i]
		for i++; i < len(updates) && updates[i].Time == net.Time && updates[i].Data == net.Data; i++ {
			net.Diff += updates[i].Diff
		}
		if net.Diff != 0 {
			updates[kept] = net
			kept++
		}
	}
	clear(updates[kept:])
	return updates[:kept]
}

// IsConsolidated reports whether updates is what Consolidate would make of it.
func IsConsolidated(updates []Update) bool {
	for i := range updates {
		if updates[i].Diff == 0 || i > 0 && compareUpdates(updates[i-1], updates[i]) >= 0 {
			return false
		}
	}
	return true
}

// AppendRowCounts appends the contents of a collection at asOf: for every row of
// updates (in any order, consolidated or not) the net of its diffs at times ≤
// asOf, in row order, without zeros. updates is only read; dst's spare capacity
// is used as work space.
func AppendRowCounts(dst []RowCount, updates []Update, asOf frontier.Timestamp) []RowCount {
	first := len(dst)
	for i := range updates {
		if u := &updates[i]; u.Time <= asOf {
			dst = append(dst, RowCount{u.Data, u.Diff})
		}
	}
	return dst[:first+len(netRowCounts(dst[first:]))]
}

// netRowCounts is Consolidate for rows without times.
func netRowCounts(rows []RowCount) []RowCount {
	slices.SortFunc(rows, func(a, b RowCount) int { return compareRows(a.Data, b.Data) })
	kept := 0
	for i := 0; i < len(rows); {
		net := rows[i]
		for i++; i < len(rows) && rows[i].Data == net.Data; i++ {
			net.Diff += rows[i].Diff
		}
		if net.Diff != 0 {
			rows[kept] = net
			kept++
		}
	}
	clear(rows[kept:])
	return rows[:kept]
}

func compareUpdates(a, b Update) int {
	if c := compareRows(a.Data, b.Data); c != 0 {
		return c
	}
	return cmp.Compare(a.Time, b.Time)
}

func compareRows(a, b Row) int {
	switch {
	case a < b:
		return -1
	case a == b:
		return 0
	}
	return 1
}
