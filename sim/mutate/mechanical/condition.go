package mechanical

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// condition rewrites a truth value on which something depends. Comparisons and
// connectives have changes of their own, and negating == is one of them.
func (w *rewriter) condition(e ast.Expr) ast.Expr {
	if w.isConstant(e) {
		return w.value(e)
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		x.X = w.condition(x.X)
		return x
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND, token.LOR:
			return w.connective(x)
		case token.EQL, token.NEQ:
			return w.value(x)
		default:
		}
	}
	n := w.site(e, Negate, w.text(e), "!("+w.text(e)+")")
	return differs(n, w.value(e))
}

// connective swaps && and ||, by De Morgan, so that what was not evaluated is not.
func (w *rewriter) connective(x *ast.BinaryExpr) ast.Expr {
	other := *x
	other.Op = token.LAND + token.LOR - x.Op
	n := w.site(x, Logic, w.text(x), w.text(&other))
	a, b := w.condition(x.X), w.condition(x.Y)
	return differs(n, &ast.BinaryExpr{X: differs(n, a), Op: x.Op, Y: differs(n, b)})
}

// truth rewrites a value that is stored, passed or returned: truth values and codes
// become others.
func (w *rewriter) truth(e ast.Expr) ast.Expr {
	t := w.pkg.info.Types[e]
	switch {
	case t.Value != nil && t.Value.Kind() == constant.Bool && isName(e):
		flipped := map[bool]string{true: "false", false: "true"}[constant.BoolVal(t.Value)]
		return differs(w.site(e, Constant, w.text(e), flipped), e)
	case t.Value != nil && isCode(t.Type):
		return w.code(e, t.Type.(*types.Named), t.Value)
	case t.Value == nil && t.IsValue() && w.basic(e)&types.IsBoolean != 0:
		return w.condition(e)
	}
	return w.value(e)
}

func isName(e ast.Expr) bool {
	_, ok := e.(*ast.Ident)
	return ok
}

func isCode(t types.Type) bool {
	n, ok := t.(*types.Named)
	return ok && n.Obj().Name() == "ErrorCode"
}

// code makes an error code another one, and any but the first the first, which is
// the absence of an error.
func (w *rewriter) code(e ast.Expr, t *types.Named, v constant.Value) ast.Expr {
	number, _ := constant.Int64Val(v)
	others := []int64{0, number%2 + 1}
	if number == 0 {
		others = others[1:]
	}
	before, result := w.text(e), e
	for _, other := range others {
		name := constantNamed(t, other)
		if name == "" || w.pkg.types != t.Obj().Pkg() {
			continue
		}
		n := w.site(e, Constant, before, name)
		result = call("mutantOther", n, result, ast.NewIdent(name))
	}
	return result
}

// constantNamed is the name of a type's constant of a value.
func constantNamed(t *types.Named, v int64) string {
	scope := t.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		c, ok := scope.Lookup(name).(*types.Const)
		if ok && types.Identical(c.Type(), t) && constant.Compare(c.Val(), token.EQL, constant.MakeInt64(v)) {
			return name
		}
	}
	return ""
}
