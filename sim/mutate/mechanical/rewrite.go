package mechanical

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// rewriter plants the sites of one file. It changes the tree in place, from the
// outside in, so that a site's own text is still the original one when it is noted.
type rewriter struct {
	fset *token.FileSet
	pkg  *checked
	file string
	out  *Generated
	// name of the function, and whether it returns nothing.
	name   string
	silent bool
}

// site notes a site and returns its number.
func (w *rewriter) site(at ast.Node, op Operator, before, after string) int {
	n := len(w.out.Sites) + 1
	w.out.Sites = append(w.out.Sites, Site{Number: n, Operator: op, File: w.file,
		Line: w.fset.Position(at.Pos()).Line, Function: w.name, Before: before, After: after})
	return n
}

func (w *rewriter) text(node any) string { return text(w.fset, node) }

func (w *rewriter) function(f *ast.FuncDecl) {
	w.name, w.silent = f.Name.Name, f.Type.Results == nil
	if f.Recv != nil {
		w.name = w.text(f.Recv.List[0].Type) + "." + w.name
	}
	early := 0
	if w.silent && len(f.Body.List) > 1 {
		early = w.site(f, EarlyReturn, w.name, "return")
	}
	w.block(f.Body)
	if early != 0 {
		f.Body.List = append([]ast.Stmt{when(on(early), &ast.ReturnStmt{})}, f.Body.List...)
	}
}

// Pieces of trees.

func call(name string, n int, operands ...ast.Expr) ast.Expr {
	number := &ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(n)}
	return &ast.CallExpr{Fun: ast.NewIdent(name), Args: append([]ast.Expr{number}, operands...)}
}

func on(n int) ast.Expr { return call("mutantOn", n) }

// differs is the condition turned round while mutant n is on.
func differs(n int, cond ast.Expr) ast.Expr {
	return &ast.ParenExpr{X: &ast.BinaryExpr{X: on(n), Op: token.NEQ, Y: &ast.ParenExpr{X: cond}}}
}

func when(cond ast.Expr, then ...ast.Stmt) *ast.IfStmt {
	return &ast.IfStmt{Cond: cond, Body: &ast.BlockStmt{List: then}}
}

// unless leaves a statement out while mutant n is on.
func unless(n int, s ast.Stmt) ast.Stmt {
	return when(&ast.UnaryExpr{Op: token.NOT, X: on(n)}, s)
}

// Questions about types.

func (w *rewriter) typeOf(e ast.Expr) types.Type { return w.pkg.info.Types[e].Type }

func (w *rewriter) isConstant(e ast.Expr) bool { return w.pkg.info.Types[e].Value != nil }

func (w *rewriter) basic(e ast.Expr) types.BasicInfo {
	t := w.typeOf(e)
	if t == nil {
		return 0
	}
	if _, ok := t.(*types.TypeParam); ok {
		return 0
	}
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return 0
	}
	return b.Info()
}

func (w *rewriter) isInteger(e ast.Expr) bool { return w.basic(e)&types.IsInteger != 0 }

func (w *rewriter) isOrdered(e ast.Expr) bool {
	return w.basic(e)&(types.IsInteger|types.IsString) != 0
}

// method is the function that a call of a method calls, nil for any other call.
func (w *rewriter) method(c *ast.CallExpr) (*ast.SelectorExpr, *types.Func) {
	selector, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil, nil
	}
	s := w.pkg.info.Selections[selector]
	if s == nil || s.Kind() != types.MethodVal {
		return nil, nil
	}
	f, _ := s.Obj().(*types.Func)
	return selector, f
}

// builtin is the name of the builtin function that a call calls, or "".
func (w *rewriter) builtin(c *ast.CallExpr) string {
	name, ok := c.Fun.(*ast.Ident)
	if !ok {
		return ""
	}
	if _, ok := w.pkg.info.Uses[name].(*types.Builtin); !ok {
		return ""
	}
	return name.Name
}
