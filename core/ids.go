package core

import "strconv"

// IDKind is the kind of a GlobalID. Kinds order before numbers.
type IDKind uint8

// Kinds of GlobalID, in their order.
const (
	IDNone IDKind = iota
	IDSystem
	IDUser
	IDTransient
)

// maxIDNumber is the largest number of a GlobalID (62 bits), so that an id packs
// into one word.
const maxIDNumber = 1<<62 - 1

// GlobalID names a collection or an export: a kind and a number, printed as s12,
// u7 or t3. Once bound to a description and shards it is bound for ever.
type GlobalID struct {
	Kind IDKind
	N    uint64
}

// Valid reports whether the id is one that a client may use.
func (id GlobalID) Valid() bool {
	return id.Kind >= IDSystem && id.Kind <= IDTransient && id.N <= maxIDNumber
}

// Compare orders ids by kind (system, user, transient), then number.
func (id GlobalID) Compare(other GlobalID) int {
	switch {
	case id == other:
		return 0
	case id.Kind < other.Kind || id.Kind == other.Kind && id.N < other.N:
		return -1
	}
	return 1
}

// key packs a valid id into one word, in the order of Compare.
func (id GlobalID) key() uint64 { return uint64(id.Kind)<<62 | id.N&maxIDNumber }

func idOfKey(k uint64) GlobalID { return GlobalID{Kind: IDKind(k >> 62), N: k & maxIDNumber} }

// AppendText appends the id as it is printed: u7.
func (id GlobalID) AppendText(b []byte) []byte {
	prefix := byte('?')
	switch id.Kind {
	case IDSystem:
		prefix = 's'
	case IDUser:
		prefix = 'u'
	case IDTransient:
		prefix = 't'
	case IDNone:
	}
	return strconv.AppendUint(append(b, prefix), id.N, 10)
}

// String is the id as it is printed: u7.
func (id GlobalID) String() string { return string(id.AppendText(nil)) }

// ParseGlobalID reads what String prints; ok is false for anything else.
func ParseGlobalID(s string) (id GlobalID, ok bool) {
	if len(s) < 2 {
		return GlobalID{}, false
	}
	switch s[0] {
	case 's':
		id.Kind = IDSystem
	case 'u':
		id.Kind = IDUser
	case 't':
		id.Kind = IDTransient
	default:
		return GlobalID{}, false
	}
	n, err := strconv.ParseUint(s[1:], 10, 64)
	if err != nil || n > maxIDNumber || s[1] == '+' || (s[1] == '0' && len(s) > 2) {
		return GlobalID{}, false
	}
	id.N = n
	return id, true
}

// RequestID is chosen by whoever sends a request, and must not name one that is
// still open (C-5).
type RequestID uint64

// OwnerID names the owner of holds; it is chosen by the owner.
type OwnerID uint64

// HoldID names a hold among its owner's holds; it is chosen by the owner. Zero is
// not a hold: it stands for all of an owner's holds where a request allows it.
type HoldID uint64

// EffectID matches a completion with the effect that it completes. It is never
// reused within an incarnation.
type EffectID uint64

// Cause names what led to an input or an effect: a request, or a timer and the
// instant it was set for. Effects carry the cause of the input that led to them,
// so that randomness in a simulation can be keyed by cause instead of by order.
type Cause uint64
