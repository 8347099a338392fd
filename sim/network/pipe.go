package network

// ToHosts is the direction from a controller to its hosts: the other end of a link
// is a host there.
const ToHosts = ToClients

// Pipe is one conversation between two ends, first in, first out in both
// directions. What is lost of it, its owner decides. The zero value is a fresh one.
type Pipe struct {
	// last is when the latest message of each direction arrives.
	last [directions]int64
}

// Send is when a message arrives that would take latencyUs: behind everything that
// was sent before it in that direction.
func (p *Pipe) Send(d Direction, nowUs, latencyUs int64) (atUs int64) {
	at := max(nowUs+latencyUs, p.last[d])
	p.last[d] = at
	return at
}

// Links say until when the link of each pair of ends is cut, in each direction. The
// zero value has none.
type Links struct {
	across int
	until  []cut
}

// Reset makes working links between ends of two kinds.
func (l *Links) Reset(controllers, machines int) {
	l.across = machines
	l.until = resized(l.until, controllers*machines)
}

// CopyFrom makes l an independent copy of src, reusing l's memory.
func (l *Links) CopyFrom(src *Links) {
	l.across = src.across
	l.until = append(l.until[:0], src.until...)
}

// Cut cuts one direction of a link until untilUs, or longer if it is cut for longer
// already.
func (l *Links) Cut(controller, machine int, d Direction, untilUs int64) {
	c := &l.until[controller*l.across+machine]
	c[d] = max(c[d], untilUs)
}

// CutUntil is when the direction of a link works again; at or before now if it works.
func (l *Links) CutUntil(controller, machine int, d Direction) int64 {
	return l.until[controller*l.across+machine][d]
}

// Heal ends every cut.
func (l *Links) Heal() { clear(l.until) }
