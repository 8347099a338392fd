package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// flight is one call that left a controller and whose completion has not come.
type flight struct {
	used     bool
	stash    bool
	op       persist.Op
	stashOp  stash.Op
	id       core.EffectID
	life     uint32
	slot     int32
	batch    int32
	token    persist.Token
	issued   clock.Instant
	deadline clock.Instant
	free     int32
}

func (j *Judges) newFlight(incarnation uint32, id core.EffectID) *flight {
	i := j.freeFlight
	if i < 0 && len(j.flights) >= 1024 && len(j.flights) == cap(j.flights) {
		j.forgetLate()
		i = j.freeFlight
	}
	if i >= 0 {
		j.freeFlight = j.flights[i].free
	} else {
		i = int32(len(j.flights))
		j.flights = append(j.flights, flight{})
	}
	f := &j.flights[i]
	*f = flight{}
	f.used, f.id, f.life = true, id, incarnation
	f.slot, f.batch, f.free = -1, -1, -1
	j.flightIndex.put(uint64(incarnation), uint64(id), i)
	return f
}

func (j *Judges) freeFlightAt(i int32) {
	f := &j.flights[i]
	j.flightIndex.remove(uint64(f.life), uint64(f.id))
	*f = flight{free: j.freeFlight}
	j.freeFlight = i
}

func (j *Judges) dropFlights(incarnation uint32) {
	for i := range j.flights {
		if f := &j.flights[i]; f.used && f.life == incarnation {
			j.freeFlightAt(int32(i))
		}
	}
}

// forgetLate frees calls whose deadline is over: their completions, should they
// still come, are ignored by the controller too (C-93).
func (j *Judges) forgetLate() {
	for i := range j.flights {
		f := &j.flights[i]
		// A stash call's is kept longer: what it tells counts even if it comes late.
		if l := j.lifeOf(f.life); f.used && l != nil && f.deadline <= l.mono && (!f.stash || f.deadline+span(clock.Hour) <= l.mono) {
			j.freeFlightAt(int32(i))
		}
	}
}
