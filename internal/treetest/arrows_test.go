package treetest

import (
	"strings"
	"testing"
)

// room is a directory at the top of the module: what it may import of the others,
// and of other people's modules. Each of those has its reason.
type room struct {
	name    string
	rooms   []string
	modules map[string]string
}

// rooms is the table of docs/architecture.md: arrows only point up. Whatever is
// not in it (cmd, internal) may import everything.
var rooms = []room{
	{name: "core", rooms: []string{"core"}},
	{name: "codec", rooms: []string{"core", "codec"}},
	{name: "invariants", rooms: []string{"core", "invariants"}, modules: map[string]string{
		"github.com/anishathalye/porcupine": "an independent check of linearizability (S16)",
	}},
	{name: "conformance", rooms: []string{"core", "conformance"}, modules: map[string]string{
		"github.com/google/go-cmp": "differences that a person can read",
		"pgregory.net/rapid":       "suites that draw sequences of calls",
	}},
	{name: "sim", rooms: []string{"core", "codec", "invariants", "sim"}, modules: map[string]string{
		"pgregory.net/rapid": "sim/plan/plantest, with which property tests draw plans; simrun is not linked with it",
	}},
	{name: "realdrivers", rooms: []string{"core", "codec", "realdrivers"}, modules: map[string]string{
		"": "drivers exist to use other people's libraries",
	}},
}

// tests may also import these.
var (
	testRooms   = []string{"conformance", "invariants", "sim", "codec", "internal"}
	testModules = []string{"pgregory.net/rapid", "github.com/google/go-cmp",
		"github.com/cockroachdb/datadriven", "github.com/rogpeppe/go-internal"}
)

func TestArrowsPointUp(t *testing.T) {
	self := module(t)
	for _, s := range tree(t) {
		for _, r := range rooms {
			if within(s.dir, r.name) {
				checkImports(t, self, r, s)
			}
		}
	}
}

func checkImports(t *testing.T, self string, r room, s source) {
	for _, imported := range s.imports {
		dir, inside := strings.CutPrefix(imported, self+"/")
		switch {
		case inside && (withinAny(dir, r.rooms) || s.test && withinAny(dir, testRooms)):
		case inside:
			t.Errorf("%s imports %s: %s may import %s only", s.path, imported, r.name, strings.Join(r.rooms, ", "))
		case standard(imported) || allowedModule(r, imported) || s.test && withinAny(imported, testModules):
		default:
			t.Errorf("%s imports %s: not on the list of %s in arrows_test.go", s.path, imported, r.name)
		}
	}
}

// standard reports whether path is of the standard library: its first element has
// no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func allowedModule(r room, path string) bool {
	for m := range r.modules {
		if m == "" || within(path, m) {
			return true
		}
	}
	return false
}

// The table itself: sim and realdrivers meet nowhere, and nothing imports what
// people start.
func TestTableKeepsWorldsApart(t *testing.T) {
	for _, r := range rooms {
		for _, other := range r.rooms {
			if other == "cmd" || r.name == "sim" && other == "realdrivers" || r.name == "realdrivers" && other == "sim" {
				t.Errorf("the table lets %s import %s", r.name, other)
			}
		}
	}
	for _, s := range tree(t) {
		for _, imported := range s.imports {
			if within(s.dir, "sim") && strings.Contains(imported, "/realdrivers") {
				t.Errorf("%s imports %s, even as a test it must not", s.path, imported)
			}
		}
	}
}

// What judges, and the models that it trusts, share no code with anything: they
// import core for its language only (detlint checks that they do not call it), and
// no other package of the module.
func TestJudgesAndFakesStandAlone(t *testing.T) {
	self, found := module(t), 0
	for _, alone := range []string{"invariants", "sim/persistfake", "sim/stashfake", "sim/consensusfake", "sim/blobfake"} {
		for _, s := range tree(t) {
			if s.test || !within(s.dir, alone) {
				continue
			}
			found++
			for _, imported := range s.imports {
				if within(imported, self) && !within(imported, self+"/core") && !within(imported, self+"/"+alone) {
					t.Errorf("%s imports %s: what it is to judge may stand on that too; write a small function of its own", s.path, imported)
				}
			}
		}
	}
	if found < 10 {
		t.Fatalf("found %d files only", found)
	}
}
