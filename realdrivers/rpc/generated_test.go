package rpc

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var generated = flag.Bool("generated", false, "build buf and compare the committed code with what it makes of proto/")

// The committed code is what the tools make of proto/: "make proto" writes it.
func TestGeneratedCode(t *testing.T) {
	if !*generated {
		t.Skip("building buf takes a minute and a half: make nightly does it, or -generated")
	}
	template, err := os.ReadFile("proto/buf.gen.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const modfile = "-modfile=../../../tools/buf/go.mod"
	c := exec.Command("go", "tool", modfile, "buf", "generate", "--template",
		writeFile(t, strings.ReplaceAll(string(template), "out: ../tidemarkpb", "out: "+dir)))
	c.Dir = "proto"
	if out, err := c.CombinedOutput(); err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("SKIP: buf does not run here: %v\n%s", err, out)
		}
		t.Fatalf("buf: %v\n%s", err, out)
	}
	for _, name := range []string{"controller.pb.go", "controller.connect.go"} {
		fresh, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		committed, err := os.ReadFile(filepath.Join("tidemarkpb", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(fresh, committed) {
			t.Errorf("tidemarkpb/%s is not what proto/ says: make proto", name)
		}
	}
}

func writeFile(t *testing.T, text string) (path string) {
	path = filepath.Join(t.TempDir(), "buf.gen.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
