// Package draws is for tests whose drawn cases are worth something only if some of them
// met what the test is there for. What a hundred cases meet is luck, so that a test
// which demanded it of them would fail now and then, on correct code.
//
// [Until] draws more of them instead. Where all cases can be tried, do that.
package draws

import "pgregory.net/rapid"

// Rounds is how many times as many cases as rapid draws by default Until draws at most.
// What one round misses every other time, these miss once in four thousand million.
const Rounds = 32

// Until checks prop with rapid, as often as it takes for unmet to return nothing, and
// fails if it still returns something after that many Rounds: then it is not drawn any
// more. What unmet counts is counted over all rounds.
func Until(t rapid.TB, unmet func() []string, prop func(*rapid.T)) {
	t.Helper()
	for range Rounds {
		rapid.Check(t, prop)
		if len(unmet()) == 0 {
			return
		}
	}
	t.Errorf("never met in %d rounds: %q", Rounds, unmet())
}

// Unmet are the names that were not counted.
func Unmet[N int | uint64](counts map[string]N, names ...string) (unmet []string) {
	for _, name := range names {
		if counts[name] == 0 {
			unmet = append(unmet, name)
		}
	}
	return unmet
}
