package sim

import (
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/storaged"
)

// Rehearsals are put to machines of their own at the end of a run, because no run goes on
// after them: boots with a configuration that is not valid, on metadata that is damaged,
// with drivers that break their contract. What must be refused is refused at once, by a
// halt that says why, and nothing else is done.

// rehearsals of one kind are chosen by the run's seed; so many of each are made.
const (
	bootRehearsals  = 8
	stashRehearsals = 3
)

// chance is a number below n that depends on the plan's seed and on what it is for.
func (w *World) chance(what, nth uint64, n int) int {
	return int(mix(mix(w.plan.Seed, what), nth+1) >> 20 % uint64(n))
}

// longestSpan is the longest span that an operator may set.
const longestSpan = 366 * 24 * clock.Hour

// configured is a change of a configuration, and whether it is valid then.
type configured struct {
	valid  bool
	change func(c *core.Config)
}

// spansOf are the spans of a configuration that must not be zero; the fourth from the
// end on, counted from here, they may be.
func spansOf(c *core.Config) [16]*clock.Duration {
	return [...]*clock.Duration{
		&c.ReaderLease, &c.HoldLease, &c.FetchEvery, &c.AdvanceEvery, &c.SinceEvery, &c.BackoffMax, &c.PersistDeadline,
		&c.ReadDeadline, &c.StashDeadline, &c.SnapshotWait, &c.HostDeadline, &c.MoveGrace, &c.DropGrace, &c.WriterGrace,
		&c.Heartbeat, &c.BackoffMin,
	}
}

// optionalSpans may be zero.
func optionalSpans(c *core.Config) [3]*clock.Duration {
	return [...]*clock.Duration{&c.ClockMargin, &c.MaxClockSkew, &c.ServicesEvery}
}

func limitsOf(c *core.Config) [5]*int64 {
	l := &c.Limits
	return [...]*int64{&l.OpenRequests, &l.QueuedAppends, &l.QueuedBytes, &l.HoldsPerOwner, &l.IDsPerRequest}
}

// configurations are those that are put to the test.
func configurations() []configured {
	var list []configured
	add := func(valid bool, change func(c *core.Config)) { list = append(list, configured{valid, change}) }
	for i := range spansOf(&core.Config{}) {
		add(false, func(c *core.Config) { *spansOf(c)[i] = 0 })
		add(false, func(c *core.Config) { *spansOf(c)[i] = -1 })
		add(false, func(c *core.Config) { *spansOf(c)[i] = longestSpan + 1 })
		if i < 14 {
			add(true, func(c *core.Config) { *spansOf(c)[i] = longestSpan })
		}
	}
	for i := range optionalSpans(&core.Config{}) {
		add(true, func(c *core.Config) { *optionalSpans(c)[i] = 0 })
		add(true, func(c *core.Config) { *optionalSpans(c)[i] = longestSpan })
		add(false, func(c *core.Config) { *optionalSpans(c)[i] = -1 })
		add(false, func(c *core.Config) { *optionalSpans(c)[i] = longestSpan + 1 })
	}
	for i := range limitsOf(&core.Config{}) {
		add(true, func(c *core.Config) { *limitsOf(c)[i] = 1 })
		add(false, func(c *core.Config) { *limitsOf(c)[i] = 0 })
		add(false, func(c *core.Config) { *limitsOf(c)[i] = -1 })
	}
	add(true, func(c *core.Config) { c.BackoffMin = c.BackoffMax })
	add(false, func(c *core.Config) { c.BackoffMin = c.BackoffMax + 1 })
	add(true, func(c *core.Config) { c.Heartbeat = c.ReaderLease - 1 })
	add(false, func(c *core.Config) { c.Heartbeat = c.ReaderLease })
	return list
}

// settled is a change of a host's settings, and whether they are valid then.
type settled struct {
	valid  bool
	change func(s *core.HostSettings)
}

