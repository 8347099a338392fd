package location_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"example.com/tidemark/realdrivers/location"
)

var all = []location.Scheme{location.Postgres, location.SQLite, location.File, location.S3, location.Mem}

func TestParts(t *testing.T) {
	for _, c := range []struct {
		text                 string
		scheme               location.Scheme
		path, bucket, prefix string
	}{
		{text: "postgres://u:p@h:5432/db?search_path=a&sslmode=disable", scheme: location.Postgres},
		{text: "postgres:///db?host=/run/postgresql&user=me", scheme: location.Postgres},
		{text: "sqlite:///var/lib/a.db", scheme: location.SQLite, path: "/var/lib/a.db"},
		{text: "sqlite:///var//lib/./a%20b.db", scheme: location.SQLite, path: "/var/lib/a b.db"},
		{text: "file:///var/blobs/", scheme: location.File, path: "/var/blobs"},
		{text: "s3://bucket", scheme: location.S3, bucket: "bucket"},
		{text: "s3://bucket/", scheme: location.S3, bucket: "bucket"},
		{text: "s3://bucket/a/b/?region=x&endpoint=http://127.0.0.1:7070&path_style=true", scheme: location.S3, bucket: "bucket", prefix: "a/b/"},
		{text: "mem://", scheme: location.Mem},
	} {
		l, err := location.Parse(c.text, all...)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if l.Scheme() != c.scheme || l.Path() != c.path || l.Bucket() != c.bucket || l.Prefix() != c.prefix {
			t.Errorf("%s: scheme %q, path %q, bucket %q, prefix %q", c.text, l.Scheme(), l.Path(), l.Bucket(), l.Prefix())
		}
		if l.Reveal() != c.text {
			t.Errorf("%s: reveals %s", c.text, l.Reveal())
		}
	}
}

func TestRefusedWithWhatIsKnown(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"", "postgres://"},
		{"/var/lib/x", "file:///dir"},
		{"mysql://h/db", "unknown scheme \"mysql\"; known are postgres://"},
		{"POSTGRES://h/db", "unknown scheme"},
		{"postgres://h/db?serch_path=a", "unknown parameter \"serch_path\"; known are application_name,"},
		{"postgres://h/db?default_transaction_isolation=a", "unknown parameter"},
		{"postgres://h/db?search_path=a&search_path=b", "given twice"},
		{"postgres://h/db?pool_max_conns=0", "1 to 10000"},
		{"postgres://h/db?connect_timeout=x", "seconds"},
		{"postgres://h:port/db", "%XX"},
		{"postgres://h/db#x", "%23"},
		{"postgres://h/db?search_path=%zz", "%XX"},
		{"sqlite://x.db", "three slashes"},
		{"sqlite:///", "no path"},
		{"sqlite:///a/", "names a file"},
		{"sqlite:///a?cache=shared", "sqlite has none"},
		{"file://host/dir", "three slashes"},
		{"file:///", "no path"},
		{"file:///a%00b", "zero byte"},
		{"s3:///prefix", "no bucket"},
		{"s3://key:secret@bucket", "credentials are not part of it"},
		{"s3://b?endpoint=127.0.0.1:1", "http://host:port"},
		{"s3://b?endpoint=http://k:secret@h", "http://host:port"},
		{"s3://b?path_style=yes", "true or false"},
		{"mem://a", "nothing after"},
	} {
		_, err := location.Parse(c.text, all...)
		var typed *location.Error
		if !errors.As(err, &typed) {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the message does not say %q: %v", c.text, c.says, err)
		}
	}
	if _, err := location.Parse("postgres://h/db", location.File, location.S3); err == nil ||
		!strings.Contains(err.Error(), "known are file:///dir, s3://bucket") {
		t.Errorf("a scheme that is not accepted: %v", err)
	}
}

// Everything that prints a location or an error about one, and none of it shows a
// secret.
func TestSecretsAreNeverPrinted(t *testing.T) {
	for _, text := range []string{
		"postgres://user:hunter2@host/db",
		"postgres://user@host/db?password=hunter2",
		"postgres://user@host/db?sslpassword=hunter2&sslmode=require",
		"postgres://user:hunter2@host/db?pasword=hunter2",
		"postgres://user:hunter2@host/db#hunter2",
		"postgres://user:hun/hunter2@host/db",
		"postgres://user:hunter2%zz@host/db",
		"postgres://user:hunter2\n@host/db",
		"postgres//user:hunter2@host/db",
		"postgres:user:hunter2@host/db",
		"user:hunter2@host://x",
		"mysql://user:hunter2@host/db",
		"sqlite://user:hunter2@host/db",
		"s3://key:hunter2@bucket",
		"s3://hunter2@bucket",
		"s3://bucket?endpoint=http://key:hunter2@host",
		"s3://bucket?endpoint=http%3A%2F%2Fkey:hunter2%40host",
		"s3://bucket?secret=hunter2",
		"mem://hunter2:hunter2@",
		"mem://hunter2",
		"postgres://user:12/hunter2@host/db",
		"postgres://user:12?hunter2@host/db",
		"postgres://user:12#hunter2@host/db",
		"postgres://h/db?hun/hunter2=1",
	} {
		l, err := location.Parse(text, all...)
		if err != nil {
			refuse(t, text, fmt.Sprintf("%v %+v %#v %q", err, err, err, err))
			continue
		}
		type holder struct{ private location.Location }
		refuse(t, text, fmt.Sprintf("%v %+v %#v %s %q %x %d %T", l, l, l, l, l, l, l, l))
		refuse(t, text, fmt.Sprintf("%v %+v %#v", holder{l}, &holder{l}, holder{l}))
		refuse(t, text, fmt.Sprintln(l, []location.Location{l}, &l))
		encoded, err := json.Marshal(map[string]any{"at": l})
		if err != nil {
			t.Fatal(err)
		}
		refuse(t, text, string(encoded))
		var logged strings.Builder
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "at", l, "in", holder{l})
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "at", l, "in", holder{l})
		refuse(t, text, logged.String())
		if !strings.Contains(l.Reveal(), "hunter2") {
			t.Errorf("%s: not revealed", text)
		}
	}
}

func refuse(t *testing.T, text, printed string) {
	t.Helper()
	if strings.Contains(printed, "hunter2") || strings.Contains(printed, fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("%s was printed with its secret: %s", text, printed)
	}
}

func TestPrintedOtherwiseWhole(t *testing.T) {
	l, err := location.Parse("postgres://user:secret@host:1/db?search_path=a&password=b&sslmode=disable", all...)
	if err != nil {
		t.Fatal(err)
	}
	want := "postgres://user:REDACTED@host:1/db?search_path=a&password=REDACTED&sslmode=disable"
	if l.String() != want {
		t.Errorf("printed %s, want %s", l, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"postgres://u:p@h/db?a=b", "sqlite:///a", "s3://b/p?endpoint=http://h", "file:///d", "mem://"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := location.Parse(text, all...)
		if err != nil {
			return
		}
		_ = l.String()
		again, err := location.Parse(l.Reveal(), all...)
		if err != nil || again.Path() != l.Path() || again.Bucket() != l.Bucket() || again.Prefix() != l.Prefix() {
			t.Errorf("%q reveals %q, which reads otherwise: %v", text, l.Reveal(), err)
		}
	})
}
