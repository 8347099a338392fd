package storaged_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// An export that starts at the last time of all has nothing to write, but says that
// it is finished when its input is (H-22).
func TestFinishedBeforeItStarts(t *testing.T) {
	w := newWorld(t)
	c := persist.Call{Op: persist.OpCompareAndAppend, Shard: dataShard(user(1)), Writer: persist.WriterID{Lo: 1},
		Token: persist.Token{Lo: 1}, Upper: frontier.Empty()}
	var r persist.Result
	if w.store.Apply(w.wall(), &c, &r); r.Outcome != outcome.Done {
		t.Fatalf("the input was not closed: %v", r.Outcome)
	}
	p := w.start()
	w.connect(p, export(9, frontier.MaxTimestamp, false))
	w.calm(3 * clock.Second)
	if f := p.uppers[user(9)]; !f.IsEmpty() {
		t.Errorf("it is reported up to %v", f)
	}
	w.judge()
	if got := w.target(core.GlobalID{Kind: core.IDUser, N: 9}).progress; !got.IsEmpty() {
		t.Errorf("the progress is %v", got)
	}
}
