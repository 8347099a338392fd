package mechanical

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/printer"
	"go/token"
	"path"
	"slices"
	"strings"
)

// Generated is the source with every mutant in it.
type Generated struct {
	Sites []Site
	// Files are whole ones; some replace existing ones, some are new.
	Files []File
}

// File is one file of the overlay.
type File struct {
	// Path is relative to the module's root, with slashes.
	Path    string
	Content []byte
}

func (g *Generated) file(path string, content []byte) {
	g.Files = append(g.Files, File{path, content})
}

// Variable is the environment variable that names the mutant to switch on.
const Variable = "TIDEMARK_MUTANT"

// Generate walks over the packages in scope. The numbers of the sites depend on
// nothing but the source.
func Generate(root string, scopes []Scope) (*Generated, error) {
	l, err := newLoader(root)
	if err != nil {
		return nil, err
	}
	g := &Generated{}
	for i := range scopes {
		p, err := l.load(scopes[i].Dir)
		if err != nil {
			return nil, err
		}
		if err := g.instrument(l, p, &scopes[i]); err != nil {
			return nil, err
		}
	}
	g.file(path.Join(switchDir, "switch.go"), []byte(switchSource))
	return g, nil
}

// instrument rewrites one package's files. They are rewritten in place: a loader is
// used once.
func (g *Generated) instrument(l *loader, p *checked, scope *Scope) error {
	before := len(g.Sites)
	for i, file := range p.files {
		if slices.Contains(scope.SkipFiles, p.names[i]) {
			continue
		}
		w := &rewriter{fset: l.fset, pkg: p, file: path.Join(p.dir, p.names[i]), out: g}
		first := len(g.Sites)
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && scope.mutates(f) {
				w.function(f)
			}
		}
		if len(g.Sites) == first {
			continue
		}
		var b bytes.Buffer
		if err := format.Node(&b, l.fset, file); err != nil {
			return err
		}
		g.file(w.file, b.Bytes())
	}
	if len(g.Sites) > before {
		g.file(path.Join(p.dir, "zz_mutants.go"), helpers(p.types.Name(), l.module))
	}
	return nil
}

// maxText shortens what a site says about itself.
const maxText = 160

// text is a node's source on one line.
func text(fset *token.FileSet, node any) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, fset, node); err != nil {
		return err.Error()
	}
	s := strings.Join(strings.Fields(b.String()), " ")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}
