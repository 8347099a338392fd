package load

import (
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/realdrivers/connector/locator"
)

// keyValue writes to a fixed set of keys in rounds: in each, every key once, in an
// order of the round's own. A key has a new value then, or none. So what a key was
// before is known without any memory: it is what the round before gave it.
type keyValue struct {
	keys, seed, bytes, deletes uint64
}

// Purposes of draws. Frozen, as mix is.
const (
	drawOrder uint64 = iota + 1
	drawShift
	drawAbsent
	drawValue
)

func newKeyValue(l *locator.Locator) contents {
	return &keyValue{
		keys:    l.Uint("keys", 1000, 1, 1<<40),
		seed:    l.Uint("seed", 1, 0, 1<<64-1),
		bytes:   l.Uint("bytes", 16, 1, 4096),
		deletes: l.Uint("deletes", 10, 0, 100),
	}
}

func (k *keyValue) at(offset source.Offset, to []source.Record) []source.Record {
	round := uint64(offset) / k.keys
	key := k.keyAt(round, uint64(offset)%k.keys)
	if round > 0 && k.present(key, round-1) {
		to = append(to, source.Record{Offset: offset, Data: k.row(key, round-1), Diff: -1})
	}
	if k.present(key, round) {
		to = append(to, source.Record{Offset: offset, Data: k.row(key, round), Diff: 1})
	}
	return to
}

// keyAt is the key that is written in a place of a round: an affine map of the
// places onto the keys, which meets every key once because its factor has no divisor
// in common with their number.
func (k *keyValue) keyAt(round, place uint64) uint64 {
	factor := draw(k.seed, round, 0, drawOrder) % k.keys
	for gcd(factor, k.keys) != 1 {
		factor = (factor + 1) % k.keys
	}
	shift := draw(k.seed, round, 0, drawShift) % k.keys
	at := mulMod(factor, place, k.keys)
	if at >= k.keys-shift {
		return at - (k.keys - shift)
	}
	return at + shift
}

// present reports whether a round leaves the key with a value.
func (k *keyValue) present(key, round uint64) bool {
	return draw(k.seed, key, round, drawAbsent)%100 >= k.deletes
}

func (k *keyValue) row(key, round uint64) relation.Row {
	b := relation.AppendInt64(make([]byte, 0, 16+k.bytes), int64(key))
	return relation.Row(relation.AppendText(b, k.value(key, round)))
}

const letters = "abcdefghijklmnopqrstuvwxyz012345"

func (k *keyValue) value(key, round uint64) string {
	b := make([]byte, 0, k.bytes)
	for block := uint64(0); uint64(len(b)) < k.bytes; block++ {
		v := draw(k.seed, key, round, drawValue+block)
		for i := 0; i < 12 && uint64(len(b)) < k.bytes; i++ {
			b = append(b, letters[v%uint64(len(letters))])
			v /= uint64(len(letters))
		}
	}
	return string(b)
}
