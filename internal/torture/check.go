//go:build linux

package torture

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/replay"
)

// check waits until everything is at rest, and judges.
func (w *world) check() error {
	ctx, cancel := context.WithTimeout(context.Background(), rest)
	defer cancel()
	for _, t := range w.tables {
		final, err := w.final(ctx, t.id)
		if err != nil {
			return fmt.Errorf("the final contents of %s cannot be read: %w", t.id, err)
		}
		for _, wrong := range t.judge(final) {
			w.violatedIf(errors.New(wrong))
		}
		if acked, _, _, reads := t.counts(); acked == 0 || reads == 0 {
			return fmt.Errorf("%s: %d rows acknowledged and %d reads: nothing was tested", t.id, acked, reads)
		}
	}
	return w.checkExports(ctx)
}

// final is a collection as it is in the end.
func (w *world) final(ctx context.Context, id string) (map[uint64]int64, error) {
	for {
		_, content, err := w.snapshot(ctx, id, nil)
		if err == nil || ctx.Err() != nil {
			return content, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// checkExports waits until each has written what its collection held when it was
// asked, and compares.
func (w *world) checkExports(ctx context.Context) error {
	list := exports
	if w.o.Wide {
		list = append(slices.Clone(exports), managedExport)
	}
	for _, e := range list {
		from, err := until(ctx, w.api, &tidemarkpb.GetRequest{Id: e.from}, tidemarkpb.ControllerClient.GetCollection)
		if err != nil {
			return err
		}
		upper := from.GetUpper().GetTime()
		for {
			answer, err := until(ctx, w.api, &tidemarkpb.GetRequest{Id: e.id}, tidemarkpb.ControllerClient.GetExport)
			if err != nil {
				return err
			}
			if answer.GetUpper().GetTime() >= upper {
				break
			}
			if ctx.Err() != nil {
				w.violatedIf(fmt.Errorf("%s is at %d and does not come to %d, where %s is", e.id, answer.GetUpper().GetTime(), upper, e.from))
				return nil
			}
			time.Sleep(100 * time.Millisecond)
		}
		written, err := lines(w.fileOf(e))
		if err != nil {
			return err
		}
		if e.from == sourceID || e.from == managedID {
			w.violatedIf(contiguous(e.file, written))
			continue
		}
		final, err := w.final(ctx, e.from)
		if err != nil {
			return err
		}
		w.violatedIf(equal(e.file, written, final))
	}
	_, content, err := w.snapshot(ctx, sourceID, nil)
	if err == nil {
		err = contiguous(sourceID, content)
	}
	if len(content) == 0 && err == nil {
		err = fmt.Errorf("%s is empty: nothing was tested", sourceID)
	}
	w.violatedIf(err)
	if w.o.Wide {
		return w.checkFollowed(ctx)
	}
	return nil
}

func equal(what string, got, want map[uint64]int64) error {
	for n, diff := range want {
		if got[n] != diff {
			return fmt.Errorf("%s has row %d %d times, its collection %d times", what, n, got[n], diff)
		}
	}
	for n, diff := range got {
		if want[n] != diff {
			return fmt.Errorf("%s has row %d %d times, its collection %d times", what, n, diff, want[n])
		}
	}
	return nil
}

// lines is what a sink has committed.
func lines(path string) (map[uint64]int64, error) {
	text, err := os.ReadFile(path + ".progress")
	if err != nil {
		return nil, err
	}
	var progress struct{ Bytes int64 }
	if err := json.Unmarshal(text, &progress); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content := map[uint64]int64{}
	scanner := bufio.NewScanner(io.LimitReader(file, progress.Bytes))
	for scanner.Scan() {
		var line struct {
			Diff int64
			Row  struct{ N uint64 }
		}
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if content[line.Row.N] += line.Diff; content[line.Row.N] == 0 {
			delete(content, line.Row.N)
		}
	}
	return content, scanner.Err()
}

// checkJournals ends the controllers and lets the core go through all that they did.
func (w *world) checkJournals() error {
	for _, c := range w.controllers {
		if !c.end(syscall.SIGTERM, time.Minute) {
			w.violatedIf(fmt.Errorf("%s does not stop within a minute", c.name))
		}
		dir := filepath.Join(w.dir, c.name, "journal")
		segments, err := replay.Segments(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was never started
		}
		if err != nil {
			return err
		}
		r, err := replay.Play(segments, sim.Options{Judged: true})
		if err != nil {
			return err
		}
		if r.Divergence != nil {
			w.violatedIf(r.Divergence)
		}
		for _, d := range r.Damage {
			w.violatedIf(errors.New(d.String()))
		}
		for _, v := range r.Result.Violations {
			w.violatedIf(fmt.Errorf("%s: %s: %s", dir, v.Invariant, v.Message))
		}
		fmt.Fprintf(w.o.Out, "replayed  %s: %d steps of %d lives, %d effects, all as recorded\n", c.name, r.Steps, r.Incarnations, r.Effects)
	}
	return nil
}
