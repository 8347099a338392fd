package treetest

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRename moves a copy of the tree to another module path, where every import leads
// somewhere, in tests, too, and the simulator is built.
func TestRename(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the simulator once more")
	}
	for _, tool := range []string{"make", "grep", "sed", "gofmt"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("make rename needs %s: %v", tool, err)
		}
	}
	const renamed = "git.example.org/another/name.v2"
	tree(t)
	old, dir := module(t), t.TempDir()
	copyTree(t, root(t), dir)

	// A make around this test must not pass its flags on.
	env := []string{"MAKEFLAGS=", "MFLAGS=", "MAKELEVEL=", "MODULE="}
	run(t, dir, env, "make", "rename", "MODULE="+renamed)

	if got := strings.TrimSpace(run(t, dir, env, "go", "list", "-m")); got != renamed {
		t.Errorf("the module is called %s", got)
	}
	checkNothingLeft(t, dir, old)
	if ugly := run(t, dir, env, "gofmt", "-l", "."); ugly != "" {
		t.Errorf("not formatted after renaming:\n%s", ugly)
	}
	run(t, dir, env, "go", "list", "-deps", "-test", "./...")
	run(t, dir, env, "go", "build", "-o", os.DevNull, "./cmd/simrun")
	run(t, filepath.Join(dir, "tools", "detlint"), env, "go", "build", "-o", os.DevNull, ".")
}

func checkNothingLeft(t *testing.T, dir, old string) {
	t.Helper()
	walkFiles(t, dir, func(path string, text []byte) {
		if strings.Contains(string(text), old) {
			t.Errorf("%s still names %s", path, old)
		}
	})
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	walkFiles(t, from, func(path string, text []byte) {
		target := filepath.Join(to, path)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, text, 0o644); err != nil {
			t.Fatal(err)
		}
	})
}

// walkFiles visits what a clone of the tree would hold.
func walkFiles(t *testing.T, dir string, visit func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			switch entry.Name() {
			case ".git", ".tools", "bin", "simrun-out":
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err == nil {
			visit(relative, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
