package treetest

import (
	"strings"
	"testing"
)

// linked are the modules that simrun may be linked with, and why. It is built on
// every machine, often, so it stays light: no servers, no databases, no wire
// formats.
var linked = map[string]string{
	"golang.org/x/term":                 "whether standard error is a terminal, and how wide",
	"golang.org/x/sys":                  "what x/term stands on",
	"github.com/schollz/progressbar/v3": "the progress bar",
	"github.com/mitchellh/colorstring":  "what progressbar stands on",
	"github.com/rivo/uniseg":            "what progressbar stands on",
	"github.com/mattn/go-runewidth":     "what progressbar stands on",
	"github.com/clipperhouse":           "what go-runewidth stands on",
	"github.com/anishathalye/porcupine": "the independent check of linearizability (S16)",
	"github.com/google/go-cmp":          "differences that a person can read",
	"golang.org/x/sync":                 "groups of workers",
}

// heavy are packages of the standard library that would show that simrun has
// begun to talk to the world.
var heavy = []string{"net/http", "database/sql", "crypto/tls", "os/user", "plugin", "testing"}

func TestSimrunLinksNothingHeavy(t *testing.T) {
	tree(t)
	self := module(t)
	deps := strings.Fields(run(t, root(t), nil, "go", "list", "-deps", "./cmd/simrun"))
	for _, dep := range deps {
		switch {
		case within(dep, self+"/realdrivers"):
			t.Errorf("simrun is linked with %s: simulation and reality never meet", dep)
		case within(dep, self), standard(dep) && !withinAny(dep, heavy), allowedLink(dep):
		default:
			t.Errorf("simrun is linked with %s: not on the list of simrun_test.go", dep)
		}
	}
	if len(deps) < 20 {
		t.Fatalf("simrun has %d packages only", len(deps))
	}
}

func allowedLink(dep string) bool {
	for m := range linked {
		if within(dep, m) {
			return true
		}
	}
	return false
}
