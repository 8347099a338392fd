package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// chaos says what went wrong: first what the plan places in time, in order, then
// everything that happened, by whom it befell.
func (p *Page) chaos(pl *plan.Plan, r *sim.Result) {
	rates, likely := map[string]int{}, false
	for _, rate := range pl.Rates.Each() {
		rates[rate.Name] = *rate.Permille
		likely = likely || *rate.Permille > 0
	}
	about := "for %s; then nothing fails any more (n of m planned; ‰ of the calls at risk)"
	if len(pl.Faults) == 0 && !likely {
		about = "for %s; then nothing fails any more"
	}
	p.labelled("chaos", fmt.Sprintf(about, Span(pl.ChaosMs)))
	switch {
	case len(pl.Faults) > 0:
		p.items("planned", placed(pl), ", ")
	case len(pl.Draws) > 0:
		p.labelled("planned", plural(len(pl.Draws), "call that fails", "calls that fail"))
	case likely:
		p.labelled("planned", "no fault at a time of the plan's choosing, only a call that fails now and then")
	default:
		p.labelled("planned", "no fault at all")
	}
	planned := map[string]uint64{}
	for i := range pl.Faults {
		planned[string(pl.Faults[i].Kind)]++
	}
	label := "happened"
	for _, whom := range befallen() {
		var list []string
		for _, c := range most(r.Faults, whom) {
			list = append(list, happened(c, planned[c.Name], rates[c.Name]))
		}
		if len(list) > 0 {
			list[0] = whom + ": " + list[0]
			p.items(label, list, ", ")
			label = ""
		}
	}
	if label != "" {
		p.labelled(label, "nothing")
	}
}

// shownKinds bounds how many kinds of fault of one victim are named.
const shownKinds = 6

// most are the faults that befell one victim most often, most frequent first.
func most(faults []sim.Count, whom string) []sim.Count {
	var list []sim.Count
	for _, c := range faults {
		if befalls(c.Name) == whom {
			list = append(list, c)
		}
	}
	return frequent(list, shownKinds)
}

// frequent is what happened, most frequent first; what would make it longer than so
// many is added up.
func frequent(list []sim.Count, atMost int) []sim.Count {
	list = slices.DeleteFunc(slices.Clone(list), func(c sim.Count) bool { return c.N == 0 })
	slices.SortStableFunc(list, func(a, b sim.Count) int { return cmp.Compare(b.N, a.N) })
	if len(list) <= atMost {
		return list
	}
	rest := sim.Count{Name: fmt.Sprintf("%d other kinds", len(list)-atMost+1)}
	for _, c := range list[atMost-1:] {
		rest.N += c.N
	}
	return append(list[:atMost-1], rest)
}

// happened says how often a fault happened, beside how often it was planned, or how
// likely it is to befall a single call.
func happened(c sim.Count, planned uint64, permille int) string {
	text := fmt.Sprintf("%s %s", strings.ReplaceAll(c.Name, "_", "-"), Number(c.N))
	switch {
	case planned > c.N:
		text += " of " + Number(planned)
	case permille > 0:
		text += fmt.Sprintf(" (%d‰)", permille)
	}
	return text
}

// shownFaults bounds the list of the faults that the plan places.
const shownFaults = 5

// placed lists the first faults that the plan places in time.
func placed(pl *plan.Plan) []string {
	faults := slices.Clone(pl.Faults)
	slices.SortStableFunc(faults, func(a, b plan.Fault) int { return cmp.Compare(a.AtMs, b.AtMs) })
	list := make([]string, 0, shownFaults+1)
	for i := range faults[:min(len(faults), shownFaults)] {
		list = append(list, placedFault(&faults[i]))
	}
	if more := len(faults) - shownFaults; more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return list
}

// placedFault is a fault with its time and, as far as it has one, its place.
func placedFault(f *plan.Fault) string {
	text := fmt.Sprintf("%s %s", Span(f.AtMs), f.Kind)
	switch {
	case f.Kind == plan.FaultMachineDown:
		text += fmt.Sprintf(" of machine %d", f.Machine)
	case f.Remote > 0:
		text += fmt.Sprintf(" of remote host %d", f.Remote)
	case f.Slot > 0 && befalls(string(f.Kind)) == toHosts:
		text += fmt.Sprintf(" of the host of u%d", f.Slot)
	case f.Slot > 0:
		text += fmt.Sprintf(" of u%d", f.Slot)
	case f.Node >= 0 && befalls(string(f.Kind)) == toControllers:
		text += fmt.Sprintf(" of controller %d", f.Node)
	}
	return text
}

// Whom faults befall.
const (
	toControllers = "controllers"
	toClients     = "messages with clients"
	toShards      = "shards"
	toStash       = "stash"
	toHosts       = "hosts"
	toExternal    = "external systems"
)

func befallen() []string {
	return []string{toControllers, toClients, toShards, toStash, toHosts, toExternal}
}

// befalls says whom a fault befalls, "" for one that nobody thought of.
func befalls(fault string) string {
	name := strings.ReplaceAll(fault, "_", "-")
	for _, group := range []struct {
		whom     string
		prefixes []string
	}{
		{toControllers, []string{"crash", "pause", "takeover", "machine-down", "completion-", "wake-", "late-effect-", "zombie-", "halted-", "clock-"}},
		{toClients, []string{"partition", "request-", "reply-", "message-", "session-reset", "client-", "refused-"}},
		{toShards, []string{"persist-", "snapshot-", "slow-shard", "foreign-", "poison-", "compaction", "call-to-finalized"}},
		{toStash, []string{"stash-"}},
		{toHosts, []string{"host-", "orphan", "orchestrator-", "hello-", "report-"}},
		{toExternal, []string{"source-", "sink-"}},
	} {
		if slices.ContainsFunc(group.prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			return group.whom
		}
	}
	return ""
}
