package invariants

type history struct{}

func (h *history) reset()                           {}
func (h *history) copyFrom(src *history)            {}
func (h *history) record(j *Judges, o *Observation) {}
func (j *Judges) recheck()                          {}
