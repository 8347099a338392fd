package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/report"
)

// writeJUnit writes what a campaign came to as a JUnit report, if one is wanted.
func (t *tool) writeJUnit(q *fuzzing, sum *campaign.Summary, wall time.Duration, saved []string) error {
	if q.junit == "" {
		return nil
	}
	j := &report.JUnit{Summary: sum, Profile: q.worlds.name, First: q.seeds.first, Wall: wall,
		Rerun: fmt.Sprintf("%s fuzz %s --seeds %d..%d", t.self, q.worlds, q.seeds.first, max(sum.Last, q.seeds.first))}
	for _, path := range saved {
		j.Failing = append(j.Failing, report.FailingSeed{Plan: path, Replay: t.replayCommand(path), Shrink: t.shrinkCommand(path)})
	}
	var b bytes.Buffer
	if err := j.Write(&b); err != nil {
		return err
	}
	return os.WriteFile(q.junit, b.Bytes(), 0o644)
}
