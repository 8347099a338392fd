package persistfake

import (
	"sync"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/persist"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
)

// underTest is a store behind a lock, as the suite wants it. each, if there is
// one, stands between the suite and the store.
func underTest(each func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result)) suite.Factory {
	return compacted(each, (*Store).Compact)
}

// compacted is the same with another compaction.
func compacted(each func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result), compact func(*Store, persist.ShardID)) suite.Factory {
	return func(conformance.T) *suite.Store {
		var (
			lock  sync.Mutex
			wall  clock.Wall
			store Store
		)
		return &suite.Store{
			Do: func(c *persist.Call, r *persist.Result) {
				lock.Lock()
				defer lock.Unlock()
				each(&store, wall, c, r)
			},
			SetWall: func(now clock.Wall) { wall = now },
			Compact: func(shard persist.ShardID) {
				lock.Lock()
				defer lock.Unlock()
				compact(&store, shard)
			},
		}
	}
}

func TestConformance(t *testing.T) {
	suite.Run(conformance.Of(t), underTest((*Store).Apply))
}

func TestConformanceUnsorted(t *testing.T) {
	suite.Run(conformance.Of(t), underTest(func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
		s.SnapshotUnsorted(true)
		s.Apply(now, c, r)
	}))
}
