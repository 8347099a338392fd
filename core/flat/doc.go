// Package flat holds the containers that the machines' states are made of: flat
// slices without pointers into each other, so that a state is cloned by a few
// copies into recycled memory and never depends on a map's order.
//
// Positions in a Slab, the shape of an Index and the layout of a Heap are not
// part of a state's meaning: nothing that a machine does may depend on them.
package flat
