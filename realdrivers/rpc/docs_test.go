package rpc

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// docs/protocol.md names every call, and every type of failure under the code that it
// has.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	calls := tidemarkpb.File_tidemark_v1_controller_proto.Services().ByName("Controller").Methods()
	for i := range calls.Len() {
		if name := string(calls.Get(i).Name()); !regexp.MustCompile(`(?m)^\| .*\b` + name + `\b.* \|`).Match(text) {
			t.Errorf("the table of calls lacks %s", name)
		}
	}
	for code := core.Ok + 1; code < core.ErrorCodeCount; code++ {
		if code == core.RequestIDOpen {
			continue // ids of requests are chosen here
		}
		row := regexp.MustCompile(`(?m)^\| ` + codeOf(code, true).String() + ` \|.*$`).Find(text)
		if !strings.Contains(string(row), code.String()) {
			t.Errorf("the table of errors lacks %s in the row of %s: %q", code, codeOf(code, true), row)
		}
	}
}
