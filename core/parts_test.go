package core

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core/clock"
)

func TestIDSetAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s idSet
		model := map[GlobalID]bool{}
		for range rapid.IntRange(1, 60).Draw(t, "ids") {
			id := drawGlobalID(t)
			s.add(id)
			model[id] = true
			probe := drawGlobalID(t)
			if s.has(probe) != model[probe] {
				t.Fatalf("%v: %v", probe, s.has(probe))
			}
			for id := range model {
				if !s.has(id) {
					t.Fatalf("%v is lost", id)
				}
			}
			// One set has one form: ranges in order that do not touch each other.
			total := uint64(0)
			for i, r := range s.ranges {
				if r.last < r.first || i > 0 && r.first <= s.ranges[i-1].last+1 {
					t.Fatalf("ranges %v", s.ranges)
				}
				total += r.last - r.first + 1
			}
			if total != uint64(len(model)) {
				t.Fatalf("%v are %d ids, want %d", s.ranges, total, len(model))
			}
		}
	})
}

// TestWallBound: the clock that data times are chosen from is the wall clock, but
// never beyond the server's time + elapsed + skew, and never before the epoch
// (C-55). The sums are done without a limit on their size.
func TestWallBound(t *testing.T) {
	const far = 1<<63 - 1
	wall := rapid.OneOf(rapid.Int64Range(-10, 20_000), rapid.SampledFrom([]int64{-far - 1, -far, far - 1, far}))
	rapid.Check(t, func(t *rapid.T) {
		var w wallBound
		mono := clock.Instant(rapid.Int64Range(0, 5_000_000).Draw(t, "before"))
		if got := w.bounded(clock.Now{Mono: mono, Wall: 77}, clock.Second); got != 0 {
			t.Fatalf("%d before anything is known of the server's time", got)
		}
		for range rapid.IntRange(1, 5).Draw(t, "commits") {
			server := clock.Wall(wall.Draw(t, "server"))
			learnt := mono
			w.learn(server, learnt)
			for range rapid.IntRange(1, 3).Draw(t, "readings") {
				mono += clock.Instant(rapid.Int64Range(0, 3_000_000).Draw(t, "pass"))
				skew := clock.Duration(rapid.Int64Range(0, 6_000_000).Draw(t, "skew"))
				now := clock.Now{Mono: mono, Wall: clock.Wall(wall.Draw(t, "wall"))}
				alarms := w.alarms

				limit := big.NewInt(int64(mono-learnt) / 1000)
				limit.Add(limit, big.NewInt(int64(skew)/1000))
				limit.Add(limit, big.NewInt(int64(server)))
				want, alarm := big.NewInt(max(int64(now.Wall), 0)), uint64(0)
				if want.Cmp(limit) > 0 {
					want, alarm = big.NewInt(0), 1
					if limit.Sign() > 0 {
						want = limit
					}
				}
				if got := w.bounded(now, skew); int64(got) != want.Int64() {
					t.Fatalf("%d, want %v (server %d, limit %v, wall %d)", got, want, server, limit, now.Wall)
				}
				if w.alarms-alarms != alarm {
					t.Fatalf("%d alarms, want %d (limit %v, wall %d)", w.alarms-alarms, alarm, limit, now.Wall)
				}
			}
		}
	})
}

// TestBackoff: the n-th wait lies in the upper half of min·2ⁿ⁻¹, capped (C-92).
func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Controller
		c.entropy[0] = rapid.Uint64().Draw(t, "entropy")
		c.cfg.BackoffMin = clock.Duration(rapid.Int64Range(1, 1000).Draw(t, "min"))
		c.cfg.BackoffMax = c.cfg.BackoffMin + clock.Duration(rapid.OneOf(rapid.Int64Range(0, 3000), rapid.Just(int64(maxSpan)-1000)).Draw(t, "more"))
		tries := rapid.OneOf(rapid.Uint32Range(1, 12), rapid.Just(uint32(1<<32-1))).Draw(t, "tries")
		salt := EffectID(rapid.Uint64().Draw(t, "salt"))

		d := big.NewInt(int64(c.cfg.BackoffMin))
		d.Lsh(d, uint(min(tries-1, 100)))
		if most := big.NewInt(int64(c.cfg.BackoffMax)); d.Cmp(most) > 0 {
			d = most
		}
		got := c.backoff(tries, salt)
		if most := clock.Duration(d.Int64()); 2*got < most || got > most || got < 1 {
			t.Fatalf("try %d waits %d of %d", tries, got, most)
		}
		if c.backoff(tries, salt) != got {
			t.Fatal("the jitter is not a function of its arguments")
		}
	})
}

// TestBackoffSpreads: two controllers, or two effects of one, do not stay in step.
func TestBackoffSpreads(t *testing.T) {
	var a, b Controller
	a.cfg, b.cfg = DefaultConfig(), DefaultConfig()
	b.entropy[3] = 1
	seen := map[clock.Duration]bool{}
	for salt := range EffectID(100) {
		seen[a.backoff(8, salt)] = true
		seen[b.backoff(8, salt)] = true
	}
	if len(seen) < 190 {
		t.Errorf("200 waits have %d lengths", len(seen))
	}
}

