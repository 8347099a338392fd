package core_test

import (
	"cmp"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// imports is what the packages under core may import, and why each is harmless.
var imports = map[string]string{
	"cmp":          "comparison of ordered values: pure functions",
	"errors":       "errors as values, Is and As",
	"iter":         "the type of iterators",
	"math/bits":    "integer arithmetic without branches or overflow: pure functions",
	"slices":       "sorting and searching: pure functions, no order of their own",
	"sort":         "the same for older shapes",
	"strconv":      "integers to text and back, without a locale",
	"unicode/utf8": "what is a character: pure functions",
}

// reached is what those pull in besides the runtime's own parts.
var reached = map[string]string{
	"runtime": "every Go program",
	"unsafe":  "used by the runtime and strconv; no package of core imports it",
}

// internals are the parts of the runtime, by prefix.
var internals = []string{
	"internal/abi", "internal/asan", "internal/bytealg", "internal/byteorder", "internal/chacha8rand",
	"internal/coverage/rtcov", "internal/cpu", "internal/goarch", "internal/godebugs", "internal/goexperiment",
	"internal/goos", "internal/msan", "internal/profilerecord", "internal/race", "internal/reflectlite",
	"internal/runtime/", "internal/strconv", "internal/stringslite", "internal/trace/tracev2",
	"internal/unsafeheader", "internal/itoa",
}

// TestImports reads every file of core: what it imports is on the list, or is core.
func TestImports(t *testing.T) {
	module := run(t, "go", "list", "-m")[0]
	files := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && entry.Name() == "testdata" {
			return cmp.Or(err, error(fs.SkipDir))
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if imports[imported] == "" && !within(imported, module+"/core") {
				t.Errorf("%s imports %s: core decides from its inputs alone; what it may import is listed in deps_test.go, with reasons", path, imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 10 {
		t.Fatalf("read %d files only: this is not core", files)
	}
}

// TestReach asks the go tool for everything that core is linked with: no os, time,
// syscall, net, math/rand, fmt, sync, io or reflect is among it, at any depth.
func TestReach(t *testing.T) {
	module := run(t, "go", "list", "-m")[0]
	for _, dep := range run(t, "go", "list", "-deps", "./...") {
		if within(dep, module+"/core") || imports[dep] != "" || reached[dep] != "" || internal(dep) {
			continue
		}
		t.Errorf("core reaches %s, which is not on the lists of deps_test.go; go mod why -m, or go list -deps, says through what", dep)
	}
}

func internal(dep string) bool {
	for _, prefix := range internals {
		if within(dep, strings.TrimSuffix(prefix, "/")) {
			return true
		}
	}
	return false
}

func within(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

func run(t *testing.T, name string, arguments ...string) []string {
	t.Helper()
	out, err := exec.Command(name, arguments...).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(arguments, " "), err)
	}
	return strings.Fields(string(out))
}
