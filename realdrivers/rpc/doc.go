// Package rpc is the controller's API towards its clients: gRPC, gRPC-web and plain
// JSON over HTTP, all on one port (docs/protocol.md).
//
// It translates and decides nothing: a message becomes one request of the core, the
// core's response becomes the answer, an error keeps its code, its ids and its
// numbers. It does not retry. What a client sends is checked here only as far as it
// must be to become a request; everything else is the core's to judge. Whatever
// comes in, the answer is an error that says what is wrong and where.
//
// connect was chosen over grpc-go because the same handlers answer gRPC and what curl
// sends, without a proxy and with net/http's server.
package rpc
