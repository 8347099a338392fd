package persistfake

import (
	"slices"
	"strings"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/persist"
	"example.com/tidemark/core/persist"
)

// Stores whose compaction is wrong fail a rule of P-19.
func TestBrokenCompactions(t *testing.T) {
	for _, b := range []struct {
		name, caught string
		compact      func(*Store, persist.ShardID)
	}{
		{"history is forwarded beyond the since", "P-19/changes-no-snapshot", func(s *Store, id persist.ShardID) {
			sh := s.use(id)
			s.fold(sh, sh.updates-sh.imaged)
		}},
		{"what is summed is lost", "P-19/changes-no-snapshot", func(s *Store, id persist.ShardID) {
			s.Compact(id)
			s.use(id).image = nil
		}},
		{"what is summed is counted again", "P-19/changes-no-snapshot", func(s *Store, id persist.ShardID) {
			sh := s.use(id)
			before := sh.imaged
			s.Compact(id)
			sh.imaged = before
		}},
		{"the since follows the upper", "P-19/moves-no-frontier", func(s *Store, id persist.ShardID) {
			s.Compact(id)
			sh := s.use(id)
			sh.since = sh.upper
		}},
		{"tokens are forgotten", "P-19/writers-go-on", func(s *Store, id persist.ShardID) {
			s.Compact(id)
			s.use(id).firstWriter = 0
		}},
		{"readers are removed", "P-19/readers-stay", func(s *Store, id persist.ShardID) {
			s.Compact(id)
			s.use(id).firstLeased, s.use(id).leased = 0, 0
		}},
	} {
		t.Run(b.name, func(t *testing.T) {
			recorded := conformance.Record("broken", func(r conformance.T) { suite.Rules(r, compacted((*Store).Apply, b.compact)) })
			if !slices.Contains(recorded.Failures(), b.caught) {
				t.Errorf("%s did not fail; what failed: %q\n%s", b.caught, recorded.Failures(), strings.Join(recorded.Lines(), "\n"))
			}
		})
	}
}
