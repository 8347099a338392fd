package treetest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is one parsed Go file of the module.
type source struct {
	// path and dir are relative to the module's root, with forward slashes.
	path, dir string
	test      bool
	imports   []string
	file      *ast.File
}

// root is the module's root directory.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// skipped are directories that hold no code of the module.
func skipped(name string) bool {
	return name == "testdata" || name == "bin" || name == "simrun-out" || len(name) > 1 && name[0] == '.'
}

// tree parses the comments and imports of every Go file of the module. Modules
// below it (tools) are not part of it.
func tree(t *testing.T) []source {
	t.Helper()
	top := root(t)
	var sources []source
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); path != top && (err == nil || skipped(entry.Name())) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ".go") {
			s, err := parse(top, path)
			sources = append(sources, s)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 50 {
		t.Fatalf("found %d files only: this is not the tree", len(sources))
	}
	return sources
}

func parse(top, path string) (source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return source{}, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	relative, err := filepath.Rel(top, path)
	if err != nil {
		return source{}, err
	}
	s := source{path: filepath.ToSlash(relative), test: strings.HasSuffix(path, "_test.go"), file: file}
	s.dir = filepath.ToSlash(filepath.Dir(relative))
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, imported)
	}
	return s, nil
}

// module is the module's path.
func module(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(run(t, root(t), nil, "go", "list", "-m"))
}

// run runs a command and returns what it wrote to standard output.
func run(t *testing.T, dir string, env []string, name string, arguments ...string) string {
	t.Helper()
	c := exec.Command(name, arguments...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	var problems strings.Builder
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(arguments, " "), err, out, problems.String())
	}
	return string(out)
}

// within reports whether path is parent or below it.
func within(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

func withinAny(path string, parents []string) bool {
	return slices.ContainsFunc(parents, func(p string) bool { return within(path, p) })
}
