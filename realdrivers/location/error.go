package location

import "strconv"

// Error is a location that cannot be used, and why.
type Error struct {
	// Location is what was given, without secrets; "" if nothing of it can be shown.
	Location string
	// Problem says what is wrong and what would be right.
	Problem string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Location == "" {
		return "location: " + e.Problem
	}
	return "location: " + e.Location + ": " + e.Problem
}

// quote shows a scheme or a parameter that was given, after a space, or nothing if
// it looks like something else.
func quote(text string) string {
	if !word(text) {
		return ""
	}
	return " " + strconv.Quote(text)
}
