package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the README tells people to type works, in that order, against one controller;
// and so do the examples of docs/protocol.md.
func TestDocumentedCommands(t *testing.T) {
	for _, document := range []string{"../../README.md", "../../docs/protocol.md"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		r := run(t)
		r.until("ready", r.ready)
		typed := 0
		for _, line := range strings.Split(strings.ReplaceAll(string(text), " \\\n", " "), "\n") {
			switch {
			case strings.HasPrefix(line, "curl "):
				r.curl(line)
				typed++
			case strings.HasPrefix(line, "go run ./cmd/controllerd ctl "):
				r.ctl(line)
				typed++
			}
		}
		if typed < 3 {
			t.Errorf("%s: found %d commands only", document, typed)
		}
		r.stop()
	}
}

// curl posts what a curl command would.
func (r *running) curl(line string) {
	r.t.Helper()
	body := regexp.MustCompile(`-d '([^']*)'`).FindStringSubmatch(line)
	path := regexp.MustCompile(`http://127\.0\.0\.1:7766(\S*)`).FindStringSubmatch(line)
	if body == nil || path == nil || !strings.Contains(line, "-H 'Content-Type: application/json'") {
		r.t.Errorf("not understood: %s", line)
		return
	}
	response, err := http.Post(r.url+path[1], "application/json", strings.NewReader(body[1]))
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		r.t.Errorf("%s: %s %s", line, response.Status, text)
	}
}

// ctl runs a command as a shell would.
func (r *running) ctl(line string) {
	r.t.Helper()
	// What follows two spaces explains.
	line, _, _ = strings.Cut(line, "   ")
	arguments := []string{"controllerd"}
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1)[3:] {
		arguments = append(arguments, strings.Trim(word, "'"))
	}
	var out, problems bytes.Buffer
	if code := Main(arguments, []string{"CONTROLLERD_SERVER=" + r.url}, strings.NewReader(""), &out, &problems); code != exitOK {
		r.t.Errorf("%s: %d %s", line, code, problems.String())
	}
}
