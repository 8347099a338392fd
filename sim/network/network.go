// Package network is the links between clients and controllers: sessions that
// are first in, first out and can be lost with everything in flight, stragglers of
// older sessions, and cuts of a link in one direction or both.
//
// It is mechanics only: whoever sends draws the latency and decides what is lost.
// A message's content stays with the sender; the network says when it arrives and,
// on arrival, whether it still exists.
package network

// Direction of a message.
type Direction uint8

// Directions.
const (
	ToController Direction = iota
	ToClients
	directions
)

// Straggler is the generation of a message that travels outside its session: it is
// neither ordered with others nor lost with the session.
const Straggler = ^uint32(0)

// Network is the state of all links. The zero value has none.
type Network struct {
	nodes    int
	sessions []session
	cuts     []cut
}

// session is one client's connection to one node.
type session struct {
	// last is when the latest message of each direction arrives.
	last [directions]int64
	gen  uint32
}

// cut says until when each direction of the link to a node is cut.
type cut [directions]int64

// Reset makes a network between so many clients and nodes.
func (n *Network) Reset(clients, nodes int) {
	n.nodes = nodes
	n.sessions = resized(n.sessions, clients*nodes)
	n.cuts = resized(n.cuts, nodes)
}

func resized[T any](s []T, size int) []T {
	if cap(s) < size {
		return make([]T, size)
	}
	s = s[:size]
	clear(s)
	return s
}

// CopyFrom makes n an independent copy of src, reusing n's memory.
func (n *Network) CopyFrom(src *Network) {
	n.nodes = src.nodes
	n.sessions = append(n.sessions[:0], src.sessions...)
	n.cuts = append(n.cuts[:0], src.cuts...)
}

// Send puts a message into the session between client and node. It arrives at
// atUs, behind everything sent before it in that direction; gen is to be shown to
// Arrives then.
func (n *Network) Send(client, node int, d Direction, nowUs, latencyUs int64) (atUs int64, gen uint32) {
	s := &n.sessions[client*n.nodes+node]
	at := max(nowUs+latencyUs, s.last[d])
	s.last[d] = at
	return at, s.gen
}

// Arrives reports whether a message that was sent in generation gen is still
// there.
func (n *Network) Arrives(client, node int, gen uint32) bool {
	return gen == Straggler || n.sessions[client*n.nodes+node].gen == gen
}

// ResetSession ends the session between client and node: what is in flight in it
// is lost, and a new one begins.
func (n *Network) ResetSession(client, node int) {
	s := &n.sessions[client*n.nodes+node]
	s.gen++
	if s.gen == Straggler {
		s.gen = 0
	}
	s.last = [directions]int64{}
}

// ResetNode ends every session with node.
func (n *Network) ResetNode(node int) {
	for i := node; i < len(n.sessions); i += n.nodes {
		n.ResetSession(i/n.nodes, node)
	}
}

// Cut cuts one direction of the link to node until untilUs, or longer if it is cut
// for longer already.
func (n *Network) Cut(node int, d Direction, untilUs int64) {
	n.cuts[node][d] = max(n.cuts[node][d], untilUs)
}

// CutUntil is when the direction of the link to node works again; at or before
// nowUs if it works.
func (n *Network) CutUntil(node int, d Direction) int64 { return n.cuts[node][d] }

// Heal ends every cut.
func (n *Network) Heal() { clear(n.cuts) }
