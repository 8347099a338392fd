package mutate

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Root finds the checkout that a directory lies in: the nearest one above it with a
// go.mod and the command to build.
func Root(dir, command string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		_, noModule := os.Stat(filepath.Join(dir, "go.mod"))
		_, noCommand := os.Stat(filepath.Join(dir, command))
		if noModule == nil && noCommand == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no checkout with %s here: mutants are built from source; change into one or name it with --root", command)
		}
		dir = parent
	}
}

// Fit checks that every edit of every mutant fits the source under root. The error
// names each mutant that does not.
func Fit(root string, list []*Mutant) error {
	var all []error
	for _, m := range list {
		if _, err := m.apply(root); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// edited is a file as a mutant wants it.
type edited struct{ path, text string }

// apply returns the edited files, in the order in which the mutant names them.
func (m *Mutant) apply(root string) ([]edited, error) {
	var list []edited
	for _, e := range m.Edits {
		i := slices.IndexFunc(list, func(f edited) bool { return f.path == e.Path })
		if i < 0 {
			b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(e.Path)))
			if err != nil {
				return nil, fmt.Errorf("mutant %s: %w", m.Name, err)
			}
			i, list = len(list), append(list, edited{e.Path, string(b)})
		}
		text := list[i].text
		if n := countLines(text, e.Old); n != 1 {
			return nil, fmt.Errorf("mutant %s: %s has the text to replace %d times, not once:\n%s", m.Name, e.Path, n, e.Old)
		}
		list[i].text = replaceLines(text, e.Old, e.New)
	}
	return list, nil
}

// countLines counts old in text, at starts of lines only.
func countLines(text, old string) int {
	return strings.Count("\n"+text, "\n"+old)
}

func replaceLines(text, old, replacement string) string {
	return strings.Replace("\n"+text, "\n"+old, "\n"+replacement, 1)[1:]
}

// writeOverlay writes the edited files and the overlay that go build wants to dir and
// returns the overlay's path.
func (m *Mutant) writeOverlay(root, dir string) (string, error) {
	files, err := m.apply(root)
	if err != nil {
		return "", err
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for _, f := range files {
		copied := filepath.Join(dir, strings.ReplaceAll(f.path, "/", "__"))
		if err := os.WriteFile(copied, []byte(f.text), 0o644); err != nil {
			return "", err
		}
		overlay.Replace[filepath.Join(root, filepath.FromSlash(f.path))] = copied
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, b, 0o644)
}
