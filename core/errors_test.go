package core_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// golden compares text with a golden file, or writes it there.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./core -update writes it", err)
	}
	if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s has drifted; if the change is meant, go test ./core -update writes it:\n%s", path, diff)
	}
}

func ids(n int) []core.GlobalID {
	var list []core.GlobalID
	for i := range n {
		list = append(list, core.GlobalID{Kind: core.IDUser, N: uint64(i + 1)})
	}
	return list
}

// TestErrorMessages: every code's message says what, about which ids, whether it is
// known, and what to do; it works with errors.Is and errors.As, wrapped or not.
func TestErrorMessages(t *testing.T) {
	var b strings.Builder
	for code := core.SourceIDReused; code < core.ErrorCodeCount; code++ {
		e := core.Error{Code: code, Definite: true, IDs: ids(2), Frontier: frontier.At(7)}
		if code == core.Overloaded {
			e.IDs, e.Limit = nil, core.LimitQueuedBytes
		}
		fmt.Fprintln(&b, e.Error())
		e.Definite = false
		if plain := e.Error(); !strings.Contains(plain, "outcome unknown") {
			t.Errorf("%v: an unknown outcome is not told: %s", code, plain)
		}
		var err error = &e
		for _, err := range []error{err, fmt.Errorf("append: %w", err), errors.Join(errors.New("another"), err)} {
			for target := core.Ok; target < core.ErrorCodeCount; target++ {
				if errors.Is(err, target) != (target == code) {
					t.Errorf("errors.Is(%v, %v) is %v", err, target, target != code)
				}
			}
			var as *core.Error
			if !errors.As(err, &as) || as != &e {
				t.Errorf("errors.As finds %v in %v", as, err)
			}
			if errors.Is(err, errors.New("core: "+code.String())) {
				t.Errorf("%v is taken for an error of the same text", err)
			}
		}
	}
	many := core.Error{Code: core.InvalidUppers, Definite: true, IDs: ids(9), Frontier: frontier.Empty()}
	fmt.Fprintln(&b, many.Error())
	many = core.Error{Code: core.Halted}
	fmt.Fprintln(&b, many.Error())
	for limit := core.LimitOpenRequests; limit <= core.LimitIDsPerRequest; limit++ {
		e := core.Error{Code: core.Overloaded, Definite: true, Limit: limit}
		fmt.Fprintln(&b, e.Error())
	}
	golden(t, filepath.Join("testdata", "errors.golden"), b.String())
}

// TestErrorsAdvise: an operator is never left with a bare name.
func TestErrorsAdvise(t *testing.T) {
	for code := core.SourceIDReused; code < core.ErrorCodeCount; code++ {
		e := core.Error{Code: code, Definite: true}
		text, found := strings.CutPrefix(e.Error(), "core: "+code.String())
		if _, advice, told := strings.Cut(text, ": "); !found || !told || len(advice) < 10 {
			t.Errorf("%q says nothing about what to do", e.Error())
		}
	}
}
