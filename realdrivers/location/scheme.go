package location

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Scheme is what a location begins with.
type Scheme string

// The schemes.
const (
	Postgres Scheme = "postgres"
	SQLite   Scheme = "sqlite"
	File     Scheme = "file"
	S3       Scheme = "s3"
	Mem      Scheme = "mem"
)

// form is what a location of the scheme looks like.
func (s Scheme) form() string {
	switch s {
	case Postgres:
		return "postgres://user@host/database"
	case SQLite:
		return "sqlite:///path"
	case File:
		return "file:///dir"
	case S3:
		return "s3://bucket/prefix?endpoint=…&region=…"
	case Mem:
		return "mem://"
	}
	return string(s) + "://"
}

// forms lists what locations look like.
func forms(accepted []Scheme) string {
	list := make([]string, len(accepted))
	for i, s := range accepted {
		list[i] = s.form()
	}
	return strings.Join(list, ", ")
}

// params are the parameters that a location of the scheme may have. Those of
// Postgres are the ones of its own library; what would change how a driver's
// statements behave, such as an isolation level, is not among them.
func (s Scheme) params() []string {
	switch s {
	case Postgres:
		return []string{
			"application_name", "channel_binding", "connect_timeout", "dbname", "host", "password", "pool_max_conns",
			"port", "search_path", "sslcert", "sslkey", "sslmode", "sslpassword", "sslrootcert", "sslsni",
			"target_session_attrs", "user",
		}
	case S3:
		return []string{"endpoint", "path_style", "profile", "region"}
	case SQLite, File, Mem:
	}
	return nil
}

// misplaced is what is wrong with a location some of which may be a piece of a
// password with special characters in it, "" if nothing.
func (l Location) misplaced() string {
	_, query, _ := strings.Cut(l.parsed.raw, "?")
	switch {
	case strings.Contains(l.parsed.EscapedPath(), "@"), strings.Contains(query, "@") && l.Scheme() == Postgres:
		return "it has an @ after its host; one that belongs to a password or a name is written as %40, and / as %2F"
	case strings.Contains(l.parsed.raw, "#"):
		return "it has a fragment (#…); one that belongs to a password or a name is written as %23"
	}
	return ""
}

// problem is what else is wrong with a location whose scheme is known, "" if nothing.
func (l Location) problem() string {
	if _, err := url.ParseQuery(l.parsed.RawQuery); err != nil {
		return "its parameters cannot be read; special characters in them are written as %XX"
	}
	known := l.Scheme().params()
	for _, name := range l.params() {
		switch {
		case !slices.Contains(known, name) && len(known) == 0:
			return "unknown parameter" + quote(name) + "; " + string(l.Scheme()) + " has none"
		case !slices.Contains(known, name):
			return "unknown parameter" + quote(name) + "; known are " + strings.Join(known, ", ")
		case len(l.parsed.Query()[name]) > 1:
			return "parameter " + name + " is given twice"
		}
	}
	switch l.Scheme() {
	case Postgres:
		return l.postgresProblem()
	case SQLite, File:
		return l.pathProblem()
	case S3:
		return l.s3Problem()
	case Mem:
		if l.parsed.raw != "mem://" {
			return "there is nothing after mem://"
		}
	}
	return ""
}

func (l Location) postgresProblem() string {
	if n := l.Param("pool_max_conns"); n != "" {
		if value, err := strconv.Atoi(n); err != nil || value < 1 || value > 10_000 {
			return "pool_max_conns is a number from 1 to 10000"
		}
	}
	if n := l.Param("connect_timeout"); n != "" {
		if value, err := strconv.Atoi(n); err != nil || value < 0 {
			return "connect_timeout is a number of seconds"
		}
	}
	return ""
}

func (l Location) pathProblem() string {
	switch {
	case l.parsed.Host != "" || l.parsed.User != nil:
		return "its path must be absolute: " + l.Scheme().form() + ", with three slashes"
	case path.Clean(l.parsed.Path) == "/" || l.parsed.Path == "":
		return "it has no path: " + l.Scheme().form()
	case strings.ContainsRune(l.parsed.Path, 0):
		return "its path has a zero byte"
	case l.Scheme() == SQLite && strings.HasSuffix(l.parsed.Path, "/"):
		return "its path is a directory's; a SQLite location names a file"
	}
	return ""
}

func (l Location) s3Problem() string {
	switch {
	case l.parsed.User != nil:
		return "credentials are not part of it; they come from the environment, a profile or the machine's role"
	case l.parsed.Host == "":
		return "it has no bucket: " + S3.form()
	case !slices.Contains([]string{"", "true", "false"}, l.Param("path_style")):
		return "path_style is true or false"
	}
	if e := l.Param("endpoint"); e != "" {
		u, err := url.Parse(e)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
			u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			return "endpoint is http://host:port or https://host:port"
		}
	}
	return ""
}
