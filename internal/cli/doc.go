// Package cli is what the programs have in common: which subcommand a line means, and flags
// that may stand anywhere on it or in the environment.
package cli
