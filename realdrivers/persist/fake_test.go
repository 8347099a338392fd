package persist

import (
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/persist"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/persistfake"
)

// withFake makes every call of a store to the simulator's, too, and demands the same
// result. What is read is compared as a sum.
func withFake(fresh suite.Factory) suite.Factory {
	return func(t conformance.T) *suite.Store {
		var (
			lock sync.Mutex
			fake persistfake.Store
			now  clock.Wall
			real = fresh(t)
		)
		both := *real
		both.Do = func(c *persist.Call, r *persist.Result) {
			lock.Lock()
			defer lock.Unlock()
			var want persist.Result
			real.Do(c, r)
			fake.Apply(now, c, &want)
			if got, want := summed(*r), summed(want); !reflect.DeepEqual(got, want) {
				t.Errorf("%+v: %+v, and the fake says %+v", *c, got, want)
			}
		}
		both.SetWall = func(wall clock.Wall) {
			now = wall
			real.SetWall(wall)
		}
		return &both
	}
}

func summed(r persist.Result) persist.Result {
	r.Updates = relation.Consolidate(append([]relation.Update(nil), r.Updates...))
	if len(r.Updates) == 0 {
		r.Updates = nil
	}
	return r
}

// Random sequences of calls end on real stores as they do in the simulator.
func TestSameAsFake(t *testing.T) {
	dir := t.TempDir()
	suite.Random(conformance.Of(t), withFake(underTest(t, busy(), 2, func() (string, string) {
		return "sqlite://" + filepath.Join(dir, "db"), "file://" + filepath.Join(dir, "blobs")
	})))
}
