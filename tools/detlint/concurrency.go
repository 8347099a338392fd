package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// checkGoroutines: results must not depend on a scheduler.
func checkGoroutines(c *checker, file *ast.File) {
	inspect(file, func(n ast.Node) {
		if n, ok := n.(*ast.GoStmt); ok {
			c.reportf(n.Pos(), "goroutine in core: emit an effect and let the driver run it beside others")
		}
	})
}

// checkChannels: the order in which channels deliver is the scheduler's.
func checkChannels(c *checker, file *ast.File) {
	const instead = "keep what waits in a queue inside the state, and answer with an effect"
	inspect(file, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.SendStmt:
			c.reportf(n.Pos(), "channel send in core: %s", instead)
		case *ast.SelectStmt:
			c.reportf(n.Pos(), "select in core: %s", instead)
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				c.reportf(n.Pos(), "channel receive in core: %s", instead)
			}
		case *ast.ChanType:
			c.reportf(n.Pos(), "channel type in core: %s", instead)
		case *ast.RangeStmt:
			if over[*types.Chan](c.TypesInfo.TypeOf(n.X)) {
				c.reportf(n.Pos(), "range over a channel in core: %s", instead)
			}
		}
	})
}

// over reports whether t is a T, or a type parameter that may be one.
func over[T types.Type](t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		return mayBe[T](p.Constraint())
	}
	_, ok := t.Underlying().(T)
	return ok
}

// mayBe reports whether a term of the constraint is a T.
func mayBe[T types.Type](constraint types.Type) bool {
	i, ok := constraint.Underlying().(*types.Interface)
	if !ok {
		return over[T](constraint)
	}
	for e := range i.EmbeddedTypes() {
		if u, ok := e.(*types.Union); ok {
			for term := range u.Terms() {
				if mayBe[T](term.Type()) {
					return true
				}
			}
		} else if mayBe[T](e) {
			return true
		}
	}
	return false
}
