package persistfake

import (
	"slices"
	"strings"

	"example.com/tidemark/core/relation"
)

// net adds up the counts of rows: most of a history cancels, and what is left is
// all that has to be sorted. Rows are found by open addressing with linear
// probing; at most half of the places are taken.
type net struct {
	rows   []netRow
	places []link
}

type netRow struct {
	row  relation.Row
	diff int64
}

const firstNetSize = 256

func (n *net) reset() {
	n.rows = n.rows[:0]
	clear(n.places)
}

func (n *net) addAll(list []relation.Update) {
	for i := range list {
		n.add(list[i].Data, list[i].Diff)
	}
}

func (n *net) add(row relation.Row, diff int64) {
	if 2*(len(n.rows)+1) > len(n.places) {
		n.grow()
	}
	mask := len(n.places) - 1
	for i := hashRow(row) & mask; ; i = (i + 1) & mask {
		switch at := n.places[i]; {
		case at == 0:
			n.rows = append(n.rows, netRow{row, diff})
			n.places[i] = link(len(n.rows))
			return
		case n.rows[at-1].row == row:
			n.rows[at-1].diff += diff
			return
		}
	}
}

func (n *net) grow() {
	n.places = make([]link, max(firstNetSize, 2*len(n.places)))
	mask := len(n.places) - 1
	for at := range n.rows {
		i := hashRow(n.rows[at].row) & mask
		for n.places[i] != 0 {
			i = (i + 1) & mask
		}
		n.places[i] = link(at) + 1
	}
}

// sorted are the rows whose counts did not cancel, in row order, until the next
// use.
func (n *net) sorted() []netRow {
	kept := n.rows[:0]
	for i := range n.rows {
		if n.rows[i].diff != 0 {
			kept = append(kept, n.rows[i])
		}
	}
	slices.SortFunc(kept, func(a, b netRow) int { return strings.Compare(string(a.row), string(b.row)) })
	return kept
}

// hashRow mixes a row's bytes. It only spreads rows over places: no answer depends
// on it.
func hashRow(row relation.Row) int {
	h := uint64(len(row))
	s := string(row)
	for ; len(s) >= 8; s = s[8:] {
		h = spread(h ^ word(s))
	}
	for i := 0; i < len(s); i++ {
		h = h<<8 ^ h>>56 ^ uint64(s[i])
	}
	return int(spread(h) >> 33)
}

// spread lets each bit of v reach the upper half.
func spread(v uint64) uint64 {
	v = (v ^ v>>32) * 0x9e3779b97f4a7c15
	return v ^ v>>32
}

// word is the first eight bytes of s.
func word(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
