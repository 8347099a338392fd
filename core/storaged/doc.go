// Package storaged is a storage host as a pure state machine, of the same shape as
// core.Controller: it runs the ingestions and exports that a controller tells it to
// run (H-1 to H-6), writes what external sources say into shards (H-10 to H-14), and
// what shards say into external systems (H-20 to H-22).
//
// # How a world or a driver drives it
//
// A Host is one incarnation of one process. Its zero value takes InputBoot, once,
// with entropy that no other incarnation gets. From then on every fact is one Step:
//
//   - a controller connects: InputHello. The answer is EffectAccept or EffectRefuse
//     in the same step; an accepted session ends the one before it, for which
//     EffectClose is emitted first. A refused connection may be closed;
//   - a message of a session arrives: InputCommand, in the order of sending, each
//     once (H-1). The session may end between any two: InputSessionLost;
//   - an effect with an ID is a call: make it, of core/persist, core/storaged/source
//     or core/storaged/sink, and give the result back under the same ID, whatever
//     becomes of it. A call outlives the host: it may take effect after a crash. A
//     completion that nobody waits for any more is counted and ignored;
//   - EffectReport goes to the controller in its session, in order, or is lost with
//     it; nothing is to be repeated by the driver;
//   - at NextWake, or whenever: InputWake.
//
// Retry, backoff, deadlines and pacing are the machine's (C-6). A crash loses the
// Host and nothing else; a pause is a Host that is not stepped for a while. Two hosts
// may run the same objects at the same time.
//
// # What it promises
//
// Collections are definite (H-12): which records belong to which time is bound in
// the remap shard before a record is written, every append states the upper that it
// was computed for, and its contents are a function of the bindings and the source
// alone. So it never matters which copy of an ingestion wins an append, nor when an
// append of unknown outcome takes effect. Exports commit output and progress together
// under a fence. Only what is durable is reported (H-4).
//
// It does not promise that one copy alone runs; nor to know that it is one too many,
// unless it is told so, by a session or a fence.
//
// # What judges may look at
//
// View, ObjectAt and ExportAt say what is running, how far it is, and from where it
// resumed; Touched says what a step has changed.
//
// # Reading order
//
// input.go, effect.go, host.go, session.go, reconcile.go, object.go; then ingestion
// (remap.go, poll.go, data.go) and export (sink.go).
package storaged
