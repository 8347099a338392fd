package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

func docS3() Doc {
	return Doc{
		Name: "S3", Title: "since monotone",
		Statement: "Within an incarnation the since and the implied capability that a controller advertises never go back. What it sends to a shard is never ahead of what it advertises, what it believes to be durable of a since is not beyond what is; one downgrade per shard is out at a time, and no two follow each other within the configured interval unless the second closes the collection. The durable since never goes back.",
		Meaning:   "A reader is told that it can read at a time whose history is gone, or compaction overtakes what clients were told.",
		Met:       "an advertised since moved forwards",
	}
}

func (j *Judges) s3Moved(l *life, slot int32, b *belief, v *core.CollectionView) {
	j.checked[s3]++
	if s := j.dataShard(slot); !j.alone && s != nil && !s.now.Finalized && (before(s.now.CriticalSince, v.ReaderSince) || before(s.now.Since, v.DurableSince)) {
		j.violate(s3, l.node, "%v: the since is believed to be durable at %v (the shard's at %v), but it is at %v (%v)",
			v.ID, v.ReaderSince, v.DurableSince, s.now.CriticalSince, s.now.Since)
	}
	if !b.opened {
		return
	}
	if v.Since != b.view.Since {
		j.met[s3]++
	}
	if before(v.Since, b.view.Since) {
		j.violate(s3, l.node, "%v: the advertised since went back from %v to %v", v.ID, b.view.Since, v.Since)
	}
	if before(v.Implied, b.view.Implied) {
		j.violate(s3, l.node, "%v: the implied capability went back from %v to %v", v.ID, b.view.Implied, v.Implied)
	}
}

// s3Issued judges a downgrade against what is advertised, and its pace (C-90).
func (j *Judges) s3Issued(l *life, slot int32, c *persist.Call) {
	j.checked[s3]++
	b := j.beliefAt(l.node, slot)
	s := j.dataShard(slot)
	known := frontier.Frontier{}
	if s != nil {
		known = s.now.CriticalSince
	}
	if b.opened && !atMost(c.Since, later(b.view.Since, known)) {
		j.violate(s3, l.node, "%v: the shard's since is sent to %v, ahead of the advertised %v", idOf(j, slot), c.Since, b.view.Since)
	}
	if !b.opened || c.ExpectedOpaque != c.Opaque {
		return
	}
	if b.downgraded && b.downgradeOK && !c.Since.Empty && l.mono < b.downgradeAt+span(l.config.SinceEvery) {
		j.violate(s3, l.node, "%v: two since downgrades within %d µs, the interval is %d µs", idOf(j, slot), l.mono-b.downgradeAt, l.config.SinceEvery)
	}
	b.downgraded, b.downgradeOK, b.downgradeAt = true, false, l.mono
}

// s3Applied judges that a durable since goes forwards only.
func (j *Judges) s3Applied(node int, si int32, o *Observation) {
	if o.Before.Since == o.After.Since && o.Before.CriticalSince == o.After.CriticalSince {
		return
	}
	j.checked[s3]++
	if before(o.After.Since, o.Before.Since) || o.Before.HasCritical && before(o.After.CriticalSince, o.Before.CriticalSince) {
		j.violate(s3, node, "%v: the durable since went back from %v (ours %v) to %v (%v)", j.shards[si].id,
			o.Before.Since, o.Before.CriticalSince, o.After.Since, o.After.CriticalSince)
	}
}
