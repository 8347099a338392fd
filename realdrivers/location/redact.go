package location

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// hidden stands for a secret.
const hidden = "REDACTED"

// secrets are the parameters whose values are never shown. An endpoint is among
// them only if it has credentials, which is refused, but is said in an error.
var secrets = []string{"password", "sslpassword"}

// String is the location without its secrets.
func (l Location) String() string {
	if l.parsed == nil {
		return ""
	}
	if l.Scheme() == Mem {
		return Mem.form()
	}
	shown := *l.parsed.URL
	if _, has := shown.User.Password(); has {
		shown.User = url.UserPassword(shown.User.Username(), hidden)
	}
	if l.Scheme() != Postgres && shown.User != nil {
		shown.User = url.User(hidden)
	}
	shown.RawQuery = redactQuery(shown.RawQuery)
	return shown.String()
}

// redactQuery hides the values of secret and unknown parameters: those that are
// mistyped might be secret. It keeps the order.
func redactQuery(query string) string {
	if query == "" {
		return ""
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if !word(name) {
			name = hidden
		}
		if !public(name) || strings.Contains(value, "@") || strings.Contains(strings.ToLower(value), "%40") {
			pairs[i] = name + "=" + hidden
		}
	}
	return strings.Join(pairs, "&")
}

// public reports whether values of the parameter may be shown.
func public(name string) bool {
	known := slices.Contains(Postgres.params(), name) || slices.Contains(S3.params(), name)
	return known && !slices.Contains(secrets, name)
}

// redactUnparsed shows no more of what could not be read than its scheme: where a
// password begins and ends in it is not known.
func redactUnparsed(text string) string {
	name, _, found := strings.Cut(text, "://")
	if !found || !word(name) {
		return ""
	}
	return name + "://" + hidden
}

// word reports whether text can be a mistyped scheme or parameter, rather than a
// piece of a URL that was cut in the wrong place.
func word(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '+' && c != '-' {
			return false
		}
	}
	return text != "" && len(text) <= 40
}

// Format implements fmt.Formatter: every verb prints the location without its
// secrets.
func (l Location) Format(s fmt.State, verb rune) {
	text := l.String()
	if verb == 'q' || verb == 'v' && s.Flag('#') {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(s, text)
}

// LogValue implements slog.LogValuer.
func (l Location) LogValue() slog.Value { return slog.StringValue(l.String()) }

// MarshalText implements encoding.TextMarshaler, without the secrets. There is no
// way back.
func (l Location) MarshalText() ([]byte, error) { return []byte(l.String()), nil }
