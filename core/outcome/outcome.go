// Package outcome holds the one vocabulary in which every call to the outside
// world ends. A completion has at least three outcomes: it happened, it certainly
// did not, nobody knows. Whatever a driver does not recognise is Unknown.
package outcome

// Outcome says how a call ended.
type Outcome uint8

const (
	// None is the zero value; no driver returns it.
	None Outcome = iota
	// Done: the call took effect (or had already, P-11) and the result's values hold.
	Done
	// NotDone: this attempt certainly did not take effect and never will.
	NotDone
	// Unknown: it may have taken effect, may take effect later, or never (C-14).
	Unknown
	// Mismatch: a comparison failed and nothing was applied; the result carries
	// what was found instead.
	Mismatch
	// Fenced: a newer epoch owns the thing; nothing was applied (C-13).
	Fenced
	// LeaseExpired: the reader that the call names has been removed (P-18).
	LeaseExpired
	// NotYet: what was asked for is not available yet (P-16).
	NotYet
	// Invalid: the arguments can never succeed; the result carries the reason.
	Invalid
)

// Definite reports whether the call's effect is known.
func (o Outcome) Definite() bool { return o != Unknown && o != None }

// String is the outcome's name as it appears in traces.
func (o Outcome) String() string {
	switch o {
	case None:
		return "none"
	case Done:
		return "done"
	case NotDone:
		return "not-done"
	case Unknown:
		return "unknown"
	case Mismatch:
		return "mismatch"
	case Fenced:
		return "fenced"
	case LeaseExpired:
		return "lease-expired"
	case NotYet:
		return "not-yet"
	case Invalid:
		return "invalid"
	}
	return "outcome?"
}
