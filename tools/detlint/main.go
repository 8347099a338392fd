// Command detlint checks what makes a run repeatable: that the packages which
// decide, pretend and judge do so from their inputs alone, and that who judges
// shares no code with what is judged. It is run by
//
//	go vet -vettool=bin/detlint ./...
//
// Test files are exempt. Each message says what to use instead. Outside core a
// single line may be excepted, with its reason, by a comment on it or above it:
//
//	//detlint:allow wallclock the budget of a campaign is real time
package main

import "golang.org/x/tools/go/analysis/unitchecker"

func main() { unitchecker.Main(newAnalyzer()) }
