package page

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// played is a run with its collector.
func played(t testing.TB, profile string, seed uint64) (*plan.Plan, *sim.Result, *Collector) {
	t.Helper()
	p, err := plan.Generate(profile, seed, plan.NewSeedDraws(seed))
	if err != nil {
		t.Fatal(err)
	}
	c := NewCollector(p)
	o := sim.Options{Judged: true}
	c.Listen(&o)
	return p, sim.Run(p, o), c
}

func written(t testing.TB, c *Collector, a *About) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unpacked is one of a page's data elements.
func unpacked(t testing.TB, text, id string, into any) {
	t.Helper()
	_, rest, ok := strings.Cut(text, `id="`+id+`">`)
	packed, _, end := strings.Cut(rest, "</script>")
	if !ok || !end {
		t.Fatalf("the page has no %s", id)
	}
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func TestDrawingChangesNothing(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		p, drawn, _ := played(t, "default", seed)
		if plain := sim.Run(p, sim.Options{Judged: true}); plain.TraceHash != drawn.TraceHash {
			t.Errorf("seed %d: the trace is %s, drawn it is %s", seed, plain.TraceHash, drawn.TraceHash)
		}
	}
}

func TestSameRunSamePage(t *testing.T) {
	var first string
	for range 2 {
		p, r, c := played(t, "default", 7)
		text := written(t, c, &About{Plan: p, Result: r})
		if first == "" {
			first = text
		}
		if text != first {
			t.Fatal("the same run has two pages")
		}
	}
	if strings.Contains(first, "src=") || strings.Contains(first, "http://") {
		t.Error("the page is not self-contained")
	}
}

// What is in the page is what happened: as many inputs and effects as the trace has
// lines of them, in the order of time, each with its cause before it.
func TestPageHoldsTheRun(t *testing.T) {
	for seed := uint64(1); seed <= 8; seed++ {
		profile := "default"
		if seed%2 == 0 {
			profile = "hosts"
		}
		p, r, c := played(t, profile, seed)
		inputs, effects, applied := 0, 0, 0
		sim.Run(p, sim.Options{Judged: true, Trace: func(line string) {
			switch words := append(strings.Fields(line), "", ""); {
			case words[2] == "<-":
				inputs++
			case words[2] == "->":
				effects++
			case slices.Contains([]string{"shard", "stash", "orchestrator", "source", "sink"}, words[1]):
				applied++
			}
		}})
		var d document
		text := written(t, c, &About{Plan: p, Result: r})
		unpacked(t, text, "run", &d)
		kinds := map[kind]int{}
		for _, k := range d.Kind {
			kinds[kind(k)]++
		}
		want := map[string]int{"inputs": inputs, "effects": effects, "applied": applied}
		got := map[string]int{"inputs": kinds[kindInput], "effects": kinds[kindCall] + kinds[kindAnswer] + kinds[kindNote], "applied": kinds[kindApply]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d (-want +got)\n%s", seed, diff)
		}
		checkColumns(t, &d)
		checkDetails(t, text, &d)
	}
}

func checkColumns(t *testing.T, d *document) {
	t.Helper()
	n := len(d.At)
	for _, length := range []int{len(d.Step), len(d.Lane), len(d.Kind), len(d.Tone), len(d.Cause), len(d.Via),
		len(d.Subject), strings.Count(d.Texts, "\n") + 1} {
		if length != n {
			t.Fatalf("a column has %d rows, another %d", length, n)
		}
	}
	linked := 0
	for i := range n {
		if d.At[i] < 0 {
			t.Errorf("row %d is before the one before it", i)
		}
		if int(d.Lane[i]) >= len(d.Lanes) || int(d.Subject[i]) > len(d.Collections) {
			t.Errorf("row %d has lane %d and subject %d", i, d.Lane[i], d.Subject[i])
		}
		if d.Cause[i] != 0 {
			linked++
		}
		if back := int(d.Cause[i]); i-back < 0 || i-back >= n {
			t.Errorf("the cause of row %d is %d rows back", i, back)
		}
	}
	if linked*3 < n*2 {
		t.Errorf("only %d of %d rows have a cause", linked, n)
	}
}

func checkDetails(t *testing.T, text string, d *document) {
	t.Helper()
	rows, changes := 0, 0
	for i := range d.Chunks {
		var list []detail
		unpacked(t, text, "details-"+strconv.Itoa(i), &list)
		rows += len(list)
		for k := range list {
			changes += len(list[k].Changes)
		}
	}
	if rows != len(d.At) || changes < rows/10 {
		t.Errorf("%d rows have details, and %d changes, of %d rows", rows, changes, len(d.At))
	}
}

// What hosts are told was sent by somebody, and what they report arrives: a command, a
// hello and a report have the other side's row as their cause.
func TestHostsAreLinkedWithControllers(t *testing.T) {
	linked := map[string]int{}
	for seed := uint64(1); seed <= 4; seed++ {
		_, _, c := played(t, "hosts", seed)
		for i := range c.rows.len() {
			word, _, _ := strings.Cut(c.rows.text[i], " ")
			cause := c.rows.cause[i]
			if c.rows.kind[i] != kindInput || cause == none || c.rows.lane[cause] == c.rows.lane[i] {
				continue
			}
			linked[word]++
		}
	}
	for _, word := range []string{"command", "hello", "report"} {
		if linked[word] == 0 {
			t.Errorf("no %s has a cause on another lane: %v", word, linked)
		}
	}
}

// Curves end where the collections are: what the page draws last as durable is what
// the judges' last look at the shard showed.
func TestCurvesFollowTheShards(t *testing.T) {
	p, err := plan.Generate("default", 3, plan.NewSeedDraws(3))
	if err != nil {
		t.Fatal(err)
	}
	c := NewCollector(p)
	o := sim.Options{Judged: true}
	c.Listen(&o)
	last := map[int32]invariants.ShardState{}
	o.OnObserve = func(seen *invariants.Observation) {
		c.Observe(seen)
		if seen.Kind == invariants.PersistApplied {
			if i := c.collections.ofShard(seen.PersistCall.Shard); i != none {
				last[i] = *seen.After
			}
		}
	}
	sim.Run(p, o)
	if len(last) == 0 {
		t.Fatal("no shard was ever touched")
	}
	for i, state := range last {
		col := &c.collections.list[i]
		for _, v := range col.curves {
			want := state.Since
			if v.what == "upper" {
				want = state.Upper
			}
			if v.incarnation == 0 && v.to[len(v.to)-1] != want {
				t.Errorf("%s: the durable %s ends at %v, the shard's is %v", col.name, v.what, v.to[len(v.to)-1], want)
			}
		}
	}
}

func TestHoldsAreDrawnUntilTheyEnd(t *testing.T) {
	found := 0
	for seed := uint64(1); seed <= 10; seed++ {
		p, r, c := played(t, "default", seed)
		written(t, c, &About{Plan: p, Result: r})
		for i := range c.collections.list {
			for _, h := range c.collections.list[i].holds {
				found++
				if h.to < h.from || h.from < 0 {
					t.Errorf("a hold is there from %d to %d", h.from, h.to)
				}
			}
		}
	}
	if found == 0 {
		t.Error("no run has a hold")
	}
}