func settingsToTest() []settled {
	var list []settled
	add := func(valid bool, change func(s *core.HostSettings)) { list = append(list, settled{valid, change}) }
	spans := func(s *core.HostSettings) [7]*clock.Duration {
		return [...]*clock.Duration{&s.ReaderLease, &s.BackoffMax, &s.PersistDeadline, &s.ReadDeadline, &s.AdvanceEvery, &s.Heartbeat, &s.BackoffMin}
	}
	for i := range spans(&core.HostSettings{}) {
		add(false, func(s *core.HostSettings) { *spans(s)[i] = 0 })
		add(false, func(s *core.HostSettings) { *spans(s)[i] = longestSpan + 1 })
		if i < 5 {
			add(true, func(s *core.HostSettings) { *spans(s)[i] = longestSpan })
		}
	}
	add(true, func(s *core.HostSettings) { s.MaxClockSkew = 0 })
	add(false, func(s *core.HostSettings) { s.MaxClockSkew = -1 })
	add(true, func(s *core.HostSettings) { s.MaxClockSkew = longestSpan })
	add(false, func(s *core.HostSettings) { s.MaxClockSkew = longestSpan + 1 })
	add(true, func(s *core.HostSettings) { s.BackoffMin = s.BackoffMax })
	add(false, func(s *core.HostSettings) { s.BackoffMin = s.BackoffMax + 1 })
	add(true, func(s *core.HostSettings) { s.Heartbeat = s.ReaderLease - 1 })
	add(false, func(s *core.HostSettings) { s.Heartbeat = s.ReaderLease })
	return list
}

// rehearse puts everything to the test, and tells what is wrong.
func (w *World) rehearse() {
	kept := w.input
	defer func() { w.input = kept }()
	for i := range uint64(bootRehearsals) {
		if why := w.rehearseBoot(i); why != "" {
			w.contradicted(nobody, why)
			return
		}
	}
	for i := range uint64(stashRehearsals) {
		if why := w.rehearseLoad(i); why != "" {
			w.contradicted(nobody, why)
			return
		}
	}
}

// rehearseBoot boots a controller and a host with what is valid, or not.
func (w *World) rehearseBoot(nth uint64) string {
	c := &w.rehearsed.configurations[w.chance('c', nth, len(w.rehearsed.configurations))]
	config := w.config
	c.change(&config)
	if why := w.rehearseConfig(&config, c.valid); why != "" {
		return why
	}
	s := &w.rehearsed.settings[w.chance('s', nth, len(w.rehearsed.settings))]
	in := storaged.Input{Kind: storaged.InputBoot, Boot: storaged.Boot{Settings: w.hostSettings}}
	s.change(&in.Boot.Settings)
	h := &w.saved.host
	h.CopyFrom(&w.blankHost)
	w.hostEffects.Reset()
	if message := stepHost(h, clock.Now{}, &in, &w.hostEffects); message != "" {
		return "a host that boots panicked: " + message
	}
	var v storaged.View
	h.View(&v)
	if refused := v.Phase == storaged.PhaseHalted && v.Halt.Code == core.HaltContract; refused == s.valid || w.hostEffects.Len() > 0 {
		return fmt.Sprintf("a host that is given %+v is %v, %v, with %d effects; it is valid: %v", in.Boot.Settings, v.Phase, v.Halt, w.hostEffects.Len(), s.valid)
	}
	return ""
}

func (w *World) rehearseConfig(config *core.Config, valid bool) string {
	c := &w.saved.controller
	c.CopyFrom(&w.blank)
	w.input.Kind, w.input.Cause = core.InputBoot, 0
	w.input.Boot.Config = *config
	w.effects.Reset()
	if message := step(c, clock.Now{}, &w.input, &w.effects); message != "" {
		return "a controller that boots panicked: " + message
	}
	var v core.View
	c.View(&v)
	refused := v.Phase == core.PhaseHalted && v.Halt.Code == core.HaltContract && c.Kept() == 0
	if refused == valid || refused && w.effects.Len() > 0 || valid && w.effects.Len() != 1 {
		return fmt.Sprintf("a controller that is given %+v is %v, %v, with %d effects; it is valid: %v", *config, v.Phase, v.Halt, w.effects.Len(), valid)
	}
	return ""
}

// rehearsed is what rehearsals choose from, made once.
type rehearsed struct {
	configurations []configured
	settings       []settled
}
