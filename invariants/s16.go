package invariants

import "example.com/tidemark/core"

func docS16() Doc {
	return Doc{
		Name: "S16", Title: "linearizability",
		Statement: "Appends, snapshots and frontier reads of one collection form a linearizable history: there is one order of them that agrees with real time and with every answer. Complete histories of up to 40 operations are given to a checker of its own; in every history, however long, an upper that a client was told never goes back, and what was acknowledged before a read began is in it.",
		Meaning:   "Two clients disagree about what happened first: a committed row is missing from a later read, or a read sees the future.",
		Met:       "a history with concurrent operations was checked",
	}
}

type linear struct{}

func (s *linear) reset()                                                    {}
func (s *linear) copyFrom(src *linear)                                      {}
func (s *linear) answered(j *Judges, l *life, q *request, r *core.Response) {}
func (j *Judges) s16Finish()                                                {}
