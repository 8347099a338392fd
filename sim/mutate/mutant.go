package mutate

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Mutant is one planted bug.
type Mutant struct {
	// Name is the file's name without its suffix.
	Name string
	// Origin is the number of the bug in the field's history of such bugs, or "own".
	Origin string
	// Title says in one line what goes wrong.
	Title string
	// Oracles are the invariants any of which is the right one to object.
	Oracles []string
	// Profile of the worlds that it is looked for in, DefaultProfile unless it says so.
	Profile string
	Edits   []Edit
}

// Edit replaces one piece of one file. Old and New are whole lines.
type Edit struct {
	// Path is relative to the module's root, with slashes.
	Path     string
	Old, New string
}

//go:embed mutants
var files embed.FS

const suffix = ".mutant"

// DefaultProfile is the profile of a mutant that names none.
const DefaultProfile = "default"

// All returns every mutant, sorted by name.
func All() ([]*Mutant, error) {
	sub, err := fs.Sub(files, "mutants")
	if err != nil {
		return nil, err
	}
	return Load(sub)
}

// Load reads every mutant of a directory, sorted by name.
func Load(dir fs.FS) ([]*Mutant, error) {
	names, err := fs.Glob(dir, "*"+suffix)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var list []*Mutant
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		m, err := Parse(strings.TrimSuffix(path.Base(name), suffix), string(text))
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// Parse reads one mutant:
//
//	# a comment, anywhere before the first edit
//	origin: BM-02a
//	title: the lag of a closed collection is the minimum
//	oracles: L1 S2
//	profile: hosts
//
// A profile that ends with "+stack" is of worlds with the real shard machine.
//
//	@ core/policy.go
//	 a line that stays
//	-a line that goes
//	+a line that comes
func Parse(name, text string) (*Mutant, error) {
	m := &Mutant{Name: name, Profile: DefaultProfile}
	var edit *Edit
	for i, line := range strings.Split(text, "\n") {
		var err error
		switch {
		case strings.HasPrefix(line, "@ "):
			m.Edits = append(m.Edits, Edit{Path: strings.TrimSpace(line[2:])})
			edit = &m.Edits[len(m.Edits)-1]
		case edit != nil:
			err = edit.add(line)
		case line == "" || line[0] == '#':
		default:
			err = m.header(line)
		}
		if err != nil {
			return nil, fmt.Errorf("mutant %s, line %d: %w", name, i+1, err)
		}
	}
	return m, m.check()
}

func (m *Mutant) header(line string) error {
	key, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch {
	case !ok:
		return fmt.Errorf("%q is neither a header nor a comment", line)
	case key == "origin":
		m.Origin = value
	case key == "title":
		m.Title = value
	case key == "oracles":
		m.Oracles = strings.Fields(value)
	case key == "profile":
		m.Profile = value
	default:
		return fmt.Errorf("unknown header %q", key)
	}
	return nil
}

// add takes one line of a hunk. An empty line outside of the text separates hunks.
func (e *Edit) add(line string) error {
	if line == "" {
		return nil
	}
	rest := line[1:] + "\n"
	switch line[0] {
	case ' ':
		e.Old += rest
		e.New += rest
	case '-':
		e.Old += rest
	case '+':
		e.New += rest
	default:
		return fmt.Errorf("%q starts with none of space, -, + and @", line)
	}
	return nil
}

var oracleName = regexp.MustCompile(`^[SL][0-9]+$`)

func (m *Mutant) check() error {
	if m.Origin == "" || m.Title == "" || len(m.Oracles) == 0 || len(m.Edits) == 0 || m.Profile == "" {
		return fmt.Errorf("mutant %s: wants an origin, a title, oracles, a profile and at least one edit", m.Name)
	}
	for _, o := range m.Oracles {
		if !oracleName.MatchString(o) {
			return fmt.Errorf("mutant %s: %q is no invariant's name", m.Name, o)
		}
	}
	for _, e := range m.Edits {
		if e.Old == "" || e.Old == e.New {
			return fmt.Errorf("mutant %s: the edit of %s replaces nothing", m.Name, e.Path)
		}
	}
	return nil
}

// Right says that this invariant is one that should object to the mutant.
func (m *Mutant) Right(oracle string) bool { return slices.Contains(m.Oracles, oracle) }
