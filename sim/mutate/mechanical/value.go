package mechanical

import (
	"go/ast"
	"go/token"
	"go/types"
)

// value rewrites an expression whose value is used.
func (w *rewriter) value(e ast.Expr) ast.Expr {
	t, known := w.pkg.info.Types[e]
	if known && (t.Value != nil || t.IsType()) {
		return e
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		x.X = w.value(x.X)
	case *ast.BinaryExpr:
		return w.binary(x)
	case *ast.CallExpr:
		return w.call(x)
	case *ast.UnaryExpr:
		x.X = w.value(x.X)
	case *ast.StarExpr:
		x.X = w.value(x.X)
	case *ast.SelectorExpr:
		x.X = w.value(x.X)
	case *ast.IndexExpr:
		x.X, x.Index = w.value(x.X), w.value(x.Index)
	case *ast.SliceExpr:
		x.X = w.value(x.X)
		for _, bound := range []*ast.Expr{&x.Low, &x.High, &x.Max} {
			if *bound != nil {
				*bound = w.value(*bound)
			}
		}
	case *ast.CompositeLit:
		for i := range x.Elts {
			x.Elts[i] = w.element(x.Elts[i])
		}
	case *ast.FuncLit:
		w.literal(x)
	}
	return e
}

func (w *rewriter) element(e ast.Expr) ast.Expr {
	if pair, ok := e.(*ast.KeyValueExpr); ok {
		pair.Value = w.truth(pair.Value)
		return pair
	}
	return w.truth(e)
}

func (w *rewriter) literal(f *ast.FuncLit) {
	outer := w.silent
	w.silent = f.Type.Results == nil
	w.block(f.Body)
	w.silent = outer
}

// comparisons are the helpers of ordering comparisons, what they become, and whether
// the other change makes the left operand greater or smaller.
var comparisons = map[token.Token]struct {
	helper  string
	other   token.Token
	shift   string
	shifted string
}{
	token.LSS: {"mutantLess", token.LEQ, "mutantMore", " + 1"},
	token.LEQ: {"mutantLessEqual", token.LSS, "mutantFewer", " - 1"},
	token.GTR: {"mutantGreater", token.GEQ, "mutantFewer", " - 1"},
	token.GEQ: {"mutantGreaterEqual", token.GTR, "mutantMore", " + 1"},
}

func (w *rewriter) binary(x *ast.BinaryExpr) ast.Expr {
	switch x.Op {
	case token.LAND, token.LOR:
		return w.connective(x)
	case token.EQL, token.NEQ:
		other := *x
		other.Op = token.EQL + token.NEQ - x.Op
		n := w.site(x, Equality, w.text(x), w.text(&other))
		x.X, x.Y = w.value(x.X), w.value(x.Y)
		return differs(n, x)
	case token.ADD, token.SUB:
		if w.isInteger(x) && !w.shifts(x.X) && !w.shifts(x.Y) {
			return w.sum(x)
		}
	default:
	}
	if c, ok := comparisons[x.Op]; ok && w.isOrdered(x.X) && w.isOrdered(x.Y) {
		other := *x
		other.Op = c.other
		n, shift := w.site(x, Boundary, w.text(x), w.text(&other)), 0
		if w.isInteger(x.X) && !w.isConstant(x.X) {
			shift = w.site(x, OffByOne, w.text(x), w.text(x.X)+c.shifted+" "+x.Op.String()+" "+w.text(x.Y))
		}
		a, b := w.value(x.X), w.value(x.Y)
		if shift != 0 {
			a = call(c.shift, shift, a)
		}
		return call(c.helper, n, a, b)
	}
	x.X, x.Y = w.value(x.X), w.value(x.Y)
	return x
}

// shifts reports whether an operand's type hangs on its surroundings.
func (w *rewriter) shifts(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		found = found || ok && (b.Op == token.SHL || b.Op == token.SHR) && w.isConstant(b.X)
		return !found
	})
	return found
}

// sum swaps + and -, and makes the result one more.
func (w *rewriter) sum(x *ast.BinaryExpr) ast.Expr {
	helper, other := "mutantAdd", *x
	if other.Op = token.ADD + token.SUB - x.Op; x.Op == token.SUB {
		helper = "mutantSubtract"
	}
	n := w.site(x, Arithmetic, w.text(x), w.text(&other))
	more := w.site(x, OffByOne, w.text(x), w.text(x)+" + 1")
	return call("mutantMore", more, call(helper, n, w.value(x.X), w.value(x.Y)))
}

// lattice are the methods of frontiers that can be mistaken for each other.
var lattice = map[string]struct {
	helper, other string
	op            Operator
}{
	"Join":      {"mutantJoin", "Meet", Extremum},
	"Meet":      {"mutantMeet", "Join", Extremum},
	"LessThan":  {"mutantLessThanOf", "LessEqual", Boundary},
	"LessEqual": {"mutantLessEqualOf", "LessThan", Boundary},
}

func (w *rewriter) call(x *ast.CallExpr) ast.Expr {
	if b := w.builtin(x); (b == "min" || b == "max") && len(x.Args) == 2 && w.isOrdered(x) {
		helper, other := "mutantMin", "max"
		if b == "max" {
			helper, other = "mutantMax", "min"
		}
		rest := w.text(x)[len(b):]
		n := w.site(x, Extremum, b+rest, other+rest)
		return call(helper, n, w.value(x.Args[0]), w.value(x.Args[1]))
	}
	selector, method := w.method(x)
	if method != nil {
		if l, ok := lattice[method.Name()]; ok && len(x.Args) == 1 && w.comparesItself(selector, method) {
			n := w.site(x, l.op, w.text(x), w.text(selector.X)+"."+l.other+"("+w.text(x.Args[0])+")")
			return call(l.helper, n, w.value(selector.X), w.value(x.Args[0]))
		}
	}
	if method != nil && len(x.Args) == 1 && !w.isConstant(x.Args[0]) {
		switch method.Name() {
		case "LessEqualTime":
			return w.shiftedArgument(x)
		case "Add":
			if w.isInteger(selector.X) && w.isInteger(x.Args[0]) {
				n := w.site(x, NoSpan, w.text(x), w.text(selector.X))
				selector.X = w.value(selector.X)
				x.Args[0] = call("mutantOther", n, w.value(x.Args[0]), &ast.BasicLit{Kind: token.INT, Value: "0"})
				return x
			}
		}
	}
	x.Fun = w.value(x.Fun)
	for i := range x.Args {
		x.Args[i] = w.truth(x.Args[i])
	}
	return x
}

// comparesItself: a value of a type whose method takes that same type.
func (w *rewriter) comparesItself(s *ast.SelectorExpr, method *types.Func) bool {
	params := method.Signature().Params()
	return params.Len() == 1 && types.Identical(params.At(0).Type(), w.typeOf(s.X))
}

func (w *rewriter) shiftedArgument(x *ast.CallExpr) ast.Expr {
	before, argument := w.text(x), w.text(x.Args[0])
	fun := w.text(x.Fun)
	fewer := w.site(x, OffByOne, before, fun+"("+argument+" - 1)")
	more := w.site(x, OffByOne, before, fun+"("+argument+" + 1)")
	x.Fun = w.value(x.Fun)
	x.Args[0] = call("mutantMore", more, call("mutantFewer", fewer, w.value(x.Args[0])))
	return x
}
