package mechanical

import (
	"go/ast"
	"slices"
	"strings"
)

// Scope says what of a package is mutated.
type Scope struct {
	// Dir is the package's directory relative to the module's root.
	Dir string
	// SkipFiles are left alone; Only, unless empty, names the functions to mutate.
	SkipFiles, Only []string
}

// Core is what is measured of the controller, of the storage host and of shards, which
// worlds on the real shard machine judge.
func Core() []Scope {
	return []Scope{
		{Dir: "core", SkipFiles: []string{"coder.go", "host_coder.go", "state.go", "restore.go", "copy.go", "view.go", "random.go"}},
		{Dir: "core/storaged", SkipFiles: []string{"coder.go", "state.go", "copy.go", "view.go", "random.go"}},
		{Dir: "core/frontier"},
		{Dir: "core/flat"},
		{Dir: "core/relation"},
		{Dir: "core/persist", Only: []string{"CheckArguments", "checkAppend"}},
		{Dir: "core/persist/shard"},
		{Dir: "core/stash"},
		{Dir: "core/outcome"},
	}
}

// skipped are functions that only people read the results of, or that other tests
// check as a whole.
var skipped = []string{
	"String", "Error", "advice", "AppendText", "appendText", "Is", "CopyFrom", "Restore", "Digest",
	"AppendCanonical", "DefaultConfig",
}

// mutates reports whether a function is in scope.
func (s *Scope) mutates(f *ast.FuncDecl) bool {
	name := f.Name.Name
	switch {
	case f.Body == nil || slices.Contains(skipped, name) || strings.HasPrefix(name, "View"):
		return false
	case f.Type.TypeParams != nil:
		return false
	}
	return len(s.Only) == 0 || slices.Contains(s.Only, name)
}
