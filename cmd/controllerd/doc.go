// Command controllerd is Tidemark's storage controller: the core's state machine on
// real stores, with its API for clients, a status page, metrics, and a client for
// people (controllerd ctl).
//
// Without any flag it listens on the loopback interface and keeps everything in
// SQLite and files of a data directory. docs/operations.md says how to run it,
// docs/protocol.md what it speaks.
//
// Exit codes: 0 stopped as asked, 1 it failed or halted, 2 wrong usage, 3 a newer
// controller has taken over, 4 a store holds what a newer version of the program has
// written; who starts it again after 3 or 4 takes over from a newer one.
package main
