//go:build !linux

package mutate

import "context"

// watchMemory does nothing here: there is no portable way to ask. The time limit and
// the runtime's own complaint have to do.
func watchMemory(context.Context, int, uint64, context.CancelCauseFunc) {}
