package rpc

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Whoever asks in a form that nobody reads is told how to ask.
func TestWrongForm(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, call, contentType string
		status                    int
		says                      string
	}{
		{"POST", "Status", "application/x-www-form-urlencoded", 415, "-H 'Content-Type: application/json'"},
		{"POST", "Append", "", 415, "-H 'Content-Type: application/json'"},
		{"POST", "Append", "application/json; charset=latin1", 415, "latin1"},
		{"POST", "Watch", "application/json", 415, "stream"},
		{"GET", "Status", "", 415, "?encoding=json&message="},
		{"GET", "Append", "", 405, "by POST"},
		{"PUT", "Append", "application/json", 405, `"PUT"`},
		{"POST", "Apend", "application/json", 404, "the calls are CreateCollections, "},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, w.server.URL+"/tidemark.v1.Controller/"+c.call, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var answer failed
		err = json.NewDecoder(response.Body).Decode(&answer)
		response.Body.Close()
		if err != nil || response.StatusCode != c.status || answer.Code == "" || !strings.Contains(answer.Message, c.says) {
			t.Errorf("%s %s as %q: %d %+v %v; want %d and %q", c.method, c.call, c.contentType, response.StatusCode, answer, err, c.status, c.says)
		}
	}
	if answer := w.ok("Status", ""); answer["phase"] == "" {
		t.Errorf("got %v", answer)
	}
}
