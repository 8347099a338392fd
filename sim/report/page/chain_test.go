package page

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tidemark/invariants"
)

// acknowledged is a row in which an append is acknowledged.
func acknowledged(t *testing.T, c *Collector) int32 {
	t.Helper()
	for i := c.rows.len() - 1; i >= 0; i-- {
		if c.rows.kind[i] == kindAnswer && strings.Contains(c.rows.text[i], " append u") && strings.HasSuffix(c.rows.text[i], ": Ok") {
			return int32(i)
		}
	}
	t.Fatal("no append is acknowledged")
	return none
}

// A made-up violation at an acknowledgement is shown there, and its story goes back to
// the client that asked, by way of the shard.
func TestStoryGoesBackToTheClient(t *testing.T) {
	_, _, c := played(t, "calm", 1)
	at := acknowledged(t, c)
	name := c.collections.list[c.rows.subject[at]].name
	v := &invariants.Violation{Invariant: "S5", Step: c.rows.step[at], AtUs: c.rows.at[at], Node: 0,
		Message: name + ": an append is acknowledged and is not durable"}
	links := c.tell(v)
	var kinds []string
	for i, l := range links {
		if i > 0 && links[i-1].Row >= l.Row {
			t.Errorf("link %d is out of order", i)
		}
		if l.Role == roleCause || l.Role == roleViolation {
			for _, row := range append([]int32{l.Row}, l.Also...) {
				kinds = append(kinds, kindNames[c.rows.kind[row]])
			}
		}
	}
	if links[len(links)-1].Row != at || links[len(links)-1].Role != roleViolation {
		t.Errorf("the violation is shown in %q", links[len(links)-1].Says)
	}
	want := []string{"request sent", "input", "call", "takes effect", "input", "answer"}
	if diff := cmp.Diff(want, kinds[max(0, len(kinds)-len(want)):]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMentioned(t *testing.T) {
	names, numbers := mentioned("u12, t3: request 4611686018594111489 up to [1000041717], step 12")
	if diff := cmp.Diff([]string{"u12", "t3"}, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"159.1", "1000041717"}, numbers); diff != "" {
		t.Error(diff)
	}
	if got := readable("request 4611686018594111489 at 5"); got != "request 159.1 at 5" {
		t.Error(got)
	}
}
