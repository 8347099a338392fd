package main

import (
	"go/ast"
	"go/types"
)

// checkIndependence: a judge that calls the code it judges agrees with its
// mistakes. Fields, constants and conversions of core are its language and stay;
// so does printing.
func checkIndependence(c *checker, file *ast.File) {
	inspect(file, func(n ast.Node) {
		id, ok := n.(*ast.Ident)
		if !ok {
			return
		}
		f, ok := c.TypesInfo.Uses[id].(*types.Func)
		if !ok || f.Pkg() == nil || prints(f) {
			return
		}
		if dir, inside := moduleDir(c.Pass, f.Pkg().Path()); inside && under(dir, []string{"core"}) {
			c.reportf(id.Pos(), "call of %s, which is declared in %s: compare the fields, or write a small function of your own", f.Name(), dir)
		}
	})
}

// prints reports whether f is a method String() string or Error() string.
func prints(f *types.Func) bool {
	s := f.Signature()
	return s.Recv() != nil && (f.Name() == "String" || f.Name() == "Error") &&
		s.Params().Len() == 0 && s.Results().Len() == 1
}
