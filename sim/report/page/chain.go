package page

import (
	"slices"
	"strconv"
	"strings"

	"example.com/tidemark/invariants"
)

// link is one row of the story of a violation, and why it is in there.
type link struct {
	Row int32 `json:"row"`
	// Also are the rows that the sentence tells of as well.
	Also []int32 `json:"also,omitempty"`
	Role string  `json:"role"`
	Says string  `json:"says"`
	Note string  `json:"note,omitempty"`
	// Changes are what the rows did to frontiers, holds and lives.
	Changes []change `json:"changes,omitempty"`
}

// Roles of links.
const (
	roleViolation = "violation"
	roleCause     = "cause"
	roleEvidence  = "evidence"
	roleMeanwhile = "meanwhile"
)

// Limits of a story: how many rows there are, how many steps evidence is followed
// back, how far back the row that shows a violation is looked for, and how much there
// is of what became of the controllers.
const (
	longestStory  = 36
	evidenceDepth = 5
	focusWindow   = 20_000
	mostMeanwhile = 10
)

// story is the rows that led to a violation: the one that shows it, what caused that,
// and so on back; where the numbers of its message come from; and what became of the
// controllers meanwhile.
type story struct {
	c     *Collector
	until uint64   // the step of the violation
	names []string // of the collections that its message names
	roles map[int32]string
	order []int32
}

// focus is the row that shows a violation, or none.
func (c *Collector) focus(v *invariants.Violation) int32 {
	names, numbers := mentioned(v.Message)
	answered, rows := aboutAnswer(v.Message), rowsMeant(v.Message)
	best, bestScore := int32(none), -1
	for i := c.rows.len() - 1; i >= 0 && i > c.rows.len()-focusWindow; i-- {
		if c.rows.step[i] > v.Step {
			continue
		}
		score := 0
		if c.rows.step[i] == v.Step {
			score += 8
		} else if best != none && bestScore >= 8 {
			break
		}
		if c.about(int32(i), names) {
			score += 3
		}
		if containsAny(c.rows.text[i], numbers) {
			score += 2
		}
		if v.Node >= 0 && v.Node < len(c.running) && c.rows.lane[i] == c.running[v.Node].lane {
			score++
		}
		if k := c.rows.kind[i]; k == kindAnswer || k == kindCall || k == kindApply {
			score += 3
			if k == kindAnswer && answered {
				score += 4
			}
		}
		if rows != "" && strings.Contains(c.rows.text[i], rows) {
			score++
		}
		if score > bestScore {
			best, bestScore = int32(i), score
		}
	}
	return best
}

// aboutAnswer reports whether a message says that something is wrong with an answer.
func aboutAnswer(message string) bool {
	for _, word := range []string{"acknowledged", "is answered", "is refused", "is granted", "was granted", "answer says", "succeeds"} {
		if strings.Contains(message, word) {
			return true
		}
	}
	return false
}

// rowsMeant is how a trace writes an append that a message describes by how many
// updates it has; empty if it does not.
func rowsMeant(message string) string {
	_, rest, ok := strings.Cut(message, "append of ")
	n, _, end := strings.Cut(rest, " updates")
	if !ok || !end || strings.Trim(n, "0123456789") != "" {
		return ""
	}
	return " " + n + " rows"
}

// about reports whether a row is about one of the collections.
func (c *Collector) about(row int32, names []string) bool {
	s := c.rows.subject[row]
	return s != none && slices.Contains(names, c.collections.list[s].name)
}

// mentioned is the collections and the large numbers that a message names; the
// numbers of requests are given as traces write them.
func mentioned(message string) (names, numbers []string) {
	for _, word := range strings.FieldsFunc(message, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z')
	}) {
		digits := strings.TrimLeft(word, "ust")
		n, err := strconv.ParseUint(digits, 10, 64)
		switch {
		case err != nil:
		case len(word) == len(digits)+1:
			names = append(names, word)
		case digits == word && n >= 1<<62:
			numbers = append(numbers, requestText(n))
		case digits == word && n >= 1000:
			numbers = append(numbers, word)
		}
	}
	return names, numbers
}

// collectionName reports whether a word is the name of a collection, such as u7.
func collectionName(word string) bool {
	names, _ := mentioned(word)
	return len(names) == 1 && names[0] == word
}

