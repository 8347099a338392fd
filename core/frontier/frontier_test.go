package frontier

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// domain is the small total order on which laws are proved by trying everything:
// its two ends, their neighbours, and a few in between.
func domain() []Frontier {
	return []Frontier{Minimum(), At(1), At(2), At(3), At(1 << 63), At(MaxTimestamp - 1), At(MaxTimestamp), Empty()}
}

func drawFrontier(t *rapid.T, label string) Frontier {
	return rapid.OneOf(
		rapid.SampledFrom(domain()),
		rapid.Map(rapid.Uint64(), func(v uint64) Frontier { return At(Timestamp(v)) }),
	).Draw(t, label)
}

// above is the dumb meaning of a frontier: whether the time is not complete yet.
// A frontier is the set of times at or after it.
func above(f Frontier, t Timestamp) bool { return !f.Empty && t >= f.T }

// times are enough of them to tell any two frontiers of the domain apart.
func times() []Timestamp {
	return []Timestamp{0, 1, 2, 3, 4, 1<<63 - 1, 1 << 63, 1<<63 + 1, MaxTimestamp - 1, MaxTimestamp}
}

// A frontier is a set of times, ≤ is ⊇, join is ∩ and meet is ∪.
func TestMeaning(t *testing.T) {
	for _, f := range domain() {
		for _, time := range times() {
			if f.LessEqualTime(time) != above(f, time) {
				t.Errorf("%v.LessEqualTime(%d) = %v", f, time, f.LessEqualTime(time))
			}
		}
		for _, g := range domain() {
			includes, same := true, true
			for _, time := range times() {
				in, other := above(f, time), above(g, time)
				includes = includes && (in || !other)
				same = same && in == other
				if above(f.Join(g), time) != (in && other) {
					t.Errorf("%v join %v = %v", f, g, f.Join(g))
				}
				if above(f.Meet(g), time) != (in || other) {
					t.Errorf("%v meet %v = %v", f, g, f.Meet(g))
				}
			}
			if f.LessEqual(g) != includes {
				t.Errorf("%v ≤ %v is %v", f, g, f.LessEqual(g))
			}
			if f.LessThan(g) != (includes && !same) {
				t.Errorf("%v < %v is %v", f, g, f.LessThan(g))
			}
			if (f == g) != same {
				t.Errorf("%v == %v is %v", f, g, f == g)
			}
		}
	}
}

func TestLattice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, g, h := drawFrontier(t, "f"), drawFrontier(t, "g"), drawFrontier(t, "h")
		for name, holds := range map[string]bool{
			"reflexive":        f.LessEqual(f) && !f.LessThan(f),
			"antisymmetric":    !(f.LessEqual(g) && g.LessEqual(f)) || f == g,
			"transitive":       !(f.LessEqual(g) && g.LessEqual(h)) || f.LessEqual(h),
			"total":            f.LessEqual(g) || g.LessEqual(f),
			"strict":           f.LessThan(g) == !g.LessEqual(f),
			"join commutes":    f.Join(g) == g.Join(f),
			"meet commutes":    f.Meet(g) == g.Meet(f),
			"join associates":  f.Join(g).Join(h) == f.Join(g.Join(h)),
			"meet associates":  f.Meet(g).Meet(h) == f.Meet(g.Meet(h)),
			"join idempotent":  f.Join(f) == f,
			"meet idempotent":  f.Meet(f) == f,
			"absorption":       f.Join(f.Meet(g)) == f && f.Meet(f.Join(g)) == f,
			"distribution":     f.Meet(g.Join(h)) == f.Meet(g).Join(f.Meet(h)),
			"join is least":    f.LessEqual(f.Join(g)) && g.LessEqual(f.Join(g)) && (!(f.LessEqual(h) && g.LessEqual(h)) || f.Join(g).LessEqual(h)),
			"meet is greatest": f.Meet(g).LessEqual(f) && f.Meet(g).LessEqual(g) && (!(h.LessEqual(f) && h.LessEqual(g)) || h.LessEqual(f.Meet(g))),
			"minimum":          Minimum().LessEqual(f) && f.Join(Minimum()) == f && f.Meet(Minimum()) == Minimum(),
			"empty":            f.LessEqual(Empty()) && f.Meet(Empty()) == f && f.Join(Empty()) == Empty(),
			"valid":            f.Valid() && f.Join(g).Valid() && f.Meet(g).Valid() && f.StepBack().Valid(),
		} {
			if !holds {
				t.Fatalf("%s: f=%v g=%v h=%v", name, f, g, h)
			}
		}
	})
}

func TestStepBack(t *testing.T) {
	for _, c := range []struct{ f, want Frontier }{
		{Minimum(), Minimum()}, {At(1), Minimum()}, {At(2), At(1)},
		{At(MaxTimestamp), At(MaxTimestamp - 1)}, {Empty(), Empty()},
	} {
		if got := c.f.StepBack(); got != c.want {
			t.Errorf("step back of %v = %v, want %v", c.f, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f, g := drawFrontier(t, "f"), drawFrontier(t, "g")
		if f.LessEqual(g) && !f.StepBack().LessEqual(g.StepBack()) {
			t.Fatalf("not monotone: %v ≤ %v", f, g)
		}
		if last, ok := f.AsOption(); ok && last > 0 && (f.LessEqualTime(last-1) || !f.StepBack().LessEqualTime(last-1)) {
			t.Fatalf("step back of %v is %v: not exactly one time earlier", f, f.StepBack())
		}
	})
}

func TestTextForm(t *testing.T) {
	for text, f := range map[string]Frontier{"[0]": Minimum(), "[3]": At(3), "[]": Empty(), "[18446744073709551615]": At(MaxTimestamp)} {
		if f.String() != text {
			t.Errorf("got %s, want %s", f, text)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := drawFrontier(t, "f")
		if got, ok := Parse(f.String()); !ok || got != f {
			t.Fatalf("%v parses as %v, %v", f, got, ok)
		}
	})
	for _, bad := range []string{"", "[", "[]]", "3", "[3", "3]", "[03]", "[+3]", "[-1]", "[ ]", "[18446744073709551616]", "[1,2]"} {
		if f, ok := Parse(bad); ok {
			t.Errorf("%q parses as %v", bad, f)
		}
	}
}

func TestValid(t *testing.T) {
	if (Frontier{T: 1, Empty: true}).Valid() {
		t.Error("an empty frontier with a time is valid")
	}
	if Minimum() != (Frontier{}) || !Empty().IsEmpty() || At(0).IsEmpty() {
		t.Error("the zero value is not the minimum")
	}
	if _, ok := Empty().AsOption(); ok {
		t.Error("the empty frontier holds a time")
	}
	if !slices.IsSortedFunc(domain(), func(a, b Frontier) int {
		if a.LessThan(b) {
			return -1
		}
		return 1
	}) {
		t.Error("the domain is not in order")
	}
}
