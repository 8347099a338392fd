package main

import (
	"bytes"
	"testing"
)

func TestOwnLoop(t *testing.T) {
	const want = `stash take-over: done
stash peek: done
stash commit: done
persist open-critical: done
persist open-writer: done
persist fetch-upper: done
persist compare-and-append: done
persist open-leased-reader: done
persist snapshot: done
persist close-reader: done
u1 holds (42) × 1
`
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
