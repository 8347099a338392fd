package runtime

import (
	"context"
	"slices"
	"sync"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

// Frontiers is where a collection stands.
type Frontiers struct {
	ID           core.GlobalID
	Since, Upper frontier.Frontier
	Dropped      bool
	// Gone: the controller holds no state of it any more; nothing else is set.
	Gone bool
}

// Watch tells of the frontiers of collections as they move. What moves several times
// before it is asked for is told once, so a slow watcher costs the controller
// nothing but memory for one entry per collection.
type Watch struct {
	c *Controller
	// ids that are wanted; empty: all.
	ids map[core.GlobalID]bool
	// told is what Next has returned; it belongs to whoever calls Next.
	told map[core.GlobalID]Frontiers
	// ready has an entry when something was noted since Next took what there was.
	ready chan struct{}

	mu    sync.Mutex
	noted map[core.GlobalID]Frontiers
}

// Watch begins to watch the collections ids, or all if there are none. The first
// Next tells where they are. It must be closed.
func (c *Controller) Watch(ctx context.Context, ids ...core.GlobalID) (*Watch, error) {
	w := &Watch{
		c: c, ids: map[core.GlobalID]bool{}, told: map[core.GlobalID]Frontiers{}, ready: make(chan struct{}, 1),
		noted: map[core.GlobalID]Frontiers{},
	}
	for _, id := range ids {
		w.ids[id] = true
	}
	err := c.Look(ctx, func(*core.Controller) { c.machine.watches[w] = struct{}{} })
	if err == nil {
		err = w.readAll(ctx)
	}
	if err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// readAll notes where everything is, in pages. Moves meanwhile are noted too, and
// whatever is noted last is the latest.
func (w *Watch) readAll(ctx context.Context) error {
	last, done := core.GlobalID{}, false
	for !done {
		err := w.c.Look(ctx, func(m *core.Controller) {
			var v core.CollectionView
			at := behind(m, last)
			for end := at + pageSize; at < min(end, m.Collections()); at++ {
				m.CollectionAt(at, &v)
				w.note(&v, true)
				last = v.ID
			}
			done = at >= m.Collections()
		})
		if err != nil {
			return err
		}
	}
	w.notify()
	return nil
}

// note keeps where a collection is now; there: it exists. It belongs to the loop's
// goroutine.
func (w *Watch) note(v *core.CollectionView, there bool) {
	if !v.ID.Valid() || len(w.ids) > 0 && !w.ids[v.ID] {
		return
	}
	f := Frontiers{ID: v.ID, Gone: true}
	if there {
		f = Frontiers{ID: v.ID, Since: v.Since, Upper: v.Upper, Dropped: v.Dropped}
	}
	w.mu.Lock()
	w.noted[v.ID] = f
	w.mu.Unlock()
}

func (w *Watch) notify() {
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// Next waits until something has moved since the last call, and returns that in the
// order of ids. It returns an error when ctx or the controller has ended. It must
// not be called by two goroutines at a time.
func (w *Watch) Next(ctx context.Context) ([]Frontiers, error) {
	for {
		if moved := w.take(); len(moved) > 0 {
			return moved, nil
		}
		select {
		case <-w.ready:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-w.c.loop.done:
			return nil, w.c.loop.ending()
		}
	}
}

// take is what was noted and differs from what was told.
func (w *Watch) take() []Frontiers {
	w.mu.Lock()
	noted := w.noted
	w.noted = map[core.GlobalID]Frontiers{}
	w.mu.Unlock()
	var moved []Frontiers
	for id, f := range noted {
		known, ok := w.told[id]
		switch {
		case f.Gone && !ok, ok && known == f:
			continue
		case f.Gone:
			delete(w.told, id)
		default:
			w.told[id] = f
		}
		moved = append(moved, f)
	}
	slices.SortFunc(moved, func(a, b Frontiers) int { return a.ID.Compare(b.ID) })
	return moved
}

// Close ends the watch.
func (w *Watch) Close() {
	w.c.loop.look(nil, func() { delete(w.c.machine.watches, w) })
}

// noteTouched tells the watches which collections the step has touched.
func (m *controllerMachine) noteTouched() {
	var v core.CollectionView
	for i := range m.core.Touched() {
		there := m.core.TouchedAt(i, &v)
		for w := range m.watches {
			w.note(&v, there)
		}
	}
}

// notifyWatches wakes the watches, once for a batch.
func (m *controllerMachine) notifyWatches() {
	for w := range m.watches {
		w.notify()
	}
}
