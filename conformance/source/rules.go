package source

import (
	"sync"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/source"
)

// records is how many most tests read.
const records = 24

// readRules are H-12: what stands at an offset never changes.
func readRules() []rule {
	return []rule{
		{"H-12/again-from-the-beginning", func(e *env) {
			e.more(records)
			first, upto := e.read(0, records, 7)
			again, _ := e.read(0, records, 100)
			e.same("read again", first, again)
			e.restart()
			again, _ = e.read(0, records, 1)
			e.same("after a restart", first, again)
			if n := len(since(again, upto)); n > 0 && len(again) <= len(first) {
				e.Fatalf("%d records stand at or after %d, which a poll had covered", n, upto)
			}
		}},
		{"H-12/again-from-anywhere", func(e *env) {
			e.more(records)
			all, _ := e.read(0, records, 100)
			for from := all[0].Offset; from <= all[len(all)-1].Offset; from = next(all, from) {
				want := since(all, from)
				got, _ := e.read(from, len(want), 5)
				e.same("read from the middle", want, got)
				got, _ = e.read(from+1, max(len(since(all, from+1)), 0), 5)
				e.same("read from between two offsets", since(all, from+1), got)
			}
		}},
		{"H-12/an-offset-is-not-parted", func(e *env) {
			e.more(records)
			all, _ := e.read(0, records, 100)
			from := source.Offset(0)
			for from <= all[len(all)-1].Offset {
				r := e.step(from)
				e.same("read one by one", since(all, from), r.Records)
				if want := len(since(all, from)) - len(since(all, r.Upto)); len(r.Records) < want {
					e.Fatalf("a poll of [%d, %d) has %d records of %d", from, r.Upto, len(r.Records), want)
				}
				from = r.Upto
			}
		}},
		{"H-12/what-comes-later-stands-later", func(e *env) {
			e.more(records)
			first, upto := e.read(0, records, 5)
			e.more(records)
			later, _ := e.read(upto, records, 100)
			all, _ := e.read(0, len(first)+records, 100)
			e.same("what was there before", first, all)
			e.same("what came later", since(all, upto), later)
		}},
		{"H-12/many-at-once", func(e *env) {
			e.more(records)
			all, _ := e.read(0, records, 100)
			var lists [4][]source.Record
			var wait sync.WaitGroup
			for i := range lists {
				wait.Go(func() {
					from := source.Offset(0)
					for len(lists[i]) < len(all) && from <= all[len(all)-1].Offset {
						r := e.do(source.Call{Op: source.OpPoll, From: from, Max: uint32(i) + 1})
						lists[i], from = append(lists[i], r.Records...), r.Upto
					}
				})
			}
			wait.Wait()
			for _, list := range lists {
				if len(list) < len(all) {
					e.Fatalf("one of several readers has %d records of %d", len(list), len(all))
				}
				e.same("read by several", all, list)
			}
		}},
	}
}

// next is the first offset beyond one at which a record stands.
func next(list []source.Record, from source.Offset) source.Offset {
	if later := since(list, from+1); len(later) > 0 {
		return later[0].Offset
	}
	return from + 1
}

// confirmRules are about what a source may forget.
func confirmRules() []rule {
	done := source.Result{Outcome: outcome.Done}
	return []rule{
		{"H-12/confirming-keeps-what-follows", func(e *env) {
			e.more(records)
			all, _ := e.read(0, records, 100)
			half := all[len(all)/2].Offset
			e.confirm(half, done)
			got, _ := e.read(half, len(since(all, half)), 3)
			e.same("after the confirmation", since(all, half), got)
			e.restart()
			got, _ = e.read(half, len(since(all, half)), 3)
			e.same("after the confirmation and a restart", since(all, half), got)
		}},
		{"H-12/what-is-gone-is-said", func(e *env) {
			e.more(records)
			all, _ := e.read(0, records, 100)
			half := all[len(all)/2].Offset
			e.confirm(half, done)
			e.restart()
			r := e.do(source.Call{Op: source.OpPoll, From: all[0].Offset, Max: 100})
			switch {
			case r.Outcome == outcome.Done:
				e.inOrder(all[0].Offset, &r)
				if r.Upto > all[0].Offset && len(r.Records) == 0 {
					e.Fatalf("records before %d are neither given nor said to be gone", r.Upto)
				}
				e.same("polled after the confirmation", all, r.Records)
			case r.Outcome != outcome.Mismatch:
				e.Fatalf("a poll of what was confirmed ended %v", r.Outcome)
			case r.Upto <= all[0].Offset || r.Upto > half:
				e.Fatalf("what is left begins at %d; [%d, %d) was confirmed", r.Upto, all[0].Offset, half)
			default:
				got, _ := e.read(r.Upto, len(since(all, r.Upto)), 100)
				e.same("what is left", since(all, r.Upto), got)
			}
		}},
		{"H-12/confirming-again-and-backwards", func(e *env) {
			e.more(records)
			all, _ := e.read(0, records, 100)
			half := all[len(all)/2].Offset
			for _, at := range []source.Offset{half, half, all[1].Offset, 0, half} {
				e.confirm(at, done)
			}
			got, _ := e.read(half, len(since(all, half)), 3)
			e.same("after it all", since(all, half), got)
		}},
		{"H-12/what-others-confirm-stays", func(e *env) {
			e.more(records)
			mine := e.ingestion
			all, _ := e.read(0, records, 100)
			e.ingestion = core.GlobalID{Kind: core.IDUser, N: mine.N + 500}
			e.more(1)
			other, end := e.read(0, 1, 100)
			e.confirm(max(end, other[len(other)-1].Offset+1), done)
			e.ingestion = mine
			e.restart()
			got, _ := e.read(0, len(all), 100)
			e.same("after another one's confirmation", all, got)
		}},
	}
}

