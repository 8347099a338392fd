package mechanical

import (
	"go/ast"
	"go/token"
)

func (w *rewriter) block(b *ast.BlockStmt) {
	if b != nil {
		w.list(b.List)
	}
}

func (w *rewriter) list(list []ast.Stmt) {
	for i := range list {
		list[i] = w.statement(list[i])
	}
}

// statement rewrites a statement that stands in a list.
func (w *rewriter) statement(s ast.Stmt) ast.Stmt {
	switch s := s.(type) {
	case *ast.ExprStmt:
		if c, ok := s.X.(*ast.CallExpr); ok && w.builtin(c) == "panic" {
			return s
		}
		n := w.site(s, DropCall, w.text(s), "")
		s.X = w.value(s.X)
		return unless(n, s)
	case *ast.AssignStmt:
		return w.assignment(s)
	case *ast.IncDecStmt:
		return w.step(s)
	case *ast.BranchStmt:
		if s.Tok == token.CONTINUE || s.Tok == token.BREAK {
			return unless(w.site(s, DropJump, w.text(s), ""), s)
		}
	case *ast.ReturnStmt:
		if len(s.Results) == 0 && w.silent {
			return unless(w.site(s, DropJump, "return", ""), s)
		}
		for i := range s.Results {
			s.Results[i] = w.truth(s.Results[i])
		}
	case *ast.LabeledStmt:
		w.nested(s.Stmt)
	default:
		w.nested(s)
	}
	return s
}

// nested rewrites what is inside a statement with a body.
func (w *rewriter) nested(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		w.block(s)
	case *ast.IfStmt:
		w.clause(s.Init)
		s.Cond = w.condition(s.Cond)
		w.block(s.Body)
		if s.Else != nil {
			w.nested(s.Else)
		}
	case *ast.ForStmt:
		w.clause(s.Init)
		if s.Cond != nil {
			s.Cond = w.value(s.Cond)
		}
		w.block(s.Body)
	case *ast.RangeStmt:
		s.X = w.value(s.X)
		w.block(s.Body)
	case *ast.SwitchStmt:
		w.clause(s.Init)
		if s.Tag != nil {
			s.Tag = w.value(s.Tag)
		}
		w.cases(s)
	}
}

func (w *rewriter) cases(s *ast.SwitchStmt) {
	for _, c := range s.Body.List {
		c := c.(*ast.CaseClause)
		for i := range c.List {
			if s.Tag == nil {
				c.List[i] = w.condition(c.List[i])
			}
		}
		w.list(c.Body)
	}
}

// clause rewrites the values of a statement that stands before a condition, which
// itself cannot be left out.
func (w *rewriter) clause(s ast.Stmt) {
	if a, ok := s.(*ast.AssignStmt); ok {
		w.values(a)
	}
}

func (w *rewriter) values(s *ast.AssignStmt) {
	for i := range s.Rhs {
		if s.Tok == token.ASSIGN || s.Tok == token.DEFINE {
			s.Rhs[i] = w.truth(s.Rhs[i])
		} else {
			s.Rhs[i] = w.value(s.Rhs[i])
		}
	}
}

func (w *rewriter) assignment(s *ast.AssignStmt) ast.Stmt {
	if s.Tok == token.DEFINE {
		w.values(s)
		return s
	}
	drop := w.site(s, DropAssign, w.text(s), "")
	swapped, swap := s, 0
	if other, ok := opposite[s.Tok]; ok && w.isInteger(s.Lhs[0]) {
		copied := *s
		copied.Tok = other
		swapped, swap = &copied, w.site(s, Arithmetic, w.text(s), w.text(&copied))
	}
	w.values(s)
	swapped.Rhs = s.Rhs
	return unless(drop, either(swap, swapped, s))
}

var opposite = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
	token.INC: token.DEC, token.DEC: token.INC,
}

func (w *rewriter) step(s *ast.IncDecStmt) ast.Stmt {
	drop := w.site(s, DropAssign, w.text(s), "")
	copied := *s
	copied.Tok = opposite[s.Tok]
	swap := w.site(s, Arithmetic, w.text(s), w.text(&copied))
	return unless(drop, either(swap, &copied, s))
}

// either does one statement while mutant n is on, and else the other.
func either(n int, mutant, original ast.Stmt) ast.Stmt {
	if n == 0 {
		return original
	}
	s := when(on(n), mutant)
	s.Else = &ast.BlockStmt{List: []ast.Stmt{original}}
	return s
}
