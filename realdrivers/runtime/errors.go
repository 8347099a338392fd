package runtime

import (
	"errors"
	"fmt"

	"example.com/tidemark/core"
)

// ErrStopped is why a machine that was asked to stop takes nothing any more.
var ErrStopped = errors.New("runtime: stopped")

// HaltError says that a machine halted: it does nothing any more, and must be started
// anew, if at all. A controller that is fenced was replaced by a newer one (C-13).
type HaltError struct {
	// Machine is "controller" or "host".
	Machine string
	Halt    core.Halt
	// Epoch of a controller.
	Epoch uint64
}

// Error says why, with the numbers, and what to do.
func (e *HaltError) Error() string {
	h := &e.Halt
	if h.Code == core.HaltFenced {
		return fmt.Sprintf("runtime: the %s halted: epoch %d has taken over from epoch %d (seen at: %s): use the newer one",
			e.Machine, h.A, h.B, h.Where)
	}
	return fmt.Sprintf("runtime: the %s of epoch %d halted: %s at %s (%d, %d): %s",
		e.Machine, e.Epoch, h.Code, h.Where, h.A, h.B, haltAdvice(h.Code))
}

func haltAdvice(code core.HaltCode) string {
	switch code {
	case core.HaltCorrupt:
		return "the metadata store holds something that cannot be read; restore it before starting again"
	case core.HaltContract:
		return "a driver or the configuration broke its contract; look at its log, then start again"
	case core.HaltContradiction:
		return "this is a bug; keep the journal, then start again"
	case core.HaltNone, core.HaltFenced:
	}
	return "start again"
}

// PanicError says that a machine panicked, which is a bug (C-4). It does nothing any
// more.
type PanicError struct {
	Machine string
	// Input is the kind of the input that it was given.
	Input string
	Value any
	Stack []byte
}

// Error says at which input, and what to do.
func (e *PanicError) Error() string {
	return fmt.Sprintf("runtime: the %s panicked at a %s: %v: this is a bug; keep the journal, then start again", e.Machine, e.Input, e.Value)
}

// NoResponseError says that a request got no response from the machine.
type NoResponseError struct {
	Op core.RequestOp
	ID core.RequestID
	// Definite: nothing of the request happened, and nothing will (C-8). Otherwise its
	// outcome is unknown.
	Definite bool
	// Cause is the context's error, ErrStopped, a *HaltError or a *PanicError.
	Cause error
}

// Error says which request, and whether anything of it may have happened.
func (e *NoResponseError) Error() string {
	what := "nothing of it has happened"
	if !e.Definite {
		what = "its outcome is unknown"
	}
	return fmt.Sprintf("runtime: no response to %s request %d, %s: %v", e.Op, e.ID, what, e.Cause)
}

// Unwrap is the cause.
func (e *NoResponseError) Unwrap() error { return e.Cause }
