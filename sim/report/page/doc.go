// Package page draws one run as a self-contained HTML page: lanes per node with
// messages and faults over simulated time, since and upper of every collection as
// curves, what each input changed, and, for a run that violates an invariant, the
// chain of causes that led there.
//
// A Collector listens to a world (sim.Options.Record and OnObserve) and keeps what
// it hears in columns; Write puts them into the page, compressed, with the bundle
// that draws them. The bundle is made from the TypeScript in web by tools/esbuild
// ("make page") and committed; a test builds it again and compares.
//
// The page names nothing of the world by itself: lanes, what is said and curves come
// with the data. A new kind of node needs records in the world that say what happens
// to it (sim/record.go), a group of lanes here (lanes.go) and a case in
// Collector.Record; calls of a new kind are linked with their completions already.
//
// Nothing is built unless somebody listens, and listening changes nothing: tests
// compare the hashes. Tests of the page itself, in a browser, are in tools/browser.
package page
