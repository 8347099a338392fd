package storaged_test

import (
	"testing"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
)

// TestBufferIsBounded: a host whose bindings are not answered goes on to poll until what
// it keeps, records and polls counted, has reached 8192, and not once more.
func TestBufferIsBounded(t *testing.T) {
	for _, each := range []int{1023, 1, 511, 4095, 8190, 8191, 8192} {
		w := newWorld(t)
		w.free = true
		p := w.start()
		c := ingest()
		c.Source.Status.Hi, c.Source.Status.Lo = 0, 0
		w.connect(p, c)
		polls, kept := 0, 0
		for n := 0; n < 20_000; n++ {
			i := 0
			for i < len(p.open) && (p.open[i].Kind != storaged.EffectSource || p.open[i].Source.Op != source.OpPoll) &&
				(p.open[i].Kind != storaged.EffectPersist || len(p.open[i].Persist.Updates) > 0) {
				i++
			}
			if i == len(p.open) {
				break
			}
			e := p.open[i]
			if e.Kind != storaged.EffectSource {
				w.end(p, i, fateDone)
				continue
			}
			if kept >= 8192 {
				t.Fatalf("%d are kept, and it polls", kept)
			}
			p.open = append(p.open[:i], p.open[i+1:]...)
			polls, kept = polls+1, kept+each+1
			in := storaged.Input{Kind: storaged.InputSourceDone, Effect: e.ID, Cause: e.Cause}
			in.Source = source.Result{Outcome: outcome.Done, Upto: e.Source.From + 1}
			for range each {
				in.Source.Records = append(in.Source.Records, source.Record{Offset: e.Source.From, Data: uintRow(1), Diff: 1})
			}
			w.step(p, &in)
		}
		if want := (8192 + each) / (each + 1); polls != want {
			t.Errorf("%d records a poll: %d polls, want %d", each, polls, want)
		}
		var v storaged.ObjectView
		if p.h.Find(user(1), &v); v.Buffered != kept {
			t.Errorf("%d records a poll: %d are buffered, want %d", each, v.Buffered, kept)
		}
	}
}
