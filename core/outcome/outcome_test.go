package outcome

import "testing"

func TestNamesAndDefiniteness(t *testing.T) {
	definite := map[Outcome]bool{Done: true, NotDone: true, Mismatch: true, Fenced: true, LeaseExpired: true, NotYet: true, Invalid: true}
	names := map[string]Outcome{}
	for o := None; o <= Invalid; o++ {
		if o.Definite() != definite[o] {
			t.Errorf("%v: definite is %v", o, o.Definite())
		}
		if other, found := names[o.String()]; found {
			t.Errorf("%d and %d are both called %s", o, other, o)
		}
		names[o.String()] = o
	}
	if unknown := Invalid + 1; unknown.String() != "outcome?" {
		t.Errorf("an outcome that does not exist is called %s", unknown)
	}
}
