// Package campaign runs many seeds on several workers and adds up what came of
// them.
//
// What it reports does not depend on the number of workers: results are added up
// in the order of their seeds, failures come sorted by seed, and a campaign that
// stops on the first failure finishes all lower seeds, reports the lowest failing
// one and counts nothing above it. (Where a budget of time ends a campaign, how far
// it got does depend on the machine, of course.)
//
// This is one of the few packages under sim that may start goroutines: each worker
// owns one world and shares nothing with the others but the counter that hands out
// seeds. The clock stays outside: the caller says when to stop.
package campaign
