package digest

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// vectors pins the mixer: seeds, trace hashes and stored digests depend on it, on
// every platform. If this test fails the mixer was changed; change it back.
var vectors = []struct {
	name   string
	absorb func(m *Mixer)
	want   string
}{
	{"nothing", func(m *Mixer) {}, "e0f7ebb6344199c6d4aa8093e69b6ef9"},
	{"zero", func(m *Mixer) { m.U64(0) }, "1298b7d3ff72a0b2cf5662d4a0b18df8"},
	{"one", func(m *Mixer) { m.U64(1) }, "275496a770fa8f549216fdf3cd43b1bf"},
	{"all ones", func(m *Mixer) { m.U64(1<<64 - 1) }, "37453e4b971f73f51a57f59833324d8c"},
	{"words", func(m *Mixer) { m.U64(1); m.U64(2); m.U64(3) }, "bbe5f90d3ec5b166717f4533e38e9ee4"},
	{"empty bytes", func(m *Mixer) { m.Bytes(nil) }, "1298b7d3ff72a0b2cf5662d4a0b18df8"},
	{"three bytes", func(m *Mixer) { m.String("abc") }, "41ae0a7bac1aa1a0111a082a43b9f328"},
	{"eight bytes", func(m *Mixer) { m.String("abcdefgh") }, "cebecb2777d4a0d483420edf965a03b7"},
	{"nine bytes", func(m *Mixer) { m.Bytes([]byte("abcdefgh\xFF")) }, "6abba9c5de95d89ff497d0f43e207d03"},
	{"two strings", func(m *Mixer) { m.String("ab"); m.String("c") }, "30fbc109f6bad7ed600e3f10f2aec656"},
}

func TestGolden(t *testing.T) {
	for _, v := range vectors {
		m := New(7)
		v.absorb(&m)
		if got := m.Sum().String(); got != v.want {
			t.Errorf("%s: got %s, want %s", v.name, got, v.want)
		}
	}
	long := make([]byte, 1000)
	for i := range long {
		long[i] = byte(i * i)
	}
	if got, want := Of(long).String(), "b01a1d2d03d98fb806827f3a5014781c"; got != want {
		t.Errorf("1000 bytes: got %s, want %s", got, want)
	}
}

func TestBytesAndStringAreOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")
		a, b := New(1), New(1)
		a.Bytes(p)
		b.String(string(p))
		if a != b {
			t.Fatalf("%q: %v and %v", p, a.Sum(), b.Sum())
		}
		if c := New(0); true {
			c.Bytes(p)
			if c.Sum() != Of(p) {
				t.Fatal("Of is another digest")
			}
		}
	})
}

// Streams of different domains, fields cut at different places, and fields in
// different order do not meet.
func TestSeparation(t *testing.T) {
	seen := map[Sum]string{}
	note := func(s Sum, what string) {
		if other, found := seen[s]; found {
			t.Errorf("%s and %s have one digest", what, other)
		}
		seen[s] = what
	}
	for domain := range uint64(100) {
		for word := range uint64(100) {
			m := New(domain)
			m.U64(word)
			note(m.Sum(), fmt.Sprintf("domain %d word %d", domain, word))
		}
	}
	text := "\x00\x00abcabc\x00"
	for i := 0; i <= len(text); i++ {
		for j := i; j <= len(text); j++ {
			m := New(1000)
			m.String(text[:i])
			m.String(text[i:j])
			m.String(text[j:])
			note(m.Sum(), fmt.Sprintf("%q cut at %d and %d", text, i, j))
		}
	}
	for n := range 40 {
		m := New(1001)
		m.Bytes(make([]byte, n))
		note(m.Sum(), fmt.Sprintf("%d zeros", n))
	}
}

func drawSum(t *rapid.T, label string) Sum {
	word := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1}))
	return Sum{word.Draw(t, label+" hi"), word.Draw(t, label+" lo")}
}

