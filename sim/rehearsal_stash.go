package sim

import (
	"fmt"
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/wire"
)

// damage is something that may have become of stored metadata.
type damage int

const (
	// undamaged, and newer: entries have fields that this version does not know. Both are
	// to be loaded; what follows is not.
	undamaged damage = iota
	newer
	// cut: an entry's last byte is missing. misnamed: its key has a byte too many.
	cut
	misnamed
	// stray: it belongs to an id that is not there.
	stray
	// undescribed: a collection's description is missing. unsharded: its shards are.
	undescribed
	unsharded
	// unkind: a description is of a kind that there is not, untyped: a column of such a type.
	unkind
	untyped
	// crooked: a description's since is no frontier; policies: a node too many, a node of a
	// kind that there is not, one with members beyond the limit.
	crooked
	nodeOver
	nodeUnkind
	nodeCrowded
	// listed for finalization although it lives, or another's shard.
	alive
	another
	// An export without its input, or on no host; an as_of without an export, or one that is
	// no frontier.
	inputless
	hostless
	exportless
	crookedAsOf
	damages
)

// appended adds a message's field to an entry's value.
func appended(e *stash.Entry, b []byte) { e.Value += string(b) }

// crookedFrontier is what no frontier is encoded as.
func crookedFrontier() string { return string(wire.AppendUint(wire.AppendUint(nil, 1, 7), 2, 1)) }

// damaged does it to one of the entries; false if there is none that it can be done to.
func (w *World) damaged(list []stash.Entry, d damage, nth uint64) ([]stash.Entry, bool) {
	in := func(kinds ...stash.Collection) *stash.Entry {
		n := 0
		for i := range list {
			if slices.Contains(kinds, list[i].Collection) {
				n++
			}
		}
		if n == 0 {
			return nil
		}
		n = w.chance('e', nth, n)
		for i := range list {
			if slices.Contains(kinds, list[i].Collection) {
				if n == 0 {
					return &list[i]
				}
				n--
			}
		}
		return nil
	}
	described := []stash.Collection{stash.CollectionDescriptions, stash.CollectionPolicies, stash.CollectionMetadata,
		stash.CollectionFinalize, stash.CollectionExports, stash.CollectionExportAsOf}
	at := func(kinds ...stash.Collection) *stash.Entry { return in(kinds...) }
	edit := func(e *stash.Entry, f func(e *stash.Entry)) ([]stash.Entry, bool) {
		if e == nil {
			return list, false
		}
		f(e)
		return list, true
	}
	policy := func(node []byte) ([]stash.Entry, bool) {
		return edit(at(stash.CollectionPolicies), func(e *stash.Entry) { appended(e, wire.AppendBytes(nil, 1, node)) })
	}
	switch d {
	case undamaged:
		return list, true
	case newer:
		return edit(at(described...), func(e *stash.Entry) {
			appended(e, wire.AppendString(wire.AppendUint(wire.AppendWord(nil, 100, 1), 101, 5), 102, "later"))
		})
	case cut:
		return edit(at(described...), func(e *stash.Entry) { e.Value = e.Value[:max(len(e.Value)-1, 0)] })
	case misnamed:
		return edit(at(append(described, stash.CollectionDropped)...), func(e *stash.Entry) { e.Key += "x" })
	case stray:
		return edit(at(stash.CollectionDescriptions, stash.CollectionPolicies), func(e *stash.Entry) { e.Key = "t4611686018427387000" })
	case undescribed, unsharded:
		kind := stash.CollectionDescriptions
		if d == unsharded {
			kind = stash.CollectionMetadata
		}
		e := at(kind)
		if e == nil {
			return list, false
		}
		if d == unsharded {
			e.Value = ""
			return list, true
		}
		return slices.DeleteFunc(list, func(o stash.Entry) bool { return o.Collection == e.Collection && o.Key == e.Key }), true
	case unkind:
		return edit(at(stash.CollectionDescriptions), func(e *stash.Entry) { appended(e, wire.AppendUint(nil, 1, 200)) })
	case untyped:
		column := wire.AppendUint(wire.AppendString(nil, 1, "untyped"), 2, 200)
		return edit(at(stash.CollectionDescriptions), func(e *stash.Entry) { appended(e, wire.AppendBytes(nil, 2, column)) })
	case crooked:
		return edit(at(stash.CollectionDescriptions), func(e *stash.Entry) { appended(e, wire.AppendString(nil, 3, crookedFrontier())) })
	case nodeOver:
		return policy(wire.AppendUint(wire.AppendUint(nil, 1, 2), 3, 1))
	case nodeUnkind:
		return policy(wire.AppendUint(nil, 1, 77))
	case nodeCrowded:
		return policy(wire.AppendUint(wire.AppendUint(nil, 1, 3), 4, 1<<33))
	case alive, another:
		return w.mislisted(list, d, at(stash.CollectionMetadata))
	case inputless:
		return edit(at(stash.CollectionExports), func(e *stash.Entry) { appended(e, wire.AppendString(nil, 1, "nothing")) })
	case hostless:
		return edit(at(stash.CollectionExports), func(e *stash.Entry) { appended(e, wire.AppendBytes(nil, 6, wire.AppendUint(nil, 1, 1<<40))) })
	case exportless:
		return edit(at(stash.CollectionExportAsOf), func(e *stash.Entry) { e.Key = "t4611686018427387000" })
	case crookedAsOf:
		return edit(at(stash.CollectionExportAsOf), func(e *stash.Entry) { appended(e, wire.AppendString(nil, 1, crookedFrontier())) })
	default:
		return list, false
	}
}