// requestText is a request's id as traces write it.
func requestText(id uint64) string {
	low := id & (1<<62 - 1)
	switch id >> 62 {
	case 1:
		return strconv.FormatUint(low>>20, 10) + "." + strconv.FormatUint(low&(1<<20-1), 10)
	case 2:
		return "w" + strconv.FormatUint(low>>32, 10) + "." + strconv.FormatUint(low&(1<<32-1), 10)
	case 3:
		return "o" + strconv.FormatUint(low>>32, 10) + "." + strconv.FormatUint(low&(1<<32-1), 10)
	}
	return strconv.FormatUint(id, 10)
}

// readable is a message with the ids of requests as traces write them.
func readable(message string) string {
	var b strings.Builder
	for i := 0; i < len(message); {
		j := i
		for j < len(message) && message[j] >= '0' && message[j] <= '9' {
			j++
		}
		if j == i {
			b.WriteByte(message[i])
			i++
			continue
		}
		if n, err := strconv.ParseUint(message[i:j], 10, 64); err == nil && n >= 1<<62 && n != 1<<64-1 {
			b.WriteString(requestText(n))
		} else {
			b.WriteString(message[i:j])
		}
		i = j
	}
	return b.String()
}

// containsAny reports whether a text has one of the words, not as a part of a longer
// number or id.
func containsAny(text string, words []string) bool {
	for _, w := range words {
		for from := 0; from < len(text); {
			i := strings.Index(text[from:], w)
			if i < 0 {
				break
			}
			at := from + i
			if (at == 0 || !partOfID(text[at-1])) && (at+len(w) == len(text) || !partOfID(text[at+len(w)])) {
				return true
			}
			from = at + 1
		}
	}
	return false
}

