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
// The page names nothing of the world by itself: lanes, kinds of event and curves
// come with the data, so that new kinds of node need no new page.
package page
