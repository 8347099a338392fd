package invariants

// Rejudge is the dumb verdict over what j recorded: the names of what is broken.
func (j *Judges) Rejudge() map[string]bool {
	found := map[string]bool{}
	for which := range j.rejudge() {
		found[names[which]] = true
	}
	return found
}

// Recorded reports whether all of the history was recorded: of longer runs only the
// beginning is judged again.
func (j *Judges) Recorded() bool { return j.history.whole() }
