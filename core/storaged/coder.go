package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/canonical"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
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

func (k *coder) id(v *core.GlobalID) {
	enum(k, &v.Kind, core.IDTransient+1)
	num(k, &v.N)
	if !k.writing && *v != (core.GlobalID{}) && !v.Valid() {
		k.r.Fail()
	}
}

func (k *coder) shard(v *persist.ShardID) {
	num(k, &v.Hi)
	num(k, &v.Lo)
}

func (k *coder) token(v *persist.Token) {
	num(k, &v.Hi)
	num(k, &v.Lo)
}

func (k *coder) reader(v *persist.ReaderID) {
	num(k, &v.Hi)
	num(k, &v.Lo)
}

func codeUpdate(k *coder, v *relation.Update) {
	text(k, &v.Data)
	num(k, &v.Time)
	num(k, &v.Diff)
}

func codeRecord(k *coder, v *source.Record) {
	num(k, &v.Output)
	num(k, &v.Offset)
	text(k, &v.Data)
	num(k, &v.Diff)
}

func (k *coder) schema(v *relation.Schema) {
	list(k, &v.Columns, 10, func(k *coder, c *relation.Column) {
		text(k, &c.Name)
		num(k, &c.Type)
		k.bool(&c.Nullable)
	})
}

func (k *coder) settings(v *core.HostSettings) {
	for _, d := range [...]*clock.Duration{
		&v.ReaderLease, &v.Heartbeat, &v.BackoffMin, &v.BackoffMax, &v.PersistDeadline, &v.ReadDeadline,
		&v.AdvanceEvery, &v.MaxClockSkew,
	} {
		num(k, d)
	}
}

// command codes all fields of a command, whatever its kind.
func (k *coder) command(v *core.Command) {
	enum(k, &v.Kind, core.CommandKindCount)
	k.id(&v.ID)
	k.frontier(&v.Frontier)
	k.settings(&v.Settings)

	s := &v.Source
	k.id(&s.ID)
	text(k, &s.Connection)
	k.shard(&s.Remap)
	list(k, &s.Exports, 48, func(k *coder, x *core.SourceExport) {
		k.id(&x.ID)
		num(k, &x.Output)
		k.shard(&x.Data)
		k.schema(&x.Schema)
	})
	list(k, &s.Imports, 41, func(k *coder, x *core.SourceImport) {
		k.id(&x.ID)
		k.shard(&x.Data)
		k.frontier(&x.Since)
	})
	k.frontier(&s.Resume)
	k.shard(&s.Status)

	e := &v.Sink
	k.id(&e.ID)
	text(k, &e.Connection)
	k.id(&e.From)
	k.shard(&e.Data)
	k.schema(&e.Schema)
	k.frontier(&e.AsOf)
	k.bool(&e.Snapshot)
	k.shard(&e.Status)
}