func (e *env) confirm(before source.Offset, want source.Result) {
	e.Helper()
	r := e.do(source.Call{Op: source.OpConfirm, From: before})
	if r.Outcome != want.Outcome || r.Records != nil || r.Upto != 0 || r.Finished {
		e.Fatalf("confirming %d ended %+v", before, r)
	}
}

// releaseRules are about an ingestion that is over for good.
func releaseRules() []rule {
	release := func(e *env) {
		e.Helper()
		if r := e.do(source.Call{Op: source.OpRelease}); r.Outcome != outcome.Done || r.Records != nil || r.Upto != 0 || r.Finished {
			e.Fatalf("a release ended %+v", r)
		}
	}
	// asEver demands that polls from where all begins give what they gave, or nothing.
	asEver := func(e *env, what string, all []source.Record) {
		e.Helper()
		end := time.Now().Add(e.patience())
		for from := all[0].Offset; from <= all[len(all)-1].Offset; {
			r := e.do(source.Call{Op: source.OpPoll, From: from, Max: 100})
			switch {
			case r.Outcome == outcome.Mismatch && r.Upto > from:
				return
			case r.Outcome != outcome.Done || r.Upto < from || time.Now().After(end):
				e.Fatalf("%s: a poll from %d ended %v at %d", what, from, r.Outcome, r.Upto)
			case r.Upto == from:
				time.Sleep(pause)
			}
			e.inOrder(from, &r)
			if want := len(since(all, from)) - len(since(all, r.Upto)); len(r.Records) < want {
				e.Fatalf("%s: a poll of [%d, %d) has %d records of %d", what, from, r.Upto, len(r.Records), want)
			}
			e.same(what, since(all, from), r.Records)
			from = r.Upto
		}
	}
	return []rule{
		{"H-15/what-was-released-is-as-it-was-or-gone", func(e *env) {
			e.more(records)
			all, _ := e.read(0, records, 100)
			release(e)
			asEver(e, "after the release", all)
			e.restart()
			asEver(e, "after the release and a restart", all)
		}},
		{"H-15/again-and-after-it", func(e *env) {
			e.more(records)
			all, _ := e.read(0, records, 100)
			e.confirm(all[1].Offset, source.Result{Outcome: outcome.Done})
			release(e)
			e.confirm(all[len(all)/2].Offset, source.Result{Outcome: outcome.Done})
			e.restart()
			release(e)
			asEver(e, "after two releases", all)
		}},
		{"H-15/of-one-that-never-polled", func(e *env) {
			release(e)
			release(e)
		}},
		{"H-15/others-are-not-concerned", func(e *env) {
			e.more(records)
			mine := e.ingestion
			all, _ := e.read(0, records, 100)
			e.ingestion = core.GlobalID{Kind: core.IDUser, N: mine.N + 500}
			e.more(1)
			e.read(0, 1, 100)
			release(e)
			e.ingestion = mine
			e.restart()
			got, _ := e.read(0, len(all), 100)
			e.same("after another one's release", all, got)
		}},
	}
}

// endRules are about where there is nothing more.
func endRules() []rule {
	return []rule{
		{"H-11/nothing-new", func(e *env) {
			if e.source.More == nil {
				e.Skip("this source always has something new")
			}
			e.more(records)
			_, upto := e.read(0, records, 100)
			for range 3 {
				r := e.poll(upto, 100)
				if len(r.Records) > 0 {
					e.Fatalf("%d records after the end", len(r.Records))
				}
				upto = r.Upto
			}
			if r := e.poll(upto, 100); r.Upto < upto {
				e.Fatalf("the end went back from %d to %d", upto, r.Upto)
			}
		}},
		{"H-12/finished-is-the-end", func(e *env) {
			if !e.source.Ends {
				e.Skip("this source never ends")
			}
			e.more(records)
			var r source.Result
			for from := source.Offset(0); !r.Finished; from = r.Upto {
				r = e.poll(from, 5)
			}
			end := r.Upto
			e.restart()
			for range 3 {
				if r := e.poll(end, 5); len(r.Records) > 0 || !r.Finished {
					e.Fatalf("after the end: %+v", r)
				}
			}
		}},
	}
}

// formRules are calls that can never succeed.
func formRules() []rule {
	return []rule{
		{"form/malformed-calls", func(e *env) {
			for _, c := range []source.Call{
				{Op: source.OpNone, Max: 1},
				{Op: source.OpRelease + 1, Max: 1},
				{Op: source.OpPoll},
			} {
				if r := e.do(c); r.Outcome != outcome.Invalid {
					e.Fatalf("%+v ended %v", c, r.Outcome)
				}
			}
		}},
		{"form/no-ingestion-or-connection", func(e *env) {
			ingestion := e.ingestion
			e.ingestion = core.GlobalID{}
			if r := e.do(source.Call{Op: source.OpPoll, Max: 1}); r.Outcome != outcome.Invalid {
				e.Fatalf("a poll of no ingestion ended %v", r.Outcome)
			}
			e.ingestion, e.connection = ingestion, ""
			if r := e.do(source.Call{Op: source.OpPoll, Max: 1}); r.Outcome != outcome.Invalid {
				e.Fatalf("a poll of no connection ended %v", r.Outcome)
			}
		}},
	}
}
