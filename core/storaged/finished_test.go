package storaged_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
)

var exported = core.GlobalID{Kind: core.IDUser, N: 9}

// closedInput is a world whose u1 is finished.
func closedInput(t *testing.T) *world {
	w := newWorld(t)
	w.make(dataShard(user(1)), persist.Call{Op: persist.OpCompareAndAppend, Writer: persist.WriterID{Lo: 1},
		Token: persist.Token{Lo: 1}, Upper: frontier.Empty()})
	return w
}

// complete is the definition of an export of which everything is out: its controller
// holds nothing of the input any more.
func complete(asOf core.Command) core.Command {
	asOf.Sink.AsOf = frontier.Empty()
	return asOf
}

// An export that starts at the last time of all has nothing to write, but says that
// it is finished when its input is (H-22).
func TestFinishedBeforeItStarts(t *testing.T) {
	w := closedInput(t)
	p := w.start()
	w.connect(p, export(9, frontier.MaxTimestamp, false))
	w.calm(3 * clock.Second)
	if f := p.uppers[exported]; !f.IsEmpty() {
		t.Errorf("it is reported up to %v", f)
	}
	w.judge()
	if got := w.target(exported).progress; !got.IsEmpty() {
		t.Errorf("the progress is %v", got)
	}
}

// An export that is finished is defined as of the end. That is the same export: it
// rests on, and another process that gets it so reports that it is finished (H-2).
func TestFinishedAndToldAgain(t *testing.T) {
	w := closedInput(t)
	p := w.start()
	w.connect(p, export(9, 5, true))
	w.calm(3 * clock.Second)
	fence := w.target(exported).fence
	w.connect(p, complete(export(9, 5, true)))
	w.calm(3 * clock.Second)
	if c := w.condition(p, exported); c != storaged.Finished || w.target(exported).fence != fence {
		t.Errorf("it is %v after it was defined again", c)
	}
	again := w.start()
	w.connect(again, complete(export(9, 5, true)))
	w.calm(3 * clock.Second)
	if f, ok := again.uppers[exported]; !ok || !f.IsEmpty() {
		t.Errorf("a second process reports it up to %v (%v)", f, ok)
	}
	w.judge()
}

// An export that is defined as of the end, although the external system has nothing
// of it, is never said to be finished, and writes nothing: that would hide a loss.
func TestNothingOutAndToldToEnd(t *testing.T) {
	w := closedInput(t)
	p := w.start()
	w.connect(p, complete(export(9, 5, true)))
	w.calm(3 * clock.Second)
	if f, ok := p.uppers[exported]; ok && f != frontier.Minimum() {
		t.Errorf("it is reported up to %v", f)
	}
	if c := w.condition(p, exported); c == storaged.Finished || c == storaged.Failed {
		t.Errorf("it is %v", c)
	}
	if got := w.target(exported); got.progress != frontier.Minimum() || len(got.output) != 0 {
		t.Errorf("the progress is %v after %v", got.progress, got.output)
	}
}
