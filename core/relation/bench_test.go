package relation

import (
	"strconv"
	"testing"

	"example.com/tidemark/core/frontier"
)

func BenchmarkFits(b *testing.B) {
	s := Schema{[]Column{{Name: "k", Type: Int64}, {Name: "v", Type: Text, Nullable: true}}}
	row := Pack(Value{Type: Int64, Bits: 7}, Value{Type: Text, Text: "a value"})
	for b.Loop() {
		if !s.Fits(row) {
			b.Fatal("does not fit")
		}
	}
}

func BenchmarkConsolidate(b *testing.B) {
	for _, n := range []int{2, 8, 64} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			updates, work := make([]Update, n), make([]Update, n)
			for i := range updates {
				row := Pack(Value{Type: Int64, Bits: uint64(i * 37 % n)})
				updates[i] = Update{row, frontier.Timestamp(i % 3), 1}
			}
			for b.Loop() {
				copy(work, updates)
				Consolidate(work)
			}
		})
	}
}
