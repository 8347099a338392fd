package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// conversation is what an incarnation has told a host in its latest session.
type conversation struct {
	life     uint32
	host     core.HostID
	session  core.Session
	opening  core.EffectID
	step     uint64 // in which it was asked for
	open     bool   // the opening is done
	lost     bool   // the controller was told that it has ended
	complete bool   // the history was completed
	stopping bool   // the service was to be stopped, and nobody has said that it is
	asked    bool   // the service was to be started or stopped, at some time
	finished bool   // some history of this incarnation was completed
	emptied  bool   // nothing ran there any more, at some time
	failing  int    // sessions that were asked for since one was open, or the service was
	// silent are the objects that the host has said to have dropped, in any session.
	silent []core.GlobalID
	// ran are the objects that the host was ever told to run.
	ran  []core.GlobalID
	told []heard
	// connecting and service are the latest tries to open a session and of calls of the
	// orchestrator.
	connecting, service try
	// due are the ends that sessions before this one were told of, and that the host has
	// not confirmed.
	due []endDue
}

// endDue is an object's end that a host has yet to confirm, and since when at most.
type endDue struct {
	id    core.GlobalID
	begun clock.Instant
}

// heard is what a session was told of one id.
type heard struct {
	id        core.GlobalID
	created   bool
	ended     bool // to the empty frontier
	stopped   bool
	endedAt   clock.Instant
	confirmed bool
	owed      int  // ends that this session was told of and the host has not answered
	answered  bool // it has answered all of them
	compacted frontier.Frontier
	from      core.GlobalID // what the export that was created reads
}

func (j *Judges) conversationWith(incarnation uint32, host core.HostID) *conversation {
	for i := range j.talks {
		if t := &j.talks[i]; t.life == incarnation && t.host == host {
			return t
		}
	}
	if len(j.talks) < cap(j.talks) {
		j.talks = j.talks[:len(j.talks)+1]
	} else {
		j.talks = append(j.talks, conversation{})
	}
	t := &j.talks[len(j.talks)-1]
	*t = conversation{life: incarnation, host: host, told: t.told[:0], due: t.due[:0], silent: t.silent[:0], ran: t.ran[:0]}
	return t
}

func (t *conversation) about(id core.GlobalID) *heard {
	for i := range t.told {
		if t.told[i].id == id {
			return &t.told[i]
		}
	}
	t.told = append(t.told, heard{id: id})
	return &t.told[len(t.told)-1]
}

// dropTalks forgets the conversations of an incarnation that is gone.
func (j *Judges) dropTalks(incarnation uint32) {
	for i := 0; i < len(j.talks); i++ {
		if j.talks[i].life == incarnation {
			last := len(j.talks) - 1
			j.talks[i], j.talks[last] = j.talks[last], j.talks[i]
			j.talks = j.talks[:last]
			i--
		}
	}
	if len(j.ends) > 0 {
		j.ends = slices.DeleteFunc(j.ends, func(e endBegun) bool { return e.life == incarnation })
	}
}

// remember keeps, at the end of a session, the ends of objects that it was told of and
// that were not confirmed.
func (t *conversation) remember() {
	for i := range t.told {
		o := &t.told[i]
		at := slices.IndexFunc(t.due, func(d endDue) bool { return d.id == o.id })
		switch {
		case at >= 0 && (o.confirmed || o.created):
			t.due = slices.Delete(t.due, at, at+1)
		case at < 0 && (o.ended || o.stopped) && !o.confirmed:
			t.due = append(t.due, endDue{o.id, o.endedAt})
		}
	}
}

// serviceStopped takes up that no process of a host runs any more: what was to end there
// has ended.
func (j *Judges) serviceStopped(incarnation uint32, host core.HostID) {
	t := j.conversationWith(incarnation, host)
	t.due, t.stopping, t.emptied = t.due[:0], false, true
	t.connecting = try{} // if it is started again, it is another host
	for i := range t.told {
		t.told[i].confirmed, t.told[i].owed = true, 0
	}
}
