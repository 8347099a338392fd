// Package locator reads the connection strings of sources and sinks: URLs such as
// load:counter?rate=10 or postgres://reader@db/shop?publication=all. Whatever a
// connector does not know is refused, because a parameter that is misspelled and
// ignored is a wrong setting that nobody sees. No error of this package repeats a
// value that a client wrote: there may be a password in it.
package locator

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Locator is one connection string, being read: the methods that read parameters
// remember which are known and what is wrong; Finish says it.
type Locator struct {
	// URL as it was parsed, with its password.
	URL *url.URL
	// Name is what follows the scheme, without parameters: counter of load:counter, and
	// of load://counter.
	Name string

	values url.Values
	known  []string
	wrong  []error
}

// Parse splits a connection string.
func Parse(connection string) (*Locator, error) {
	u, err := url.Parse(connection)
	if err != nil || u.Scheme == "" {
		return nil, errors.New("the connection is not a URL such as scheme://user:password@host/name?parameter=value")
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("the connection's parameters are not of the form a=b&c=d, with %XX for special characters")
	}
	name := u.Opaque
	if name == "" {
		name = u.Host + u.Path
	}
	name, err = url.PathUnescape(name)
	if err != nil {
		return nil, errors.New("the connection's path has a % that two hexadecimal digits do not follow")
	}
	return &Locator{URL: u, Name: name, values: values}, nil
}

// take is a parameter's value; given is false if it is not there, or empty.
func (l *Locator) take(name string) (value string, given bool) {
	l.known = append(l.known, name)
	list := l.values[name]
	if len(list) > 1 {
		l.wrong = append(l.wrong, fmt.Errorf("parameter %s is given %d times", name, len(list)))
	}
	if len(list) == 0 || list[0] == "" {
		return "", false
	}
	return list[0], true
}

// Text reads a parameter.
func (l *Locator) Text(name, fallback string) string {
	if v, given := l.take(name); given {
		return v
	}
	return fallback
}

// List reads a parameter that holds names with commas between them.
func (l *Locator) List(name string) []string {
	v, given := l.take(name)
	if !given {
		return nil
	}
	return strings.Split(v, ",")
}

// Uint reads a whole number between least and most.
func (l *Locator) Uint(name string, fallback, least, most uint64) uint64 {
	v, given := l.take(name)
	if !given {
		return fallback
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil || n < least || n > most {
		l.wrong = append(l.wrong, fmt.Errorf("parameter %s is not a whole number from %d to %d", name, least, most))
		return fallback
	}
	return n
}

// Bool reads true or false.
func (l *Locator) Bool(name string, fallback bool) bool {
	return l.OneOf(name, strconv.FormatBool(fallback), "true", "false") == "true"
}

// OneOf reads one of the given words.
func (l *Locator) OneOf(name, fallback string, words ...string) string {
	v, given := l.take(name)
	if !given {
		return fallback
	}
	if !slices.Contains(words, v) {
		l.wrong = append(l.wrong, fmt.Errorf("parameter %s is none of %s", name, strings.Join(words, ", ")))
		return fallback
	}
	return v
}

// Duration reads a span such as 10s, between least and most.
func (l *Locator) Duration(name string, fallback, least, most time.Duration) time.Duration {
	v, given := l.take(name)
	if !given {
		return fallback
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < least || d > most {
		l.wrong = append(l.wrong, fmt.Errorf("parameter %s is not a span from %v to %v, such as 10s", name, least, most))
		return fallback
	}
	return d
}

// Rest is the connection without the parameters that were read, for a library that
// knows the others; they count as known. It has the connection's secrets.
func (l *Locator) Rest() string {
	u := *l.URL
	values := url.Values{}
	for name, list := range l.values {
		if !slices.Contains(l.known, name) {
			values[name] = list
		}
	}
	for name := range values {
		l.known = append(l.known, name)
	}
	u.RawQuery = values.Encode()
	return u.String()
}

// Finish is what was wrong with what has been read, and with what nobody read.
func (l *Locator) Finish() error {
	wrong := l.wrong
	for _, name := range sorted(l.values) {
		if !slices.Contains(l.known, name) {
			wrong = append(wrong, fmt.Errorf("parameter %s is not known here; known are: %s", quoted(name), l.listed()))
		}
	}
	return errors.Join(wrong...)
}

func (l *Locator) listed() string {
	if len(l.known) == 0 {
		return "none"
	}
	return strings.Join(l.known, ", ")
}

// quoted is a name that a client wrote, short enough to print.
func quoted(name string) string {
	const most = 40
	if len(name) > most {
		name = name[:most] + "…"
	}
	return strconv.Quote(name)
}

func sorted(v url.Values) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// secretWords are in the names of parameters that are not shown.
var secretWords = []string{"pass", "secret", "token", "key"}

// Redact is a connection string as it may be printed: without password and without
// the values of parameters that look like secrets; a string that is no URL is not
// shown at all.
func Redact(connection string) string {
	u, err := url.Parse(connection)
	if err != nil || u.Scheme == "" {
		return "(not a URL)"
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		u.RawQuery = "(unreadable)"
		return u.Redacted()
	}
	for name := range values {
		low := strings.ToLower(name)
		if slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(low, w) }) {
			values[name] = []string{"xxxxx"}
		}
	}
	u.RawQuery = values.Encode()
	return u.Redacted()
}
