package page

import (
	"cmp"
	"slices"
)

// group is a kind of lane. Lanes of one group stand together, in this order.
type group uint8

const (
	groupWorld group = iota
	groupClient
	groupController
	groupOrchestrator
	groupHost
	groupStash
	groupShards
	groupOutside
)

var groupNames = []string{"world", "clients", "controllers", "orchestrator", "hosts", "metadata", "shards", "outside"}

// lane is one horizontal line of the diagram: somebody to whom things happen.
type lane struct {
	group  group
	number int
	name   string
}

// lanes are found as they come up and put into order at the end.
type lanes struct {
	list  []lane
	index map[laneKey]int32
}

type laneKey struct {
	group  group
	number int
}

// of is the lane of the number-th of a group, made if it is new.
func (l *lanes) of(g group, number int, name func() string) int32 {
	key := laneKey{g, number}
	if i, ok := l.index[key]; ok {
		return i
	}
	if l.index == nil {
		l.index = map[laneKey]int32{}
	}
	i := int32(len(l.list))
	l.list = append(l.list, lane{g, number, name()})
	l.index[key] = i
	return i
}

// order is the lanes as the page shows them, and where each lane has gone.
func (l *lanes) order() (sorted []lane, position []int32) {
	by := make([]int32, len(l.list))
	for i := range by {
		by[i] = int32(i)
	}
	slices.SortFunc(by, func(a, b int32) int {
		x, y := &l.list[a], &l.list[b]
		return cmp.Or(cmp.Compare(x.group, y.group), cmp.Compare(x.number, y.number))
	})
	position = make([]int32, len(by))
	for to, from := range by {
		position[from] = int32(to)
		sorted = append(sorted, l.list[from])
	}
	return sorted, position
}

// span is a stretch of time on a lane: how a process lives, or a fault that lasts.
type span struct {
	lane     int32
	from, to int64 // microseconds; to is open while it is less than from
	state    string
	label    string
	row      int32
}

// open is a span's end that has not come yet.
const open = -1

// spans are the stretches, and which one is open on each lane.
type spans struct {
	list []span
	// living is the open span of how a lane's process lives.
	living map[int32]int
}

// live ends what the lane's process was and begins what it is now.
func (s *spans) live(at int64, lane int32, state, label string, row int32) {
	if i, ok := s.living[lane]; ok {
		if p := &s.list[i]; p.state == state && p.label == label {
			return
		}
		s.list[i].to = at
	}
	if s.living == nil {
		s.living = map[int32]int{}
	}
	s.living[lane] = len(s.list)
	s.list = append(s.list, span{lane: lane, from: at, to: open, state: state, label: label, row: row})
}

// state is how the lane's process lives.
func (s *spans) state(lane int32) (state, label string) {
	if i, ok := s.living[lane]; ok {
		return s.list[i].state, s.list[i].label
	}
	return "", ""
}

// close ends whatever is open.
func (s *spans) close(at int64) {
	for i := range s.list {
		if s.list[i].to < 0 {
			s.list[i].to = max(at, s.list[i].from)
		}
	}
}
