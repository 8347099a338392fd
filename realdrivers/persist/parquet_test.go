package persist

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// reader is the path of a program that reads Parquet and has nothing in common with
// what writes it here: the one in tools/parquet, a module of its own.
func reader(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "parquet")
	command := exec.Command("go", "build", "-buildvcs=false", "-o", path, ".")
	command.Dir = filepath.Join("..", "..", "tools", "parquet")
	out, err := command.CombinedOutput()
	if err == nil {
		return path
	}
	text := fmt.Sprintf("build the reader in tools/parquet: %v\n%s", err, out)
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
	out, err := exec.Command(program, filepath.Join(p.dir, "blobs", filepath.FromSlash(keys[0]))).CombinedOutput()
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
	for lines := json.NewDecoder(bytes.NewReader(out)); lines.More(); {
		var l line
		if err := lines.Decode(&l); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		got = append(got, l)
	}
	want := []line{
		{Time: 3, Diff: 1, ID: new(uint64(1)), Buyer: new("ebb & flow"), Price: new(12.5), Odd: new(true)},
		{Time: 4, Diff: 2, ID: new(uint64(2)), Buyer: new("Šedá vlna"), Price: new(-0.25), Odd: new(false)},
		{Time: 5, Diff: 1, Error: new("division by zero")},
		{Time: 6, Diff: -1, ID: new(uint64(3))},
		{Time: 7, Diff: 1, Packed: new(fmt.Sprintf("%X", string(relation.Pack(relation.Value{Type: relation.Text, Text: "another schema"}))))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, out)
	}
}
