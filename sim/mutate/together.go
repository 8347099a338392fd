package mutate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Most of what a mutant costs is its build, so as many as can be are built together:
// each function that a mutant changes stands beside the original under a name of its
// own, and the original begins with a switch on the number of the mutant that is
// planted, which comes from the environment; 0 is none.
const (
	switchVariable = "TIDEMARK_PLANTED"
	switchPackage  = "planted"
	switchText     = `package planted

import (
	"os"
	"strconv"
)

// N is the number of the mutant that is planted.
var N = number()

func number() int {
	n, _ := strconv.Atoi(os.Getenv("` + switchVariable + `"))
	return n
}
`
)

// BuildTogether builds one binary with all mutants that only change functions, and
// remembers which they are; Run builds the others by themselves, those among them that
// do not build.
func (l *Lab) BuildTogether(ctx context.Context, list []*Mutant) error {
	dir := filepath.Join(l.Dir, "together")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for {
		t := &together{lab: l, planted: map[string]int{}, files: map[string]*source{}}
		for _, m := range list {
			t.plant(m)
		}
		if len(t.planted) == 0 {
			return errors.New("no mutant can be built together with others")
		}
		overlay, err := t.writeOverlay(dir)
		if err != nil {
			return err
		}
		binary := filepath.Join(dir, "simrun")
		build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-gcflags=-e", "-overlay", overlay, "-o", binary, l.Command)
		build.Dir, build.Env = l.Root, l.Environ
		output, err := build.CombinedOutput()
		if err == nil {
			l.binary, l.planted = binary, t.planted
			return nil
		}
		bad := t.accused(dir, string(output))
		if len(bad) == 0 || ctx.Err() != nil {
			return errors.New(firstLines(string(output)+"\n"+err.Error(), 6))
		}
		list = slices.DeleteFunc(slices.Clone(list), func(m *Mutant) bool { return slices.Contains(bad, t.planted[m.Name]) })
	}
}

var (
	compilersLine = regexp.MustCompile(`([^/\s]+\.go):(\d+):\d+: `)
	variantsLine  = regexp.MustCompile(`^func .*?__(\d+)\(`)
)

// accused are the numbers of the mutants in whose functions the compiler found errors.
func (t *together) accused(dir, complaint string) []int {
	var list []int
	for _, m := range compilersLine.FindAllStringSubmatch(complaint, -1) {
		text, err := os.ReadFile(filepath.Join(dir, m[1]))
		line, _ := strconv.Atoi(m[2])
		lines := strings.Split(string(text), "\n")
		for i := min(line, len(lines)) - 1; i >= 0 && err == nil; i-- {
			if v := variantsLine.FindStringSubmatch(lines[i]); v != nil {
				n, _ := strconv.Atoi(v[1])
				list = append(list, n)
				break
			} else if strings.HasPrefix(lines[i], "func ") {
				break
			}
		}
	}
	return list
}

// together collects what mutants change.
type together struct {
	lab *Lab
	// planted are the numbers of the mutants that are in.
	planted map[string]int
	files   map[string]*source
	paths   []string
}

// source is a file of the checkout and the variants of its functions.
type source struct {
	text      string
	functions map[string]*function
	// rest is the text outside of functions, in which a mutant must not differ.
	rest string
	// variants are the changed functions, dispatch what the originals begin with.
	variants strings.Builder
	dispatch map[string]string
}

// function is a declaration: where it and its body begin and end.
type function struct {
	decl             *ast.FuncDecl
	from, body, upto int
	text             string
}

// plant takes a mutant in if it can: all or nothing.
func (t *together) plant(m *Mutant) {
	files, err := m.apply(t.lab.Root)
	if err != nil {
		return
	}
	number := len(t.planted) + 1
	type variant struct {
		of               *source
		name, text, call string
	}
	var all []variant
	for _, f := range files {
		s := t.source(f.path)
		changed, err := parseSource(f.text)
		if s == nil || err != nil || changed.rest != s.rest || len(changed.functions) != len(s.functions) {
			return
		}
		//detlint:allow maprange sorted at once
		for _, name := range slices.Sorted(maps.Keys(changed.functions)) {
			fn := changed.functions[name]
			before := s.functions[name]
			if before == nil {
				return
			}
			if before.text == fn.text {
				continue
			}
			call, ok := callOf(fn.decl, number)
			if !ok {
				return
			}
			all = append(all, variant{s, name, renamed(fn, number), call})
		}
	}
	slices.SortFunc(all, func(a, b variant) int { return strings.Compare(a.name, b.name) })
	for _, v := range all {
		v.of.variants.WriteString("\n" + v.text + "\n")
		v.of.dispatch[v.name] += v.call
	}
	t.planted[m.Name] = number
}

