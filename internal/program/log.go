package program

import (
	"fmt"
	"io"
	"log/slog"
)

// Log is how a daemon logs.
type Log struct {
	level slog.Level
	json  bool
}

// ParseLog reads the values of --log-level and --log-format.
func ParseLog(level, format string) (l Log, err error) {
	if err := l.level.UnmarshalText([]byte(level)); err != nil {
		return l, fmt.Errorf("--log-level is debug, info, warn or error, not %q", level)
	}
	if format != "text" && format != "json" {
		return l, fmt.Errorf("--log-format is text or json, not %q", format)
	}
	l.json = format == "json"
	return l, nil
}

// To is a logger that writes to w.
func (l Log) To(w io.Writer) *slog.Logger {
	options := slog.HandlerOptions{Level: l.level}
	if l.json {
		return slog.New(slog.NewJSONHandler(w, &options))
	}
	return slog.New(slog.NewTextHandler(w, &options))
}