// Sums are a commutative group, so an incremental digest does not depend on the
// order in which entities came and went.
func TestGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawSum(t, "a"), drawSum(t, "b"), drawSum(t, "c")
		for name, holds := range map[string]bool{
			"commutes":   a.Add(b) == b.Add(a),
			"associates": a.Add(b).Add(c) == a.Add(b.Add(c)),
			"zero":       a.Add(Sum{}) == a && a.Sub(Sum{}) == a,
			"inverse":    a.Add(b).Sub(b) == a && a.Sub(b).Add(b) == a && a.Sub(a) == Sum{},
			"injective":  b == c || a.Add(b) != a.Add(c),
		} {
			if !holds {
				t.Fatalf("%s: a=%v b=%v c=%v", name, a, b, c)
			}
		}
	})
	if got := (Sum{0, 1<<64 - 1}).Add(Sum{0, 1}); got != (Sum{1, 0}) {
		t.Errorf("no carry: %v", got)
	}
	if got := (Sum{1, 0}).Sub(Sum{0, 1}); got != (Sum{0, 1<<64 - 1}) {
		t.Errorf("no borrow: %v", got)
	}
}

func TestText(t *testing.T) {
	if got := (Sum{0x0123456789abcdef, 0xfedcba9876543210}).String(); got != "0123456789abcdeffedcba9876543210" {
		t.Errorf("got %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawSum(t, "s")
		if want := fmt.Sprintf("%016x%016x", s.Hi, s.Lo); s.String() != want {
			t.Fatalf("got %s, want %s", s, want)
		}
	})
}

// Flipping any bit of any absorbed word flips every bit of the sum about half of
// the time. The bounds are far wider than chance: 64 × 3 × 64 trials per output
// bit would have to be off by more than fifteen standard deviations.
func TestAvalanche(t *testing.T) {
	const rounds = 64
	var flips [128]int
	trials := 0
	for round := range uint64(rounds) {
		words := [3]uint64{round, round * 0x9e3779b97f4a7c15, ^round}
		base := sumOf(words)
		for w := range words {
			for bit := range 64 {
				changed := words
				changed[w] ^= 1 << uint(bit)
				trials++
				countFlips(&flips, base, sumOf(changed))
			}
		}
	}
	for bit, n := range flips {
		if n < trials*43/100 || n > trials*57/100 {
			t.Errorf("output bit %d flipped in %d of %d trials", bit, n, trials)
		}
	}
}

// The low bits are what bounded draws and hash tables use: consecutive words fill
// 4096 cells evenly (chi-square within ten standard deviations of its mean).
func TestLowBitsSpread(t *testing.T) {
	const cells, draws = 4096, 4096 * 64
	var hi, lo [cells]int
	for i := range uint64(draws) {
		m := New(3)
		m.U64(i)
		s := m.Sum()
		hi[s.Hi%cells]++
		lo[s.Lo%cells]++
	}
	for name, counts := range map[string]*[cells]int{"hi": &hi, "lo": &lo} {
		const mean = draws / cells
		squares := 0
		for _, n := range counts {
			squares += (n - mean) * (n - mean)
		}
		// The mean is cells−1, the standard deviation √(2·4095) ≈ 91.
		if chi := squares / mean; chi < cells-910 || chi > cells+910 {
			t.Errorf("%s: chi-square %d over %d cells", name, chi, cells)
		}
	}
}

func TestForking(t *testing.T) {
	a := New(1)
	a.U64(5)
	b := a
	a.U64(6)
	if sum := b.Sum(); sum == a.Sum() || sum != b.Sum() {
		t.Error("a copy follows its original, or Sum changes the mixer")
	}
	b.U64(6)
	if a.Sum() != b.Sum() {
		t.Error("two copies with one input differ")
	}
}

func TestAbsorbingAllocatesNothing(t *testing.T) {
	p := make([]byte, 100)
	m := New(1)
	if n := testing.AllocsPerRun(100, func() { m.Bytes(p); m.U64(1); m.Sum() }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func sumOf(words [3]uint64) Sum {
	m := New(2)
	for _, w := range words {
		m.U64(w)
	}
	return m.Sum()
}

func countFlips(flips *[128]int, a, b Sum) {
	for bit := range 64 {
		flips[bit] += int((a.Lo ^ b.Lo) >> uint(bit) & 1)
		flips[64+bit] += int((a.Hi ^ b.Hi) >> uint(bit) & 1)
	}
}
