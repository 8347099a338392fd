package persist

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// reader is the path of a program that reads Parquet and has nothing in common with
// what writes it here: the one of Apache Arrow, pinned in tools/parquet, which the go
// command builds the first time.
func reader(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "go", "tool", "-modfile=../../tools/parquet/go.mod", "-n", "parquet_reader")
	command.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false")
	var problems bytes.Buffer
	command.Stderr = &problems
	path, err := command.Output()
	if err == nil {
		return strings.TrimSpace(string(path))
	}
	text := fmt.Sprintf("build parquet_reader from tools/parquet: %v\n%s", err, &problems)
	if ci := os.Getenv("CI"); ci != "" && ci != "0" && ci != "false" {
		t.Fatal(text)
	}
	t.Skip("SKIP: ", text)
	return ""
}

// P-33: what lies in the blob store is read by somebody else's tool, as columns.
func TestOthersReadBatches(t *testing.T) {
	program := reader(t)
	p := place{t.TempDir()}
	d, _ := p.open(t, eachBlob())
	sale := func(id uint64, buyer string, price float64) relation.Row {
		return relation.Pack(relation.Value{Type: relation.Uint64, Bits: id}, relation.Value{Type: relation.Text, Text: buyer},
			relation.Value{Type: relation.Float64, Bits: math.Float64bits(price)}, relation.Value{Type: relation.Bool, Bits: id % 2})
	}
	r := do(d, persist.Call{
		Op: persist.OpCompareAndAppend, Writer: theWriter, Token: persist.Token{Hi: 1}, Upper: frontier.At(10),
		Updates: []relation.Update{
			{Data: sale(1, "ebb & flow", 12.5), Time: 3, Diff: 1},
			{Data: sale(2, "Šedá vlna", -0.25), Time: 4, Diff: 2},
			{Data: relation.PackError("division by zero"), Time: 5, Diff: 1},
			{Data: relation.Pack(relation.Value{Type: relation.Uint64, Bits: 3}, relation.Value{}, relation.Value{}, relation.Value{}), Time: 6, Diff: -1},
			{Data: relation.Pack(relation.Value{Type: relation.Text, Text: "another schema"}), Time: 7, Diff: 1},
		},
	})
	if r.Outcome != outcome.Done {
		t.Fatalf("%+v", r)
	}
	keys := p.files(t, theShard)
	if len(keys) != 1 {
		t.Fatal(keys)
	}
	out, err := exec.Command(program, "--json", "--no-metadata", filepath.Join(p.dir, "blobs", filepath.FromSlash(keys[0]))).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	type line struct {
		Time   uint64   `json:"time"`
		Diff   int64    `json:"diff"`
		Error  *string  `json:"error"`
		Packed *string  `json:"packed"`
		ID     *uint64  `json:"v1"`
		Buyer  *string  `json:"v2"`
		Price  *float64 `json:"v3"`
		Odd    *bool    `json:"v4"`
	}
	var got []line
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := []line{
		{Time: 3, Diff: 1, ID: new(uint64(1)), Buyer: new("ebb & flow"), Price: new(12.5), Odd: new(true)},
		{Time: 4, Diff: 2, ID: new(uint64(2)), Buyer: new("Šedá vlna"), Price: new(-0.25), Odd: new(false)},
		{Time: 5, Diff: 1, Error: new("division by zero")},
		{Time: 6, Diff: -1, ID: new(uint64(3))},
		{Time: 7, Diff: 1, Packed: new(fmt.Sprintf("% X", string(relation.Pack(relation.Value{Type: relation.Text, Text: "another schema"}))))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, out)
	}
}
