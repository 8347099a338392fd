// Package codec turns core values into bytes and back, purely: one line of text
// for each input, effect, call and result (traces, scenarios, goldens), and JSON
// for a controller's dump.
//
// A line is a word followed by fields that are not zero:
//
//	persist id=7 cause=3 call=(compare-and-append shard=s… expected=[0] upper=[5] updates={"a"@3:+1})
//
// A field is key=value; a value is a word, a number, a frontier ([3], or [] when
// closed), a quoted string, a group in parentheses or a list in braces. Parsing
// what was appended gives the same value back; nil and empty lists are the same.
//
// Each type is described once (the functions in calls.go, requests.go and
// steps.go); the coder reads or writes along that description, so that the two
// directions cannot differ.
package codec
