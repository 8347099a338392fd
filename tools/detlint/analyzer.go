package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// rule is one thing that some packages must not do.
type rule struct {
	// name is what an allow comment calls it.
	name string
	// dirs are the directories of the module, with what is below them, where the
	// rule holds.
	dirs []string
	// check reports what it finds in one file.
	check func(c *checker, file *ast.File)
}

// rules is the table of what is forbidden where.
func rules() []rule {
	pure := []string{"core", "sim", "invariants"}
	judges := []string{"invariants", "sim/persistfake", "sim/stashfake", "sim/consensusfake", "sim/blobfake"}
	return []rule{
		{"goroutine", []string{"core"}, checkGoroutines},
		{"channel", []string{"core"}, checkChannels},
		{"maprange", pure, checkMapRanges},
		{"float", []string{"core"}, checkFloats},
		{"global", []string{"core"}, checkGlobals},
		{"closure", []string{"core"}, checkClosures},
		{"panic", []string{"core"}, checkPanics},
		{"wallclock", pure, checkWallClock},
		{"rand", pure, checkRandomness},
		{"independence", judges, checkIndependence},
	}
}

func newAnalyzer() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: "detlint",
		Doc:  "check that what decides, pretends and judges is deterministic and independent",
		Run:  run,
	}
}

// checker is one package under one rule.
type checker struct {
	*analysis.Pass
	rule   string
	allows allows
}

// reportf reports a violation unless the line is excepted.
func (c *checker) reportf(pos token.Pos, format string, args ...any) {
	if !c.allows.excuse(c.Fset.Position(pos), c.rule) {
		c.Reportf(pos, format, args...)
	}
}

func run(pass *analysis.Pass) (any, error) {
	dir, inside := moduleDir(pass, pass.Pkg.Path())
	if !inside || strings.HasSuffix(dir, ".test") { // the main package that go test generates
		return nil, nil
	}
	files := slices.DeleteFunc(slices.Clone(pass.Files), func(f *ast.File) bool {
		return strings.HasSuffix(pass.Fset.Position(f.FileStart).Filename, "_test.go")
	})
	allows := readAllows(pass, dir, files)
	for _, r := range rules() {
		if !under(dir, r.dirs) {
			continue
		}
		c := &checker{pass, r.name, allows}
		for _, f := range files {
			r.check(c, f)
		}
	}
	allows.reportUnused(pass)
	return nil, nil
}

// moduleDir is the directory of a package within the module under analysis. The
// module's path is not written down anywhere here, so that renaming it needs no
// change. Without a module (in this command's own tests) the first element of the
// path stands for it.
func moduleDir(pass *analysis.Pass, path string) (dir string, inside bool) {
	module, _, _ := strings.Cut(pass.Pkg.Path(), "/")
	if pass.Module != nil && pass.Module.Path != "" {
		module = pass.Module.Path
	}
	// An external test package has its own path and only test files.
	path = strings.TrimSuffix(path, "_test")
	return strings.CutPrefix(path, module+"/")
}

func under(dir string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return dir == d || strings.HasPrefix(dir, d+"/") })
}

// inspect calls visit for every node of the file.
func inspect(file *ast.File, visit func(ast.Node)) {
	ast.Inspect(file, func(n ast.Node) bool {
		if n != nil {
			visit(n)
		}
		return true
	})
}
