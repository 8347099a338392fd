package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Page writes reports. Errors of the writer are ignored: there is nobody left to
// tell.
type Page struct {
	w      io.Writer
	colour bool
}

// NewPage writes to w, with terminal colours if colour is set.
func NewPage(w io.Writer, colour bool) *Page { return &Page{w, colour} }

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
	// labelWidth is the column in which the text of a labelled line starts.
	labelWidth = 10
	// lineWidth is where lists are wrapped.
	lineWidth = 100
)

func (p *Page) line(format string, arguments ...any) {
	fmt.Fprintf(p.w, format+"\n", arguments...)
}

func (p *Page) paint(code, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// labelled prints a label and a text, wrapped at its spaces.
func (p *Page) labelled(label, text string) { p.items(label, strings.Fields(text), " ") }

// items prints a label and a list of words, wrapped between them.
func (p *Page) items(label string, list []string, separator string) {
	var b strings.Builder
	width := labelWidth
	fmt.Fprintf(&b, "%-*s", labelWidth, label)
	trailing := len(strings.TrimRight(separator, " "))
	for i, item := range list {
		if i > 0 {
			if width+len(separator)+utf8.RuneCountInString(item)+trailing > lineWidth {
				b.WriteString(strings.TrimRight(separator, " ") + "\n" + strings.Repeat(" ", labelWidth))
				width = labelWidth
			} else {
				b.WriteString(separator)
				width += len(separator)
			}
		}
		b.WriteString(item)
		width += utf8.RuneCountInString(item)
	}
	p.line("%s", strings.TrimRight(b.String(), " "))
}
