package treetest

import (
	"slices"
	"strings"
	"testing"
)

// Every package says exactly once what it is, in the form that go doc expects.
func TestPackageComments(t *testing.T) {
	files, packages := map[string][]string{}, []string(nil)
	for _, s := range tree(t) {
		if s.test {
			continue
		}
		if !slices.Contains(packages, s.dir) {
			packages = append(packages, s.dir)
		}
		if s.file.Doc == nil {
			continue
		}
		files[s.dir] = append(files[s.dir], s.path)
		want := "Package " + s.file.Name.Name + " "
		if s.file.Name.Name == "main" {
			want = "Command "
		}
		if text := s.file.Doc.Text(); !strings.HasPrefix(text, want) {
			t.Errorf("%s: the package comment begins with %q, want %q", s.path, firstWords(text), want)
		}
	}
	for _, dir := range packages {
		switch n := len(files[dir]); n {
		case 0:
			t.Errorf("%s has no package comment", dir)
		case 1:
		default:
			t.Errorf("%s has %d package comments: %s", dir, n, strings.Join(files[dir], ", "))
		}
	}
}

func firstWords(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line[:min(len(line), 40)]
}
