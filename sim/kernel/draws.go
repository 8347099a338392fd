package kernel

import (
	"cmp"
	"math/bits"
	"slices"

	"example.com/tidemark/core/digest"
)

// Purpose says what a draw decides. Draws of one key with different purposes are
// independent.
type Purpose uint8

// Pin fixes one draw by its key.
type Pin struct {
	Purpose Purpose
	Node    int
	Cause   uint64
	Nth     int
	Value   uint64
}

// Draws is randomness keyed by cause: every draw is a pure function of the seed
// and its key, so that no draw depends on how many others were made. The zero
// value is not usable; start with Reset.
type Draws struct {
	root digest.Mixer
	// pins are sorted by (base of the key, purpose).
	pins       []pinned
	pinnedOnly bool
	calm       bool
	recording  bool
	recorded   []Pin
}

type pinned struct {
	base uint64
	Pin
}

// drawDomain separates draws from every other use of the mixer.
const drawDomain = 0x64726177

// Reset starts a run. Pins override what their keys would give; with pinnedOnly
// no rate ever fires of itself; with record, every rate that fires is recorded.
func (d *Draws) Reset(seed uint64, pins []Pin, pinnedOnly, record bool) {
	d.root = digest.New(drawDomain)
	d.root.U64(seed)
	d.pinnedOnly, d.recording, d.calm = pinnedOnly, record, false
	d.recorded = d.recorded[:0]
	d.pins = d.pins[:0]
	for _, p := range pins {
		d.pins = append(d.pins, pinned{d.Key(p.Node, p.Cause, p.Nth).base, p})
	}
	slices.SortStableFunc(d.pins, func(a, b pinned) int {
		return cmp.Or(cmp.Compare(a.base, b.base), cmp.Compare(a.Purpose, b.Purpose))
	})
}

// CopyFrom makes d an independent copy of src, reusing d's memory.
func (d *Draws) CopyFrom(src *Draws) {
	pins, recorded := d.pins, d.recorded
	*d = *src
	d.pins = append(pins[:0], src.pins...)
	d.recorded = append(recorded[:0], src.recorded...)
}

// Calm ends all rates: from now on Happens is false, pinned or not.
func (d *Draws) Calm() { d.calm = true }

// Recorded are the rates that fired, in order, as pins. The list belongs to d and
// holds until its next use.
func (d *Draws) Recorded() []Pin { return d.recorded }

// Key is the part of a draw's key that several purposes share. It is a value that
// is valid as long as its Draws is.
type Key struct {
	d     *Draws
	base  uint64
	cause uint64
	node  int32
	nth   int32
}

// Key begins the draws for one thing that happens: where, because of what, and
// for the how manieth time.
func (d *Draws) Key(node int, cause uint64, nth int) Key {
	m := d.root
	m.U64(uint64(int64(node)))
	m.U64(cause)
	m.U64(uint64(int64(nth)))
	return Key{d: d, base: m.Sum().Lo, cause: cause, node: int32(node), nth: int32(nth)}
}

// U64 is the draw for one purpose: 64 uniform bits, or what is pinned.
func (d *Draws) U64(purpose Purpose, node int, cause uint64, nth int) uint64 {
	k := d.Key(node, cause, nth)
	return k.U64(purpose)
}

// U64 is the key's draw for one purpose.
func (k *Key) U64(purpose Purpose) uint64 {
	if len(k.d.pins) > 0 {
		if v, ok := k.pin(purpose); ok {
			return v
		}
	}
	return k.mix(purpose)
}

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable
// pseudorandom number generators", 2014) over the purpose's step from the base.
func (k *Key) mix(purpose Purpose) uint64 {
	v := k.base + (uint64(purpose)+1)*0x9e3779b97f4a7c15
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// N is uniform in [0, bound); 0 if the bound is 0. A pinned value is taken modulo
// the bound.
func (k *Key) N(purpose Purpose, bound uint64) uint64 {
	if bound == 0 {
		return 0
	}
	if len(k.d.pins) > 0 {
		if v, ok := k.pin(purpose); ok {
			return v % bound
		}
	}
	hi, _ := bits.Mul64(k.mix(purpose), bound)
	return hi
}

// Happens decides a rate: true in permille of 1000 draws. A pin decides instead
// (any value but 0 is true); nothing happens once the run is calm. What happens is
// recorded.
func (k *Key) Happens(purpose Purpose, permille int) bool {
	d := k.d
	if d.calm {
		return false
	}
	if len(d.pins) == 0 {
		if permille <= 0 || d.pinnedOnly || !k.below(purpose, permille) {
			return false
		}
	} else if !k.fires(purpose, permille) {
		return false
	}
	if d.recording {
		d.recorded = append(d.recorded, Pin{purpose, int(k.node), k.cause, int(k.nth), 1})
	}
	return true
}

func (k *Key) fires(purpose Purpose, permille int) bool {
	if v, ok := k.pin(purpose); ok {
		return v != 0
	}
	return !k.d.pinnedOnly && permille > 0 && k.below(purpose, permille)
}

// below is true in permille of 1000 keys.
func (k *Key) below(purpose Purpose, permille int) bool {
	hi, _ := bits.Mul64(k.mix(purpose), 1000)
	return hi < uint64(permille)
}

// pin looks the key up among the pins.
func (k *Key) pin(purpose Purpose) (uint64, bool) {
	i, _ := slices.BinarySearchFunc(k.d.pins, k.base, func(p pinned, base uint64) int {
		return cmp.Compare(p.base, base)
	})
	for ; i < len(k.d.pins) && k.d.pins[i].base == k.base; i++ {
		p := &k.d.pins[i]
		if p.Purpose == purpose && p.Node == int(k.node) && p.Cause == k.cause && p.Nth == int(k.nth) {
			return p.Value, true
		}
	}
	return 0, false
}
