package runtime

import (
	"context"
	"slices"

	"example.com/tidemark/core"
)

// Collection is what is believed of a collection, and what holds it back besides its
// implied capability.
type Collection struct {
	core.CollectionView
	Holds []core.Hold
	// Host that an ingestion is to run on; the zero host if there is none, or it waits
	// for another one to end.
	Host core.HostID
}

// pageSize is how many collections are looked at between two steps.
const pageSize = 512

// Look runs f between two steps with the machine at rest. f must be quick, must not
// change anything, and must keep nothing that points into the machine.
func (c *Controller) Look(ctx context.Context, f func(machine *core.Controller)) error {
	if !c.loop.look(ctx.Done(), func() { f(&c.machine.core) }) {
		return c.why(ctx)
	}
	return nil
}

// Collections lists all collections in the order of their ids, with their holds if
// they are wanted. Long lists are read in pages with steps in between, so entries
// that are far apart may be of different moments; each entry is of one.
func (c *Controller) Collections(ctx context.Context, holds bool) ([]Collection, error) {
	var all []Collection
	for done := false; !done; {
		var page []Collection
		err := c.Look(ctx, func(m *core.Controller) {
			at := 0
			if len(all) > 0 {
				at = behind(m, all[len(all)-1].ID)
			}
			end := min(at+pageSize, m.Collections())
			page = make([]Collection, end-at)
			for i := range page {
				m.CollectionAt(at+i, &page[i].CollectionView)
				page[i].Host = m.PlacedOn(page[i].ID)
				if holds {
					page[i].Holds = slices.Clone(m.HoldsAt(at + i))
				}
			}
			done = end == m.Collections()
		})
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
	}
	return all, nil
}

// behind is the position of the first collection behind id.
func behind(m *core.Controller, id core.GlobalID) int {
	var v core.CollectionView
	lo, hi := 0, m.Collections()
	for lo < hi {
		mid := (lo + hi) / 2
		if m.CollectionAt(mid, &v); v.ID.Compare(id) <= 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Exports lists all exports in the order of their ids.
func (c *Controller) Exports(ctx context.Context) (list []core.ExportView, err error) {
	err = c.Look(ctx, func(m *core.Controller) {
		found := make([]core.ExportView, 0, m.Exports())
		m.EachExport(func(v *core.ExportView) bool {
			found = append(found, *v)
			return true
		})
		list = found
	})
	return list, err
}

// Hosts lists all hosts.
func (c *Controller) Hosts(ctx context.Context) (list []core.HostView, err error) {
	err = c.Look(ctx, func(m *core.Controller) {
		found := make([]core.HostView, m.Hosts())
		for i := range found {
			m.HostAt(i, &found[i])
		}
		list = found
	})
	return list, err
}
