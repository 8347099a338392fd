package journal

import "example.com/tidemark/core/frontier"

// coder walks along the description of a value, writing it to out, or reading it
// from in. What is wrong with in makes it bad; it then reads zeros.
type coder struct {
	writing bool
	out     []byte
	in      []byte
	bad     bool
}

func (c *coder) varint(v uint64) uint64 {
	if c.writing {
		for v >= 0x80 {
			c.out = append(c.out, byte(v)|0x80)
			v >>= 7
		}
		c.out = append(c.out, byte(v))
		return 0
	}
	var x uint64
	for i := 0; i < 10 && i < len(c.in); i++ {
		b := c.in[i]
		if i == 9 && b > 1 || i > 0 && b == 0 {
			break
		}
		x |= uint64(b&0x7f) << (7 * uint(i))
		if b < 0x80 {
			c.in = c.in[i+1:]
			return x
		}
	}
	c.fail()
	return 0
}

func (c *coder) fail() { c.bad, c.in = true, nil }

// unsigned is a number; one that does not fit its type is bad.
func unsigned[T ~uint8 | ~uint32 | ~uint64](c *coder, v *T) {
	x := c.varint(uint64(*v))
	if c.writing {
		return
	}
	if *v = T(x); uint64(*v) != x {
		c.fail()
		*v = 0
	}
}

// word is a number whose bits are all in use, such as a half of a random id.
func word[T ~uint64](c *coder, v *T) {
	if c.writing {
		for i := range 8 {
			c.out = append(c.out, byte(uint64(*v)>>(56-8*i)))
		}
		return
	}
	if len(c.in) < 8 {
		c.fail()
		return
	}
	var x uint64
	for _, b := range c.in[:8] {
		x = x<<8 | uint64(b)
	}
	*v, c.in = T(x), c.in[8:]
}

func signed[T ~int64](c *coder, v *T) {
	x := c.varint(uint64(*v)<<1 ^ uint64(*v>>63))
	if !c.writing {
		*v = T(x>>1) ^ -T(x&1)
	}
}

func truth(c *coder, v *bool) {
	var b uint8
	if *v {
		b = 1
	}
	unsigned(c, &b)
	if b > 1 {
		c.fail()
	}
	if !c.writing {
		*v = b == 1
	}
}

func text[T ~string](c *coder, v *T) {
	n := c.varint(uint64(len(*v)))
	if c.writing {
		c.out = append(c.out, *v...)
		return
	}
	if n > uint64(len(c.in)) {
		c.fail()
		return
	}
	*v, c.in = T(c.in[:n]), c.in[n:]
}

// list is a list of elements, each of which takes at least one byte.
func list[T any](c *coder, v *[]T, element func(*coder, *T)) {
	n := c.varint(uint64(len(*v)))
	if !c.writing {
		*v = nil
		if n > uint64(len(c.in)) {
			c.fail()
			return
		}
		// Elements are larger in memory than here: the list grows as they are read.
		*v = make([]T, 0, min(n, 1024))
		for range n {
			var e T
			if element(c, &e); c.bad {
				*v = nil
				return
			}
			*v = append(*v, e)
		}
		if n == 0 {
			*v = nil
		}
		return
	}
	for i := range *v {
		element(c, &(*v)[i])
	}
}

// antichain is a frontier in any form: requests may carry odd ones.
func antichain(c *coder, v *frontier.Frontier) {
	truth(c, &v.Empty)
	unsigned(c, &v.T)
}

// write appends a value to b.
func write[T any](b []byte, v *T, of func(*coder, *T)) []byte {
	c := coder{writing: true, out: b}
	of(&c, v)
	return c.out
}

// read reads a value that takes all of b; it reports whether it was one.
func read[T any](b []byte, v *T, of func(*coder, *T)) bool {
	c := coder{in: b}
	of(&c, v)
	return !c.bad && len(c.in) == 0
}
