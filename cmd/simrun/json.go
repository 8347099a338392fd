package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/campaign"
)

// The order of the keys is part of the format.

type campaignLine struct {
	Seeds       uint64        `json:"seeds"`
	Events      uint64        `json:"events"`
	SimMs       int64         `json:"sim_ms"`
	WallMs      int64         `json:"wall_ms"`
	Failures    []failureLine `json:"failures"`
	Faults      counts        `json:"faults"`
	Ops         counts        `json:"ops"`
	Oracles     stats         `json:"oracles"`
	Interrupted bool          `json:"interrupted"`
}

type failureLine struct {
	Seed      uint64 `json:"seed"`
	Invariant string `json:"invariant"`
	Step      uint64 `json:"step"`
	AtMs      int64  `json:"at_ms"`
	Message   string `json:"message"`
	Plan      string `json:"plan"`
}

type runLine struct {
	campaignLine
	Seed       uint64          `json:"seed"`
	PlanHash   string          `json:"plan_hash"`
	TraceHash  string          `json:"trace_hash"`
	Violations []violationLine `json:"violations"`
}

type violationLine struct {
	Invariant string `json:"invariant"`
	Step      uint64 `json:"step"`
	AtMs      int64  `json:"at_ms"`
	Node      int    `json:"node"`
	Message   string `json:"message"`
}

func campaignJSON(sum *campaign.Summary, wall time.Duration, saved []string) *campaignLine {
	line := &campaignLine{
		Seeds: sum.Seeds, Events: sum.Events, SimMs: sum.SimMs, WallMs: wall.Milliseconds(),
		Failures: []failureLine{}, Faults: sum.Faults, Ops: sum.Ops, Oracles: sum.Oracles,
		Interrupted: sum.Interrupted,
	}
	for i := range sum.Failures {
		line.Failures = append(line.Failures, failureOf(sum.Failures[i].Seed, &sum.Failures[i].Violation, saved[i]))
	}
	return line
}

func failureOf(seed uint64, v *invariants.Violation, path string) failureLine {
	return failureLine{Seed: seed, Invariant: v.Invariant, Step: v.Step, AtMs: v.AtUs / 1000, Message: v.Message, Plan: path}
}

func runJSON(one *played) *runLine {
	r := one.result
	line := &runLine{
		campaignLine: campaignLine{
			Seeds: 1, Events: r.Events, SimMs: r.SimMs, WallMs: one.wall.Milliseconds(),
			Failures: []failureLine{}, Faults: r.Faults, Ops: r.Ops, Oracles: r.Oracles,
			Interrupted: r.Interrupted,
		},
		Seed: one.plan.Seed, PlanHash: one.plan.Hash().String(), TraceHash: r.TraceHash.String(),
		Violations: []violationLine{},
	}
	if v := one.violation(); v != nil {
		line.Failures = append(line.Failures, failureOf(one.plan.Seed, v, one.path))
	}
	for _, v := range r.Violations {
		line.Violations = append(line.Violations, violationLine{v.Invariant, v.Step, v.AtUs / 1000, v.Node, v.Message})
	}
	return line
}

// counts is an object of numbers that keeps its order.
type counts []sim.Count

// MarshalJSON writes {"name":n,…}.
func (c counts) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, one := range c {
		fmt.Fprintf(&b, "%s%q:%d", separator(i), one.Name, one.N)
	}
	return wrap(&b), nil
}

// stats is an object of {"checked":n,"met":n} that keeps its order.
type stats []invariants.Stat

// MarshalJSON writes {"S1":{"checked":n,"met":n},…}.
func (s stats) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, one := range s {
		fmt.Fprintf(&b, `%s%q:{"checked":%d,"met":%d}`, separator(i), one.Name, one.Checked, one.Met)
	}
	return wrap(&b), nil
}

func separator(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

func wrap(b *bytes.Buffer) []byte { return append(append([]byte{'{'}, b.Bytes()...), '}') }

// printJSON writes v as one line.
func (t *tool) printJSON(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := t.stdout.Write(b.Bytes())
	return err
}
