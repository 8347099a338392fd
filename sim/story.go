package sim

import (
	"slices"
	"strings"

	"example.com/tidemark/invariants"
)

// storyLines is how many trace lines a story has at most, storyMemory how many
// recent ones it is picked from.
const (
	storyLines  = 40
	storyMemory = 4000
)

// story remembers the latest trace lines.
type story struct {
	on    bool
	lines []string
	next  int
}

func (s *story) reset(on bool) { *s = story{on: on, lines: s.lines[:0]} }

func (s *story) add(line string) {
	if !s.on {
		return
	}
	if len(s.lines) < storyMemory {
		s.lines = append(s.lines, line)
		return
	}
	s.lines[s.next] = line
	s.next = (s.next + 1) % storyMemory
}

// about is the latest lines that matter for a violation: those that name a
// collection that its message names, and what happened to the controllers. Without
// such names, or if everything matters, it is simply the latest lines.
func (s *story) about(v *invariants.Violation, everything bool) []string {
	var names, picked []string
	if !everything {
		names = collectionsIn(v.Message)
	}
	for i := len(s.lines) - 1; i >= 0 && len(picked) < storyLines; i-- {
		line := s.lines[(s.next+i)%len(s.lines)]
		if len(names) == 0 || len(s.lines)-i <= 3 || matters(line, names) {
			picked = append(picked, line)
		}
	}
	slices.Reverse(picked)
	return picked
}

// matters reports whether a line names one of the collections or says what became
// of a controller.
func matters(line string, names []string) bool {
	words := strings.Fields(line)
	for _, word := range words {
		// A host is named by what runs there: u7/1.
		word, _, _ = strings.Cut(strings.TrimRight(word, ",:;"), "/")
		if slices.Contains(names, word) {
			return true
		}
	}
	return len(words) > 2 && (words[1] == "fault" || words[1] == "stash" && strings.HasPrefix(words[2], "take") ||
		words[2] == "crashed" || strings.HasPrefix(words[2], "halted") || words[2] == "<-" && words[len(words)-1] == "boot")
}

// collectionsIn finds words such as u7, s12 and t3.
func collectionsIn(message string) []string {
	var names []string
	for _, word := range strings.FieldsFunc(message, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z')
	}) {
		if len(word) > 1 && strings.IndexByte("ust", word[0]) >= 0 && strings.Trim(word[1:], "0123456789") == "" {
			names = append(names, word)
		}
	}
	return names
}
