package page

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The bundle that is committed is what its sources make.
func TestBundleIsBuiltFromItsSources(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	fresh := filepath.Join(t.TempDir(), "bundle.js")
	build := exec.Command("make", "--no-print-directory", "-C", root, "bundle", "BUNDLE="+fresh)
	output, err := build.CombinedOutput()
	if err != nil {
		why := "the bundle cannot be built here (it needs make, and esbuild as a Go module):\n" + string(output)
		if os.Getenv("CI") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	want, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != bundle {
		t.Error("bundle.js is not what the sources in web make: run make bundle, and commit it")
	}
}
