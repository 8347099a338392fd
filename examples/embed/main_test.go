package main

import (
	"bytes"
	"testing"
)

func TestEmbed(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []string{
		`epoch 1, u1 is complete up to 0
("begun",0) × 1
("seen",0) × 2
refused: core: InvalidUppers u1, upper [1]: read the collections' uppers and repeat what is named at later times
`,
		`epoch 2, u1 is complete up to 1
("begun",0) × 1
("begun",1) × 1
("seen",0) × 2
("seen",1) × 2
refused: core: InvalidUppers u1, upper [2]: read the collections' uppers and repeat what is named at later times
`,
	} {
		var out bytes.Buffer
		if err := run(t.Context(), dir, &out); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", out.String(), want)
		}
	}
}
