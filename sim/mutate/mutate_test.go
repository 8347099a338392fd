package mutate

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The synthetic module: a "simrun" that fails from a seed on that core decides, loops,
// eats memory or dies.
const (
	fakeCore = `package core

// FailFrom is the first seed that fails, 0 for none.
func FailFrom() uint64 {
	return 0
}

// Mood is what the process does before it answers.
func Mood() string {
	return "calm"
}
`
	fakeMain = `package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"fake.test/m/core"
)

func main() {
	first, last := uint64(0), uint64(0)
	for i, a := range os.Args {
		if a == "--seeds" {
			fmt.Sscanf(os.Args[i+1], "%d..%d", &first, &last)
		}
	}
	var kept [][]byte
	switch core.Mood() {
	case "hang":
		time.Sleep(time.Hour)
	case "memory":
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			kept = append(kept, b)
			time.Sleep(time.Millisecond)
		}
	case "deep":
		deep(kept)
	case "dead":
		os.Exit(2)
	}
	seeds, failures := last-first+1, ""
	if from := core.FailFrom(); from > 0 && from <= last {
		from = max(from, first)
		seeds = from - first + 1
		failures = fmt.Sprintf("{\"seed\":%d,\"invariant\":\"S5\",\"message\":\"lost\"}", from)
	}
	fmt.Println("noise before")
	fmt.Printf("{\"seeds\":%d,\"events\":%d,\"failures\":[%s]}\n", seeds, seeds*100, failures)
	if strings.Contains(failures, "S5") {
		os.Exit(1)
	}
}

func deep(b [][]byte) int { return deep(append(b, nil)) + 1 }
`
)

// fakeModule writes the synthetic module and returns a lab on it.
func fakeModule(t *testing.T, core string) *Lab {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{
		"go.mod": "module fake.test/m\n\ngo 1.26.0\n", "core/core.go": core, "cmd/simrun/main.go": fakeMain,
	} {
		file := filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &Lab{Root: root, Dir: t.TempDir(), Command: "./cmd/simrun", Profile: "default", Seeds: 20,
		Budget: time.Second, Grace: time.Minute, Memory: 256 << 20, Environ: os.Environ()}
}

// edit is a mutant that makes one line of the synthetic core another.
func edit(name, from, to string) *Mutant {
	return &Mutant{Name: name, Origin: "own", Title: name, Oracles: []string{"S5"},
		Edits: []Edit{{Path: "core/core.go", Old: from + "\n", New: to + "\n"}}}
}

func TestClasses(t *testing.T) {
	l := fakeModule(t, fakeCore)
	wrong := edit("wrong-oracle", "\treturn 0", "\treturn 4")
	wrong.Oracles = []string{"S1"}
	list := []*Mutant{
		edit("found", "\treturn 0", "\treturn 3"),
		wrong,
		edit("survived", "\treturn 0", "\treturn 21"),
		edit("memory", "\treturn \"calm\"", "\treturn \"memory\""),
		edit("deep", "\treturn \"calm\"", "\treturn \"deep\""),
		edit("dead", "\treturn \"calm\"", "\treturn \"dead\""),
		edit("unbuildable", "\treturn 0", "\treturn nothing"),
	}
	told := 0
	got, err := l.RunAll(context.Background(), list, 2, func(*Outcome) { told++ })
	if err != nil || told != len(list) {
		t.Fatalf("told of %d, %v", told, err)
	}
	want := []Attempt{
		{Class: Found, Oracle: "S5", First: 1, Seed: 3, Seeds: 3, Events: 300, ControlSilent: true},
		{Class: Found, Oracle: "S5", First: 1, Seed: 4, Seeds: 4, Events: 400, ControlSilent: true},
		{Class: Survived, First: 1, Seeds: 20, Events: 2000, ControlSilent: true},
		{Class: Memory, First: 1}, {Class: Memory, First: 1}, {Class: Broken, First: 1}, {Class: BuildFailed},
	}
	for i := range want {
		a := got[i].Attempt
		a.Detail = ""
		if diff := cmp.Diff(want[i], a); diff != "" {
			t.Errorf("%s (-want +got):\n%s%s", list[i].Name, diff, got[i].Detail)
		}
		if got[i].Right != (i == 0) || got[i].Wall <= 0 {
			t.Errorf("%s: right %v, %v", list[i].Name, got[i].Right, got[i].Wall)
		}
	}
}

// Those that change functions only and build are in one binary; each shows its own bug
// there, and with none planted the binary is the original.
func TestMutantsAreBuiltTogether(t *testing.T) {
	l := fakeModule(t, strings.Replace(fakeCore, "// Mood", "const limit = 1\n\n// Mood", 1))
	list := []*Mutant{
		edit("one", "\treturn 0", "\treturn 3"), edit("unbuildable", "\treturn 0", "\treturn nothing"),
		edit("a-constant", "const limit = 1", "const limit = 2"), edit("two", "\treturn 0", "\treturn 5"),
	}
	if err := l.BuildTogether(context.Background(), list); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"one": 1, "two": 2}, l.planted); diff != "" {
		t.Error(diff)
	}
	for i, want := range map[int]uint64{0: 3, 3: 5} {
		if o := l.Run(context.Background(), list[i]); o.Seed != want {
			t.Errorf("%s: seed %d, want %d", list[i].Name, o.Seed, want)
		}
	}
	if a := l.campaign(context.Background(), place{l.binary, l.Dir, l.Environ}, "default", 1, 20); a.Class != Survived {
		t.Errorf("nothing is planted: %+v", a)
	}
}

