package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

// enums are the named small integers with a String method, by package and type.
var enums = map[string]func(int) string{
	"core.CollectionKind":    func(i int) string { return core.CollectionKind(i).String() },
	"core.EffectKind":        func(i int) string { return core.EffectKind(i).String() },
	"core.CommandKind":       func(i int) string { return core.CommandKind(i).String() },
	"core.ErrorCode":         func(i int) string { return core.ErrorCode(i).String() },
	"core.HaltCode":          func(i int) string { return core.HaltCode(i).String() },
	"core.HoldKind":          func(i int) string { return core.HoldKind(i).String() },
	"core.InputKind":         func(i int) string { return core.InputKind(i).String() },
	"core.IntrospectionType": func(i int) string { return core.IntrospectionType(i).String() },
	"core.LimitKind":         func(i int) string { return core.LimitKind(i).String() },
	"core.Phase":             func(i int) string { return core.Phase(i).String() },
	"core.RequestOp":         func(i int) string { return core.RequestOp(i).String() },
	"core.ShardPhase":        func(i int) string { return core.ShardPhase(i).String() },
	"outcome.Outcome":        func(i int) string { return outcome.Outcome(i).String() },
	"persist.Op":             func(i int) string { return persist.Op(i).String() },
	"persist.Reason":         func(i int) string { return persist.Reason(i).String() },
	"relation.ColumnType":    func(i int) string { return relation.ColumnType(i).String() },
	"stash.Collection":       func(i int) string { return stash.Collection(i).String() },
	"stash.Op":               func(i int) string { return stash.Op(i).String() },
	"stash.Reason":           func(i int) string { return stash.Reason(i).String() },
	"core.HostOp":            func(i int) string { return core.HostOp(i).String() },
	"core.OrchestratorOp":    func(i int) string { return core.OrchestratorOp(i).String() },
}

// TestEnumNames reads the source for every enumeration that can be printed, so that
// none is forgotten: each value has a name of its own, which is not the fallback.
// The value that stands for nothing (…None) and the count of values (…Count) may
// print the fallback.
func TestEnumNames(t *testing.T) {
	found := map[string]bool{}
	for _, dir := range []string{".", "outcome", "persist", "relation", "stash", "clock", "digest", "frontier"} {
		constants, printed := readEnums(t, dir)
		for typ, names := range constants {
			if !printed[typ] {
				continue
			}
			pkg := dir
			if dir == "." {
				pkg = "core"
			}
			name := pkg + "." + typ
			found[name] = true
			text, ok := enums[name]
			if !ok {
				t.Errorf("%s is not in the table of this test", name)
				continue
			}
			checkNames(t, name, names, text)
		}
	}
	for name := range enums {
		if !found[name] {
			t.Errorf("%s is in the table, but not in the source", name)
		}
	}
}

func checkNames(t *testing.T, name string, names []string, text func(int) string) {
	fallback := text(255)
	if !strings.HasSuffix(fallback, "?") {
		t.Errorf("%s: the fallback %q does not look like one", name, fallback)
	}
	var seen []string
	for i, constant := range names {
		if constant == "" {
			continue
		}
		got := text(i)
		special := strings.HasSuffix(constant, "None") || strings.HasSuffix(constant, "Count")
		if got == fallback && !special || got == "" {
			t.Errorf("%s: %s prints %q", name, constant, got)
		}
		if got != fallback && slices.Contains(seen, got) {
			t.Errorf("%s: %s prints %q, and so does another", name, constant, got)
		}
		if strings.HasSuffix(constant, "Count") && got != fallback {
			t.Errorf("%s: %s, which is no value, prints %q", name, constant, got)
		}
		seen = append(seen, got)
	}
	if text(len(names)) != fallback {
		t.Errorf("%s: %d, which is no value, prints %q", name, len(names), text(len(names)))
	}
}

// readEnums lists the constants of each iota block of a package by their type and
// value, and the types that have a String method.
func readEnums(t *testing.T, dir string) (constants map[string][]string, printed map[string]bool) {
	constants, printed = map[string][]string{}, map[string]bool{}
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "String" && d.Recv != nil {
					if typ, ok := d.Recv.List[0].Type.(*ast.Ident); ok {
						printed[typ.Name] = true
					}
				}
			case *ast.GenDecl:
				readBlock(d, constants)
			}
		}
	}
	return constants, printed
}

// readBlock reads a block that starts with "Name Type = iota" or "= iota + 1".
func readBlock(d *ast.GenDecl, constants map[string][]string) {
	if d.Tok != token.CONST || len(d.Specs) == 0 {
		return
	}
	first := d.Specs[0].(*ast.ValueSpec)
	typ, ok := first.Type.(*ast.Ident)
	if !ok || len(first.Values) != 1 {
		return
	}
	var names []string
	switch v := first.Values[0].(type) {
	case *ast.Ident:
		ok = v.Name == "iota"
	case *ast.BinaryExpr:
		names = []string{""}
	default:
		ok = false
	}
	if !ok {
		return
	}
	for _, s := range d.Specs {
		names = append(names, s.(*ast.ValueSpec).Names[0].Name)
	}
	constants[typ.Name] = names
}
