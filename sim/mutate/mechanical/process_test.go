package mechanical

import "testing"

func TestParse(t *testing.T) {
	one, err := parse([]byte("noise\n" + `{"seeds":3,"events":10,"wall_ms":7,"failures":[{"seed":2,"invariant":"S5","message":"lost"},{"seed":3}]}` + "\n"))
	if err != nil || one.verdict != Killed || one.oracle != "S5" || one.seed != 2 || len(one.failing) != 2 || one.seeds != 3 {
		t.Fatalf("got %+v, %v", one, err)
	}
	for line, same := range map[string]bool{
		`{"seeds":3,"events":10,"wall_ms":1234,"failures":[{"seed":2,"invariant":"S5","message":"lost"},{"seed":3}]}`: true,
		`{"seeds":3,"events":11,"wall_ms":7,"failures":[{"seed":2,"invariant":"S5","message":"lost"},{"seed":3}]}`:    false,
	} {
		if other, err := parse([]byte(line)); err != nil || (other.counts == one.counts) != same {
			t.Errorf("%s: counts %s, %v", line, other.counts, err)
		}
	}
	if _, err := parse([]byte("panic: no\n")); err == nil {
		t.Error("a complaint is taken for a verdict")
	}
}
