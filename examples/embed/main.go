// Command embed runs a storage controller inside another program: no port, no second
// process, everything in SQLite and files of one directory.
//
//	go run ./examples/embed DIR
//
// It makes a table, appends to it, holds its history, reads it at two times and stops.
// Started again on the same directory it finds everything and goes on.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/persist"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/realdrivers/stash"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: embed DIR")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}

// run starts a controller, uses it and stops it.
func run(ctx context.Context, dir string, out io.Writer) (err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// The metadata: what there is, and whose it is.
	meta, err := stash.Open(ctx, "sqlite://"+filepath.Join(dir, "stash.db"))
	if err != nil {
		return err
	}
	defer meta.Close()
	// The data: shards, whose states are in one store and bulk data in another.
	shards, err := persist.Open(ctx, "sqlite://"+filepath.Join(dir, "consensus.db"), "file://"+filepath.Join(dir, "blobs"), persist.Options{})
	if err != nil {
		return err
	}
	defer shards.Close()
	// The controller: core.Controller and the loop that drives it.
	c, err := runtime.StartController(runtime.ControllerOptions{Stash: meta, Persist: shards})
	if err != nil {
		return err
	}
	defer func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = errors.Join(err, c.Stop(limited))
	}()
	return use(ctx, c, out)
}

// events is the id of the table; ids are chosen by whoever creates.
var events = core.GlobalID{Kind: core.IDUser, N: 1}

// use is what the surrounding program does with its controller.
func use(ctx context.Context, c *runtime.Controller, out io.Writer) error {
	// Creating what is there with the same description succeeds and changes nothing.
	_, err := c.Submit(ctx, &core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{
		ID: events,
		Description: core.Description{Kind: core.KindTable, Schema: relation.Schema{Columns: []relation.Column{
			{Name: "name", Type: relation.Text}, {Name: "count", Type: relation.Int64},
		}}},
	}}})
	if err != nil {
		return err
	}
	known, err := c.Submit(ctx, &core.Request{Op: core.RequestCollection, GlobalID: events})
	if err != nil {
		return err
	}
	upper, open := known.Info[0].Upper.AsOption()
	if !open {
		return fmt.Errorf("%s is closed", events)
	}
	fmt.Fprintf(out, "epoch %d, %s is complete up to %d\n", known.Epoch, events, upper)

	// A hold keeps the table readable from where it is until it is released, or not
	// renewed for a lease.
	_, err = c.Submit(ctx, &core.Request{Op: core.RequestAcquireHold, GlobalID: events, Owner: 1, Hold: 1, Earliest: true})
	if err != nil {
		return err
	}
	// An append says the time of each update, and up to when the table is then complete.
	update := func(name string, diff int64) relation.Update {
		row := relation.Row(relation.AppendInt64(relation.AppendText(nil, name), int64(upper)))
		return relation.Update{Data: row, Time: upper, Diff: diff}
	}
	_, err = c.Submit(ctx, &core.Request{Op: core.RequestAppend, Appends: []core.Append{{
		ID: events, Updates: []relation.Update{update("begun", 1), update("seen", 2)}, Upper: frontier.At(upper + 1),
	}}})
	if err != nil {
		return err
	}
	read, err := c.Submit(ctx, &core.Request{Op: core.RequestSnapshot, GlobalID: events, AsOf: upper})
	if err != nil {
		return err
	}
	for _, row := range read.Rows {
		fmt.Fprintf(out, "%s × %d\n", row.Data, row.Diff)
	}
	// The same append again is refused: its times are complete already.
	_, err = c.Submit(ctx, &core.Request{Op: core.RequestAppend, Appends: []core.Append{{
		ID: events, Updates: []relation.Update{update("late", 1)}, Upper: frontier.At(upper + 1),
	}}})
	if !errors.Is(err, core.InvalidUppers) {
		return fmt.Errorf("a late append ended with %v", err)
	}
	fmt.Fprintln(out, "refused:", err)
	_, err = c.Submit(ctx, &core.Request{Op: core.RequestReleaseHold, GlobalID: events, Owner: 1, Hold: 1})
	return err
}
