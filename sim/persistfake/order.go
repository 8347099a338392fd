package persistfake

import "example.com/tidemark/core/frontier"

// before reports that a is strictly earlier than b; the empty frontier is later
// than every other.
func before(a, b frontier.Frontier) bool {
	return !a.Empty && (b.Empty || a.T < b.T)
}

// later is the later of a and b.
func later(a, b frontier.Frontier) frontier.Frontier {
	if before(a, b) {
		return b
	}
	return a
}

// reaches reports that the time t is not before f.
func reaches(t frontier.Timestamp, f frontier.Frontier) bool {
	return !f.Empty && f.T <= t
}

// canonical reports that f is in its only form.
func canonical(f frontier.Frontier) bool { return !f.Empty || f.T == 0 }
