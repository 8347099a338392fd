// Command storaged is a storage host: it runs the ingestions and exports that a
// controller tells it to run (H-1 to H-22). A controller's orchestrator starts it, or
// a person does on another machine, and gives controllers its address.
//
// It keeps nothing of its own: killed at any moment and started again, here or
// elsewhere, it goes on from what the shards and the external systems hold.
// docs/operations.md says how to run it, docs/protocol.md what it speaks.
//
// Exit codes: 0 stopped as asked, 1 it failed or halted, 2 wrong usage.
package main
