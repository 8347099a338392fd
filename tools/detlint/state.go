package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// checkFloats: rounding may differ between platforms, and sums depend on order.
func checkFloats(c *checker, file *ast.File) {
	const instead = "use integers and integer ratios; a stored float is its sortable bits (core/relation)"
	inspect(file, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind == token.FLOAT || n.Kind == token.IMAG {
				c.reportf(n.Pos(), "float literal in core: %s", instead)
			}
		case *ast.Ident:
			if isFloat(c.TypesInfo.TypeOf(n)) {
				c.reportf(n.Pos(), "float in core: %s", instead)
			}
		case *ast.CallExpr:
			if isFloat(c.TypesInfo.TypeOf(n)) {
				c.reportf(n.Pos(), "call with a float result in core: %s", instead)
			}
		}
	})
}

func isFloat(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}

// checkGlobals: a package variable is state that no copy, hash or restore sees.
// Assertions of the form "var _ I = …" hold nothing and stay.
func checkGlobals(c *checker, file *ast.File) {
	for _, d := range file.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR {
			continue
		}
		for _, s := range d.Specs {
			for _, name := range s.(*ast.ValueSpec).Names {
				if name.Name != "_" {
					c.reportf(name.Pos(), "package variable %s in core: use a constant, a switch in a function, or a field of the state", name.Name)
				}
			}
		}
	}
}

// checkClosures: a function in a field cannot be compared, copied, hashed or
// stored with the state.
func checkClosures(c *checker, file *ast.File) {
	inspect(file, func(n ast.Node) {
		s, ok := n.(*ast.StructType)
		if !ok {
			return
		}
		for _, f := range s.Fields.List {
			if holdsFunction(c.TypesInfo.TypeOf(f.Type)) {
				c.reportf(f.Pos(), "function kept in a field in core: keep a kind and its arguments, and switch over the kind")
			}
		}
	})
}

// holdsFunction looks through the containers that a field may be.
func holdsFunction(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Slice:
		return holdsFunction(t.Elem())
	case *types.Array:
		return holdsFunction(t.Elem())
	case *types.Map:
		return holdsFunction(t.Elem())
	}
	return false
}

// checkPanics: nothing that comes in may bring the process down (C-4).
func checkPanics(c *checker, file *ast.File) {
	inspect(file, func(n ast.Node) {
		id, ok := n.(*ast.Ident)
		if !ok {
			return
		}
		b, ok := c.TypesInfo.Uses[id].(*types.Builtin)
		if !ok {
			return
		}
		switch b.Name() {
		case "panic", "recover":
			c.reportf(id.Pos(), "%s in core: refuse with a typed error, or halt the machine with a code and the numbers", b.Name())
		case "print", "println":
			c.reportf(id.Pos(), "%s in core: return a value and let the caller print it", b.Name())
		}
	})
}
