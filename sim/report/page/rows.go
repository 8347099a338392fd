package page

// kind is what a row is, which decides how it is drawn.
type kind uint8

const (
	kindOperation kind = iota
	kindSend
	kindHear
	kindUnheard
	kindInput
	kindCall
	kindAnswer
	kindApply
	kindFault
	kindLife
	kindNote
	kindCount
)

// kindNames are what the page calls them, by kind.
var kindNames = [kindCount]string{
	"operation begins", "request sent", "answer heard", "gives up waiting", "input", "call", "answer",
	"takes effect", "fault", "life", "note",
}

// tone is how well a row bodes.
type tone uint8

const (
	tonePlain tone = iota
	// toneUnknown: an outcome that nobody knows.
	toneUnknown
	// toneRefused: an error, a refusal, a lost comparison.
	toneRefused
	// toneQuiet: wakes and the like.
	toneQuiet
	// toneDire: what ends a process.
	toneDire
)

// none is the row, lane or collection that there is not.
const none = -1

// rows is everything that happened, in order, as columns.
type rows struct {
	at      []int64
	step    []uint64
	lane    []int32
	kind    []kind
	tone    []tone
	cause   []int32 // the row that led to this one, or none
	via     []int32 // a second one, or none
	subject []int32 // the collection that it is about, or none
	text    []string
}

func (r *rows) len() int { return len(r.at) }

// row is what is said of a new row.
type row struct {
	lane    int32
	kind    kind
	tone    tone
	cause   int32
	via     int32
	subject int32
	text    string
}

func (r *rows) add(at int64, step uint64, n row) int32 {
	r.at = append(r.at, at)
	r.step = append(r.step, step)
	r.lane = append(r.lane, n.lane)
	r.kind = append(r.kind, n.kind)
	r.tone = append(r.tone, n.tone)
	r.cause = append(r.cause, n.cause)
	r.via = append(r.via, n.via)
	r.subject = append(r.subject, n.subject)
	r.text = append(r.text, n.text)
	return int32(len(r.at) - 1)
}
