// Package blob drives the stores that hold shards' bulk data (core/persist/blob;
// P-31 in docs/semantics.md): files of a directory, an S3 bucket, and one in memory
// for tests. All of them pass the suite in conformance/blob.
//
// A driver decides nothing and repeats nothing. NotDone is answered only if it is
// certain that the call did nothing and never will; everything else that went wrong
// is Unknown. Why is in the log.
package blob
