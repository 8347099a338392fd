// Package treetest holds the tests about the tree as a whole: which room may
// import which, what simrun is linked with, that every package says what it is,
// and that the module can be renamed.
//
// It has no code of its own. Its tests read every source file of the module
// before they ask the go tool anything, so that their cached results are void as
// soon as a file changes.
package treetest
