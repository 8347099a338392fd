package main

import (
	"fmt"
	"strings"

	"example.com/tidemark/sim/mutate"
)

// printMutantsPage prints the outcomes as docs/mutants.md has them.
func (t *tool) printMutantsPage(outcomes []*mutate.Outcome) {
	fmt.Fprintf(t.stdout, `# Planted bugs, and what finds them

Written by `+"`bin/simrun mutants --markdown > docs/mutants.md`"+`: each bug of sim/mutate/mutants is built into a copy of the core, and the worlds of the seeds from 1 upwards are run until a judge objects. One counts as found if the unchanged core is silent on those seeds. *Right* says whether the invariant that objected first is one that the bug really breaks. Origins that start with BM are bugs that systems of this kind had.

%d of %d are found.

| bug | what goes wrong | origin | found by | right | seeds |
| --- | --- | --- | --- | --- | ---: |
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
		fmt.Fprintf(t.stdout, "| %s | %s | %s | %s | %s | %s |\n", o.Mutant.Name, title, o.Mutant.Origin, oracle, right, seeds)
	}
}
