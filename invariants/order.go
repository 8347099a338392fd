package invariants

import "example.com/tidemark/core/frontier"

// The order of frontiers, written again: empty is after everything.

func atMost(a, b frontier.Frontier) bool {
	if b.Empty {
		return true
	}
	return !a.Empty && a.T <= b.T
}

func before(a, b frontier.Frontier) bool { return !atMost(b, a) }

func earlier(a, b frontier.Frontier) frontier.Frontier {
	if before(b, a) {
		return b
	}
	return a
}

func later(a, b frontier.Frontier) frontier.Frontier {
	if before(a, b) {
		return b
	}
	return a
}

func at(t frontier.Timestamp) frontier.Frontier { return frontier.Frontier{T: t} }

// after is the frontier behind t.
func after(t frontier.Timestamp) frontier.Frontier {
	if t == 1<<64-1 {
		return frontier.Frontier{Empty: true}
	}
	return frontier.Frontier{T: t + 1}
}

// readable reports that a collection with this since can be read at t.
func readable(since frontier.Frontier, t frontier.Timestamp) bool {
	return !since.Empty && since.T <= t
}

// complete reports that a collection with this upper has everything up to t.
func complete(upper frontier.Frontier, t frontier.Timestamp) bool {
	return upper.Empty || upper.T > t
}
