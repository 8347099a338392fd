package main

import (
	"fmt"
	"strings"

	"example.com/tidemark/sim/mutate"
)

// printMutantsPage prints the outcomes as docs/mutants.md has them.
func (t *tool) printMutantsPage(outcomes []*mutate.Outcome) {
	fmt.Fprintf(t.stdout, `# Planted bugs, and what finds them

The table is what `+"`bin/simrun mutants --markdown`"+` prints: each bug of sim/mutate/mutants is built into a copy of the core, and the worlds of its profile are run, from seed 1 on, until a judge objects; with several ranges of seeds the median counts. One counts as found if the unchanged core is silent on those seeds. *Right* says whether the invariant that objected first is one that the bug really breaks. Origins that start with BM are bugs that systems of this kind had.

%d of %d are found.

| bug | what goes wrong | origin | profile | found by | right | seeds |
| --- | --- | --- | --- | --- | --- | ---: |
`, killed(outcomes), len(outcomes))
	for _, o := range outcomes {
		oracle, right, seeds := string(o.Class), "", ""
		if o.Killed() {
			oracle, right, seeds = o.Oracle, "no", fmt.Sprint(o.Seeds)
			if o.Right {
				right = "yes"
			}
		}
		title := strings.ReplaceAll(o.Mutant.Title, "|", "\\|")
		fmt.Fprintf(t.stdout, "| %s | %s | %s | %s | %s | %s | %s |\n", o.Mutant.Name, title, o.Mutant.Origin, o.Profile, oracle, right, seeds)
	}
}
