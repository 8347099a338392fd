package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
)

// process is one process of a host.
type process struct {
	host core.HostID
	up   bool
	// awake: it runs, is not paused and has not halted; since wokeUs.
	awake    bool
	pulse    pulse
	toldStep uint64 // when it was given anything but a wake
	// clock is what it may go by; hello what the latest Hello said of the time.
	clock hostClock
	hello clock.Wall
	// accepted is the highest session that it took; session the present one, if open.
	accepted, session core.Session
	// completed is the session whose history was completed last.
	completed core.Session
	open      bool
	// stale is the id that a command of an older epoch, in step staleStep, was about.
	stale     core.GlobalID
	staleStep uint64
	// advanceEvery is the least time between two times that it chooses ahead of its clock.
	advanceEvery clock.Duration
	// generation of its tries (see hostTry).
	generation uint32
}

// processOf is the process that an observation is about, made if it is new.
func (j *Judges) processOf(v *HostObservation) *process {
	h := &j.hosting
	for len(h.processes) <= int(v.Process) {
		h.processes = append(h.processes, process{})
	}
	return &h.processes[v.Process]
}

// processNow takes up what became of a process.
func (j *Judges) processNow(o *Observation) {
	p := j.processOf(o.Hosted)
	p.awake = false
	switch o.Kind {
	case HostStarted:
		*p = process{host: *o.Hosted.Host, up: true, awake: true, pulse: pulse{o.AtUs, o.AtUs}}
	case HostResumed:
		p.awake, p.pulse.wokeUs = true, o.AtUs
	case HostEnded:
		p.up, p.open = false, false
		j.hosting.forgetTries(o.Hosted.Process)
		j.hosting.forgetUndecided(o.Hosted.Process)
	case HostHalted:
		j.hosting.forgetUndecided(o.Hosted.Process)
		j.s12HostHalted(o)
	default:
	}
}

// hostedRun is an object in a process.
type hostedRun struct {
	id        core.GlobalID
	process   uint32
	there     bool
	ran       bool // at some time
	condition storaged.Condition
	resume    frontier.Frontier
	reader    persist.ReaderID
	// input is the shard that reader reads.
	input  persist.ShardID
	orders orders
	// sink: it is an export, whose durable progress is known. said is what the session
	// saidIn was told of that last.
	sink     bool
	progress frontier.Frontier
	saidIn   core.Session
	said     frontier.Frontier
	rows     statusSaid
	knows    bindingsKnown
	source   polledSource
}

// runOf is the run of an object in a process, made if it is new.
func (j *Judges) runOf(v *HostObservation) *hostedRun { return j.runAt(v.Process, v.Object.ID) }

func (j *Judges) runAt(process uint32, id core.GlobalID) *hostedRun {
	h := &j.hosting
	kind, n := idWords(id)
	key := kind<<32 | uint64(process)
	i := h.runIndex.find(key, n)
	if i < 0 {
		i = int32(len(h.runs))
		h.runs = append(h.runs, hostedRun{id: id, process: process})
		h.runIndex.put(key, n, i)
	}
	return &h.runs[i]
}

// runs reports that an object runs in a process that has not ended.
func (h *hosting) running(r *hostedRun) bool { return r.there && h.processes[r.process].up }

// beyondReach reports that nobody can make a host run anything: a remote one without a
// process.
func (j *Judges) beyondReach(host core.HostID) bool {
	if host.Address == "" {
		return false
	}
	for i := range j.hosting.processes {
		if p := &j.hosting.processes[i]; p.up && p.host == host {
			return false
		}
	}
	return true
}
