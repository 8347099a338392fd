package kernel

// Dice are draws one after the other, for trials that depend on nothing but a seed. Draws
// of a world are made by purpose instead (Key), so that one more moves no other.
//
// The sequence is that of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
// Number Generators, 2014).
type Dice uint64

// NewDice are the dice of a part of a trial: what is drawn in one part moves no other.
func NewDice(seed, part uint64) Dice {
	d := Dice(seed)
	d += Dice(part) * 0xd1342543de82ef95
	return Dice(d.next())
}

// N is a number from 0 to limit-1; limit is positive.
func (d *Dice) N(limit int) int {
	return int(d.next() >> 1 % uint64(limit))
}

func (d *Dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Of is one of the choices.
func (d *Dice) Of(choices ...int) int { return choices[d.N(len(choices))] }
