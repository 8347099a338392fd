// Package replay lets the core go through a production journal once more: the very
// inputs, at the very times, and demands that the very effects follow. Oracles that
// need no world judge what it did, and a page can be drawn of it.
package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"example.com/tidemark/codec/journal"
)

// IsJournal reports whether path is a journal: a directory, or a file that begins as
// a segment does.
func IsJournal(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if info.IsDir() || journal.IncarnationOf(filepath.Base(path)) != "" {
		return true
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	b := make([]byte, len(journal.Magic))
	n, _ := file.Read(b)
	return string(b[:n]) == journal.Magic
}

// Segments are the files of a journal in their order: those in the directory path, or
// path alone.
func Segments(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		if journal.IncarnationOf(e.Name()) != "" {
			list = append(list, filepath.Join(path, e.Name()))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s holds no journal: no file in it ends in %s", path, journal.Extension)
	}
	slices.Sort(list)
	return list, nil
}
