package core_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// longest is the longest span that a configuration may have.
const longest = 366 * 24 * clock.Hour

// boots reports whether a controller takes a configuration: it goes on to the stash, or
// halts at once and says why.
func boots(t *testing.T, cfg core.Config) bool {
	t.Helper()
	var c core.Controller
	var out core.Effects
	c.Step(clock.Now{}, &core.Input{Kind: core.InputBoot, Boot: core.Boot{Config: cfg}}, &out)
	var v core.View
	c.View(&v)
	good := v.Phase == core.PhaseTakeOver && out.Len() == 1
	bad := v.Phase == core.PhaseHalted && v.Halt.Code == core.HaltContract && v.Halt.Where == "configuration" && out.Len() == 0
	if good == bad || good != cfg.Valid() {
		t.Fatalf("%+v: %v, halt %+v, %d effects, valid %v", cfg, v.Phase, v.Halt, out.Len(), cfg.Valid())
	}
	return good
}

// TestConfigurationBounds: each field is accepted exactly from its least to its greatest
// value, the others being the defaults. One that nobody thought of here fails the test.
func TestConfigurationBounds(t *testing.T) {
	check := func(name string, set func(*core.Config, int64), least, most int64) {
		for v, want := range map[int64]bool{
			math.MinInt64: false, least - 1: false, least: true, least + 1: true,
			most - 1: true, most: true, most + 1: false, math.MaxInt64: false,
		} {
			if most == math.MaxInt64 && (v == math.MaxInt64 || v == math.MinInt64) {
				want = v == math.MaxInt64
			}
			cfg := core.DefaultConfig()
			set(&cfg, v)
			if got := boots(t, cfg); got != want {
				t.Errorf("%s = %d: accepted %v", name, v, got)
			}
		}
	}
	defaults := core.DefaultConfig()
	// Fields whose bounds are not those of any span, or that are bound to another one.
	least := map[string]int64{"ClockMargin": 0, "MaxClockSkew": 0, "ServicesEvery": 0,
		"BackoffMax": int64(defaults.BackoffMin), "ReaderLease": int64(defaults.Heartbeat) + 1}
	most := map[string]int64{"BackoffMin": int64(defaults.BackoffMax), "Heartbeat": int64(defaults.ReaderLease) - 1}
	config := reflect.TypeFor[core.Config]()
	for i := range config.NumField() {
		name := config.Field(i).Name
		if name == "Limits" {
			continue
		}
		from, to := int64(1), int64(longest)
		if v, ok := least[name]; ok {
			from = v
		}
		if v, ok := most[name]; ok {
			to = v
		}
		check(name, func(c *core.Config, v int64) { reflect.ValueOf(c).Elem().Field(i).SetInt(v) }, from, to)
	}
	limits := reflect.TypeFor[core.Limits]()
	for i := range limits.NumField() {
		check(limits.Field(i).Name, func(c *core.Config, v int64) {
			reflect.ValueOf(&c.Limits).Elem().Field(i).SetInt(v)
		}, 1, math.MaxInt64)
	}
}

func TestHostConfigurations(t *testing.T) {
	for _, c := range []struct {
		host core.HostConfig
		want bool
	}{
		{core.HostConfig{}, false},
		{core.HostConfig{Size: 1}, true},
		{core.HostConfig{Size: 2}, true},
		{core.HostConfig{Size: 254}, true},
		{core.HostConfig{Size: 255}, true},
		{core.HostConfig{Size: 256}, false},
		{core.HostConfig{Address: "a"}, true},
		{core.HostConfig{Address: strings.Repeat("a", 254)}, true},
		{core.HostConfig{Address: strings.Repeat("a", 255)}, true},
		{core.HostConfig{Address: strings.Repeat("a", 256)}, false},
		{core.HostConfig{Size: 1, Address: "a"}, false},
	} {
		if c.host.Valid() != c.want {
			t.Errorf("%+v: valid %v", c.host, c.host.Valid())
		}
	}
	id := core.GlobalID{Kind: core.IDUser, N: 3}
	if got := (core.HostConfig{Size: 2}).Host(id); got != (core.HostID{Object: id, Size: 2}) || got.Remote() || got.String() != "u3/2" {
		t.Errorf("a managed host is %v", got)
	}
	if got := (core.HostConfig{Address: "far:1"}).Host(id); got != (core.HostID{Address: "far:1"}) || !got.Remote() || got.String() != "far:1" {
		t.Errorf("a remote host is %v", got)
	}
}
