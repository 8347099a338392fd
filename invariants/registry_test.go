package invariants

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/invariants.md")

// document is docs/invariants.md, from the registry.
func document() string {
	var b strings.Builder
	b.WriteString("# What is judged\n\nGenerated from the registry in `invariants/` (`go test ./invariants -run TestDocument -update`).\n\n")
	b.WriteString("Every run is judged while it goes on, by oracles that share no code with what they judge: they keep a shadow of what clients asked, what the stores durably hold and what the controllers said, and every answer, change and effect must be explainable from it. ")
	b.WriteString("Beside each check stands a count of how often the case that it is there for really occurred (*met*): a check that never met its case proves nothing. At the end of a run the recorded history is judged once more by dumber code.\n\n")
	b.WriteString("Names starting with S are safety: they hold at every step. Names starting with L are liveness: after the faults have ended they hold within the bound.\n\n")
	b.WriteString("| name | | a violation means |\n| --- | --- | --- |\n")
	for _, d := range Registry() {
		b.WriteString("| " + d.Name + " | " + d.Title + " | " + d.Meaning + " |\n")
	}
	for _, d := range Registry() {
		b.WriteString("\n## " + d.Name + " " + d.Title + "\n\n" + d.Statement + "\n\n*A violation means:* " + d.Meaning + "\n\n*Met:* " + d.Met + ".\n")
	}
	return b.String()
}

func TestDocumentIsCurrent(t *testing.T) {
	const path = "../docs/invariants.md"
	if *update {
		if err := os.WriteFile(path, []byte(document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != document() {
		t.Fatalf("docs/invariants.md is not what the registry says (%v): run go test ./invariants -run TestDocument -update", err)
	}
}

func TestRegistryIsInOrder(t *testing.T) {
	docs, stats := Registry(), New().Stats()
	if len(docs) != judged || len(stats) != judged {
		t.Fatalf("%d docs, %d stats, %d judged", len(docs), len(stats), judged)
	}
	for i, d := range docs {
		if d.Name != names[i] || stats[i].Name != names[i] {
			t.Errorf("place %d: %s, %s, %s", i, d.Name, stats[i].Name, names[i])
		}
		if d.Title == "" || d.Statement == "" || d.Meaning == "" || d.Met == "" {
			t.Errorf("%s says too little", d.Name)
		}
	}
}
