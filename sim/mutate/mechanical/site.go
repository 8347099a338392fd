package mechanical

import (
	"fmt"
	"strings"
)

// Operator is a kind of change.
type Operator string

// Operators.
const (
	Negate      Operator = "negate"       // a condition
	Boundary    Operator = "boundary"     // < and <=, > and >=, LessThan and LessEqual
	Equality    Operator = "equality"     // == and !=
	Logic       Operator = "logic"        // && and ||
	Arithmetic  Operator = "arithmetic"   // + and -, ++ and --, += and -=
	OffByOne    Operator = "off-by-one"   // one operand or result is one more or less
	Extremum    Operator = "extremum"     // min and max, Join and Meet
	NoSpan      Operator = "no-span"      // an instant plus nothing
	Constant    Operator = "constant"     // true and false, another error code
	DropCall    Operator = "drop-call"    // a call for its effect is left out
	DropAssign  Operator = "drop-assign"  // an assignment is left out
	DropJump    Operator = "drop-jump"    // continue, break or a bare return is left out
	EarlyReturn Operator = "early-return" // a function without results does nothing
)

// Site is one place with one change.
type Site struct {
	// Number switches it on; numbers start at 1 and are dense.
	Number   int      `json:"number"`
	Operator Operator `json:"operator"`
	// File is relative to the module's root, with slashes.
	File     string `json:"file"`
	Line     int    `json:"line"`
	Function string `json:"function"`
	// Before and After are source text on one line, shortened if long.
	Before string `json:"before"`
	After  string `json:"after"`
}

// shards is what shards must be in a world that runs the site.
func (s *Site) shards() string {
	if strings.HasPrefix(s.File, "core/persist/shard/") {
		return onStack
	}
	return onModel
}

// String is the site as filters see it.
func (s *Site) String() string {
	return fmt.Sprintf("%s:%d %s %s: %s -> %s", s.File, s.Line, s.Function, s.Operator, s.Before, s.After)
}
