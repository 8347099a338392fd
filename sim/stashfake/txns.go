package stashfake

import "example.com/tidemark/core/stash"

// fate is what became of a transaction.
type fate uint8

const (
	fateNone fate = iota
	fateCommitted
	fateAbandoned
)

type txn struct {
	id   stash.TxnID
	fate fate
}

// txns remembers every transaction for ever (T-2), by open addressing with linear
// probing; at most half of the places are taken.
type txns struct {
	places []txn
	taken  int
	// shared says that a clone may refer to places, which are not written then.
	shared bool
}

const firstTxns = 64

func (t *txns) find(id stash.TxnID) fate {
	if len(t.places) == 0 {
		return fateNone
	}
	return t.places[t.probe(id)].fate
}

// probe is the place of id, or the free one where it belongs.
func (t *txns) probe(id stash.TxnID) int {
	mask := len(t.places) - 1
	h := (id.Hi*0xff51afd7ed558ccd ^ id.Lo) * 0x9e3779b97f4a7c15
	i := int((h ^ h>>32) & uint64(mask))
	for t.places[i].fate != fateNone && t.places[i].id != id {
		i = (i + 1) & mask
	}
	return i
}

// add records the fate of a transaction that is not there.
func (t *txns) add(id stash.TxnID, f fate) {
	if t.shared || 2*(t.taken+1) > len(t.places) {
		t.rebuild()
	}
	t.places[t.probe(id)] = txn{id: id, fate: f}
	t.taken++
}

// rebuild moves everything to a table of its own that has room for one more.
func (t *txns) rebuild() {
	old, size := t.places, max(firstTxns, len(t.places))
	if 2*(t.taken+1) > size {
		size *= 2
	}
	t.places, t.shared = make([]txn, size), false
	for i := range old {
		if old[i].fate != fateNone {
			t.places[t.probe(old[i].id)] = old[i]
		}
	}
}

func (t *txns) reset() {
	if t.shared {
		*t = txns{}
		return
	}
	clear(t.places)
	t.taken = 0
}
