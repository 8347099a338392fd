package mechanical

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
)

// loader parses and checks packages of one module; what they import from elsewhere is
// the standard library.
type loader struct {
	root, module string
	fset         *token.FileSet
	std          types.Importer
	done         map[string]*checked
}

// checked is one package with its types.
type checked struct {
	dir   string
	names []string // of the files, in order
	files []*ast.File
	types *types.Package
	info  *types.Info
}

func newLoader(root string) (*loader, error) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if module, ok := strings.CutPrefix(line, "module "); ok {
			fset := token.NewFileSet()
			return &loader{root: root, module: strings.TrimSpace(module), fset: fset,
				std: importer.ForCompiler(fset, "source", nil), done: map[string]*checked{}}, nil
		}
	}
	return nil, fmt.Errorf("%s has no module line", filepath.Join(root, "go.mod"))
}

// Import makes the loader a types.Importer.
func (l *loader) Import(path string) (*types.Package, error) {
	dir, ok := strings.CutPrefix(path, l.module+"/")
	if !ok {
		return l.std.Import(path)
	}
	p, err := l.load(dir)
	if err != nil {
		return nil, err
	}
	return p.types, nil
}

// load parses and checks the package in a directory, comments left out.
func (l *loader) load(dir string) (*checked, error) {
	if p := l.done[dir]; p != nil {
		return p, nil
	}
	listed, err := build.ImportDir(filepath.Join(l.root, filepath.FromSlash(dir)), 0)
	if err != nil {
		return nil, err
	}
	p := &checked{dir: dir, names: listed.GoFiles}
	for _, name := range listed.GoFiles {
		file, err := parser.ParseFile(l.fset, filepath.Join(listed.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, file)
	}
	p.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	config := types.Config{Importer: l}
	if p.types, err = config.Check(l.module+"/"+dir, l.fset, p.files, p.info); err != nil {
		return nil, err
	}
	l.done[dir] = p
	return p, nil
}