func TestGlobalID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawGlobalID(t), drawGlobalID(t)
		if got, ok := ParseGlobalID(a.String()); got != a || !ok {
			t.Fatalf("%v is read as %v, %v", a, got, ok)
		}
		if idOfKey(a.key()) != a || a.key() == 0 {
			t.Fatalf("%v packs into %d", a, a.key())
		}
		want := 0
		switch {
		case a.Kind < b.Kind, a.Kind == b.Kind && a.N < b.N:
			want = -1
		case a != b:
			want = 1
		}
		if got := a.Compare(b); got != want || b.Compare(a) != -want {
			t.Fatalf("%v to %v: %d, want %d", a, b, got, want)
		}
		if (a.key() < b.key()) != (want < 0) {
			t.Fatalf("keys of %v and %v are in another order", a, b)
		}
	})
	in := []GlobalID{{IDTransient, 0}, {IDUser, 10}, {IDSystem, maxIDNumber}, {IDUser, 9}}
	slices.SortFunc(in, GlobalID.Compare)
	got := ""
	for _, id := range in {
		got += id.String() + " "
	}
	if want := "s4611686018427387903 u9 u10 t0 "; got != want {
		t.Errorf("in order: %s, want %s", got, want)
	}
	for _, s := range []string{
		"", "u", "7", "x7", "U7", "u-1", "u+1", "u07", "u00", "u7 ", " u7", "u7x", "u4611686018427387904",
		"u18446744073709551616", "u0x7", "u1_0", "?7",
	} {
		if id, ok := ParseGlobalID(s); ok {
			t.Errorf("%q is read as %v", s, id)
		}
	}
	for _, id := range []GlobalID{{}, {IDNone, 7}, {IDTransient + 1, 7}, {IDUser, maxIDNumber + 1}} {
		if id.Valid() {
			t.Errorf("%#v is valid", id)
		}
	}
}

func FuzzParseGlobalID(f *testing.F) {
	f.Add("u7")
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := ParseGlobalID(s); ok && (id.String() != s || !id.Valid()) {
			t.Fatalf("%q is read as %v", s, id)
		}
	})
}

// TestConfigBoundaries: every span and limit, at and beyond its ends.
func TestConfigBoundaries(t *testing.T) {
	type span struct {
		name    string
		of      func(*Config) *clock.Duration
		mayZero bool
	}
	for _, s := range []span{
		{"ReaderLease", func(c *Config) *clock.Duration { return &c.ReaderLease }, false},
		{"Heartbeat", func(c *Config) *clock.Duration { return &c.Heartbeat }, false},
		{"HoldLease", func(c *Config) *clock.Duration { return &c.HoldLease }, false},
		{"ClockMargin", func(c *Config) *clock.Duration { return &c.ClockMargin }, true},
		{"AdvanceEvery", func(c *Config) *clock.Duration { return &c.AdvanceEvery }, false},
		{"FetchEvery", func(c *Config) *clock.Duration { return &c.FetchEvery }, false},
		{"SinceEvery", func(c *Config) *clock.Duration { return &c.SinceEvery }, false},
		{"BackoffMin", func(c *Config) *clock.Duration { return &c.BackoffMin }, false},
		{"BackoffMax", func(c *Config) *clock.Duration { return &c.BackoffMax }, false},
		{"PersistDeadline", func(c *Config) *clock.Duration { return &c.PersistDeadline }, false},
		{"ReadDeadline", func(c *Config) *clock.Duration { return &c.ReadDeadline }, false},
		{"StashDeadline", func(c *Config) *clock.Duration { return &c.StashDeadline }, false},
		{"SnapshotWait", func(c *Config) *clock.Duration { return &c.SnapshotWait }, false},
		{"MaxClockSkew", func(c *Config) *clock.Duration { return &c.MaxClockSkew }, true},
	} {
		for _, d := range []struct {
			at   clock.Duration
			want bool
		}{{-1, false}, {0, s.mayZero}, {1, true}, {maxSpan, true}, {maxSpan + 1, false}, {1<<63 - 1, false}} {
			c := DefaultConfig()
			// Room for the two comparisons between spans.
			c.ReaderLease, c.Heartbeat, c.BackoffMin, c.BackoffMax = maxSpan, 1, 1, maxSpan
			*s.of(&c) = d.at
			want := d.want && c.Heartbeat < c.ReaderLease
			if got := c.Valid(); got != want {
				t.Errorf("%s = %d: valid %v, want %v", s.name, d.at, got, want)
			}
		}
	}
	for name, of := range map[string]func(*Config) *int64{
		"OpenRequests":  func(c *Config) *int64 { return &c.Limits.OpenRequests },
		"QueuedAppends": func(c *Config) *int64 { return &c.Limits.QueuedAppends },
		"QueuedBytes":   func(c *Config) *int64 { return &c.Limits.QueuedBytes },
		"HoldsPerOwner": func(c *Config) *int64 { return &c.Limits.HoldsPerOwner },
		"IDsPerRequest": func(c *Config) *int64 { return &c.Limits.IDsPerRequest },
	} {
		for _, n := range []int64{-1, 0, 1, 1<<63 - 1} {
			c := DefaultConfig()
			*of(&c) = n
			if c.Valid() != (n > 0) {
				t.Errorf("%s = %d: valid %v", name, n, c.Valid())
			}
		}
	}
	c := DefaultConfig()
	if !c.Valid() {
		t.Error("the defaults are not valid")
	}
	c.BackoffMin = c.BackoffMax
	if !c.Valid() {
		t.Error("one length for every backoff is refused")
	}
	if c.BackoffMin++; c.Valid() {
		t.Error("a least backoff beyond the greatest is accepted")
	}
	c = DefaultConfig()
	if c.Heartbeat = c.ReaderLease; c.Valid() {
		t.Error("heartbeats as long as the lease are accepted")
	}
}
