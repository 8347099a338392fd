package source

import (
	"time"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/source"
)

// env is one test's own source.
type env struct {
	conformance.T
	source     *Source
	connection string
	ingestion  core.GlobalID
}

func newEnv(t conformance.T, s *Source, n int) *env {
	return &env{t, s, s.Connection(n), core.GlobalID{Kind: core.IDUser, N: uint64(n)}}
}

// patience is how long a source may take to say what it is known to have.
func (e *env) patience() time.Duration {
	if e.source.Patience > 0 {
		return e.source.Patience
	}
	return 30 * time.Second
}

// pause between two polls of a source that has nothing new.
const pause = 2 * time.Millisecond

// do makes the call as the test's ingestion. What was not done is tried again, as
// reads may be.
func (e *env) do(c source.Call) source.Result {
	e.Helper()
	c.Ingestion, c.Connection = e.ingestion, e.connection
	for end := time.Now().Add(e.patience()); ; time.Sleep(pause) {
		var r source.Result
		if e.source.Do(&c, &r); r.Outcome != outcome.NotDone && r.Outcome != outcome.Unknown {
			return r
		}
		if time.Now().After(end) {
			e.Fatalf("%v from %d ends %v again and again", c.Op, c.From, r.Outcome)
		}
	}
}

// poll demands that the call is done and that its result is in order.
func (e *env) poll(from source.Offset, most uint32) source.Result {
	e.Helper()
	r := e.do(source.Call{Op: source.OpPoll, From: from, Max: most})
	if r.Outcome != outcome.Done {
		e.Fatalf("a poll from %d ended %v", from, r.Outcome)
	}
	e.inOrder(from, &r)
	return r
}

// inOrder demands records that stand in [from, Upto), in the order of their offsets.
func (e *env) inOrder(from source.Offset, r *source.Result) {
	e.Helper()
	if r.Upto < from {
		e.Fatalf("a poll from %d says that it reached %d", from, r.Upto)
	}
	last := from
	for i, v := range r.Records {
		if v.Offset < last || v.Offset >= r.Upto {
			e.Fatalf("record %d of a poll of [%d, %d) stands at %d, the one before it at %d", i, from, r.Upto, v.Offset, last)
		}
		if v.Diff == 0 {
			e.Fatalf("the record at %d has no count", v.Offset)
		}
		last = v.Offset
	}
}

// read polls from an offset until it has at least so many records, and is them and
// where the next poll goes on. most is asked for each time.
func (e *env) read(from source.Offset, records int, most uint32) (list []source.Record, upto source.Offset) {
	e.Helper()
	for end := time.Now().Add(e.patience()); len(list) < records; {
		r := e.poll(from, most)
		list, from = append(list, r.Records...), r.Upto
		switch {
		case len(list) >= records:
		case r.Finished:
			e.Fatalf("finished at %d after %d records; %d were expected", from, len(list), records)
		case time.Now().After(end):
			e.Fatalf("%d records up to %d within %v; %d were expected", len(list), from, e.patience(), records)
		case len(r.Records) == 0:
			time.Sleep(pause)
		}
	}
	return list, from
}

// step polls one offset or more from where there is something to read.
func (e *env) step(from source.Offset) source.Result {
	e.Helper()
	for end := time.Now().Add(e.patience()); ; time.Sleep(pause) {
		if r := e.poll(from, 1); r.Upto > from {
			return r
		}
		if time.Now().After(end) {
			e.Fatalf("polls from %d go nowhere; there are records", from)
		}
	}
}

// more lets the source say so many records.
func (e *env) more(records int) {
	if e.source.More != nil {
		e.source.More(e.connection, records)
	}
}

// restart forgets what is not durable.
func (e *env) restart() {
	if e.source.Restart != nil {
		e.source.Restart()
	}
}

// same demands that two readings of the same offsets agree, as far as both go.
func (e *env) same(what string, a, b []source.Record) {
	e.Helper()
	for i := range min(len(a), len(b)) {
		equal := a[i] == b[i]
		if e.source.Same != nil {
			equal = e.source.Same(a[i], b[i])
		}
		if !equal {
			e.Fatalf("%s: record %d is %+v, and was %+v", what, i, b[i], a[i])
		}
	}
}

// since is what stands at or after an offset.
func since(list []source.Record, from source.Offset) []source.Record {
	for i := range list {
		if list[i].Offset >= from {
			return list[i:]
		}
	}
	return nil
}
