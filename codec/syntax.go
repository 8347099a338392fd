package codec

import (
	"strconv"
	"strings"
)

// nodeKind is the kind of a parsed value.
type nodeKind uint8

const (
	wordNode nodeKind = iota
	groupNode
	listNode
)

// node is a parsed value: a word, a group with a head and fields, or a list.
type node struct {
	kind   nodeKind
	text   string
	head   string
	fields []fieldNode
	list   []*node
}

type fieldNode struct {
	key   string
	value *node
	used  bool
}

// take is the value of a field, which is marked as known; nil if there is none.
func (n *node) take(key string) *node {
	for i := range n.fields {
		if n.fields[i].key == key {
			n.fields[i].used = true
			return n.fields[i].value
		}
	}
	return nil
}

// maxNesting is deeper than any value nests.
const maxNesting = 16

// parseLine parses a whole line as the inside of a group.
func parseLine(text string) (*node, error) {
	p := parser{rest: text}
	n := p.group(0)
	if p.err == nil && p.rest != "" {
		p.fail("%q is left over", p.rest)
	}
	if p.err != nil {
		return nil, p.err
	}
	return n, nil
}

type parser struct {
	rest string
	err  error
}

func (p *parser) fail(format, at string) {
	if len(at) > 20 {
		at = at[:20]
	}
	if p.err == nil {
		p.err = &SyntaxError{Reason: strings.Replace(format, "%q", strconv.Quote(at), 1)}
	}
}

// group parses a head and fields up to a closing parenthesis or the end.
func (p *parser) group(depth int) *node {
	n := &node{kind: groupNode}
	for p.err == nil {
		p.rest = strings.TrimLeft(p.rest, " ")
		if p.rest == "" || p.rest[0] == ')' {
			return n
		}
		key := p.until(" =(){}\"")
		switch {
		case key == "":
			p.fail("a field is wanted at %q", p.rest)
		case strings.HasPrefix(p.rest, "="):
			p.rest = p.rest[1:]
			if n.take(key) != nil {
				p.fail("%q comes twice", key)
			}
			n.fields = append(n.fields, fieldNode{key: key, value: p.value(depth + 1)})
		case n.head == "" && len(n.fields) == 0:
			n.head = key
		default:
			p.fail("%q has no value", key)
		}
	}
	for i := range n.fields {
		n.fields[i].used = false
	}
	return n
}

func (p *parser) value(depth int) *node {
	switch {
	case depth > maxNesting:
		p.fail("nested too deeply at %q", p.rest)
	case strings.HasPrefix(p.rest, "("):
		p.rest = p.rest[1:]
		n := p.group(depth)
		p.close(")")
		return n
	case strings.HasPrefix(p.rest, "{"):
		p.rest = p.rest[1:]
		return p.list(depth)
	}
	return p.word()
}

func (p *parser) list(depth int) *node {
	n := &node{kind: listNode}
	for p.err == nil {
		p.rest = strings.TrimLeft(p.rest, " ")
		if p.rest == "" || p.rest[0] == '}' {
			break
		}
		n.list = append(n.list, p.value(depth+1))
	}
	p.close("}")
	return n
}

// word parses a word, which may begin with a quoted string.
func (p *parser) word() *node {
	text := p.rest
	if strings.HasPrefix(p.rest, `"`) {
		quoted, err := strconv.QuotedPrefix(p.rest)
		if err != nil {
			p.fail("a string is not closed at %q", p.rest)
		}
		p.rest = p.rest[len(quoted):]
	}
	p.until(" (){}")
	text = text[:len(text)-len(p.rest)]
	if text == "" {
		p.fail("a value is wanted at %q", p.rest)
	}
	return &node{kind: wordNode, text: text}
}

// until cuts off everything before the first of the stops.
func (p *parser) until(stops string) string {
	i := strings.IndexAny(p.rest, stops)
	if i < 0 {
		i = len(p.rest)
	}
	word := p.rest[:i]
	p.rest = p.rest[i:]
	return word
}

func (p *parser) close(bracket string) {
	if !strings.HasPrefix(p.rest, bracket) {
		p.fail("a closing bracket is wanted at %q", p.rest)
		return
	}
	p.rest = p.rest[1:]
}
