package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"example.com/tidemark/sim/mutate"
)

// buildBroken builds simrun with a bug planted in the core, as simrun-broken, and
// returns the directory that it is in.
func buildBroken(t *testing.T) string {
	t.Helper()
	root, err := mutate.Root(".", "cmd/simrun")
	if err != nil {
		t.Fatal(err)
	}
	list, err := chosenMutants("^" + brokenBy + "$")
	if err != nil {
		t.Fatal(err)
	}
	lab := &mutate.Lab{Root: root, Command: "./cmd/simrun", Environ: os.Environ()}
	dir := t.TempDir()
	binary, err := lab.Build(context.Background(), list[0], dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(binary, filepath.Join(dir, "simrun-broken")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// brokenBy is a mutant that many seeds find.
const brokenBy = "append-unknown-acknowledged"
