// Package relation holds what collections contain: schemas, packed rows,
// updates and their consolidation.
//
// A Row is an order-preserving packed byte string: comparing two rows as byte
// strings compares their columns in order (null first). Two rows are equal
// exactly if their bytes are. So a row is compared with < and ==, used as a map
// key and hashed without ever being unpacked.
package relation

import "example.com/tidemark/core/frontier"

// Row is a packed row, or a packed error (see PackError). Rows are immutable and
// shared freely.
type Row string

// Update is one change of a collection: Diff copies of Data at Time. A list of
// updates is frozen: never written once it is part of a value.
type Update struct {
	Data Row
	Time frontier.Timestamp
	Diff int64
}

// RowCount is a row with its multiplicity in a consolidated snapshot.
type RowCount struct {
	Data Row
	Diff int64
}
