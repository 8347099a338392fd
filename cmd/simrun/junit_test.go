package main

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/tidemark/invariants"
)

// junitFile is a JUnit report as a build server reads it.
type junitFile struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Property []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"properties>property"`
		Cases []struct {
			Name      string    `xml:"name,attr"`
			ClassName string    `xml:"classname,attr"`
			Time      string    `xml:"time,attr"`
			Skipped   *struct{} `xml:"skipped"`
			Failure   *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// checkJUnit says what is wrong with a report, "" if nothing is.
func checkJUnit(text string) string {
	var file junitFile
	decoder := xml.NewDecoder(strings.NewReader(text))
	if err := decoder.Decode(&file); err != nil {
		return err.Error()
	}
	if len(file.Suites) != 1 {
		return "not one suite"
	}
	suite, docs := file.Suites[0], invariants.Registry()
	if len(suite.Cases) != suite.Tests || suite.Tests != len(docs) || suite.Errors != 0 {
		return "not one test case for each invariant"
	}
	failures, skipped := 0, 0
	for i, c := range suite.Cases {
		if c.Name != docs[i].Name+" "+docs[i].Title || c.ClassName == "" || c.Time == "" {
			return "a test case of another invariant: " + c.Name
		}
		if c.Failure != nil && (c.Skipped != nil || c.Failure.Message == "") {
			return "not a failure: " + c.Name
		}
		if c.Failure != nil {
			failures++
		}
		if c.Skipped != nil {
			skipped++
		}
	}
	if failures != suite.Failures || skipped != suite.Skipped {
		return "the suite's numbers are not those of its test cases"
	}
	return ""
}

// scriptJUnit is the scripts' command junit FILE: the file is a JUnit report that has
// one test case for each invariant.
func scriptJUnit(ts *testscript.TestScript, neg bool, arguments []string) {
	if wrong := checkJUnit(ts.ReadFile(arguments[0])); (wrong == "") == neg {
		ts.Fatalf("%s: %s", arguments[0], wrong)
	}
}

func TestCheckJUnit(t *testing.T) {
	for _, text := range []string{"", "<testsuites></testsuites>", "<testsuites><testsuite tests='0'></testsuite></testsuites>"} {
		if checkJUnit(text) == "" {
			t.Errorf("%q passes", text)
		}
	}
}
