package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

// thing is what the stash durably says of one id.
type thing struct {
	id core.GlobalID
	// created and dropped with the epoch whose transaction said so: a controller of
	// an older epoch does not know it, one of that epoch or a newer does.
	created, dropped           bool
	createdEpoch, droppedEpoch uint64
	droppedStep                uint64
	createdBy, droppedBy       uint64 // serials of the requests whose doing it is
	stored                     uint8  // what else the stash holds of it
	data, remap                persist.ShardID
	shard                      int32
	description                core.Description
	described                  bool
	// told is the latest upper that a client was told by a controller of toldEpoch.
	told        frontier.Frontier
	toldEpoch   uint64
	toldStep    uint64
	policy      core.Policy
	hasPolicy   bool
	policyEpoch uint64
	// The incarnations whose request made it, dropped it, and was refused last.
	createdLife, droppedLife   uint32
	refusedCreate, refusedDrop uint32
	unsureCreate, unsureDrop   uint32 // an answer left it open
	// of is the ingestion whose remap shard it is. export is one more than the place of
	// what is known of it as an export.
	of, export int32
	// was is where an ingestion ran before its latest move, which a controller of
	// movedEpoch has acknowledged.
	was        core.HostConfig
	movedEpoch uint64
	// writtenEpoch wrote the latest description, former are the hosts that it tells of
	// where the ingestion may still run.
	writtenEpoch uint64
	former       []core.HostConfig
}

// knownTo reports that a controller of this epoch must know the id.
func (t *thing) knownTo(epoch uint64) bool { return t.created && t.createdEpoch <= epoch }

// droppedFor reports that a controller of this epoch must know it as dropped.
func (t *thing) droppedFor(epoch uint64) bool { return t.dropped && t.droppedEpoch <= epoch }

func idWords(id core.GlobalID) (uint64, uint64) { return uint64(id.Kind), id.N }

// usable reports that a client may use the id.
func usable(id core.GlobalID) bool {
	return id.Kind >= core.IDSystem && id.Kind <= core.IDTransient && id.N < 1<<62
}

// slotOf is the place of an id, or -1 if it was never seen.
func (j *Judges) slotOf(id core.GlobalID) int32 {
	if s := j.hints[id.N%idHints]; int(s) < len(j.things) && j.things[s].id == id {
		return s
	}
	a, b := idWords(id)
	s := j.idIndex.find(a, b)
	if s >= 0 {
		j.hints[id.N%idHints] = s
	}
	return s
}

// idHints is for how many ids the place found last is remembered.
const idHints = 128

// slotAt is the place of an id, made if it is new.
func (j *Judges) slotAt(id core.GlobalID) int32 {
	if s := j.slotOf(id); s >= 0 {
		return s
	}
	a, b := idWords(id)
	s := int32(len(j.things))
	j.things = append(j.things, thing{id: id, shard: -1})
	j.idIndex.put(a, b, s)
	return s
}

// moved reports an ingestion that runs elsewhere than it did first.
func (t *thing) moved() bool { return t.was != core.HostConfig{} }
