package core

import (
	"example.com/tidemark/core/canonical"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

// coder walks a value's fields in their one canonical order, either writing them
// or reading them, so that the two directions cannot drift apart.
type coder struct {
	writing bool
	b       []byte
	r       canonical.Reader
}

type integer interface {
	~uint8 | ~uint32 | ~uint64 | ~int64
}

// num is any integer, as eight bytes.
func num[T integer](k *coder, v *T) {
	if k.writing {
		k.b = canonical.AppendU64(k.b, uint64(*v))
		return
	}
	x := k.r.U64()
	*v = T(x)
	if uint64(*v) != x {
		k.r.Fail()
	}
}

// enum is a small integer that must be below a limit.
func enum[T ~uint8](k *coder, v *T, limit T) {
	num(k, v)
	if !k.writing && *v >= limit {
		k.r.Fail()
		*v = 0
	}
}

func (k *coder) bool(v *bool) {
	if k.writing {
		k.b = canonical.AppendBool(k.b, *v)
		return
	}
	*v = k.r.Bool()
}

func text[T ~string](k *coder, v *T) {
	if k.writing {
		k.b = canonical.AppendString(k.b, string(*v))
		return
	}
	*v = T(k.r.String())
}

// length is a list's length; each element takes at least min bytes.
func (k *coder) length(n, min int) int {
	if k.writing {
		k.b = canonical.AppendLen(k.b, n)
		return n
	}
	return k.r.Len(min)
}

// list walks a list with one function per element.
func list[T any](k *coder, v *[]T, min int, each func(*coder, *T)) {
	n := k.length(len(*v), min)
	if !k.writing {
		*v = nil
		if n > 0 {
			*v = make([]T, n)
		}
	}
	for i := range *v {
		each(k, &(*v)[i])
	}
}

func (k *coder) frontier(v *frontier.Frontier) {
	k.bool(&v.Empty)
	num(k, &v.T)
	if !k.writing && !v.Valid() {
		k.r.Fail()
	}
}

// reference is an id in what a request that waits asks for: whoever takes the request
// up judges whether it is one.
func (k *coder) reference(v *GlobalID) {
	num(k, &v.Kind)
	num(k, &v.N)
}

func (k *coder) id(v *GlobalID) {
	enum(k, &v.Kind, IDTransient+1)
	num(k, &v.N)
	if !k.writing && v.N > maxIDNumber {
		k.r.Fail()
	}
}

func (k *coder) shard(v *persist.ShardID) {
	num(k, &v.Hi)
	num(k, &v.Lo)
}

func (k *coder) update(v *relation.Update) {
	text(k, &v.Data)
	num(k, &v.Time)
	num(k, &v.Diff)
}

func codeUpdate(k *coder, v *relation.Update) { k.update(v) }

func (k *coder) description(v *Description) {
	num(k, &v.Kind)
	list(k, &v.Schema.Columns, 10, func(k *coder, c *relation.Column) {
		text(k, &c.Name)
		num(k, &c.Type)
		k.bool(&c.Nullable)
	})
	k.frontier(&v.Since)
	k.reference(&v.Status)
	num(k, &v.Introspection)
	there := v.Ingestion != nil
	k.bool(&there)
	if there {
		if !k.writing {
			v.Ingestion = new(Ingestion)
		}
		k.ingestion(v.Ingestion)
	}
	k.reference(&v.Of)
}

func (k *coder) ingestion(v *Ingestion) {
	text(k, &v.Connection)
	list(k, &v.Outputs, 24, func(k *coder, o *Output) {
		k.reference(&o.ID)
		num(k, &o.Index)
	})
	list(k, &v.Imports, 16, func(k *coder, id *GlobalID) { k.reference(id) })
	k.hostConfig(&v.Host)
}

func (k *coder) hostConfig(v *HostConfig) {
	num(k, &v.Size)
	text(k, &v.Address)
}

func (k *coder) host(v *HostID) {
	k.id(&v.Object)
	num(k, &v.Size)
	text(k, &v.Address)
}

func (k *coder) export(v *ExportDescription) {
	k.reference(&v.From)
	text(k, &v.Connection)
	k.frontier(&v.AsOf)
	k.bool(&v.Snapshot)
	k.reference(&v.Status)
	k.hostConfig(&v.Host)
}

// policy is one that is in force, or one that a request which waits asks for and that
// is still to be judged, so that its frontiers may have any form.
func (k *coder) policy(v *Policy) {
	list(k, &v.Nodes, 33, func(k *coder, n *PolicyNode) {
		num(k, &n.Kind)
		k.bool(&n.From.Empty)
		num(k, &n.From.T)
		num(k, &n.Lag)
		num(k, &n.Members)
	})
}

func (k *coder) write(v *stash.Write) {
	num(k, &v.Kind)
	num(k, &v.Collection)
	text(k, &v.Key)
	text(k, &v.Value)
}

func (k *coder) errorValue(v *Error) {
	enum(k, &v.Code, ErrorCodeCount)
	k.bool(&v.Definite)
	list(k, &v.IDs, 16, func(k *coder, id *GlobalID) { k.id(id) })
	k.frontier(&v.Frontier)
	num(k, &v.Limit)
}

func (k *coder) config(v *Config) {
	for _, d := range [...]*clock.Duration{
		&v.ReaderLease, &v.Heartbeat, &v.HoldLease, &v.ClockMargin, &v.FetchEvery, &v.AdvanceEvery, &v.SinceEvery,
		&v.BackoffMin, &v.BackoffMax, &v.PersistDeadline, &v.ReadDeadline, &v.StashDeadline,
		&v.SnapshotWait, &v.MaxClockSkew, &v.HostDeadline, &v.MoveGrace, &v.DropGrace,
		&v.WriterGrace, &v.ServicesEvery,
	} {
		num(k, d)
	}
	l := &v.Limits
	for _, n := range [...]*int64{&l.OpenRequests, &l.QueuedAppends, &l.QueuedBytes, &l.HoldsPerOwner, &l.IDsPerRequest} {
		num(k, n)
	}
}

func (k *coder) request(v *Request) {
	num(k, &v.ID)
	enum(k, &v.Op, RequestOpCount)
	list(k, &v.Collections, 68, func(k *coder, s *CollectionSpec) {
		k.id(&s.ID)
		k.description(&s.Description)
	})
	list(k, &v.IDs, 16, func(k *coder, id *GlobalID) { k.id(id) })
	k.bool(&v.Unvalidated)
	list(k, &v.Appends, 33, func(k *coder, a *Append) {
		k.id(&a.ID)
		list(k, &a.Updates, 24, codeUpdate)
		k.frontier(&a.Upper)
	})
	list(k, &v.Policies, 24, func(k *coder, p *PolicyChange) {
		k.id(&p.ID)
		k.policy(&p.Policy)
	})
	list(k, &v.Uppers, 25, func(k *coder, u *UpperReport) {
		k.id(&u.ID)
		k.frontier(&u.Upper)
	})
	list(k, &v.Capabilities, 32, func(k *coder, ch *CapabilityChange) {
		k.id(&ch.ID)
		num(k, &ch.Time)
		num(k, &ch.Diff)
	})
	k.reference(&v.GlobalID)
	num(k, &v.Owner)
	num(k, &v.Hold)
	num(k, &v.At)
	k.bool(&v.Earliest)
	num(k, &v.AsOf)
	num(k, &v.Wait)
	list(k, &v.Moves, 32, func(k *coder, m *Move) {
		k.id(&m.ID)
		k.hostConfig(&m.Host)
	})
	list(k, &v.Exports, 80, func(k *coder, e *ExportSpec) {
		k.id(&e.ID)
		num(k, &e.Token)
		k.export(&e.Description)
	})
	k.reference(&v.From)
	num(k, &v.Token)
}
