package replay

import (
	"fmt"
	"io"
	"os"

	"example.com/tidemark/codec/journal"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/sim"
)

// player replays one journal.
type player struct {
	*sim.Player
	report *Report
	stop   func() bool
	// incarnation that plays, the step that is next, and when its time began in the
	// player's.
	incarnation [2]uint64
	next        uint64
	baseUs      int64
	anchored    bool
	firstAt     clock.Wall
	begun       bool
	scratch     []byte
}

// Play replays the segments at paths, in their order. An error says that a file
// cannot be read at all.
func Play(paths []string, o sim.Options) (*Report, error) {
	p := &player{Player: sim.NewPlayer(o), report: &Report{}, stop: o.Stop}
	if p.stop == nil {
		p.stop = func() bool { return false }
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		p.report.Segments++
		p.segment(path, data)
		if p.report.Divergence != nil || p.report.Interrupted {
			break
		}
	}
	p.endLife()
	p.report.Result = p.Result()
	p.report.Result.Interrupted = p.report.Interrupted
	return p.report, nil
}

// segment replays one.
func (p *player) segment(path string, data []byte) {
	r, err := journal.NewReader(data)
	if err == nil {
		err = p.enter(path, r)
	}
	if err != nil {
		p.damaged(path, err)
		return
	}
	var v journal.Record
	for p.report.Divergence == nil && !p.report.Interrupted {
		if err := r.Next(&v); err != nil {
			p.damaged(path, err)
			return
		}
		if v.Step == 0 {
			p.life().Ended = v.End
			continue
		}
		p.step(path, &v)
	}
}

// enter goes on with the segment's checkpoint: as the state that is there already, or
// as the beginning of what can be replayed.
func (p *player) enter(path string, r *journal.Reader) error {
	h := &r.Header
	same := p.begun && h.Incarnation == p.incarnation
	switch {
	case same && h.First < p.next:
		return fmt.Errorf("it begins with step %d, which was there already: a copy, or out of order", h.First)
	case same && h.First == p.next:
		if string(p.Machine().AppendCanonical(nil)) != string(r.State) {
			p.report.Divergence = &Divergence{Path: path, Step: h.First, Detail: "something was changed, or another version wrote it"}
		}
		return nil
	case same:
		p.report.Gaps = append(p.report.Gaps, Gap{path, p.next, h.First - 1})
	case h.First > 1:
		p.report.Gaps = append(p.report.Gaps, Gap{path, 1, h.First - 1})
	}
	if !p.begun {
		p.firstAt = h.At
	}
	atUs := max(int64(h.At-p.firstAt)*1000, 0)
	if !same {
		p.endLife()
	}
	if err := p.Begin(atUs, r.State); err != nil {
		p.begun = false
		return fmt.Errorf("the checkpoint cannot be read by this version, %q wrote it: %w", h.Build, err)
	}
	if !same {
		p.report.Incarnations++
		p.report.Lives = append(p.report.Lives, Life{Build: h.Build, First: h.First, Judged: h.First == 1})
		p.baseUs, p.anchored = atUs, false
	}
	p.begun, p.incarnation, p.next = true, h.Incarnation, h.First
	return nil
}

// step takes one step and compares what followed.
func (p *player) step(path string, v *journal.Record) {
	if v.Step%1024 == 0 && p.stop() {
		p.report.Interrupted = true
		return
	}
	if !p.anchored {
		p.baseUs, p.anchored = p.baseUs-int64(v.Now.Mono), true
	}
	p.next = v.Step + 1
	p.report.Steps++
	p.life().Last = v.Step
	out, panicked := p.Step(p.baseUs+int64(v.Now.Mono), v.Now, &v.Input)
	switch {
	case panicked != "" && v.Panicked:
	case panicked != "":
		p.differs(path, v, "the core panicked: "+panicked)
	case v.Panicked:
		p.differs(path, v, "the core panicked then, and does not now")
	default:
		p.compare(path, v, out)
	}
}

func (p *player) compare(path string, v *journal.Record, out *core.Effects) {
	p.report.Effects += uint64(out.Len())
	for i := range max(out.Len(), len(v.Effects)) {
		switch {
		case i >= len(v.Effects):
			p.differs(path, v, fmt.Sprintf("%d effects are recorded, a further one came out: %s", len(v.Effects), shown(out.At(i))))
			return
		case i >= out.Len():
			p.differs(path, v, fmt.Sprintf("%d effects are recorded, only %d came out", len(v.Effects), out.Len()))
			return
		}
		var hash uint64
		hash, p.scratch = journal.EffectHash(out.At(i), p.scratch)
		if hash != v.Effects[i] {
			p.differs(path, v, fmt.Sprintf("effect %d of %d is recorded as %016x, and %016x came out: %s",
				i+1, len(v.Effects), v.Effects[i], hash, shown(out.At(i))))
			return
		}
	}
}

func (p *player) differs(path string, v *journal.Record, detail string) {
	p.report.Divergence = &Divergence{Path: path, Step: v.Step, Input: v.Input.Kind.String(), Detail: detail}
}

// damaged notes what is wrong with a segment; its end is nothing wrong.
func (p *player) damaged(path string, err error) {
	if err != io.EOF {
		p.report.Damage = append(p.report.Damage, Damage{path, err})
	}
}

func (p *player) life() *Life { return &p.report.Lives[len(p.report.Lives)-1] }

// endLife completes what is told of the incarnation that played.
func (p *player) endLife() {
	if len(p.report.Lives) == 0 {
		return
	}
	l := p.life()
	l.Epoch, l.Collections = p.Machine().Epoch(), p.Machine().Collections()
}
