package stash

import (
	"reflect"
	"slices"
	"sync"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/stash"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/sim/stashfake"
)

// withFake makes every call of a store to the simulator's, too, and demands the same
// result, but for the time.
func withFake(fresh suite.Factory) suite.Factory {
	return func(t conformance.T) *suite.Store {
		var (
			lock sync.Mutex
			fake stashfake.Store
			real = fresh(t)
		)
		return &suite.Store{Do: func(c *stash.Call, r *stash.Result) {
			lock.Lock()
			defer lock.Unlock()
			var want stash.Result
			real.Do(c, r)
			fake.Apply(r.ServerTime, c, &want)
			if !slices.Equal(r.Entries, want.Entries) {
				t.Errorf("%+v: entries %v, and the fake has %v", *c, r.Entries, want.Entries)
			}
			got := *r
			got.Entries, want.Entries = nil, nil
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v: %+v, and the fake says %+v", *c, got, want)
			}
		}}
	}
}

// Random sequences of transactions end in a database as they do in the simulator.
func TestSameAsFake(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		suite.Random(conformance.Of(t), withFake(factory(t, func() string { return "mem://" })))
	})
	t.Run("postgres", func(t *testing.T) {
		suite.Random(conformance.Of(t), withFake(factory(t, schemas(t))))
	})
}
