// Package core is Tidemark's storage controller as a pure state machine: it
// decides, for every collection, from when on it can be read (since) and up to
// when it is complete (upper), and drives the durable stores that make those two
// frontiers true.
package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
)

// Controller is one incarnation's state. The zero value awaits its boot input.
type Controller struct{}

// Step takes one input at the present moment and appends the effects that follow
// to out.
func (c *Controller) Step(now clock.Now, in *Input, out *Effects) {}

// NextWake is the instant at which the controller next wants an InputWake, or
// clock.Never.
func (c *Controller) NextWake() clock.Instant { return clock.Never }

// CopyFrom makes c an independent copy of src, reusing c's memory.
func (c *Controller) CopyFrom(src *Controller) {}

// AppendCanonical appends the state's one canonical encoding.
func (c *Controller) AppendCanonical(b []byte) []byte { return b }

// Restore replaces the state by what AppendCanonical encoded.
func (c *Controller) Restore(b []byte) error { return nil }

// Digest is the state's 128-bit digest.
func (c *Controller) Digest() digest.Sum { return digest.Sum{} }

// View fills v with what cannot be seen from outside.
func (c *Controller) View(v *View) {}

// Touched is the number of collections whose view changed in the latest step
// (new ones and removed ones included), in a deterministic order.
func (c *Controller) Touched() int { return 0 }

// TouchedAt fills v with the i-th of them; it reports false, with only the id
// set, if the collection is gone.
func (c *Controller) TouchedAt(i int, v *CollectionView) bool { return false }

// Collections is the number of collections that the controller holds state of,
// dropped ones that something still holds included.
func (c *Controller) Collections() int { return 0 }

// CollectionAt fills v with the i-th collection in the order of ids.
func (c *Controller) CollectionAt(i int, v *CollectionView) {}
