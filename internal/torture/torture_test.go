//go:build linux

package torture

import (
	"flag"
	"os"
	"testing"
	"time"
)

var (
	during = flag.Duration("for", 20*time.Second, "torture so long")
	seed   = flag.Uint64("seed", 0, "which faults in which order; 0: another time, others")
	wide   = flag.Bool("wide", false, "with managed hosts, blobs on S3, and a Postgres that is followed")
	keep   = flag.String("keep", "", "keep everything in this directory")
)

func TestTorture(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIP: torture takes its time")
	}
	o := Options{For: *during, Seed: *seed, Wide: *wide, Dir: *keep, Out: os.Stderr}
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	Run(t, o)
}
