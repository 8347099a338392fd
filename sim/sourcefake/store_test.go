package sourcefake

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
)

var ingestion = core.GlobalID{Kind: core.IDUser, N: 7}

func do(s *Store, nowUs int64, c source.Call) source.Result {
	var r source.Result
	c.Connection, c.Ingestion = "source-1", ingestion
	s.Apply(nowUs, &c, &r)
	return r
}

// drawn is a content with gaps, several records at an offset, and bursts.
func drawn(t *rapid.T) Content {
	var c Content
	offset, at := source.Offset(rapid.IntRange(0, 3).Draw(t, "first")), int64(0)
	for i := range rapid.IntRange(0, 12).Draw(t, "records") {
		if i == 0 || rapid.IntRange(0, 2).Draw(t, "together") > 0 {
			offset += source.Offset(rapid.IntRange(1, 4).Draw(t, "gap"))
			at += int64(rapid.IntRange(0, 5).Draw(t, "pause"))
		}
		c.Records = append(c.Records, source.Record{Offset: offset, Output: uint32(i % 3), Data: relation.Row([]byte{byte('a' + i)}), Diff: 1})
		c.AtUs = append(c.AtUs, at)
	}
	c.Finished = rapid.Bool().Draw(t, "finishes")
	c.FinishUs = at + int64(rapid.IntRange(0, 5).Draw(t, "finish"))
	c.Trailing = source.Offset(rapid.IntRange(0, 9).Draw(t, "trailing"))
	return c
}

// TestEveryRecordOnceHoweverPolled: whoever polls from where the last poll ended
// gets what the source has said, each record once and in order, with no offset
// parted; and whoever starts again gets the same.
func TestEveryRecordOnceHoweverPolled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawn(t)
		var s Store
		s.Add("source-1", c)
		last := int64(100)
		for range 2 {
			var got []source.Record
			from, now := source.Offset(0), int64(0)
			for {
				r := do(&s, now, source.Call{Op: source.OpPoll, From: from, Max: uint32(rapid.IntRange(1, 4).Draw(t, "max"))})
				if r.Outcome != outcome.Done || r.Upto < from {
					t.Fatalf("poll from %d: %+v", from, r)
				}
				for _, v := range r.Records {
					if v.Offset < from || v.Offset >= r.Upto {
						t.Fatalf("record at %d is not in [%d, %d)", v.Offset, from, r.Upto)
					}
				}
				got = append(got, r.Records...)
				if r.Finished && len(got) < len(c.Records) {
					t.Fatal("finished too early")
				}
				if r.Upto == from && now == last {
					if r.Finished != c.Finished {
						t.Fatalf("finished %v at the end, want %v", r.Finished, c.Finished)
					}
					break
				}
				from = r.Upto
				now = min(last, now+int64(rapid.IntRange(0, 20).Draw(t, "time passes")))
			}
			if !slices.Equal(got, c.Records) {
				t.Fatalf("got %v, want %v", got, c.Records)
			}
		}
	})
}

// TestConfirmedIsGone: what an ingestion confirmed cannot be polled again by it, and
// a confirmation never goes back; another ingestion is not concerned.
func TestConfirmedIsGone(t *testing.T) {
	var s, clone Store
	c := Content{}
	for i := range 6 {
		c.Records = append(c.Records, source.Record{Offset: source.Offset(i), Diff: 1})
		c.AtUs = append(c.AtUs, 0)
	}
	s.Add("source-1", c)
	clone.CopyFrom(&s)
	do(&s, 1, source.Call{Op: source.OpConfirm, From: 4})
	do(&s, 1, source.Call{Op: source.OpConfirm, From: 2})
	if r := do(&s, 1, source.Call{Op: source.OpPoll, From: 3, Max: 9}); r.Outcome != outcome.Mismatch || r.Upto != 4 {
		t.Errorf("poll of what was confirmed: %+v", r)
	}
	if r := do(&s, 1, source.Call{Op: source.OpPoll, From: 4, Max: 9}); r.Outcome != outcome.Done || len(r.Records) != 2 {
		t.Errorf("poll of the rest: %+v", r)
	}
	if r := do(&clone, 1, source.Call{Op: source.OpPoll, Max: 9}); len(r.Records) != 6 {
		t.Errorf("a copy forgot what it should not: %+v", r)
	}
	var r source.Result
	s.Apply(1, &source.Call{Op: source.OpPoll, Connection: "source-1", Ingestion: core.GlobalID{Kind: core.IDUser, N: 8}, Max: 9}, &r)
	if len(r.Records) != 6 {
		t.Errorf("another ingestion gets %+v", r)
	}
}

func TestInvalidCalls(t *testing.T) {
	var s Store
	s.Add("source-1", Content{})
	for _, c := range []source.Call{
		{Op: source.OpPoll, Connection: "elsewhere", Ingestion: ingestion, Max: 1},
		{Op: source.OpPoll, Connection: "source-1", Max: 1},
		{Op: source.OpPoll, Connection: "source-1", Ingestion: ingestion},
		{Connection: "source-1", Ingestion: ingestion},
		{Op: source.OpRelease + 1, Connection: "source-1", Ingestion: ingestion},
	} {
		var r source.Result
		if s.Apply(0, &c, &r); r.Outcome != outcome.Invalid {
			t.Errorf("%+v: %+v", c, r)
		}
	}
}
