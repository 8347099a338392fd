package page

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// A trial is drawn like a world: its machines have lanes, what they are given has its
// cause, and nothing in the page's data is missing that its script reads.
func TestPageOfATrial(t *testing.T) {
	for of, lane := range map[string]string{plan.TrialOfHosts: "host", plan.TrialOfShards: "machine-0"} {
		p := (&plan.Plan{Profile: "default", Seed: 1}).OfTrial(plan.Trial{Of: of, Seed: 5})
		c := NewCollector(p)
		o := sim.Options{Judged: true}
		c.Listen(&o)
		r := sim.Run(p, o)
		var d document
		unpacked(t, written(t, c, &About{Plan: p, Result: r}), "run", &d)
		named := false
		for _, l := range d.Lanes {
			named = named || l.Name == lane
		}
		if !named || uint64(len(d.At)) < r.Events {
			t.Errorf("%s: %d rows of %d steps, in %v", of, len(d.At), r.Events, d.Lanes)
		}
		caused, calls, answers := 0, 0, 0
		for i := range c.rows.len() {
			switch k := c.rows.kind[i]; {
			case k == kindCall:
				calls++
			case k == kindAnswer && c.rows.via[i] != none && c.rows.kind[c.rows.via[i]] == kindInput:
				answers++
			case k == kindInput && c.rows.cause[i] != none && c.rows.kind[c.rows.cause[i]] == kindCall:
				caused++
			}
		}
		if calls == 0 || 2*caused < calls || of == plan.TrialOfShards && answers == 0 {
			t.Errorf("%s: %d calls, %d of them come back, %d answers have what they answer", of, calls, caused, answers)
		}
		if len(d.Head.Cast) != 2 || !strings.Contains(d.Head.Cast[0], "by itself") && !strings.Contains(d.Head.Cast[0], "by themselves") {
			t.Errorf("%s: the cast is %q", of, d.Head.Cast)
		}
		raw, err := json.Marshal(c.document(&About{Plan: p, Result: r, Commands: []Command{}}))
		if at := bytes.Index(raw, []byte(":null")); err != nil || at >= 0 {
			t.Errorf("%s: something is null (%v): %s", of, err, raw[max(0, at-30):max(0, at)])
		}
	}
}
