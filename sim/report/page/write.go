package page

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the template, the style and the bundle
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"example.com/tidemark/core/frontier"
)

//go:embed page.html
var template string

//go:embed web/style.css
var style string

//go:embed bundle.js
var bundle string

// chunk is how many rows' details are compressed together.
const chunk = 2048

// document is what the page gets. Columns are lists with one number per row; At and
// Step are differences to the row before, Cause and Via distances back (0: none),
// Subject counts from 1 (0: none). Texts are lines.
type document struct {
	Head        *head            `json:"head"`
	Kinds       []string         `json:"kinds"`
	Lanes       []laneData       `json:"lanes"`
	At          []int64          `json:"at"`
	Step        []int64          `json:"step"`
	Lane        []int32          `json:"lane"`
	Kind        []int            `json:"kind"`
	Tone        []int            `json:"tone"`
	Cause       []int32          `json:"cause"`
	Via         []int32          `json:"via"`
	Subject     []int32          `json:"subject"`
	Texts       string           `json:"texts"`
	Spans       []spanData       `json:"spans"`
	Collections []collectionData `json:"collections"`
	Chunk       int              `json:"chunk"`
	Chunks      int              `json:"chunks"`
}

type laneData struct {
	Group string `json:"group"`
	Name  string `json:"name"`
}

type spanData struct {
	Lane  int32  `json:"lane"`
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	State string `json:"state"`
	Label string `json:"label"`
	Row   int32  `json:"row"`
}

type collectionData struct {
	Name   string      `json:"name"`
	Kind   string      `json:"kind"`
	Rows   int         `json:"rows"`
	Curves []curveData `json:"curves"`
	Holds  []holdData  `json:"holds"`
}

// curveData is a frontier over time: At are differences, To are values (see value).
type curveData struct {
	Who  string  `json:"who"`
	Inc  uint32  `json:"inc"`
	What string  `json:"what"`
	At   []int64 `json:"at"`
	To   []int64 `json:"to"`
}

type holdData struct {
	Who  string `json:"who"`
	Text string `json:"text"`
	At   int64  `json:"at"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
}

// Values that stand for frontiers which a page cannot draw to scale.
const (
	valueEmpty  = -1
	valueBeyond = -2
	largest     = 1 << 53
)

func value(f frontier.Frontier) int64 {
	switch {
	case f.Empty:
		return valueEmpty
	case f.T >= largest:
		return valueBeyond
	}
	return int64(f.T)
}

// Write writes the page.
func (c *Collector) Write(w io.Writer, a *About) error {
	d := c.document(a)
	packed, err := pack(d)
	if err != nil {
		return err
	}
	var data strings.Builder
	fmt.Fprintf(&data, "<script type=\"text/plain\" id=\"run\">%s</script>\n", packed)
	for i := range d.Chunks {
		packed, err := pack(c.details.rows[i*chunk : min((i+1)*chunk, len(c.details.rows))])
		if err != nil {
			return err
		}
		fmt.Fprintf(&data, "<script type=\"text/plain\" id=\"details-%d\">%s</script>\n", i, packed)
	}
	title := d.Head.Title
	if len(d.Head.Violations) > 0 {
		title = d.Head.Violations[0].Name + " violated: " + title
	}
	_, err = strings.NewReplacer("{{title}}", html.EscapeString(title), "{{style}}", style,
		"{{data}}", data.String(), "{{bundle}}", bundle).WriteString(w, template)
	return err
}

// pack is JSON, compressed, as text. Equal values have equal texts.
func pack(v any) (string, error) {
	var raw, small bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	z := gzip.NewWriter(&small)
	if _, err := z.Write(raw.Bytes()); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(small.Bytes()), nil
}

func (c *Collector) document(a *About) *document {
	for i := range c.collections.list {
		c.collections.list[i].close(c.end, c.incarnations)
	}
	c.spans.close(c.end)
	c.details.of(max(int32(c.rows.len())-1, 0))
	lanes, position := c.lanes.order()
	d := &document{
		Head: c.head(a), Kinds: kindNames[:], Texts: strings.Join(c.rows.text, "\n"),
		At: differences(c.rows.at), Step: stepDifferences(c.rows.step),
		Cause: back(c.rows.cause), Via: back(c.rows.via),
		Chunk: chunk, Chunks: (len(c.details.rows) + chunk - 1) / chunk, Spans: []spanData{},
	}
	for i := range c.rows.len() {
		d.Lane = append(d.Lane, position[c.rows.lane[i]])
		d.Kind = append(d.Kind, int(c.rows.kind[i]))
		d.Tone = append(d.Tone, int(c.rows.tone[i]))
		d.Subject = append(d.Subject, c.rows.subject[i]+1)
	}
	for _, l := range lanes {
		d.Lanes = append(d.Lanes, laneData{groupNames[l.group], l.name})
	}
	for _, s := range c.spans.list {
		to := s.to
		if c.healedAt > 0 && s.state == "fault" {
			to = max(min(to, c.healedAt), s.from)
		}
		d.Spans = append(d.Spans, spanData{position[s.lane], s.from, to, s.state, s.label, s.row})
	}
	d.Collections = c.drawn()
	return d
}

// drawn is the collections with their curves.
func (c *Collector) drawn() []collectionData {
	list := make([]collectionData, len(c.collections.list))
	for i := range c.collections.list {
		col := &c.collections.list[i]
		one := collectionData{Name: col.name, Kind: col.kind, Curves: []curveData{}, Holds: []holdData{}}
		for k := range col.curves {
			v := &col.curves[k]
			values := make([]int64, len(v.to))
			for n, f := range v.to {
				values[n] = value(f)
			}
			one.Curves = append(one.Curves, curveData{v.who, v.incarnation, v.what, differences(v.at), values})
		}
		for _, h := range col.holds {
			one.Holds = append(one.Holds, holdData{h.who, holdText(&h.hold), value(frontier.At(h.hold.Time)), h.from, h.to})
		}
		list[i] = one
	}
	for _, s := range c.rows.subject {
		if s != none {
			list[s].Rows++
		}
	}
	return list
}

func differences(list []int64) []int64 {
	out := slices.Clone(list)
	for i := len(out) - 1; i > 0; i-- {
		out[i] -= out[i-1]
	}
	return out
}

func stepDifferences(list []uint64) []int64 {
	out := make([]int64, len(list))
	before := uint64(0)
	for i, n := range list {
		out[i] = int64(n - before)
		before = n
	}
	return out
}

// back is how many rows back each row's cause is, 0 for none.
func back(list []int32) []int32 {
	out := make([]int32, len(list))
	for i, row := range list {
		if row != none {
			out[i] = int32(i) - row
		}
	}
	return out
}
