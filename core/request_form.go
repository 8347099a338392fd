package core

import "example.com/tidemark/core/clock"

// maxDiff bounds a capability change, so that sums cannot overflow.
const maxDiff = 1 << 40

// maxReferences bounds what one ingestion reads and fills.
const maxReferences = 1024

// wellFormed judges a request by itself: a known operation, ids of a kind,
// frontiers in canonical form.
func (c *Controller) wellFormed(r *Request) bool {
	if r.ID == 0 || r.Op == RequestNone || r.Op >= RequestOpCount {
		return false
	}
	for i := 0; ; i++ {
		id, ok := named(r, i)
		if !ok {
			break
		}
		if !id.Valid() {
			return false
		}
	}
	return wellFormedLists(r) && (r.Op != RequestSnapshot || c.allowsWait(r.Wait))
}

func (c *Controller) allowsWait(wait clock.Duration) bool {
	return wait >= 0 && (c.phase == PhaseNew || wait <= c.cfg.SnapshotWait)
}

func wellFormedLists(r *Request) bool {
	for i := range r.Collections {
		if !r.Collections[i].Description.Since.Valid() {
			return false
		}
		if g := r.Collections[i].Description.Ingestion; g != nil && len(g.Outputs)+len(g.Imports) > maxReferences {
			return false
		}
	}
	for i := range r.Appends {
		if !r.Appends[i].Upper.Valid() {
			return false
		}
	}
	for i := range r.Uppers {
		if !r.Uppers[i].Upper.Valid() {
			return false
		}
	}
	for i := range r.Exports {
		if !r.Exports[i].Description.AsOf.Valid() {
			return false
		}
	}
	for i := range r.Capabilities {
		if d := r.Capabilities[i].Diff; d > maxDiff || d < -maxDiff {
			return false
		}
	}
	return true
}

// named is the i-th id that a request names; ok is false after the last one.
func named(r *Request, i int) (id GlobalID, ok bool) {
	switch r.Op {
	case RequestCreate:
		if i < len(r.Collections) {
			return r.Collections[i].ID, true
		}
	case RequestDrop:
		if i < len(r.IDs) {
			return r.IDs[i], true
		}
	case RequestAppend:
		if i < len(r.Appends) {
			return r.Appends[i].ID, true
		}
	case RequestSetPolicy:
		if i < len(r.Policies) {
			return r.Policies[i].ID, true
		}
	case RequestUpdateUppers:
		if i < len(r.Uppers) {
			return r.Uppers[i].ID, true
		}
	case RequestUpdateCapabilities:
		if i < len(r.Capabilities) {
			return r.Capabilities[i].ID, true
		}
	case RequestRenewHold:
		// Renewing all of an owner's holds names no id.
		return r.GlobalID, i == 0 && r.Hold != 0
	case RequestAlter:
		if i < len(r.Moves) {
			return r.Moves[i].ID, true
		}
	case RequestCreateExports, RequestAlterExports:
		if i < len(r.Exports) {
			return r.Exports[i].ID, true
		}
	case RequestDropExports:
		if i < len(r.IDs) {
			return r.IDs[i], true
		}
	case RequestPrepareExport, RequestRenewToken, RequestCancelToken, RequestExport:
		return r.GlobalID, i == 0
	case RequestAcquireHold, RequestMoveHold, RequestReleaseHold, RequestSnapshot, RequestCollection:
		return r.GlobalID, i == 0
	case RequestNone, RequestDump, RequestOpCount:
	}
	return GlobalID{}, false
}

// reads is the i-th collection that an export of the request reads; ok is false after
// the last one.
func reads(r *Request, i int) (id GlobalID, ok bool) {
	switch r.Op {
	case RequestCreateExports, RequestAlterExports:
		if i < len(r.Exports) {
			return r.Exports[i].Description.From, true
		}
	case RequestPrepareExport, RequestRenewToken:
		return r.From, i == 0
	default:
	}
	return GlobalID{}, false
}

// refersTo is the i-th collection that what a request creates refers to; ok is false
// after the last one.
func refersTo(r *Request, i int) (id GlobalID, ok bool) {
	for k := range r.Collections {
		d := &r.Collections[k].Description
		imports := []GlobalID(nil)
		if d.Ingestion != nil {
			imports = d.Ingestion.Imports
		}
		switch {
		case i < len(imports):
			return imports[i], true
		case i == len(imports):
			return d.Status, true
		}
		i -= len(imports) + 1
	}
	for k := range r.Exports {
		switch i {
		case 0:
			return r.Exports[k].Description.From, true
		case 1:
			return r.Exports[k].Description.Status, true
		}
		i -= 2
	}
	return GlobalID{}, false
}

func longestList(r *Request) int64 {
	return int64(max(len(r.Collections), len(r.IDs), len(r.Appends), len(r.Policies),
		len(r.Uppers), len(r.Capabilities), len(r.Moves), len(r.Exports)))
}
