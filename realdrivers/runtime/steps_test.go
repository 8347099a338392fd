package runtime_test

import "testing"

// Whoever follows the steps is told that there were some, and of their end; looks are
// no steps.
func TestSteps(t *testing.T) {
	w := &world{}
	c := w.start(t, w.options())
	must(t, c, createTables(user(1)))
	raised, end, err := c.Steps(patience(t))
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	must(t, c, appendRow(user(1), 1, 5))
	select {
	case <-raised:
	case <-patience(t).Done():
		t.Fatal("an append was not told of")
	}
	gone, endGone, err := c.Steps(patience(t))
	if err != nil {
		t.Fatal(err)
	}
	endGone()
	stop(c)
	for more := true; more; {
		select {
		case _, more = <-raised:
		case <-patience(t).Done():
			t.Fatal("the end was not told of")
		}
	}
	select {
	case _, more := <-gone:
		if !more {
			t.Error("one that had ended was told of the controller's end")
		}
	default:
	}
	if _, _, err := c.Steps(patience(t)); err == nil {
		t.Error("a controller that has ended can be followed")
	}
}
