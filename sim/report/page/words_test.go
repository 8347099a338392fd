package page

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/sim/plan"
)

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{byWhom("compare-and-append by c0#12: done"), "compare-and-append by controller 0 #12: done"},
		{byWhom("fetch-upper by foreign: done"), "fetch-upper by foreign: done"},
		{callText("persist#7 fetch-upper u1"), "fetch-upper u1 ·#7"},
		{callText("respond 1.1 Ok"), "respond 1.1 Ok"},
		{callText("host#0 send u1/2"), "send u1/2"},
		{faultText(&plan.Fault{Kind: plan.FaultCrash, Node: 1, Effect: 2, ForMs: 100}), "crash of controller 1, armed for its 2nd effect from now, 0.1 s"},
		{faultText(&plan.Fault{Kind: plan.FaultStashDown, Node: -1, Unknown: true, ForMs: 2000}), "stash-down, outcomes unknown, 2 s"},
		{faultText(&plan.Fault{Kind: plan.FaultForeignWriter, Slot: 7}), "foreign-writer on u7"},
		{ordinal(1) + ordinal(12) + ordinal(23) + ordinal(103), "1st12th23rd103rd"},
		{duration(999) + ", " + duration(1500) + ", " + duration(2_500_000), "999 µs, 1.5 ms, 2.5 s"},
		{during(250) + ", " + during(1500) + ", " + during(60_000), "250 ms, 1.5 s, 60 s"},
		{rowsMeant("u15: an append of 8 updates is acknowledged"), " 8 rows"},
		{rowsMeant("u15: an append of more updates is acknowledged"), ""},
		{requestText(2<<62 | 7<<32 | 5), "w7.5"},
		{policyText(core.Multiple(core.Lag(5), core.ValidFrom(frontier.At(3)))), "earliest of 2:, lag 5, valid from [3]"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// A number is not found inside a longer one, nor a request inside another's attempt.
func TestContainsAny(t *testing.T) {
	for text, want := range map[string]bool{
		"append u4 [1000] 3 rows": true, "append u4 [10001]": false, "[91000]": false,
		"request w1.4 append": true, "request w1.42 append": false, "request w11.4": false, "": false,
	} {
		if containsAny(text, []string{"1000", "w1.4"}) != want {
			t.Errorf("%q: not %v", text, want)
		}
	}
}

// Every kind of hold has words of its own.
func TestHoldsHaveWords(t *testing.T) {
	seen := map[string]bool{}
	for kind := core.HoldNamed; kind <= core.HoldToken; kind++ {
		text := holdText(&core.Hold{Kind: kind, Time: 5})
		if seen[text] || text == holdText(&core.Hold{Kind: 200, Time: 5}) {
			t.Errorf("kind %d is %q", kind, text)
		}
		seen[text] = true
	}
}
