package main

import (
	"go/ast"
	"go/types"
)

// checkMapRanges: a map's order differs from run to run. It is not allowed where
// it does not matter either, because nobody can tell by eye where that is.
func checkMapRanges(c *checker, file *ast.File) {
	const instead = "keep a sorted slice beside the map and walk that"
	inspect(file, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if over[*types.Map](c.TypesInfo.TypeOf(n.X)) {
				c.reportf(n.Pos(), "range over a map: %s", instead)
			}
		case *ast.Ident:
			if name := functionOf(c, n, "maps"); walksMap(name) {
				c.reportf(n.Pos(), "maps.%s walks a map in random order: %s", name, instead)
			}
		}
	})
}

func walksMap(name string) bool {
	switch name {
	case "All", "Keys", "Values", "DeleteFunc", "EqualFunc":
		return true
	}
	return false
}

// functionOf is the name of the package-level function of path that id uses, or "".
func functionOf(c *checker, id *ast.Ident, path string) string {
	f, ok := c.TypesInfo.Uses[id].(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != path || f.Signature().Recv() != nil {
		return ""
	}
	return f.Name()
}
