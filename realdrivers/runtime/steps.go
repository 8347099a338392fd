package runtime

import (
	"context"

	"example.com/tidemark/core"
)

// follower is told that there were steps.
type follower chan struct{}

// Steps tells when the controller has made steps, so that whoever shows its state
// looks again when something may have changed, and only then: raised has an entry if
// there were steps since it was taken last, however many, and is closed when the
// controller has ended. end must be called.
func (c *Controller) Steps(ctx context.Context) (raised <-chan struct{}, end func(), err error) {
	f := make(follower, 1)
	end = func() { c.loop.look(nil, func() { delete(c.machine.followers, f) }) }
	if err := c.Look(ctx, func(*core.Controller) { c.machine.followers[f] = struct{}{} }); err != nil {
		end() // a look that was given up may have run nevertheless
		return nil, nil, err
	}
	return f, end, nil
}

// raise tells the followers of steps, once for a batch.
func (m *controllerMachine) raise() {
	for f := range m.followers {
		select {
		case f <- struct{}{}:
		default:
		}
	}
}

// unfollow tells the followers that there will be no more steps.
func (m *controllerMachine) unfollow() {
	for f := range m.followers {
		close(f)
	}
	clear(m.followers)
}
