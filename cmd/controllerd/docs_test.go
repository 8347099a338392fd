package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/operations.md names every metric of both programs and no other one.
func TestMetricsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	// In the table a name may be shortened to how it differs from the one before:
	// tidemark_a_upper_seconds, _lag_seconds.
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `tidemark_[^|]*\\|").FindAllString(string(text), -1) {
		first := ""
		for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row, -1) {
			if strings.HasPrefix(name[1], "_") {
				documented = append(documented, first+name[1])
				continue
			}
			documented = append(documented, name[1])
			first = regexp.MustCompile(`_[a-z]+_seconds$`).ReplaceAllString(name[1], "")
		}
	}
	var exported []string
	for _, file := range []string{"metrics.go", "../storaged/metrics.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`"(tidemark_[a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
			exported = append(exported, name[1])
		}
	}
	slices.Sort(documented)
	slices.Sort(exported)
	if !slices.Equal(documented, exported) {
		t.Errorf("docs/operations.md lacks %v\nand has %v, which nobody exports", without(exported, documented), without(documented, exported))
	}
	if len(exported) < 30 {
		t.Errorf("found %d metrics only", len(exported))
	}
}

// Every flag that the operations page names is one.
func TestFlagsInDocumentExist(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	o := &options{}
	f := (&tool{}).flags(&command{Name: "serve"})
	o.define(f)
	others := []string{"size", "host", "connection", "report", "status-listen"} // of ctl, simrun and storaged
	ours := regexp.MustCompile(`(?m)^pg_.*$`).ReplaceAll(text, nil)             // Postgres's own programs have their own
	found := 0
	for _, name := range regexp.MustCompile(`--([a-z][a-z-]+)`).FindAllStringSubmatch(string(ours), -1) {
		found++
		if f.Lookup(name[1]) == nil && !slices.Contains(others, name[1]) {
			t.Errorf("there is no --%s", name[1])
		}
	}
	if found < 20 {
		t.Errorf("found %d flags only", found)
	}
}

func without(all, those []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(those, s) })
}
