// Package program is what the daemons have in common: how their build is named, and
// how their flags take secrets.
package program
