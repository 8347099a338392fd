package kernel_test

import (
	"testing"

	"example.com/tidemark/sim/kernel"
)

// The first numbers of SplitMix64 from 0 on, halved, as its authors' program prints them.
func TestDice(t *testing.T) {
	var d kernel.Dice
	for _, full := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		if got, want := d.N(1<<30), int(full>>1%(1<<30)); got != want {
			t.Errorf("got %#x, want %#x", got, want)
		}
	}
	met := map[int]bool{}
	for range 100 {
		met[d.Of(3, 5, 8)] = true
	}
	if len(met) != 3 || !met[3] || !met[5] || !met[8] {
		t.Errorf("of 3, 5 and 8 come %v", met)
	}
}
