package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/campaign"
)

// JUnit is what a build server is told about a campaign.
type JUnit struct {
	*campaign.Summary
	Profile string
	First   uint64
	Wall    time.Duration
	// Rerun is the command that runs the same seeds again.
	Rerun string
	// Failing is what to type about each of Failures.
	Failing []FailingSeed
}

// FailingSeed is where the plan of a failing seed is stored, and the commands that run
// it again and make it smaller.
type FailingSeed struct{ Plan, Replay, Shrink string }

// Write writes a JUnit report with one test case for each invariant: failed if a seed
// violates it, skipped if its case was never met. All of them judge the same runs, so
// each has an equal share of the time. The report does not depend on the number of
// workers, its times aside.
func (j *JUnit) Write(w io.Writer) error {
	suite := &junitSuite{Name: "simrun fuzz, profile " + j.Profile, Time: seconds(j.Wall), Properties: j.properties()}
	docs := j.judges()
	for i := range docs {
		one := j.testCase(&docs[i])
		one.Time = seconds(j.Wall / time.Duration(len(docs)))
		suite.Cases = append(suite.Cases, one)
		suite.Tests++
		if one.Failure != nil {
			suite.Failures++
		}
		if one.Skipped != nil {
			suite.Skipped++
		}
	}
	text, err := xml.MarshalIndent(&junitSuites{Suites: []*junitSuite{suite}}, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

type junitSuites struct {
	XMLName xml.Name      `xml:"testsuites"`
	Suites  []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []*junitCase    `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	Time      string        `xml:"time,attr"`
	Skipped   *junitMessage `xml:"skipped"`
	Failure   *junitMessage `xml:"failure"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	// Text is verbatim, so that its lines stay lines; it must be printable.
	Text string `xml:",cdata"`
}

func seconds(d time.Duration) string {
	return fmt.Sprintf("%d.%03d", d/time.Second, d%time.Second/time.Millisecond)
}

func (j *JUnit) properties() []junitProperty {
	return []junitProperty{
		{"profile", j.Profile},
		{"seeds", fmt.Sprint(j.Seeds)},
		{"first-seed", fmt.Sprint(j.First)},
		{"last-seed", fmt.Sprint(j.Last)},
		{"events", fmt.Sprint(j.Events)},
		{"failing-seeds", fmt.Sprint(len(j.Failures))},
		{"interrupted", fmt.Sprint(j.Interrupted)},
		{"command", j.Rerun},
	}
}

// judges are the invariants of the registry, and behind them whatever else objected.
func (j *JUnit) judges() []invariants.Doc {
	docs := invariants.Registry()
	for i := range j.Failures {
		name := j.Failures[i].Violation.Invariant
		if !slices.ContainsFunc(docs, func(d invariants.Doc) bool { return d.Name == name }) {
			docs = append(docs, invariants.Doc{Name: name})
		}
	}
	return docs
}

func (j *JUnit) testCase(doc *invariants.Doc) *junitCase {
	one := &junitCase{Name: strings.TrimSpace(doc.Name + " " + doc.Title), ClassName: "tidemark.invariants." + doc.Name}
	var stat invariants.Stat
	for _, s := range j.Oracles {
		if s.Name == doc.Name {
			stat = s
		}
	}
	one.Failure = j.failure(doc)
	if one.Failure == nil && stat.Met == 0 {
		one.Skipped = &junitMessage{Message: fmt.Sprintf("checked %s times, but in none of %s did its case come up: %s",
			Number(stat.Checked), plural(int(j.Seeds), "run", "runs"), strings.TrimSuffix(doc.Met, "."))}
	}
	return one
}

// failure is about all seeds that violate an invariant; nil if none does.
func (j *JUnit) failure(doc *invariants.Doc) *junitMessage {
	var violating []int
	for i := range j.Failures {
		if j.Failures[i].Violation.Invariant == doc.Name {
			violating = append(violating, i)
		}
	}
	if len(violating) == 0 {
		return nil
	}
	lowest := &j.Failures[violating[0]]
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s violated by %s of profile %s; the lowest is %d.\n", doc.Name, plural(len(violating), "seed", "seeds"), j.Profile, lowest.Seed)
	fmt.Fprintf(&b, "%s\nat step %s, %s of simulated time, %s\n", lowest.Violation.Message,
		Number(lowest.Violation.Step), Instant(lowest.Violation.AtUs), where(lowest.Violation.Node))
	if doc.Statement != "" {
		fmt.Fprintf(&b, "demands: %s\nmeans:   %s\n", doc.Statement, doc.Meaning)
	}
	for n, i := range violating[:min(len(violating), shownFailures)] {
		fmt.Fprintf(&b, "\nseed %d: %s\n", j.Failures[i].Seed, j.Failing[i].Plan)
		if n == 0 {
			fmt.Fprintf(&b, "reproduce: %s\nshrink:    %s\n", j.Failing[i].Replay, j.Failing[i].Shrink)
		}
	}
	if more := len(violating) - shownFailures; more > 0 {
		fmt.Fprintf(&b, "\nand %s more\n", Number(uint64(more)))
	}
	return &junitMessage{Message: lowest.Violation.Message, Type: doc.Name, Text: strings.Map(printable, b.String())}
}

// printable replaces what XML cannot have.
func printable(r rune) rune {
	if r < ' ' && r != '\n' || r == 0xfffe || r == 0xffff {
		return '\ufffd'
	}
	return r
}
