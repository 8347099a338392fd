// Package torture runs the real programs on a real Postgres and does to them what
// breaks systems like this: it kills (SIGKILL) and pauses (SIGSTOP) controllers, hosts
// and the server at random, starts a second controller beside the first, and cuts,
// delays and silences the connections between them, while writers append, readers read,
// owners hold and exports write. A wide torture, which is what make torture runs, has
// managed hosts, blobs on an S3 server, and a table that is followed and copied, too.
// Then it heals everything and checks what was
// promised:
//
//   - each acknowledged append is there once, each refused one never, each whose
//     outcome stayed unknown once or never;
//   - each snapshot ever read is what the final contents say of its time;
//   - a hold that was renewed in time kept its time readable;
//   - each sink wrote what its collection holds, each change once;
//   - each ingestion has its source's records, each once;
//   - a table that was followed is what its copy is, and dropping its ingestion drops
//     the slot (a wide torture alone);
//   - what every controller did replays from its journal, effect by effect.
//
// The seed decides which faults come in which order; when they strike, and so what
// they meet, is the machine's. So a failure keeps its directory: a log of every fault
// and of what each client was told, the programs' own logs, journals, files.
package torture
