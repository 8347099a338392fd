package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Error says in one line why a plan is refused.
type Error struct {
	// Where in the plan: "ops[3].at_ms". Empty: the plan as a whole.
	Where string
	// Reason in words.
	Reason string
	// Newer is set if the plan is of a version that this program does not know.
	Newer bool
}

// Error implements error.
func (e *Error) Error() string {
	if e.Where == "" {
		return "plan: " + e.Reason
	}
	return "plan: " + e.Where + ": " + e.Reason
}

// maxBytes bounds a plan's text.
const maxBytes = 64 << 20

// Decode reads what Encode wrote, or a person did: JSON with // and /* */
// comments. It refuses unknown fields, newer versions and whatever Validate
// refuses; every error is an *Error.
func Decode(b []byte) (*Plan, error) {
	if len(b) > maxBytes {
		return nil, &Error{Reason: fmt.Sprintf("%d bytes are too many (at most %d)", len(b), maxBytes)}
	}
	text, err := stripComments(b)
	if err != nil {
		return nil, err
	}
	if err := checkVersion(text); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	p := new(Plan)
	if err := dec.Decode(p); err != nil {
		return nil, jsonError(text, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &Error{Where: line(text, dec.InputOffset()), Reason: "something follows the plan"}
	}
	// What older versions lack has kept its meaning: it is not there.
	p.Version = Version
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return p, nil
}

// checkVersion comes before everything else, so that a newer plan is refused for
// what it is and not for its new fields.
func checkVersion(text []byte) error {
	var head struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return jsonError(text, err)
	}
	switch {
	case head.Version == nil:
		return &Error{Where: "version", Reason: "missing; is this a plan?"}
	case *head.Version > Version:
		return &Error{Where: "version", Newer: true,
			Reason: fmt.Sprintf("%d is newer than this program knows (%d)", *head.Version, Version)}
	case *head.Version < 1:
		return &Error{Where: "version", Reason: fmt.Sprintf("%d does not exist", *head.Version)}
	}
	return nil
}

// jsonError puts the decoder's complaint into one line that says where.
func jsonError(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return &Error{Where: line(text, syntax.Offset), Reason: oneLine(syntax.Error())}
	case errors.As(err, &kind) && kind.Field != "":
		return &Error{Where: line(text, kind.Offset),
			Reason: fmt.Sprintf("%s is no %s: %s", kind.Field, kind.Type, oneLine(kind.Value))}
	case errors.As(err, &kind):
		return &Error{Where: line(text, kind.Offset), Reason: "not a plan: " + oneLine(kind.Value)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Where: line(text, int64(len(text))), Reason: "the text ends too early"}
	}
	return &Error{Reason: oneLine(err.Error())}
}

// line names the line that an offset is in.
func line(text []byte, offset int64) string {
	offset = max(0, min(offset, int64(len(text))))
	return fmt.Sprintf("line %d", 1+bytes.Count(text[:offset], []byte{'\n'}))
}

// oneLine keeps a foreign message short and in one line.
func oneLine(s string) string {
	const most = 160
	r := []rune(s)
	if len(r) > most {
		r = append(r[:most], '…')
	}
	for i, c := range r {
		if c < ' ' {
			r[i] = ' '
		}
	}
	return string(r)
}
