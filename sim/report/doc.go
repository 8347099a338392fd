// Package report tells people what a run or a campaign did: plain text for a
// terminal, at most a screenful for one run, the same for the same input.
//
// It only formats. What it is given was measured and judged elsewhere, and the
// machine-readable form of the same facts is the --json output of cmd/simrun.
package report
