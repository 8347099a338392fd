package report

import (
	"fmt"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
)

// counts prints what happened and names what did not.
func (p *Page) counts(label, otherwise string, list []sim.Count) {
	var some, none []string
	for _, c := range list {
		if c.N == 0 {
			none = append(none, c.Name)
			continue
		}
		some = append(some, fmt.Sprintf("%s %s", c.Name, Number(c.N)))
	}
	if len(some) == 0 {
		some = []string{"nothing"}
	}
	p.items(label, some, ", ")
	if len(none) > 0 {
		p.items("", append([]string{otherwise + " " + none[0]}, none[1:]...), ", ")
	}
}

// oracles prints how often each invariant was checked and how often its interesting
// case was really met. One that never met its case proves nothing and is named.
func (p *Page) oracles(list []invariants.Stat) {
	var met, never []string
	for _, s := range list {
		if s.Met == 0 {
			never = append(never, s.Name)
			continue
		}
		met = append(met, fmt.Sprintf("%s %s/%s", s.Name, Number(s.Met), Number(s.Checked)))
	}
	if len(met) == 0 {
		met = []string{"none met its case"}
	}
	p.items("oracles", met, ", ")
	p.items("", []string{"(case met / checked)"}, "")
	if len(never) > 0 {
		p.items("", append([]string{p.paint(yellow, "never met:") + " " + never[0]}, never[1:]...), ", ")
	}
}
