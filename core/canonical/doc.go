// Package canonical writes and reads canonical bytes: the form in which a state
// machine's state is compared, hashed, stored and restored.
//
// The form is fixed-width and big-endian; whatever has a variable length is
// preceded by it. So a sequence of fields has exactly one encoding, no two
// sequences share one, and nothing in it depends on the platform. Containers are
// written by their owners in key order, length first; nil and empty are the same.
//
// Reading never panics and never allocates more than its input justifies: a Reader
// accepts any bytes and remembers the first thing that was wrong with them.
package canonical
