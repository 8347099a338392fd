package sim

import (
	"testing"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/plan"
)

func TestRowsFitTheirSchemas(t *testing.T) {
	w := NewWorld()
	for variant, schema := range w.schemas {
		if !schema.Valid() {
			t.Errorf("schema %d is malformed", variant)
		}
		for id := uint64(1 << 40); id < 1<<40+50; id++ {
			if !schema.Fits(w.row(variant, id)) {
				t.Errorf("row %d does not fit schema %d", id, variant)
			}
			if schema.Fits(w.badRow(id)) {
				t.Errorf("the bad row fits schema %d", variant)
			}
			if !w.errorRow(id).IsError() {
				t.Error("the error row is none")
			}
		}
		if badSchema(uint64(variant)).Valid() {
			t.Errorf("bad schema %d is well-formed", variant)
		}
	}
}

// TestRowsNameTheirRequest wants every inserted row to be of one request only:
// judges attribute rows by it.
func TestRowsNameTheirRequest(t *testing.T) {
	p := generated(t, "default", 3)
	owner := map[relation.Row]uint64{}
	rows := 0
	Run(p, Options{OnObserve: func(o *invariants.Observation) {
		if o.Kind != invariants.Requested {
			return
		}
		for i := range o.Request.Appends {
			for _, u := range o.Request.Appends[i].Updates {
				if u.Diff < 0 {
					continue
				}
				rows++
				// The network may deliver a request twice, and a client may repeat it.
				who := uint64(o.Request.ID) >> 20
				if o.Request.ID>>62 == 2 {
					who = uint64(o.Request.ID)
				}
				if other, taken := owner[u.Data]; taken && other != who {
					t.Fatalf("row %v is of requests %d and %d", u.Data, other, who)
				}
				owner[u.Data] = who
			}
		}
	}})
	if rows == 0 {
		t.Fatal("no row was ever written")
	}
}

func TestShiftedSaturates(t *testing.T) {
	const last = frontier.MaxTimestamp
	for _, c := range []struct {
		t    frontier.Timestamp
		by   int64
		want frontier.Timestamp
	}{
		{5, 3, 8}, {5, -3, 2}, {5, -5, 0}, {5, -9, 0}, {0, -1 << 60, 0}, {last, 1, last}, {last - 1, 5, last}, {last, -1, last - 1},
	} {
		if got := shifted(c.t, c.by); got != c.want {
			t.Errorf("%d shifted by %d is %d, want %d", c.t, c.by, got, c.want)
		}
	}
}

func TestPlanWithoutAnythingEnds(t *testing.T) {
	p := small()
	p.Ops, p.Writers, p.Owners = nil, nil, nil
	r := Run(p, Options{})
	if r.Stuck || r.Interrupted || r.Counters.Boots != 1 {
		t.Fatalf("%+v", r)
	}
}

func TestStoryNamesWhatMatters(t *testing.T) {
	var s story
	s.reset(true)
	s.add("1.000000s c0#1 <- request 1.1 create u7")
	s.add("2.000000s c0#1 <- request 2.1 create u8")
	s.add("3.000000s c0#1 crashed")
	for range 5 {
		s.add("4.000000s c0#1 <- wake")
	}
	lines := s.about(&invariants.Violation{Message: "u7: something"}, false)
	if len(lines) != 5 || lines[0] != "1.000000s c0#1 <- request 1.1 create u7" || lines[1] != "3.000000s c0#1 crashed" {
		t.Fatalf("%q", lines)
	}
}

func TestUnknownPinsAreLeftOut(t *testing.T) {
	pins := []plan.Pin{{Purpose: "request_lost", Node: 1, Cause: 2, Nth: 3, Value: 4}, {Purpose: "no such purpose"}}
	names := purposeNames()
	back := planPins(names, kernelPins(nil, names, pins))
	if len(back) != 1 || back[0] != pins[0] {
		t.Fatalf("%+v", back)
	}
}
