package codec

import (
	"strconv"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

func unsigned[T ~uint64 | ~uint32](c *coder, v *T) {
	if c.in == nil {
		c.out = strconv.AppendUint(c.out, uint64(*v), 10)
		return
	}
	var zero T
	bits := 64
	if zero--; uint64(zero) == 1<<32-1 {
		bits = 32
	}
	n, err := strconv.ParseUint(c.word(), 10, bits)
	if err != nil {
		c.fail(strconv.Quote(c.in.text) + " is no unsigned number")
	}
	*v = T(n)
}

func signed[T ~int64](c *coder, v *T) {
	if c.in == nil {
		c.out = strconv.AppendInt(c.out, int64(*v), 10)
		return
	}
	n, err := strconv.ParseInt(c.word(), 10, 64)
	if err != nil {
		c.fail(strconv.Quote(c.in.text) + " is no number")
	}
	*v = T(n)
}

func truth(c *coder, v *bool) {
	if c.in == nil {
		c.out = strconv.AppendBool(c.out, *v)
		return
	}
	switch c.word() {
	case "true":
		*v = true
	case "false":
		*v = false
	default:
		c.fail(strconv.Quote(c.in.text) + " is neither true nor false")
	}
}

// text is a byte string, quoted.
func text[T ~string](c *coder, v *T) {
	if c.in == nil {
		c.out = strconv.AppendQuoteToASCII(c.out, string(*v))
		return
	}
	s, err := strconv.Unquote(c.word())
	if err != nil {
		c.fail(c.in.text + " is no string")
	}
	*v = T(s)
}

// named is an enumeration by the names that its String has.
func named[T ~uint8](name func(T) string) codec[T] {
	return func(c *coder, v *T) {
		if c.in == nil {
			c.out = appendName(c.out, *v, name)
			return
		}
		*v = parseName(c, c.word(), name)
	}
}

// appendName appends a value's name with dashes for blanks, or "#7" for a value
// that has none.
func appendName[T ~uint8](b []byte, v T, name func(T) string) []byte {
	s := name(v)
	if s == "" || strings.HasSuffix(s, "?") {
		return strconv.AppendUint(append(b, '#'), uint64(v), 10)
	}
	return append(b, strings.ReplaceAll(s, " ", "-")...)
}

func parseName[T ~uint8](c *coder, s string, name func(T) string) T {
	if number, ok := strings.CutPrefix(s, "#"); ok {
		n, err := strconv.ParseUint(number, 10, 8)
		if err != nil {
			c.fail(strconv.Quote(s) + " is unknown")
		}
		return T(n)
	}
	for i := 0; i < 256; i++ {
		if n := name(T(i)); n != "" && !strings.HasSuffix(n, "?") && strings.ReplaceAll(n, " ", "-") == s {
			return T(i)
		}
	}
	c.fail(strconv.Quote(s) + " is unknown")
	return 0
}

// antichain is a frontier: [3], or [] when empty. One that is not canonical, as a
// hostile client sends it, is [!3].
func antichain(c *coder, v *frontier.Frontier) {
	if c.in == nil {
		if v.Valid() {
			c.out = v.AppendText(c.out)
			return
		}
		c.out = strconv.AppendUint(append(c.out, "[!"...), uint64(v.T), 10)
		c.out = append(c.out, ']')
		return
	}
	s, open := strings.CutPrefix(c.word(), "[")
	s, closed := strings.CutSuffix(s, "]")
	if open && closed && s == "" {
		*v = frontier.Empty()
		return
	}
	number, odd := strings.CutPrefix(s, "!")
	n, err := strconv.ParseUint(number, 10, 64)
	if !open || !closed || err != nil {
		c.fail(strconv.Quote(c.in.text) + " is no frontier")
	}
	*v = frontier.Frontier{T: frontier.Timestamp(n), Empty: odd}
}

// globalID is an id as it is printed; one of no known kind is "k9:12".
func globalID(c *coder, v *core.GlobalID) {
	if c.in == nil {
		if v.Valid() {
			c.out = v.AppendText(c.out)
			return
		}
		c.out = strconv.AppendUint(append(c.out, 'k'), uint64(v.Kind), 10)
		c.out = strconv.AppendUint(append(c.out, ':'), v.N, 10)
		return
	}
	id, ok := core.ParseGlobalID(c.word())
	if !ok {
		id, ok = parseOddID(c.in.text)
	}
	if !ok {
		c.fail(strconv.Quote(c.in.text) + " is no id")
	}
	*v = id
}

func parseOddID(s string) (core.GlobalID, bool) {
	s, ok := strings.CutPrefix(s, "k")
	kind, number, colon := strings.Cut(s, ":")
	k, err1 := strconv.ParseUint(kind, 10, 8)
	n, err2 := strconv.ParseUint(number, 10, 64)
	return core.GlobalID{Kind: core.IDKind(k), N: n}, ok && colon && err1 == nil && err2 == nil
}

// uuid is a prefixed 128-bit id: s00000000-0000-0001-0000-000000000002.
func uuid(c *coder, prefix byte, hi, lo *uint64) {
	if c.in == nil {
		const digits = "0123456789abcdef"
		c.out = append(c.out, prefix)
		for i := 0; i < 32; i++ {
			switch i {
			case 8, 12, 16, 20:
				c.out = append(c.out, '-')
			}
			half := *hi
			if i >= 16 {
				half = *lo
			}
			c.out = append(c.out, digits[half>>uint(60-4*(i%16))&15])
		}
		return
	}
	s := c.word()
	if len(s) != 37 || s[0] != prefix || s[9] != '-' || s[14] != '-' || s[19] != '-' || s[24] != '-' {
		c.fail(strconv.Quote(s) + " is no " + string(prefix) + " and a UUID")
		return
	}
	hex := s[1:9] + s[10:14] + s[15:19] + s[20:24] + s[25:]
	h, err1 := strconv.ParseUint(hex[:16], 16, 64)
	l, err2 := strconv.ParseUint(hex[16:], 16, 64)
	if err1 != nil || err2 != nil {
		c.fail(strconv.Quote(s) + " is no UUID")
	}
	*hi, *lo = h, l
}

// pair is two words with a colon between: 3:77.
func pair(c *coder, a, b *uint64) {
	if c.in == nil {
		c.out = strconv.AppendUint(c.out, *a, 10)
		c.out = strconv.AppendUint(append(c.out, ':'), *b, 10)
		return
	}
	first, second, ok := strings.Cut(c.word(), ":")
	x, err1 := strconv.ParseUint(first, 10, 64)
	y, err2 := strconv.ParseUint(second, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		c.fail(strconv.Quote(c.in.text) + " is no pair of numbers")
	}
	*a, *b = x, y
}

// update is "row"@time:diff.
func update(c *coder, v *relation.Update) {
	if c.in == nil {
		c.out = strconv.AppendQuoteToASCII(c.out, string(v.Data))
		c.out = strconv.AppendUint(append(c.out, '@'), uint64(v.Time), 10)
		c.out = appendDiff(c.out, v.Diff)
		return
	}
	row, rest := c.row()
	at, diff, _ := strings.Cut(strings.TrimPrefix(rest, "@"), ":")
	t, err := strconv.ParseUint(at, 10, 64)
	if err != nil || !strings.HasPrefix(rest, "@") {
		c.fail(strconv.Quote(c.in.text) + " is no update")
	}
	*v = relation.Update{Data: row, Time: frontier.Timestamp(t), Diff: c.diff(diff)}
}

// rowCount is "row":count.
func rowCount(c *coder, v *relation.RowCount) {
	if c.in == nil {
		c.out = strconv.AppendQuoteToASCII(c.out, string(v.Data))
		c.out = appendDiff(c.out, v.Diff)
		return
	}
	row, rest := c.row()
	if !strings.HasPrefix(rest, ":") {
		c.fail(strconv.Quote(c.in.text) + " is no row with a count")
	}
	*v = relation.RowCount{Data: row, Diff: c.diff(strings.TrimPrefix(rest, ":"))}
}

func appendDiff(b []byte, diff int64) []byte {
	b = append(b, ':')
	if diff > 0 {
		b = append(b, '+')
	}
	return strconv.AppendInt(b, diff, 10)
}

// row is the quoted row that a word begins with, and what follows it.
func (c *coder) row() (relation.Row, string) {
	quoted, err := strconv.QuotedPrefix(c.word())
	if err != nil {
		c.fail(strconv.Quote(c.in.text) + " does not begin with a quoted row")
		return "", ""
	}
	row, err := strconv.Unquote(quoted)
	if err != nil {
		c.fail(quoted + " is no string")
	}
	return relation.Row(row), c.in.text[len(quoted):]
}

func (c *coder) diff(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		c.fail(strconv.Quote(s) + " is no count")
	}
	return n
}