func (t *together) source(path string) *source {
	if s, ok := t.files[path]; ok {
		return s
	}
	text, err := os.ReadFile(filepath.Join(t.lab.Root, filepath.FromSlash(path)))
	if err != nil {
		return nil
	}
	s, err := parseSource(string(text))
	if err != nil {
		return nil
	}
	t.files[path] = s
	t.paths = append(t.paths, path)
	return s
}

// parseSource finds the functions of a file.
func parseSource(text string) (*source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	s := &source{text: text, functions: map[string]*function{}, dispatch: map[string]string{}}
	last := 0
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		f := &function{decl: fn, from: set.Position(fn.Pos()).Offset, body: set.Position(fn.Body.Lbrace).Offset + 1, upto: set.Position(fn.End()).Offset}
		f.text = text[f.from:f.upto]
		s.rest += text[last:f.from]
		last = f.upto
		s.functions[nameOf(fn, text, set)] = f
	}
	s.rest += text[last:]
	return s, nil
}

// nameOf is a function's name with its receiver's type.
func nameOf(fn *ast.FuncDecl, text string, set *token.FileSet) string {
	if fn.Recv == nil {
		return fn.Name.Name
	}
	r := fn.Recv.List[0].Type
	return text[set.Position(r.Pos()).Offset:set.Position(r.End()).Offset] + "." + fn.Name.Name
}

func variantName(name string, number int) string { return fmt.Sprintf("%s__%d", name, number) }

// renamed is a function's text under its variant's name.
func renamed(f *function, number int) string {
	at := int(f.decl.Name.Pos() - f.decl.Pos())
	return f.text[:at] + variantName(f.decl.Name.Name, number) + f.text[at+len(f.decl.Name.Name):]
}

// callOf is the case of the switch that calls a variant; ok is false if its parameters
// or its receiver have no names.
func callOf(fn *ast.FuncDecl, number int) (text string, ok bool) {
	callee := variantName(fn.Name.Name, number)
	if fn.Recv != nil {
		names := fn.Recv.List[0].Names
		if len(names) != 1 || names[0].Name == "_" {
			return "", false
		}
		callee = names[0].Name + "." + callee
	}
	var arguments []string
	for _, p := range fn.Type.Params.List {
		_, variadic := p.Type.(*ast.Ellipsis)
		if len(p.Names) == 0 || variadic {
			return "", false
		}
		for _, n := range p.Names {
			if n.Name == "_" {
				return "", false
			}
			arguments = append(arguments, n.Name)
		}
	}
	call := callee + "(" + strings.Join(arguments, ", ") + ")"
	if fn.Type.Results.NumFields() == 0 {
		return fmt.Sprintf("\tcase %d:\n\t\t%s\n\t\treturn\n", number, call), true
	}
	return fmt.Sprintf("\tcase %d:\n\t\treturn %s\n", number, call), true
}

// combined is the file with the switches and the variants.
func (s *source) combined(module string) string {
	type insertion struct {
		at   int
		text string
	}
	var all []insertion
	//detlint:allow maprange sorted at once
	for _, name := range slices.Sorted(maps.Keys(s.dispatch)) {
		cases := s.dispatch[name]
		all = append(all, insertion{s.functions[name].body, "\n\tswitch " + switchPackage + ".N {\n" + cases + "\t}\n"})
	}
	slices.SortFunc(all, func(a, b insertion) int { return b.at - a.at })
	text := s.text
	for _, i := range all {
		text = text[:i.at] + i.text + text[i.at:]
	}
	text += s.variants.String()
	clause := strings.Index("\n"+text, "\npackage ")
	end := clause + strings.IndexByte(text[clause:], '\n')
	return text[:end] + "\n\nimport \"" + module + "/core/" + switchPackage + "\"\n" + text[end:]
}

// writeOverlay writes the files and the overlay that go build wants.
func (t *together) writeOverlay(dir string) (string, error) {
	module, err := t.lab.module()
	if err != nil {
		return "", err
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	add := func(path, text string) error {
		copied := filepath.Join(dir, strings.ReplaceAll(path, "/", "__"))
		overlay.Replace[filepath.Join(t.lab.Root, filepath.FromSlash(path))] = copied
		return os.WriteFile(copied, []byte(text), 0o644)
	}
	err = add("core/"+switchPackage+"/"+switchPackage+".go", switchText)
	for _, path := range t.paths {
		if s := t.files[path]; err == nil && len(s.dispatch) > 0 {
			err = add(path, s.combined(module))
		}
	}
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, b, 0o644)
}

// module is the path of the checkout's module.
func (l *Lab) module() (string, error) {
	text, err := os.ReadFile(filepath.Join(l.Root, "go.mod"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(path), nil
		}
	}
	return "", errors.New("go.mod names no module")
}
