// Package proptest checks the whole system as a property: no plan that the generator
// can draw violates any invariant.
//
// The plans come from the same generator as those of seeds, with rapid as the source
// of chance, so that rapid makes a failing plan smaller by itself; they have at most
// 200 operations. A failing plan is stored and the command that replays it is printed:
// rapid's own seeds die with the next change of the generator, plans do not.
//
// There is nothing here but tests.
package proptest
