package runtime

import (
	"time"

	"example.com/tidemark/core/outcome"
)

// Observer hears what a loop does, for metrics and logs. Its methods are called from
// several goroutines, the loop's own among them, so they must be quick and safe for
// concurrent use.
type Observer interface {
	// Stepped: the machine took an input of a kind, in so much time, with so many
	// effects; queued entries wait behind it.
	Stepped(input string, took time.Duration, effects, queued int)
	// Called: a call of a driver ended, so long after it was asked for. Unknown and
	// not-done ones are what the machine repeats.
	Called(driver, op string, ended outcome.Outcome, took time.Duration)
	// Panicked: a driver did. Its call has become Unknown.
	Panicked(driver, op string, value any, stack []byte)
	// Abandoned: a driver has not come back although its context had ended long
	// before. Its call has become Unknown; its goroutine remains until it returns.
	Abandoned(driver, op string, after time.Duration)
	// JournalFailed: a part of the journal could not be written. The controller goes on.
	JournalFailed(err *JournalError)
}

// nobody observes nothing.
type nobody struct{}

func (nobody) Stepped(string, time.Duration, int, int)               {}
func (nobody) Called(string, string, outcome.Outcome, time.Duration) {}
func (nobody) Panicked(driver, op string, value any, stack []byte)   {}
func (nobody) Abandoned(driver, op string, after time.Duration)      {}
func (nobody) JournalFailed(*JournalError)                           {}
