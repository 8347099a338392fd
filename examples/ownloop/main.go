// Command ownloop drives the core with a loop of its own, for programs that have
// one already. What realdrivers/runtime does with goroutines is done here one after
// the other, to show all that the core asks of whoever drives it: give it one input at
// a time with the present moment, make each effect's call once, give the result back,
// and come again no later than NextWake.
//
//	go run ./examples/ownloop
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/persist"
	"example.com/tidemark/realdrivers/stash"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ownloop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	meta, err := stash.Open(ctx, "mem://")
	if err != nil {
		return err
	}
	defer meta.Close()
	shards, err := persist.Open(ctx, "mem://", "mem://", persist.Options{})
	if err != nil {
		return err
	}
	defer shards.Close()
	l := &loop{began: time.Now(), stash: meta, shards: shards, out: out}
	if err := l.boot(ctx); err != nil {
		return err
	}
	table := core.GlobalID{Kind: core.IDUser, N: 1}
	schema := relation.Schema{Columns: []relation.Column{{Name: "n", Type: relation.Int64}}}
	_, err = l.request(ctx, core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{
		ID: table, Description: core.Description{Kind: core.KindTable, Schema: schema},
	}}})
	if err != nil {
		return err
	}
	_, err = l.request(ctx, core.Request{Op: core.RequestAppend, Appends: []core.Append{{
		ID: table, Upper: frontier.At(8),
		Updates: []relation.Update{{Data: relation.Row(relation.AppendInt64(nil, 42)), Time: 7, Diff: 1}},
	}}})
	if err != nil {
		return err
	}
	read, err := l.request(ctx, core.Request{Op: core.RequestSnapshot, GlobalID: table, AsOf: 7})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s holds %s × %d\n", table, read.Rows[0].Data, read.Rows[0].Diff)
	return nil
}

// loop drives one controller. The core is a value: nothing of it is hidden elsewhere.
type loop struct {
	core    core.Controller
	began   time.Time
	stash   *stash.Driver
	shards  *persist.Driver
	out     io.Writer
	lastID  core.RequestID
	effects core.Effects
	// inputs wait for their step; answered is the latest response.
	inputs   []core.Input
	answered *core.Response
}

// now reads both clocks: one never goes back, the other chooses data times.
func (l *loop) now() clock.Now {
	t := time.Now()
	return clock.Now{Mono: clock.Instant(t.Sub(l.began).Microseconds()), Wall: clock.Wall(t.UnixMilli())}
}

// boot starts the machine. All that is random derives from the entropy.
func (l *loop) boot(ctx context.Context) error {
	var b [32]byte
	rand.Read(b[:]) // never fails
	in := core.Input{Kind: core.InputBoot, Boot: core.Boot{Config: core.DefaultConfig()}}
	in.Boot.Config.ServicesEvery = 0 // there is no orchestrator
	for i := range in.Boot.Entropy {
		in.Boot.Entropy[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	l.inputs = append(l.inputs, in)
	return l.until(ctx, func() bool { return l.core.Phase() == core.PhaseRunning })
}

// request asks and waits for the answer.
func (l *loop) request(ctx context.Context, r core.Request) (*core.Response, error) {
	l.lastID++
	r.ID, l.answered = l.lastID, nil
	l.inputs = append(l.inputs, core.Input{Kind: core.InputRequest, Request: r, Cause: core.Cause(r.ID)})
	if err := l.until(ctx, func() bool { return l.answered != nil }); err != nil {
		return nil, err
	}
	if l.answered.Err.Code != core.Ok {
		return nil, &l.answered.Err
	}
	return l.answered, nil
}

// until steps until something is so.
func (l *loop) until(ctx context.Context, so func() bool) error {
	for !so() {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case l.core.Phase() == core.PhaseHalted:
			return errors.New("the controller has halted")
		case len(l.inputs) == 0:
			// Nothing to do before the core wants to be woken.
			next := l.began.Add(time.Duration(l.core.NextWake()) * time.Microsecond)
			time.Sleep(time.Until(next))
			l.inputs = append(l.inputs, core.Input{Kind: core.InputWake})
		}
		in := l.inputs[0]
		l.inputs = l.inputs[1:]
		l.step(ctx, &in)
	}
	return nil
}

// step gives the core one input and makes the calls that follow from it. They could
// all run at the same time: what must come later is not asked for before.
func (l *loop) step(ctx context.Context, in *core.Input) {
	l.effects.Reset()
	l.core.Step(l.now(), in, &l.effects)
	for i := range l.effects.Len() {
		e := l.effects.At(i)
		done := core.Input{Effect: e.ID, Cause: e.Cause}
		switch e.Kind {
		case core.EffectStash:
			done.Kind = core.InputStashDone
			l.stash.Do(ctx, &e.Stash, &done.Stash)
			fmt.Fprintf(l.out, "%s %s: %s\n", e.Kind, e.Stash.Op, done.Stash.Outcome)
		case core.EffectPersist:
			done.Kind = core.InputPersistDone
			l.shards.Do(ctx, &e.Persist, &done.Persist)
			fmt.Fprintf(l.out, "%s %s: %s\n", e.Kind, e.Persist.Op, done.Persist.Outcome)
		case core.EffectRespond:
			response := e.Response
			l.answered = &response
			continue
		default: // without hosts there is nothing else
			continue
		}
		l.inputs = append(l.inputs, done)
	}
}
