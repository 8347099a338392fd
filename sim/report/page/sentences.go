package page

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// sentences are the rows of a story in words. What belongs together and went well is
// one sentence: a request with its arrival, a call with its effect and its answer.
func (s *story) sentences() []link {
	var links []link
	told := map[int32]bool{}
	for _, i := range s.order {
		if told[i] {
			continue
		}
		l := link{Row: i, Role: s.roles[i], Says: s.c.says(i), Note: s.c.note(i)}
		switch s.c.rows.kind[i] {
		case kindInput:
			s.withWoken(&l)
		case kindOperation:
			s.withSending(&l)
		case kindSend:
			s.withArrival(&l)
		case kindCall:
			s.withOutcome(&l)
		default:
		}
		told[l.Row] = true
		for _, also := range l.Also {
			told[also] = true
		}
		l.Changes = s.c.changed(append([]int32{l.Row}, l.Also...), s.names)
		links = append(links, l)
	}
	slices.SortFunc(links, func(a, b link) int { return cmp.Compare(a.Row, b.Row) })
	return links
}

// next is the row of the story that a row led to directly, of one kind and in the same
// role, or none.
func (s *story) next(row int32, k kind) int32 {
	for _, i := range s.order {
		if s.c.rows.cause[i] == row && s.c.rows.kind[i] == k && s.roles[i] == s.roles[row] {
			return i
		}
	}
	return none
}

// withWoken says of a timer what it led to.
func (s *story) withWoken(l *link) {
	if s.c.rows.text[l.Row] != wakeText {
		return
	}
	effect := s.next(l.Row, kindCall)
	if effect == none {
		effect = s.next(l.Row, kindAnswer)
	}
	if effect == none {
		return
	}
	l.Also = append(l.Also, l.Row)
	l.Row, l.Says, l.Note = effect, s.c.says(effect), s.c.note(effect)
	if s.c.rows.kind[effect] == kindCall {
		s.withOutcome(l)
	}
	l.Says = strings.Replace(l.Says, " calls ", ", woken by a timer, calls ", 1)
	l.Says = strings.Replace(l.Says, " answers ", ", woken by a timer, answers ", 1)
}

// withSending says of an operation's beginning only that it is sent.
func (s *story) withSending(l *link) {
	if sent := s.next(l.Row, kindSend); sent != none && s.c.rows.at[sent] == s.c.rows.at[l.Row] {
		l.Also = append(l.Also, l.Row)
		l.Row, l.Says = sent, s.c.says(sent)
		s.withArrival(l)
	}
}

// slow is how long a message may take before that is worth saying, in microseconds.
const slow = 500_000

// withArrival leaves out that a request arrives, unless it takes long.
func (s *story) withArrival(l *link) {
	arrived := s.next(l.Row, kindInput)
	if arrived == none {
		return
	}
	l.Also = append(l.Also, arrived)
	if took := s.c.rows.at[arrived] - s.c.rows.at[l.Row]; took > slow {
		l.Note = "it arrives " + duration(took) + " later"
	}
}

// withOutcome says of a call what came of it, if all went well.
func (s *story) withOutcome(l *link) {
	took, ok := s.c.fate[l.Row]
	answer := s.next(l.Row, kindInput)
	if !ok || answer == none || s.roles[took] != s.roles[l.Row] ||
		s.c.rows.tone[took] != tonePlain || s.c.rows.tone[answer] != tonePlain {
		return
	}
	_, result, _ := strings.Cut(s.c.rows.text[answer], " ⇒ ")
	l.Also = append(l.Also, took, answer)
	l.Says += ": " + result + " after " + duration(s.c.rows.at[answer]-s.c.rows.at[l.Row])
}

// duration is a span of simulated time, given in microseconds.
func duration(us int64) string {
	switch {
	case us < 1000:
		return strconv.FormatInt(us, 10) + " µs"
	case us < 1_000_000:
		return strconv.FormatFloat(float64(us)/1e3, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(float64(us)/1e6, 'f', 1, 64) + " s"
}

// mostChanges is how many changes a sentence has.
const mostChanges = 4

// changed is what rows changed that belongs into a story about some collections, or
// about whichever there are.
func (c *Collector) changed(rows []int32, names []string) []change {
	var list []change
	for _, row := range rows {
		for _, one := range c.details.of(row).Changes {
			if worthTelling(one[0], names) && len(list) < mostChanges {
				list = append(list, one)
			}
		}
	}
	return list
}

func worthTelling(what string, names []string) bool {
	if name, _, ok := strings.Cut(what, " "); ok && len(names) > 0 && collectionName(name) && !slices.Contains(names, name) {
		return false
	}
	if strings.HasSuffix(what, " implied since") || strings.HasPrefix(what, "critical") {
		return false
	}
	for _, end := range []string{" since", " upper", " held by", " dropped", " policy"} {
		if strings.HasSuffix(what, end) {
			return true
		}
	}
	return what == "epoch" || what == "halted" || what == "finalized"
}

// says is a row as a sentence.
func (c *Collector) says(i int32) string {
	name := c.lanes.list[c.rows.lane[i]].name
	text, _, _ := strings.Cut(c.rows.text[i], numbered)
	switch c.rows.kind[i] {
	case kindInput:
		if call, result, ok := strings.Cut(text, " ⇒ "); ok {
			return name + " is told of its " + call + ": " + result
		}
		if text == wakeText {
			return name + " wakes up: a time that it waited for has come"
		}
		return name + " gets " + text
	case kindCall:
		return name + " calls " + text
	case kindApply:
		return "in the " + strings.TrimSuffix(name, "s") + ": " + text
	case kindFault:
		return "fault: " + text
	case kindNote:
		return text
	case kindLife:
		if c.lanes.list[c.rows.lane[i]].group == groupWorld {
			return text
		}
		return name + " " + text
	default:
		return name + " " + text
	}
}

// note is what a sentence does not show: that a call never took effect, or was
// reported otherwise than it went.
func (c *Collector) note(i int32) string {
	switch c.rows.kind[i] {
	case kindCall:
		if _, ok := c.fate[i]; !ok {
			return "it had not taken effect by the end of the run"
		}
	case kindInput:
		if c.rows.tone[i] == toneUnknown && c.rows.cause[i] != none {
			took, ok := c.fate[c.rows.cause[i]]
			switch {
			case !ok:
				return "nobody says so, but it never happened"
			case took < i:
				return "nobody says so, but it had happened"
			}
			return "nobody says so, but it will still happen"
		}
	default:
	}
	return ""
}
