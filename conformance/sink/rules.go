package sink

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

// openRules are H-20: who may write.
func openRules() []rule {
	return []rule{
		{"H-20/first-opening-finds-nothing", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(progress(1), reached(at(0)))
			e.holds()
		}},
		{"H-20/opening-shuts-older-copies-out", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(open(2, 1, 1), opened(2, at(0)))
			e.expect(write(1, at(0), at(5), row("a", 1, 1)), fenced(1))
			e.expect(progress(1), fenced(1))
			e.expect(write(2, at(0), at(5), row("b", 1, 1)), reached(at(5)))
			e.holds(row("b", 1, 1))
		}},
		{"H-20/opening-tells-the-progress", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(write(1, at(0), at(5)), reached(at(5)))
			e.restart()
			e.expect(open(2, 1, 1), opened(2, at(5)))
		}},
		{"H-20/repeated-opening-is-done", func(e *env) {
			e.expect(open(1, 3, 0), opened(1, at(0)))
			e.expect(write(1, at(0), at(4)), reached(at(4)))
			e.expect(open(1, 3, 0), opened(1, at(4)))
			e.expect(open(1, 1, 9), opened(1, at(4)))
		}},
		{"H-20/lower-epoch-is-fenced", func(e *env) {
			e.expect(open(1, 5, 0), opened(1, at(0)))
			e.expect(open(2, 4, 1), fenced(5))
			e.expect(open(2, 4, 0), fenced(5))
			e.expect(progress(1), reached(at(0)))
		}},
		{"H-20/same-epoch-may-open", func(e *env) {
			e.expect(open(1, 5, 0), opened(1, at(0)))
			e.expect(open(2, 5, 1), opened(2, at(0)))
		}},
		{"H-20/opening-that-comes-late-fences-nobody", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(open(2, 2, 0), counted(1))
			e.expect(open(3, 2, 1), opened(2, at(0)))
			e.expect(open(2, 9, 1), counted(2))
			e.expect(progress(3), reached(at(0)))
		}},
		{"H-20/count-is-compared-on-nothing-too", func(e *env) {
			e.expect(open(1, 1, 4), counted(0))
			e.expect(open(1, 1, 0), opened(1, at(0)))
		}},
		{"H-20/fence-survives-a-restart", func(e *env) {
			e.expect(open(1, 2, 0), opened(1, at(0)))
			e.restart()
			e.expect(open(2, 1, 1), fenced(2))
			e.expect(write(1, at(0), at(3), row("a", 2, 1)), reached(at(3)))
		}},
		{"H-20/never-opened-is-fenced", func(e *env) {
			e.expect(progress(1), fenced(0))
			e.expect(write(1, at(0), at(3), row("a", 1, 1)), fenced(0))
			e.holds()
		}},
	}
}

// writeRules are H-21: output and progress commit together.
func writeRules() []rule {
	return []rule{
		{"H-21/writes-follow-each-other", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(write(1, at(0), at(5), row("a", 1, 1), row("b", 1, 2), row("a", 4, -1)), reached(at(5)))
			e.restart()
			e.expect(write(1, at(5), at(9), row("c", 5, 1)), reached(at(9)))
			e.holds(row("a", 1, 1), row("b", 1, 2), row("a", 4, -1), row("c", 5, 1))
		}},
		{"H-21/repeat-is-a-mismatch", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			c := write(1, at(0), at(5), row("a", 1, 1))
			e.expect(c, reached(at(5)))
			e.expect(c, elsewhere(at(5)))
			e.restart()
			e.expect(c, elsewhere(at(5)))
			e.holds(row("a", 1, 1))
		}},
		{"H-21/progress-that-is-not-from-is-a-mismatch", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(write(1, at(2), at(5), row("a", 3, 1)), elsewhere(at(0)))
			e.expect(write(1, at(0), at(5)), reached(at(5)))
			e.expect(write(1, at(4), at(8), row("a", 4, 1)), elsewhere(at(5)))
			e.expect(progress(1), reached(at(5)))
			e.holds()
		}},
		{"H-21/fence-before-progress", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(open(2, 1, 1), opened(2, at(0)))
			e.expect(write(1, at(3), at(5)), fenced(1))
		}},
		{"H-21/progress-without-changes", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(write(1, at(0), at(100)), reached(at(100)))
			e.expect(progress(1), reached(at(100)))
			e.holds()
		}},
		{"H-21/empty-progress-is-the-end", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(write(1, at(0), finished(), row("a", 7, 1)), reached(finished()))
			e.restart()
			e.expect(open(2, 1, 1), opened(2, finished()))
			e.expect(write(2, at(8), at(9)), elsewhere(finished()))
			e.holds(row("a", 7, 1))
		}},
		{"H-21/latest-times", func(e *env) {
			const last = ^frontier.Timestamp(0)
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(write(1, at(0), at(last), row("a", last-1, 1)), reached(at(last)))
			e.expect(write(1, at(last), finished(), row("b", last, 1)), reached(finished()))
			e.holds(row("a", last-1, 1), row("b", last, 1))
		}},
		{"H-21/errors-are-covered", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(write(1, at(0), at(5), row("a", 1, 1), failure("it does not fit", 1, 1)), reached(at(5)))
			e.expect(write(1, at(5), at(7), failure("it does not fit", 6, -1)), reached(at(7)))
		}},
		{"H-21/any-text", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			list := []relation.Update{row("\x01\n\t", 1, 1), row(`"a\b"'`, 1, 1), row("héllo\u2028 <&>", 1, 1), row("\U0001f600", 1, 3)}
			e.expect(write(1, at(0), at(5), list...), reached(at(5)))
			e.holds(list...)
		}},
	}
}

