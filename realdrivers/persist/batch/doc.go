// Package batch writes lists of updates as Parquet files and reads them back (P-33
// in docs/semantics.md), so that an ordinary query tool can be pointed at them:
//
//	SELECT v1, v2, sum(diff) FROM 's….parquet' WHERE time <= 1200 GROUP BY v1, v2
//
// A file has one row for each update:
//
//	time    UINT64           when the update takes effect
//	diff    INT64            how many copies of the row come or go
//	v1, v2… optional         the row's columns, typed as most rows of the file are
//	error   optional STRING  an error in the place of a row; its v… are null
//	packed  optional BINARY  a row that does not fit the file's columns, in the packed
//	                         form of core/relation; its v… are null
//
// What was written is what is read, to the bit, in the same order: a row whose
// columns would come back differently goes to packed.
//
// In front of Parquet's footer, where readers of Parquet do not look, there is a seal
// of 48 bytes: the word "tidemark", "batch" and a zero, the version of this format as
// two bytes (lower first), and the SHA-256 of everything else in the file. It is
// checked before anything is parsed: a reader of Parquet allocates whatever a page
// says that it needs. Footer metadata, for people, says which shard
// the file belongs to.
package batch
