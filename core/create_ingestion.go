package core

import "slices"

// maxConnection bounds what a client may say of an external system.
const maxConnection = 4096

// findSpec finds an entry of a create's sorted list.
func findSpec(list []CollectionSpec, id GlobalID) *CollectionSpec {
	i, ok := slices.BinarySearchFunc(list, id, func(e CollectionSpec, id GlobalID) int { return e.ID.Compare(id) })
	if !ok {
		return nil
	}
	return &list[i]
}

// judgeReference checks that a collection which a new one refers to exists, or is
// made by the same list (C-22).
func (c *Controller) judgeReference(id GlobalID, list []CollectionSpec) ErrorCode {
	if at, ok := c.byID.Get(id.key()); ok && !c.collections.At(at).dropped {
		return Ok
	}
	if findSpec(list, id) == nil || c.dropped.has(id) {
		return IdentifierMissing
	}
	return Ok
}

// takesStatus reports whether a collection is of a kind that hosts may append status
// rows to: not one whose contents are definite, nor the shard mapping.
func (c *Controller) takesStatus(id GlobalID, list []CollectionSpec) bool {
	var d *Description
	if at, ok := c.byID.Get(id.key()); ok {
		d = &c.collections.At(at).desc
	} else if s := findSpec(list, id); s != nil {
		d = &s.Description
	} else {
		return false
	}
	switch d.Kind {
	case KindTable, KindReported:
		return true
	case KindIntrospection:
		return d.Introspection != IntrospectionShardMapping
	default:
		return false
	}
}

// judgeIngestion checks what an ingestion reads, fills and runs on (C-21, C-22). It
// names what is missing.
func (c *Controller) judgeIngestion(s *CollectionSpec, list []CollectionSpec) (ErrorCode, GlobalID) {
	ing := s.Description.Ingestion
	if len(ing.Connection) == 0 || len(ing.Connection) > maxConnection || !ing.Host.Valid() || !outputsDistinct(ing.Outputs, s.ID) {
		return InvalidDescription, s.ID
	}
	for _, out := range ing.Outputs {
		if out.ID == s.ID {
			continue
		}
		switch sub := findSpec(list, out.ID); {
		case sub != nil && c.isNew(out.ID):
			if sub.Description.Kind != KindSubsource || sub.Description.Of != s.ID {
				return InvalidDescription, s.ID
			}
		case c.judgeReference(out.ID, list) == Ok:
			return InvalidDescription, s.ID
		default:
			return IdentifierMissing, out.ID
		}
	}
	for i, id := range ing.Imports {
		if !id.Valid() || slices.Contains(ing.Imports[:i], id) {
			return InvalidDescription, s.ID
		}
		if code := c.judgeReference(id, list); code != Ok {
			return code, id
		}
	}
	if c.importsItself(s, list) {
		return InvalidDescription, s.ID
	}
	return Ok, s.ID
}

// isNew reports whether an id of the list does not exist yet.
func (c *Controller) isNew(id GlobalID) bool {
	_, ok := c.byID.Get(id.key())
	return !ok && !c.dropped.has(id)
}

// outputsDistinct reports whether no id and no index comes twice, and own is one of
// the ids.
func outputsDistinct(list []Output, own GlobalID) bool {
	found := false
	for i := range list {
		found = found || list[i].ID == own
		if !list[i].ID.Valid() {
			return false
		}
		for j := range list[:i] {
			if list[i].ID == list[j].ID || list[i].Index == list[j].Index {
				return false
			}
		}
	}
	return found
}

// judgeSubsource checks that the one ingestion which fills it is made by the same
// list and says so too.
func (c *Controller) judgeSubsource(s *CollectionSpec, list []CollectionSpec) (ErrorCode, GlobalID) {
	of := s.Description.Of
	if !of.Valid() || of == s.ID {
		return InvalidDescription, s.ID
	}
	main := findSpec(list, of)
	if main == nil || !c.isNew(of) {
		if at, ok := c.byID.Get(of.key()); ok && !c.collections.At(at).dropped {
			return InvalidDescription, s.ID
		}
		return IdentifierMissing, of
	}
	if main.Description.Ingestion != nil {
		for _, out := range main.Description.Ingestion.Outputs {
			if out.ID == s.ID {
				return Ok, s.ID
			}
		}
	}
	return InvalidDescription, s.ID
}

// importsItself reports whether what an ingestion reads is filled, within the list,
// by itself: directly, or by way of others.
func (c *Controller) importsItself(s *CollectionSpec, list []CollectionSpec) bool {
	var reached []GlobalID
	reached = append(reached, s.ID)
	for i := 0; i < len(reached); i++ {
		e := findSpec(list, reached[i])
		if e == nil || !c.isNew(e.ID) || e.Description.Ingestion == nil {
			continue
		}
		for _, id := range e.Description.Ingestion.Imports {
			if from := findSpec(list, id); from != nil && from.Description.Kind == KindSubsource {
				id = from.Description.Of
			}
			if id == s.ID {
				return true
			}
			if !slices.Contains(reached, id) {
				reached = append(reached, id)
			}
		}
	}
	return false
}

// identicalIngestions compares what two ingestions are.
func identicalIngestions(a, b *Ingestion) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Connection == b.Connection && a.Host == b.Host &&
		slices.Equal(a.Outputs, b.Outputs) && slices.Equal(a.Imports, b.Imports)
}