// mislisted lists a shard for finalization that must not be: a live collection's, or one
// that is nobody's.
func (w *World) mislisted(list []stash.Entry, d damage, of *stash.Entry) ([]stash.Entry, bool) {
	if of == nil {
		return list, false
	}
	id, key := of.Key, ""
	if d == another {
		key = "s00000000-0000-0000-0000-0000000000ff"
	} else {
		for _, e := range list {
			if e.Collection == stash.CollectionDropped && e.Key == id {
				return list, false
			}
		}
		parsed, _ := core.ParseGlobalID(id)
		for n := range w.nodes {
			var v core.CollectionView
			for i := 0; w.nodes[n].up && i < w.nodes[n].core.Collections(); i++ {
				if w.nodes[n].core.CollectionAt(i, &v); v.ID == parsed {
					key = v.Data.String()
				}
			}
		}
	}
	if key == "" {
		return list, false
	}
	return append(list, stash.Entry{Collection: stash.CollectionFinalize, Key: key, Value: string(wire.AppendString(nil, 1, id))}), true
}

// rehearseLoad boots a controller on what is stored, damaged or not. It loads what an
// older or a newer version may have written, and halts on anything else (T-5).
func (w *World) rehearseLoad(nth uint64) string {
	d := damage(w.chance('d', nth, int(damages)))
	c := &w.saved.controller
	c.CopyFrom(&w.blank)
	w.input.Kind, w.input.Cause, w.input.Boot.Config = core.InputBoot, 0, w.config
	now := clock.Now{}
	w.effects.Reset()
	step(c, now, &w.input, &w.effects)
	if w.effects.Len() != 1 || w.effects.At(0).Stash.Op != stash.OpTakeOver {
		return "a controller that boots does not take the metadata over"
	}
	w.input.Kind, w.input.Effect = core.InputStashDone, w.effects.At(0).ID
	w.input.Stash = stash.Result{Outcome: outcome.Done, Epoch: w.stash.Epoch() + 1}
	w.effects.Reset()
	step(c, now, &w.input, &w.effects)
	if w.effects.Len() != 1 || w.effects.At(0).Stash.Op != stash.OpPeek {
		return "a controller that took the metadata over does not read it"
	}
	peek := w.effects.At(0)
	var list []stash.Entry
	for _, k := range peek.Stash.Collections {
		list = append(list, w.stash.Entries(k)...)
	}
	list, done := w.damaged(list, d, nth)
	if !done {
		return ""
	}
	w.input.Effect, w.input.Stash = peek.ID, stash.Result{Outcome: outcome.Done, Entries: list}
	w.effects.Reset()
	if message := step(c, now, &w.input, &w.effects); message != "" {
		return fmt.Sprintf("a controller that loads metadata (damage %d) panicked: %s", d, message)
	}
	w.input.Kind = core.InputWake
	for n := 0; n < 100 && c.Phase() == core.PhaseLoad; n++ {
		w.effects.Reset()
		step(c, now, &w.input, &w.effects)
	}
	var v core.View
	c.View(&v)
	loaded := d == undamaged || d == newer
	if loaded && v.Phase != core.PhaseRunning {
		return fmt.Sprintf("a controller that loads sound metadata (%d) is %v: %v at %s", d, v.Phase, v.Halt.Code, v.Halt.Where)
	}
	if !loaded && (v.Phase != core.PhaseHalted || v.Halt.Code != core.HaltCorrupt || w.effects.Len() > 0 || c.Kept() > 0) {
		return fmt.Sprintf("a controller that loads damaged metadata (%d) is %v, with %d effects", d, v.Phase, w.effects.Len())
	}
	return ""
}
