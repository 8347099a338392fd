// Package program is what the daemons have in common: how their build is named, how they
// log, and how their flags take secrets, tokens and locations.
package program
