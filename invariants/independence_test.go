package invariants

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// printing lists the functions of core that judges may call, and what those call.
var printing = map[string]bool{
	"String": true, "AppendText": true, "Error": true, "appendUUID": true, "advice": true,
	// Tests configure their worlds with it.
	"DefaultConfig": true,
}

// The judges share no code with what they judge: all their tests pass with a core
// whose every function but the printing ones panics.
func TestJudgesNeedNoCore(t *testing.T) {
	if os.Getenv("TIDEMARK_BROKEN_CORE") != "" {
		t.Skip("this is the run inside")
	}
	if testing.Short() {
		t.Skip("builds the package once more")
	}
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	root, err := filepath.Abs("../core")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		broken := filepath.Join(dir, strings.ReplaceAll(strings.TrimPrefix(path, root), string(filepath.Separator), "_"))
		overlay.Replace[path] = broken
		return os.WriteFile(broken, withPanics(t, path), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-count=1", "-vet=off", "-overlay", file,
		"-run", "^Test(Stories|Rest|WhatIsMissing|HostsDoRight|HostsAtRest|ExportWithoutContents|InterruptedOwesNothing|LeaseIsExact|Linearizable|CopyJudgesAlike|Contents|FrontierOrder)$", ".")
	cmd.Env = append(os.Environ(), "TIDEMARK_BROKEN_CORE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("with a broken core: %v\n%s", err, out)
	}
}

// withPanics is a source file with a panic at the start of every function.
func withPanics(t *testing.T, path string) []byte {
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && !printing[fn.Name.Name] {
			at = append(at, files.Position(fn.Body.Lbrace).Offset+1)
		}
	}
	sort.Sort(sort.Reverse(sort.IntSlice(at)))
	for _, i := range at {
		source = append(source[:i], append([]byte(` panic("core called by a judge"); `), source[i:]...)...)
	}
	return source
}
