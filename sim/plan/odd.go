package plan

// Odd is what is odd about a description. Only the first few can be served; the rest must
// be refused, each for its own reason.
type Odd string

// Oddities. A connection has 4096 bytes at most, a host's size is 255 at most, and so is
// the number of bytes of its address.
const (
	OddNone Odd = ""
	// LongestConnection and LargestHost are just allowed.
	LongestConnection Odd = "longest-connection"
	LargestHost       Odd = "largest-host"

	LongerConnection Odd = "longer-connection"
	LargerHost       Odd = "larger-host"
	LongerAddress    Odd = "longer-address"
	// An ingestion's outputs: one comes twice, one is an id of no kind, one does not exist,
	// one is something else, its own is not among them.
	OutputTwice   Odd = "output-twice"
	OutputBad     Odd = "output-bad"
	OutputMissing Odd = "output-missing"
	OutputOther   Odd = "output-other"
	OutputNotOwn  Odd = "output-not-own"
	// Its imports: one comes twice, one is an id of no kind, one does not exist.
	ImportTwice   Odd = "import-twice"
	ImportBad     Odd = "import-bad"
	ImportMissing Odd = "import-missing"
	// A description of one kind has what belongs to another: an introspection type, or
	// none; a definition of an ingestion, or none; the ingestion that fills it, of no kind,
	// or itself.
	OddType      Odd = "odd-type"
	OddIngestion Odd = "odd-ingestion"
	OddOf        Odd = "odd-of"
	OfItself     Odd = "of-itself"
)

// oddities are all of them but the first, in order.
var oddities = []Odd{
	LongestConnection, LargestHost, LongerConnection, LargerHost, LongerAddress, OutputTwice, OutputBad, OutputMissing,
	OutputOther, OutputNotOwn, ImportTwice, ImportBad, ImportMissing, OddType, OddIngestion, OddOf, OfItself,
}

// allowed reports an oddity that a controller serves.
func (o Odd) allowed() bool { return o == OddNone || o == LongestConnection || o == LargestHost }

// oddExport gives an export an oddity now and then.
func (g *gen) oddExport(v *Part) {
	if g.chance("odd description", 25) {
		v.Odd = pick(g, "oddity", LongestConnection, LargestHost, LongerConnection, LargerHost, LongerAddress)
	}
}

// oddPart gives one part of a create an oddity now and then, and reports whether all of
// them must be refused then.
func (g *gen) oddPart(parts []Part) (refused bool) {
	if !g.chance("odd description", 40) {
		return false
	}
	v := &parts[g.n("odd one", len(parts))]
	v.Odd = pick(g, "oddity", oddities...)
	return !v.Odd.allowed()
}