// closeRules are about the end of a copy.
func closeRules() []rule {
	return []rule{
		{"H-20/closing-ends-the-fence", func(e *env) {
			e.expect(open(1, 2, 0), opened(1, at(0)))
			e.expect(write(1, at(0), at(5)), reached(at(5)))
			e.expect(closing(1), sink.Result{Outcome: outcome.Done})
			e.expect(write(1, at(5), at(6), row("a", 5, 1)), fenced(2))
			e.expect(progress(1), fenced(2))
			e.holds()
		}},
		{"H-20/closing-counts", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(closing(1), sink.Result{Outcome: outcome.Done})
			e.expect(open(1, 1, 1), counted(2))
			e.expect(open(2, 1, 2), opened(3, at(0)))
		}},
		{"H-20/closing-what-is-fenced-counts-too", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			e.expect(open(2, 1, 1), opened(2, at(0)))
			e.expect(closing(1), sink.Result{Outcome: outcome.Done})
			e.expect(progress(2), reached(at(0)))
			e.expect(open(3, 1, 2), counted(3))
		}},
		{"H-20/closing-before-the-opening-came", func(e *env) {
			e.expect(closing(1), sink.Result{Outcome: outcome.Done})
			e.restart()
			e.expect(open(1, 1, 0), counted(1))
		}},
	}
}

// formRules are calls that can never succeed.
func formRules() []rule {
	invalid := sink.Result{Outcome: outcome.Invalid}
	return []rule{
		{"form/malformed-calls", func(e *env) {
			e.expect(open(1, 1, 0), opened(1, at(0)))
			for _, c := range []sink.Call{
				{Op: sink.OpNone, Fence: fence(1)},
				{Op: sink.OpClose + 1, Fence: fence(1)},
				{Op: sink.OpOpen, Fence: fence(2)},
				{Op: sink.OpOpen, Epoch: 1},
				{Op: sink.OpProgress},
				write(1, at(0), at(0)),
				write(1, finished(), at(3)),
				write(1, at(0), frontier.Frontier{T: 3, Empty: true}),
				write(1, at(0), at(3), row("a", 3, 1)),
				write(1, at(1), at(3), row("a", 0, 1)),
				write(1, at(0), at(3), row("a", 1, 0)),
				write(1, at(0), at(3), row("a", 1, 1), row("a", 1, 2)),
				write(1, at(0), at(3), row("b", 1, 1), row("a", 1, 2)),
				write(1, at(0), at(3), row("a", 2, 1), row("b", 1, 2)),
			} {
				e.expect(c, invalid)
			}
			e.expect(progress(1), reached(at(0)))
			e.holds()
		}},
		{"form/no-export-or-connection", func(e *env) {
			export := e.export
			e.export = core.GlobalID{}
			e.expect(open(1, 1, 0), invalid)
			e.export, e.connection = export, ""
			e.expect(open(1, 1, 0), invalid)
		}},
	}
}
