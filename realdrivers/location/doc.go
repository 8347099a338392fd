// Package location names a store by a URL (P-32 in docs/semantics.md):
//
//	postgres://user:password@host:5432/database?search_path=tidemark&sslmode=verify-full
//	sqlite:///var/lib/tidemark/consensus.db
//	file:///var/lib/tidemark/blobs
//	s3://bucket/prefix?endpoint=https://s3.example.org&region=us-east-1&path_style=true
//	mem://
//
// A store accepts some of the schemes. Any other scheme and any parameter that the
// scheme does not know is refused with a message that lists the known ones: a
// mistyped parameter must not become a default in silence.
//
// A Location hides its secrets wherever it is printed, with every verb, in logs,
// in JSON and as part of something else that is printed. Only Reveal shows them,
// for the library that connects.
package location