func TestAHang(t *testing.T) {
	l := fakeModule(t, fakeCore)
	l.Grace = time.Second
	if o := l.Run(context.Background(), edit("hang", "\treturn \"calm\"", "\treturn \"hang\"")); o.Class != Hang {
		t.Fatalf("got %s", o.Class)
	}
}

func TestANoisyControlSpoilsTheFind(t *testing.T) {
	l := fakeModule(t, strings.Replace(fakeCore, "return 0", "return 10", 1))
	list := []*Mutant{
		edit("before-the-noise", "\treturn 10", "\treturn 9"),
		edit("behind-the-noise", "\treturn 10", "\treturn 11"),
	}
	got, err := l.RunAll(context.Background(), list, 1, func(*Outcome) {})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Class != Found || !got[0].ControlSilent || got[1].Class != Noisy || got[1].ControlSilent {
		t.Fatalf("got %s and %s", got[0].Class, got[1].Class)
	}
}

func TestTheMedianRangeCounts(t *testing.T) {
	l := fakeModule(t, fakeCore)
	l.Ranges = 3
	list := []*Mutant{
		edit("in-the-second", "\treturn 0", "\treturn 25"),
		edit("in-the-last", "\treturn 0", "\treturn 41"),
	}
	got, err := l.RunAll(context.Background(), list, 1, func(*Outcome) {})
	if err != nil {
		t.Fatal(err)
	}
	// Kills after 5 seeds of the second range and after 1 of the third.
	if o := got[0]; !o.Killed() || o.Seed != 25 || o.Seeds != 5 || len(o.Attempts) != 3 || o.Attempts[0].Class != Survived {
		t.Errorf("got %+v", o)
	}
	if o := got[1]; o.Class != Survived || !o.Attempts[2].ControlSilent {
		t.Errorf("one range of three is no median: %+v", o)
	}
}

func TestEveryMutantNamesItsProfile(t *testing.T) {
	l := &Lab{}
	if p := l.profile(&Mutant{Profile: "hosts"}); p != "hosts" {
		t.Errorf("got %s", p)
	}
	l.Profile = "tiny"
	if p := l.profile(&Mutant{Profile: "hosts"}); p != "tiny" {
		t.Errorf("got %s", p)
	}
}

func TestTheControlHasTheSameBudget(t *testing.T) {
	of := func(profile string, list ...Attempt) *Outcome { return &Outcome{Profile: profile, Attempts: list} }
	got := stretches([]*Outcome{
		of("a", Attempt{First: 1, Seeds: 3, Seed: 3}, Attempt{First: 21, Seeds: 20}),
		of("a", Attempt{First: 1, Seeds: 20}), of("b", Attempt{First: 1, Seeds: 1, Seed: 1}), of("b", Attempt{First: 1}),
	})
	want := []stretch{{"a", 1, 20}, {"a", 21, 40}, {"b", 1, 1}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(stretch{})); diff != "" {
		t.Error(diff)
	}
}

func TestACancelledRunIsNoVerdict(t *testing.T) {
	l := fakeModule(t, fakeCore)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if o := l.Run(ctx, edit("found", "\treturn 0", "\treturn 3")); o.Class != Cancelled {
		t.Fatalf("got %s", o.Class)
	}
}

func TestParse(t *testing.T) {
	m, err := Parse("m", "# why\norigin: BM-02a\ntitle: a title: with a colon\noracles: L1 S2\nprofile: hosts\n\n"+
		"@ core/policy.go\n func f() {\n-\told\n+\tnew\n\n@ core/other.go\n-x\n")
	if err != nil {
		t.Fatal(err)
	}
	want := &Mutant{Name: "m", Origin: "BM-02a", Title: "a title: with a colon", Oracles: []string{"L1", "S2"}, Profile: "hosts",
		Edits: []Edit{
			{Path: "core/policy.go", Old: "func f() {\n\told\n", New: "func f() {\n\tnew\n"},
			{Path: "core/other.go", Old: "x\n"},
		}}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Fatal(diff)
	}
	for text, complaint := range map[string]string{
		"origin: x\n":   "wants an origin",
		"nonsense\n":    "neither a header",
		"colour: red\n": "unknown header",
		"origin: x\ntitle: t\noracles: S1\n@ f\nx":  "starts with none of",
		"origin: x\ntitle: t\noracles: S1\n@ f\n x": "replaces nothing",
		"origin: x\ntitle: t\noracles: X1\n@ f\n-x": "no invariant's name",
	} {
		if _, err := Parse("bad", text); err == nil || !strings.Contains(err.Error(), complaint) || !strings.Contains(err.Error(), "bad") {
			t.Errorf("%q: got %v, want %q", text, err, complaint)
		}
	}
}

func TestTextMustMatchExactlyOnce(t *testing.T) {
	l := fakeModule(t, fakeCore)
	for _, from := range []string{"\treturn 1", "}", "return 0"} {
		err := Fit(l.Root, []*Mutant{edit("stale", from, "x")})
		if err == nil || !strings.Contains(err.Error(), "mutant stale: core/core.go") {
			t.Errorf("%q: got %v", from, err)
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	_, err := Load(fstest.MapFS{"bad.mutant": {Data: []byte("x")}, "note.txt": {}})
	if err == nil || !strings.Contains(err.Error(), "mutant bad") {
		t.Fatal(err)
	}
}

// TestMutantsFitTheSource fails when the source changed under a mutant.
func TestMutantsFitTheSource(t *testing.T) {
	root, err := Root(".", "cmd/simrun")
	if err != nil {
		t.Fatal(err)
	}
	list, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if err := Fit(root, list); err != nil {
		t.Fatal(err)
	}
}
