package codec

import "strconv"

// coder walks along the description of a value, writing it to out or, if in is
// set, reading it from there. The first error sticks.
type coder struct {
	out []byte
	in  *node
	err error
}

// A codec describes one value: it writes or reads it, as the coder says.
type codec[T any] func(*coder, *T)

// put is a field that is left out when zero.
func put[T comparable](c *coder, key string, v *T, of codec[T]) {
	var zero T
	show(c, key, v, of, *v != zero)
}

// show is a field that is written if it is wanted, zero or not.
func show[T any](c *coder, key string, v *T, of codec[T], wanted bool) {
	if c.in != nil {
		if n := c.in.take(key); n != nil {
			c.read(n, func(c *coder) { of(c, v) })
		}
		return
	}
	if wanted {
		c.key(key)
		of(c, v)
	}
}

// group is a field of fields, left out when it has none.
func group[T any](c *coder, key string, v *T, fields codec[T]) {
	if c.in != nil {
		show(c, key, v, inner(fields), true)
		return
	}
	start := len(c.out)
	c.key(key)
	before := len(c.out)
	inner(fields)(c, v)
	if len(c.out) == before+len("()") {
		c.out = c.out[:start]
	}
}

// optional is a group behind a pointer, left out when there is none.
func optional[T any](c *coder, key string, v **T, fields codec[T]) {
	if c.in == nil {
		if *v != nil {
			c.key(key)
			inner(fields)(c, *v)
		}
		return
	}
	if n := c.in.take(key); n != nil {
		*v = new(T)
		c.read(n, func(c *coder) { inner(fields)(c, *v) })
	}
}

// one is a list of groups that has one as a rule, which then stands alone.
func one[T any](c *coder, key string, v *[]T, fields codec[T]) {
	if c.in == nil && len(*v) == 1 {
		c.key(key)
		inner(fields)(c, &(*v)[0])
		return
	}
	if c.in != nil {
		if n := c.in.take(key); n != nil && n.kind == groupNode {
			*v = make([]T, 1)
			c.read(n, func(c *coder) { inner(fields)(c, &(*v)[0]) })
			return
		}
	}
	list(c, key, v, inner(fields))
}

// inner is a group as an element of a list.
func inner[T any](fields codec[T]) codec[T] {
	return func(c *coder, v *T) {
		if c.in != nil {
			if c.in.kind != groupNode {
				c.fail("a group is wanted")
				return
			}
			fields(c, v)
			return
		}
		c.out = append(c.out, '(')
		fields(c, v)
		c.out = append(c.out, ')')
	}
}

// list is a field of elements, left out when it has none.
func list[T any](c *coder, key string, v *[]T, element codec[T]) {
	if c.in == nil {
		if len(*v) == 0 {
			return
		}
		c.key(key)
		c.out = append(c.out, '{')
		for i := range *v {
			if i > 0 {
				c.out = append(c.out, ' ')
			}
			element(c, &(*v)[i])
		}
		c.out = append(c.out, '}')
		return
	}
	n := c.in.take(key)
	if n == nil {
		return
	}
	if n.kind != listNode {
		c.fail(key + " is no list")
		return
	}
	for _, child := range n.list {
		var e T
		c.read(child, func(c *coder) { element(c, &e) })
		*v = append(*v, e)
	}
}

// head is the word that a group or line begins with; the zero kind has none.
func head[T ~uint8](c *coder, v *T, name func(T) string) {
	if c.in != nil {
		if c.in.head != "" {
			*v = parseName(c, c.in.head, name)
		}
		return
	}
	if *v != 0 {
		c.space()
		c.out = appendName(c.out, *v, name)
	}
}

// read runs f on a part of the input and keeps its error.
func (c *coder) read(n *node, f func(*coder)) {
	part := coder{in: n}
	f(&part)
	part.finish()
	if c.err == nil {
		c.err = part.err
	}
}

// finish complains about fields that nobody asked for.
func (c *coder) finish() {
	for _, f := range c.in.fields {
		if !f.used {
			c.fail("unknown field " + strconv.Quote(f.key))
			return
		}
	}
}

func (c *coder) key(key string) {
	c.space()
	c.out = append(append(c.out, key...), '=')
}

// space separates what follows from what is there, except at a beginning.
func (c *coder) space() {
	if n := len(c.out); n > 0 && c.out[n-1] != '(' && c.out[n-1] != ' ' {
		c.out = append(c.out, ' ')
	}
}

// word is the text of a value that is one word.
func (c *coder) word() string {
	if c.in.kind != wordNode {
		c.fail("a plain value is wanted")
		return ""
	}
	return c.in.text
}

func (c *coder) fail(reason string) {
	if c.err == nil {
		c.err = &SyntaxError{Reason: reason}
	}
}

// SyntaxError says why a text is not the form of a value.
type SyntaxError struct{ Reason string }

// Error implements error.
func (e *SyntaxError) Error() string { return "codec: " + e.Reason }

// write appends v to b.
func write[T any](b []byte, v *T, fields codec[T]) []byte {
	c := coder{} // of its own, so that what is in b does not matter
	fields(&c, v)
	return append(b, c.out...)
}

// parse reads what write appended.
func parse[T any](text string, fields codec[T]) (v T, err error) {
	n, err := parseLine(text)
	if err != nil {
		return v, err
	}
	c := coder{in: n}
	fields(&c, &v)
	c.finish()
	return v, c.err
}