func partOfID(c byte) bool { return c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' }

// tell is the story of a violation, in the order in which it happened.
func (c *Collector) tell(v *invariants.Violation) []link {
	focus := c.focus(v)
	if focus == none {
		return nil
	}
	s := &story{c: c, until: v.Step, roles: map[int32]string{}}
	s.names, _ = mentioned(v.Message)
	s.add(focus, roleViolation)
	s.back(focus, roleCause, longestStory)
	s.requests(v)
	s.evidence(v)
	s.history(v)
	s.renewals(v, focus)
	s.meanwhile()
	slices.Sort(s.order)
	return s.sentences()
}

func (s *story) add(row int32, role string) bool {
	if _, ok := s.roles[row]; ok || row < 0 || len(s.order) >= longestStory || s.c.rows.step[row] > s.until {
		return false
	}
	s.roles[row] = role
	s.order = append(s.order, row)
	return true
}

// back follows a row's causes, nearest first.
func (s *story) back(from int32, role string, depth int) {
	level := []int32{from}
	for ; depth > 0 && len(level) > 0; depth-- {
		var next []int32
		for _, i := range level {
			for _, cause := range [...]int32{s.c.rows.cause[i], s.c.rows.via[i]} {
				switch {
				case s.c.guessed[i] && cause == s.c.rows.via[i]:
					s.because(cause)
				case s.add(cause, role) && !s.wokenFor(cause, i):
					next = append(next, cause)
				}
			}
		}
		level = next
	}
}

// wokenFor reports whether a row that led to an effect is a timer that had several
// things to do: what the effect goes back to is its own second cause.
func (s *story) wokenFor(row, effect int32) bool {
	return s.c.rows.text[row] == wakeText && s.c.rows.via[effect] != none
}

// wakeText is what the input says that tells of a timer.
const wakeText = "wake"

// evidence adds where the message's numbers were first and last seen before the
// violation, and what became of the calls in the story.
func (s *story) evidence(v *invariants.Violation) {
	names, numbers := mentioned(v.Message)
	for _, number := range numbers {
		first, last := int32(none), int32(none)
		for i := range s.c.rows.len() {
			row := int32(i)
			if s.c.rows.step[i] > v.Step || len(names) > 0 && !s.c.about(row, names) || !containsAny(s.c.rows.text[i], []string{number}) {
				continue
			}
			if first == none {
				first = row
			}
			if s.c.rows.kind[i] == kindApply {
				last = row
			}
		}
		for _, row := range [...]int32{first, last} {
			if s.add(row, roleEvidence) {
				s.back(row, roleEvidence, evidenceDepth)
			}
		}
	}
	for _, i := range slices.Clone(s.order) {
		if took, ok := s.c.fate[i]; ok {
			s.add(took, roleEvidence)
		}
	}
}

// requests adds everything that became of the requests that the message names.
func (s *story) requests(v *invariants.Violation) {
	_, numbers := mentioned(v.Message)
	for _, number := range numbers {
		if !strings.Contains(number, ".") {
			continue
		}
		found := 0
		for i := s.c.rows.len() - 1; i >= 0 && found < mostAsked; i-- {
			k := s.c.rows.kind[i]
			if (k == kindInput || k == kindAnswer || k == kindUnheard) && containsAny(s.c.rows.text[i], []string{number}) {
				s.because(int32(i))
				found++
			}
		}
	}
}

// renewals adds when the owners whose holds are in question renewed them last.
func (s *story) renewals(v *invariants.Violation, focus int32) {
	text := v.Message
	for _, one := range s.c.details.of(focus).Changes {
		text += " " + one[1] + " " + one[2]
	}
	words := strings.Fields(text)
	for i := 1; i < len(words); i++ {
		if words[i-1] == "owner" {
			s.renewedBy("owner "+strings.TrimRight(words[i], ",:;")+"/", s.c.rows.lane[focus])
		}
	}
}

// mostRenewals is how many renewals of an owner a story has.
const mostRenewals = 2

func (s *story) renewedBy(owner string, lane int32) {
	found := 0
	for i := s.c.rows.len() - 1; i >= 0 && found < mostRenewals; i-- {
		if s.c.rows.kind[i] == kindInput && s.c.rows.lane[i] == lane &&
			strings.Contains(s.c.rows.text[i], " renew-hold ") && strings.Contains(s.c.rows.text[i], owner) {
			s.because(int32(i))
			found++
		}
	}
}

// history adds what the collections that the message names stand on: where each of
// their frontiers came from, what holds them, and what clients asked of them that was
// no append.
func (s *story) history(v *invariants.Violation) {
	for k := range s.c.collections.list {
		col := &s.c.collections.list[k]
		if !slices.Contains(s.names, col.name) {
			continue
		}
		for i := range col.holds {
			if h := &col.holds[i]; h.to >= v.AtUs {
				s.because(h.row)
			}
		}
		for i := range col.curves {
			if m := &col.curves[i]; m.incarnation == 0 || m.incarnation == s.c.incarnations {
				s.because(m.row)
			}
		}
		asked := 0
		for i := s.c.rows.len() - 1; i >= 0 && asked < mostAsked; i-- {
			if s.c.rows.subject[i] == int32(k) && s.c.rows.kind[i] == kindInput && asksMore(s.c.rows.text[i]) {
				s.because(int32(i))
				asked++
			}
		}
	}
}

// mostAsked is how many requests about a collection a story has.
const mostAsked = 6

// asksMore reports whether an input's text is a request that changes what is promised
// about a collection, or what it is.
func asksMore(text string) bool {
	rest, ok := strings.CutPrefix(text, "request ")
	if !ok {
		return false
	}
	_, rest, _ = strings.Cut(rest, " ")
	op, _, _ := strings.Cut(rest, " ")
	switch op {
	case "append", "update-uppers", "collection", "dump", "renew-hold":
		return false
	}
	return true
}

// because adds a row as evidence, with the message that brought it.
func (s *story) because(row int32) {
	if s.add(row, roleEvidence) {
		s.add(s.c.rows.cause[row], roleEvidence)
	}
}

// meanwhile adds what became of the controllers during the story.
func (s *story) meanwhile() {
	from := slices.Min(s.order)
	for i, n := s.c.rows.len()-1, 0; i >= int(from) && n < mostMeanwhile; i-- {
		if s.concerns(int32(i)) && s.add(int32(i), roleMeanwhile) {
			n++
		}
	}
}

// concerns reports whether a row is about the life of a process or about a fault, and
// not one of another collection than the message names.
func (s *story) concerns(row int32) bool {
	switch s.c.rows.kind[row] {
	case kindLife:
		return true
	case kindFault:
		return s.c.rows.subject[row] == none || len(s.names) == 0 || s.c.about(row, s.names)
	default:
		return false
	}
}
