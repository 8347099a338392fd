package location

import (
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Location is where a store is. The zero value is none.
type Location struct {
	// text is behind a pointer so that printing a structure that holds a Location
	// privately, which cannot call its methods, shows an address and no password.
	parsed *parsed
}

// parsed is a location that was read.
type parsed struct {
	*url.URL
	// raw is what was given.
	raw string
}

// Parse reads a location of one of the accepted schemes. Its errors are *Error and
// show no secrets.
func Parse(text string, accepted ...Scheme) (Location, error) {
	name, rest, found := strings.Cut(text, "://")
	if !found {
		return Location{}, &Error{Location: redactUnparsed(text), Problem: "it is not a URL; known are " + forms(accepted)}
	}
	if !slices.Contains(accepted, Scheme(name)) {
		return Location{}, &Error{Location: redactUnparsed(text), Problem: "unknown scheme" + quote(name) + "; known are " + forms(accepted)}
	}
	u, err := url.Parse(text)
	if err != nil || strings.ContainsAny(rest, "\x00\r\n") {
		// The library's message quotes the URL, or pieces of it, with the password.
		return Location{}, &Error{Location: redactUnparsed(text), Problem: "it cannot be read as a URL; special characters in a user name, a password or a path are written as %XX"}
	}
	l := Location{&parsed{URL: u, raw: text}}
	if problem := l.misplaced(); problem != "" {
		return Location{}, &Error{Location: redactUnparsed(text), Problem: problem}
	}
	if problem := l.problem(); problem != "" {
		return Location{}, &Error{Location: l.String(), Problem: problem}
	}
	return l, nil
}

// IsZero reports whether there is no location.
func (l Location) IsZero() bool { return l.parsed == nil }

// Scheme is the kind of store.
func (l Location) Scheme() Scheme {
	if l.parsed == nil {
		return ""
	}
	return Scheme(l.parsed.Scheme)
}

// Path is the file of a SQLite location, or the directory of a file location:
// absolute and clean. Of others it is "".
func (l Location) Path() string {
	switch l.Scheme() {
	case SQLite, File:
		return path.Clean(l.parsed.Path)
	case Postgres, S3, Mem:
	}
	return ""
}

// Bucket is the bucket of an S3 location.
func (l Location) Bucket() string {
	if l.Scheme() != S3 {
		return ""
	}
	return l.parsed.Host
}

// Prefix is what the names of all objects of an S3 location begin with: "", or a
// path without a slash at its beginning and with one at its end.
func (l Location) Prefix() string {
	if l.Scheme() != S3 {
		return ""
	}
	if trimmed := strings.Trim(l.parsed.Path, "/"); trimmed != "" {
		return trimmed + "/"
	}
	return ""
}

// Param is the value of a parameter, "" if the location does not have it.
func (l Location) Param(name string) string {
	if l.parsed == nil {
		return ""
	}
	return l.parsed.Query().Get(name)
}

// Reveal is the location with its secrets, for the library that connects.
func (l Location) Reveal() string {
	if l.parsed == nil {
		return ""
	}
	return l.parsed.raw
}

// params lists the names of the location's parameters.
func (l Location) params() []string { return slices.Sorted(maps.Keys(l.parsed.Query())) }
