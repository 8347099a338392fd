package report

import (
	"fmt"
	"strings"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
)

// counts prints what happened.
func (p *Page) counts(label string, list []sim.Count) {
	var some []string
	for _, c := range list {
		if c.N > 0 {
			some = append(some, fmt.Sprintf("%s %s", c.Name, Number(c.N)))
		}
	}
	p.items(label, orNothing(some), ", ")
}

// never names what did not happen.
func (p *Page) never(list []sim.Count) {
	var none []string
	for _, c := range list {
		if c.N == 0 {
			none = append(none, c.Name)
		}
	}
	if len(none) > 0 {
		p.items("", append([]string{p.paint(yellow, "never:") + " " + none[0]}, none[1:]...), ", ")
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

// met says which invariants met the case that they guard against, how often, and which
// did not; in brief it only counts them, because something else matters more.
func (p *Page) met(list []invariants.Stat, brief bool) {
	titles := map[string]string{}
	for _, doc := range invariants.Registry() {
		titles[doc.Name] = strings.TrimSpace(doc.Name + " " + doc.Title)
	}
	var met, never []string
	checked := uint64(0)
	for _, s := range list {
		checked += s.Checked
		if s.Met == 0 {
			never = append(never, s.Name)
			continue
		}
		met = append(met, fmt.Sprintf("%s %s", titles[s.Name], Number(s.Met)))
	}
	if brief {
		p.labelled("oracles", fmt.Sprintf("%d judges checked %s times; the case that each guards against came up for %d of them",
			len(list), Number(checked), len(met)))
		return
	}
	p.labelled("oracles", fmt.Sprintf("%d judges checked %s times. The case that each guards against came up:", len(list), Number(checked)))
	p.items("", orNever(met), ", ")
	if len(never) > 0 {
		p.items("", append([]string{p.paint(yellow, "never met:") + " " + never[0]}, never[1:]...), ", ")
	}
}

func orNever(list []string) []string {
	if len(list) == 0 {
		return []string{"for none of them"}
	}
	return list
}
