package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"simrun": func() { os.Exit(Main(os.Args, os.Environ(), os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the command as a user does. The scripts have commands of their own:
//
//	keys FILE KEY…       the last line of FILE is a JSON object with exactly these keys in this order
//	value FILE KEY WANT  the value of a top-level key, in compact JSON
//	same FILE FILE KEY…  both last lines have the same values for all keys but these
//	junit FILE           a JUnit report with one test case for each invariant
//	journal DIR          what two real controllers did, on record in DIR
//
// and simrun-broken, which is simrun with a bug planted in the core.
func TestScripts(t *testing.T) {
	broken := buildBroken(t)
	checkout, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("CHECKOUT", checkout)
			for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOFLAGS"} {
				env.Setenv(name, goEnv(t, name))
			}
			env.Setenv("PATH", broken+string(os.PathListSeparator)+env.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"keys": scriptKeys, "value": scriptValue, "same": scriptSame,
			"junit": scriptJUnit, "journal": scriptJournal,
		},
	})
}

// goEnv is a setting of the go command, for scripts that build.
func goEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(value))
}

// member is one key of a JSON object and its value, compact.
type member struct{ key, value string }

// lastObject reads the JSON object on the last line of a file, in order.
func lastObject(ts *testscript.TestScript, file string) []member {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(file)), "\n")
	decoder := json.NewDecoder(strings.NewReader(lines[len(lines)-1]))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		ts.Fatalf("the last line of %s is no JSON object: %q", file, lines[len(lines)-1])
	}
	var list []member
	for decoder.More() {
		key, err := decoder.Token()
		ts.Check(err)
		var value json.RawMessage
		ts.Check(decoder.Decode(&value))
		var compact bytes.Buffer
		ts.Check(json.Compact(&compact, value))
		list = append(list, member{fmt.Sprint(key), compact.String()})
	}
	return list
}

func scriptKeys(ts *testscript.TestScript, neg bool, arguments []string) {
	var got []string
	for _, m := range lastObject(ts, arguments[0]) {
		got = append(got, m.key)
	}
	if slices.Equal(got, arguments[1:]) == neg {
		ts.Fatalf("the keys are %v", got)
	}
}

func scriptValue(ts *testscript.TestScript, neg bool, arguments []string) {
	for _, m := range lastObject(ts, arguments[0]) {
		if m.key == arguments[1] {
			if (m.value == arguments[2]) == neg {
				ts.Fatalf("%s is %s", m.key, m.value)
			}
			return
		}
	}
	ts.Fatalf("there is no key %s", arguments[1])
}

func scriptSame(ts *testscript.TestScript, neg bool, arguments []string) {
	but := func(list []member) []member {
		return slices.DeleteFunc(list, func(m member) bool { return slices.Contains(arguments[2:], m.key) })
	}
	a, b := but(lastObject(ts, arguments[0])), but(lastObject(ts, arguments[1]))
	if slices.Equal(a, b) == neg {
		ts.Fatalf("the same: %v\n%v\n%v", !neg, a, b)
	}
}

// TestInterrupt sends Ctrl-C to a campaign that would run for an hour, once it runs.
func TestInterrupt(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	process := &exec.Cmd{Path: executable, Dir: dir,
		Args: []string{"simrun", "fuzz", "--duration", "1h", "--json", "--junit", "interrupted.xml"}}
	stderr, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	process.Stdout = &stdout
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	// Its first words come after it began to listen for signals.
	if _, err := stderr.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, stdout.String())
	}
	var line struct{ Interrupted bool }
	if err := json.Unmarshal(stdout.Bytes(), &line); err != nil || !line.Interrupted {
		t.Fatalf("%v: %s", err, stdout.String())
	}
	report, err := os.ReadFile(filepath.Join(dir, "interrupted.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if wrong := checkJUnit(string(report)); wrong != "" || !strings.Contains(string(report), `name="interrupted" value="true"`) {
		t.Fatalf("%s: %s", wrong, report)
	}
}

func TestSelfName(t *testing.T) {
	for argument, want := range map[string]string{
		"/tmp/go-build123/b001/exe/simrun": "go run ./cmd/simrun",
		"./simrun":                         "./simrun",
		"/a dir/simrun":                    "'/a dir/simrun'",
	} {
		if got := selfName(argument); got != want {
			t.Errorf("%s: got %s, want %s", argument, got, want)
		}
	}
}
