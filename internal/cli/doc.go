// Package cli is what the programs with subcommands have in common: which command a line
// means, and flags that may stand anywhere on it or in the environment.
package cli
