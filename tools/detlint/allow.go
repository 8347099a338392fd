package main

import (
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"
)

const allowPrefix = "//detlint:allow"

// allow is one exception: a rule on the comment's own line and the one below.
type allow struct {
	file string
	line int
	rule string
	pos  token.Pos
	used bool
}

type allows []*allow

// readAllows collects the exceptions of a package and reports those that may not
// be: any in core, one without a reason, one for a rule that does not exist.
func readAllows(pass *analysis.Pass, dir string, files []*ast.File) allows {
	var list allows
	for _, f := range files {
		for _, group := range f.Comments {
			for _, comment := range group.List {
				if !strings.HasPrefix(comment.Text, allowPrefix) {
					continue
				}
				if a := readAllow(pass, dir, comment); a != nil {
					list = append(list, a)
				}
			}
		}
	}
	return list
}

func readAllow(pass *analysis.Pass, dir string, comment *ast.Comment) *allow {
	text, _, _ := strings.Cut(strings.TrimPrefix(comment.Text, allowPrefix), " //")
	words := strings.Fields(text)
	switch {
	case under(dir, []string{"core"}):
		pass.Reportf(comment.Pos(), "core has no exceptions: remove the comment and what it excuses")
	case len(words) < 2:
		pass.Reportf(comment.Pos(), "an exception names its rule and its reason: %s RULE REASON", allowPrefix)
	case !known(words[0]):
		pass.Reportf(comment.Pos(), "no rule is called %s: see the table in tools/detlint/analyzer.go", words[0])
	default:
		at := pass.Fset.Position(comment.Pos())
		return &allow{file: at.Filename, line: at.Line, rule: words[0], pos: comment.Pos()}
	}
	return nil
}

// excuse reports whether an exception covers the place, and notes its use.
func (list allows) excuse(at token.Position, rule string) bool {
	for _, a := range list {
		if a.rule == rule && a.file == at.Filename && (a.line == at.Line || a.line == at.Line-1) {
			a.used = true
			return true
		}
	}
	return false
}

func (list allows) reportUnused(pass *analysis.Pass) {
	for _, a := range list {
		if !a.used {
			pass.Reportf(a.pos, "this exception excuses nothing: remove it")
		}
	}
}

func known(name string) bool {
	for _, r := range rules() {
		if r.name == name {
			return true
		}
	}
	return false
}
