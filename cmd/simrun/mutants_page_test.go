package main

import (
	"strings"
	"testing"

	"example.com/tidemark/sim/mutate"
)

// The page counts what is found and says of the rest what became of it.
func TestMutantsPage(t *testing.T) {
	var out strings.Builder
	tool := &tool{stdout: &out}
	tool.printMutantsPage([]*mutate.Outcome{
		{Mutant: &mutate.Mutant{Name: "a", Origin: "own", Title: "a | b"}, Profile: "hosts", Right: true,
			Attempt: mutate.Attempt{Class: mutate.Found, Oracle: "S5", Seeds: 7, ControlSilent: true}},
		{Mutant: &mutate.Mutant{Name: "b", Origin: "BM-1", Title: "c"},
			Attempt: mutate.Attempt{Class: mutate.Found, Oracle: "S1", Seeds: 3, ControlSilent: true}},
		{Mutant: &mutate.Mutant{Name: "c", Origin: "own", Title: "d"}, Attempt: mutate.Attempt{Class: mutate.Survived, Seeds: 2000}},
	})
	for _, want := range []string{
		"\n2 of 3 are found.\n",
		"\n| a | a \\| b | own | hosts | S5 | yes | 7 |\n",
		"\n| b | c | BM-1 |  | S1 | no | 3 |\n",
		"\n| c | d | own |  | survived |  |  |\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
