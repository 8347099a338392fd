// Package benchreal measures what real stores cost, as ratios of the drivers to
// bare statements on the same server in the same run: absolute figures differ
// from machine to machine and from hour to hour, ratios hardly.
//
//	make bench-real
//	make bench-docs    writes the tables into docs/benchmarks.md
//
// It has no code of its own, and measures nothing unless it is asked to. A part
// alone, or for longer:
//
//	go test -v -run TestReal ./internal/benchreal -real -only SQLite -slice 3s -rounds 9
package benchreal
