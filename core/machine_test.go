package core

import (
	"testing"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

// bench is a controller with its driver's half played by hand.
type bench struct {
	t   *testing.T
	c   Controller
	now clock.Now
	out Effects
	in  Input
}

func (b *bench) step() {
	b.out.Reset()
	b.c.Step(b.now, &b.in, &b.out)
	b.in = Input{}
	var d Controller
	if err := d.Restore(b.c.AppendCanonical(nil)); err != nil {
		b.t.Fatalf("restore: %v", err)
	}
	if got, want := string(d.AppendCanonical(nil)), string(b.c.AppendCanonical(nil)); got != want {
		b.t.Fatal("restored state has other bytes")
	}
	if d.Digest() != b.c.Digest() {
		b.t.Fatal("restored state has another digest")
	}
}

func (b *bench) only() *Effect {
	b.t.Helper()
	if b.out.Len() != 1 {
		for i := 0; i < b.out.Len(); i++ {
			b.t.Logf("effect %+v", *b.out.At(i))
		}
		b.t.Fatalf("%d effects, want 1 (halt %+v)", b.out.Len(), b.c.halted)
	}
	e := *b.out.At(0)
	return &e
}

func (b *bench) stash(id EffectID, res stash.Result) {
	b.in = Input{Kind: InputStashDone, Effect: id, Stash: res}
	b.step()
}

func (b *bench) persist(id EffectID, res persist.Result) {
	b.in = Input{Kind: InputPersistDone, Effect: id, Persist: res}
	b.step()
}

func TestSmoke(t *testing.T) {
	b := &bench{t: t}
	b.in = Input{Kind: InputBoot, Boot: Boot{Entropy: [4]uint64{1, 2, 3, 4}, Config: DefaultConfig()}}
	b.step()
	e := b.only()
	b.stash(e.ID, stash.Result{Outcome: outcome.Done, Epoch: 1, ServerTime: 5})
	e = b.only()
	b.stash(e.ID, stash.Result{Outcome: outcome.Done})
	schema := relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Int64}}}
	id := GlobalID{IDUser, 1}
	b.in = Input{Kind: InputRequest, Request: Request{ID: 1, Op: RequestCreate, Collections: []CollectionSpec{{id, Description{Kind: KindTable, Schema: schema}}}}}
	b.step()
	e = b.only()
	var entries []stash.Entry
	for _, w := range e.Stash.Writes {
		entries = append(entries, stash.Entry{Collection: w.Collection, Key: w.Key, Value: w.Value})
	}
	b.stash(e.ID, stash.Result{Outcome: outcome.Done, Entries: entries})
	e = b.only()
	b.persist(e.ID, persist.Result{Outcome: outcome.Done, Opaque: e.Persist.Opaque})
	e = b.only()
	b.persist(e.ID, persist.Result{Outcome: outcome.Done})
	e = b.only()
	b.persist(e.ID, persist.Result{Outcome: outcome.Done})
	e = b.only()
	if e.Kind != EffectRespond || e.Response.Err.Code != Ok {
		t.Fatalf("%+v", e)
	}
	b.in = Input{Kind: InputRequest, Request: Request{ID: 2, Op: RequestAppend, Appends: []Append{{ID: id, Upper: frontier.At(5)}}}}
	b.step()
	e = b.only()
	if e.Persist.Op != persist.OpCompareAndAppend {
		t.Fatalf("%+v", e)
	}
	b.persist(e.ID, persist.Result{Outcome: outcome.Done, Upper: frontier.At(5)})
	e = b.only()
	if e.Kind != EffectRespond || e.Response.Err.Code != Ok {
		t.Fatalf("%+v", e)
	}
}
