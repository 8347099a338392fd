// Package invariants judges a run. It is fed with observations of what clients
// asked, what the controllers answered and sent, and what the durable stores did,
// and keeps a shadow of its own of what must follow from that: which incarnation
// owns what, what is durable, who holds which time, what was asked and is not
// answered. Every response and every effect must be explainable from the shadow.
//
// The rules are those of docs/semantics.md, cited by number; docs/invariants.md
// lists what is judged and what a violation means for a user's data.
//
// Nothing here calls a function or a method of core: frontiers are compared, rows
// summed and records decoded by code of this package, so that a mistake in core's
// algebra cannot blind the judge of it. Printing an id is the one exception.
//
// A judge works online: it looks only at what an observation names, allocates
// nothing once its tables have grown, and is copied by flat copies. Checks that
// need the whole of a step (its answers come after its changes) are made when the
// step is over. At the end of a run everything that was recorded is judged again
// the dumb way.
package invariants
