package stash

import (
	"encoding/binary"
	"fmt"

	"example.com/tidemark/core/stash"
)

// idBytes is a transaction id as it is stored.
func idBytes(id stash.TxnID) [16]byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], id.Hi)
	binary.BigEndian.PutUint64(b[8:], id.Lo)
	return b
}

func idOf(b []byte) (stash.TxnID, error) {
	if len(b) != 16 {
		return stash.TxnID{}, fmt.Errorf("a stored transaction id has %d bytes instead of 16", len(b))
	}
	return stash.TxnID{Hi: binary.BigEndian.Uint64(b[:8]), Lo: binary.BigEndian.Uint64(b[8:])}, nil
}

// inserts counts the writes that a result has an entry for.
func inserts(writes []stash.Write) int {
	n := 0
	for i := range writes {
		if writes[i].Kind == stash.WriteInsert {
			n++
		}
	}
	return n
}
