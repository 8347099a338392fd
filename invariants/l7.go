package invariants

import (
	"fmt"
	"strings"
)

func docL7() Doc {
	return Doc{
		Name: "L7", Title: "nothing leaks",
		Statement: "At rest after healing, all that the stash holds of a dropped collection that has come to its end is that it was dropped, and the controller and the stash hold nothing of what no transaction made.",
		Meaning:   "Creating and dropping makes the metadata grow, every start slower than the one before.",
		Met:       "the stash forgot a dropped collection",
	}
}

// l7Missing says of which ids something is left in the stash.
func (j *Judges) l7Missing(out *strings.Builder, _ int64) int {
	_, l := j.leader()
	if l == nil {
		return 0
	}
	n := 0
	for i := range j.things {
		t := &j.things[i]
		s := j.shardOfThing(t)
		if !t.droppedFor(l.epoch) || s == nil || !s.now.Finalized || t.stored&storedListing != 0 {
			continue
		}
		j.checked[l7]++
		if t.stored != 0 {
			if n == 0 {
				fmt.Fprintf(out, "%v was dropped and finalized, but the stash holds more of it than that", t.id)
			}
			n++
		}
	}
	return n
}

// l7Ended compares, at the end of a run that came to rest, what the leader and the
// stash hold with what the shadow says that they should.
func (j *Judges) l7Ended(end *End) {
	_, l := j.leader()
	if l == nil || end.Stuck || end.Interrupted {
		return
	}
	j.checked[l7]++
	collections, entries := 0, 0
	for i := range j.things {
		t := &j.things[i]
		if b := j.beliefAt(l.node, int32(i)); b.present {
			collections++
		}
		for bits := t.stored; bits != 0; bits &= bits - 1 {
			entries++
		}
		if t.dropped && !isRemap(t.id) {
			entries++
		}
	}
	if end.Collections != collections {
		j.violate(l7, l.node, "the controller holds state of %d collections, %d are there", end.Collections, collections)
	}
	if end.Entries != entries {
		j.violate(l7, l.node, "the stash holds %d entries, %d are accounted for", end.Entries, entries)
	}
}
