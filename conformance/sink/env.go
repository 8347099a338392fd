package sink

import (
	gocmp "github.com/google/go-cmp/cmp"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

// env is one test's own export.
type env struct {
	conformance.T
	sink       *Sink
	connection string
	export     core.GlobalID
}

func newEnv(t conformance.T, s *Sink, n int) *env {
	return &env{t, s, s.Connection(n), core.GlobalID{Kind: core.IDUser, N: uint64(n)}}
}

// attempts bounds how often a call that did not happen is made again.
const attempts = 100

// do makes the call as the test's export. What certainly did not happen is tried
// again; nothing here may leave an outcome unknown.
func (e *env) do(c sink.Call) sink.Result {
	e.Helper()
	c.Export, c.Connection, c.Schema = e.export, e.connection, Schema()
	var r sink.Result
	for range attempts {
		r = sink.Result{}
		if e.sink.Do(&c, &r); r.Outcome != outcome.NotDone {
			return r
		}
	}
	e.Fatalf("%v: not done in %d attempts", c.Op, attempts)
	return r
}

// expect makes the call and demands exactly this result.
func (e *env) expect(c sink.Call, want sink.Result) {
	e.Helper()
	if diff := gocmp.Diff(want, e.do(c)); diff != "" {
		e.Fatalf("%v (-want +got):\n%s", c.Op, diff)
	}
}

// holds demands what the external system has of the export.
func (e *env) holds(want ...relation.Update) {
	e.Helper()
	if e.sink.Output == nil {
		return
	}
	if diff := gocmp.Diff(want, e.sink.Output(e.connection, e.export)); diff != "" {
		e.Fatalf("the output (-want +got):\n%s", diff)
	}
}

// restart forgets what is not durable.
func (e *env) restart() {
	if e.sink.Restart != nil {
		e.sink.Restart()
	}
}

func at(t frontier.Timestamp) frontier.Frontier { return frontier.Frontier{T: t} }

func finished() frontier.Frontier { return frontier.Frontier{Empty: true} }

func fence(n uint64) sink.Fence { return sink.Fence{Hi: 7, Lo: n} }

func open(f, epoch, seen uint64) sink.Call {
	return sink.Call{Op: sink.OpOpen, Fence: fence(f), Epoch: epoch, Seen: seen}
}

func write(f uint64, from, to frontier.Frontier, updates ...relation.Update) sink.Call {
	return sink.Call{Op: sink.OpWrite, Fence: fence(f), From: from, To: to, Updates: updates}
}

func progress(f uint64) sink.Call { return sink.Call{Op: sink.OpProgress, Fence: fence(f)} }

func closing(f uint64) sink.Call { return sink.Call{Op: sink.OpClose, Fence: fence(f)} }

func opened(count uint64, p frontier.Frontier) sink.Result {
	return sink.Result{Outcome: outcome.Done, Count: count, Progress: p}
}

func reached(p frontier.Frontier) sink.Result {
	return sink.Result{Outcome: outcome.Done, Progress: p}
}

func elsewhere(p frontier.Frontier) sink.Result {
	return sink.Result{Outcome: outcome.Mismatch, Progress: p}
}

func counted(n uint64) sink.Result { return sink.Result{Outcome: outcome.Mismatch, Count: n} }

func fenced(epoch uint64) sink.Result { return sink.Result{Outcome: outcome.Fenced, Epoch: epoch} }

// named is a row of Schema in its packed form: a text, then a null.
func named(name string) relation.Row { return relation.Row("\x05" + name + "\x00\x00") }

func row(name string, t frontier.Timestamp, diff int64) relation.Update {
	return relation.Update{Data: named(name), Time: t, Diff: diff}
}

// failure is an error in the collection.
func failure(text string, t frontier.Timestamp, diff int64) relation.Update {
	return relation.Update{Data: relation.Row("\xff" + text), Time: t, Diff: diff}
}
