package blob

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/blob"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
	"example.com/tidemark/internal/tests3"
	"example.com/tidemark/realdrivers/location"
)

func parse(t *testing.T, text string) location.Location {
	t.Helper()
	l, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newS3(t *testing.T, text string) *S3 {
	t.Helper()
	s, err := OpenS3(t.Context(), parse(t, text), Options{})
	return opened(t, s, err)
}

// Two stores of one bucket are what two processes are. This server keeps objects as
// files.
func TestS3Conformance(t *testing.T) {
	server := tests3.Start(t)
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Store {
		url := server.Bucket(t)
		return &suite.Store{Do: do(t, newS3(t, url)), Others: []func(*blob.Call, *blob.Result){do(t, newS3(t, url))}}
	})
}

// Stores of different prefixes do not see each other, nor what others put beside
// them.
func TestS3PrefixesAreApart(t *testing.T) {
	server := tests3.Start(t)
	bucket := server.Bucket(t)
	at := func(prefix string) *S3 { return newS3(t, strings.Replace(bucket, "?", "/"+prefix+"?", 1)) }
	a, ab, whole := at("a"), at("a/b/"), newS3(t, bucket)
	for _, s := range []*S3{a, ab, whole} {
		if got := outcomeOf(t.Context(), s, set("k/"+s.prefix+"x")); got != outcome.Done {
			t.Fatal(got)
		}
	}
	for s, want := range map[*S3]string{a: "b/k/a/b/x k/a/x", ab: "k/a/b/x", whole: "a/b/k/a/b/x a/k/a/x k/x"} {
		var r blob.Result
		s.Do(t.Context(), &blob.Call{Op: blob.OpList}, &r)
		if got := strings.Join(r.Keys, " "); r.Outcome != outcome.Done || got != want {
			t.Errorf("under %q: %v %s, want %s", s.prefix, r.Outcome, got, want)
		}
	}
}

// More than a page of names.
func TestS3ListsPages(t *testing.T) {
	server := tests3.Start(t)
	s := newS3(t, server.Bucket(t))
	const n = pageSize + 20
	for i := range n {
		if got := outcomeOf(t.Context(), s, set(fmt.Sprintf("k%d/%d", i%7, i))); got != outcome.Done {
			t.Fatal(got)
		}
	}
	var all, some blob.Result
	s.Do(t.Context(), &blob.Call{Op: blob.OpList, Key: "k"}, &all)
	s.Do(t.Context(), &blob.Call{Op: blob.OpList, Key: "k", Limit: pageSize + 5}, &some)
	if len(all.Keys) != n || len(some.Keys) != pageSize+5 {
		t.Errorf("%v %d and %v %d", all.Outcome, len(all.Keys), some.Outcome, len(some.Keys))
	}
}

// What a server that is away is told to do is not done, and after it is back the
// store goes on.
func TestS3ServerAway(t *testing.T) {
	server := tests3.Start(t)
	s := newS3(t, server.Bucket(t))
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	// The first one may find a connection that has just ended.
	outcomeOf(t.Context(), s, set("a"))
	if got := outcomeOf(t.Context(), s, set("a")); got != outcome.NotDone {
		t.Errorf("set: %v", got)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(t.Context(), s, set("a")); got != outcome.Done {
		t.Errorf("afterwards: %v", got)
	}
}

func TestS3ThatCannotBeOpened(t *testing.T) {
	server := tests3.Start(t)
	bucket := server.Bucket(t)
	for _, text := range []string{strings.Replace(bucket, "bucket-", "no-bucket-", 1), "s3://bucket?endpoint=http://127.0.0.1:1"} {
		s, err := Open(t.Context(), parse(t, text), Options{})
		if err == nil || s != nil || !strings.Contains(err.Error(), "bucket") {
			t.Errorf("%s was opened: %v", text, err)
		}
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
	if _, err := Open(t.Context(), parse(t, bucket), Options{}); err == nil || strings.Contains(err.Error(), "not-the-secret") {
		t.Errorf("opened with another secret: %v", err)
	}
}

func TestS3LeavesNothingBehind(t *testing.T) {
	server := tests3.Start(t)
	bucket := server.Bucket(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s, err := OpenS3(t.Context(), parse(t, bucket), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(t.Context(), s, set("a")); got != outcome.Done {
		t.Error(got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := outcomeOf(ctx, s, set("b")); got != outcome.NotDone {
		t.Errorf("given up before it began: %v", got)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got := outcomeOf(t.Context(), s, set("b")); got != outcome.NotDone {
		t.Errorf("closed: %v", got)
	}
}
