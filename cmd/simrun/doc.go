// Command simrun runs Tidemark's controller in simulated worlds: campaigns over many
// seeds, single runs, saved plans, shrinking, known bugs planted on purpose, and a
// benchmark.
//
// Results go to standard output, progress and complaints to standard error. The exit
// code is 0 if nothing was found, 1 if a run violated an invariant (or a planted bug
// was not found, or the benchmark measured an empty world), and 2 for wrong usage or
// if the tool itself failed.
package main
