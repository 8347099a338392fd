package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestProfile: the go command can use the profile that it finds here whenever it builds
// simrun, and it is one of worlds. make test builds without it.
func TestProfile(t *testing.T) {
	digested := filepath.Join(t.TempDir(), "digested")
	if out, err := exec.Command("go", "tool", "preprofile", "-i", "default.pgo", "-o", digested).CombinedOutput(); err != nil {
		t.Fatalf("%v; make pgo makes another one\n%s", err, out)
	}
	text, err := os.ReadFile(digested)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "sim.(*World).Next") {
		t.Errorf("worlds are not in the profile:\n%.1000s", text)
	}
}
