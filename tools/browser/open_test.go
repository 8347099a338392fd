package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// BenchmarkOpenLongRun opens the page of a run of some 127,000 events, from asking for
// it until it has drawn its first picture, and reports how many events that is.
func BenchmarkOpenLongRun(b *testing.B) {
	ctx := Open(b, 1400, 900)
	address := draw(b, "11", "--profile", "large")
	open(b, ctx, address)
	for b.Loop() {
		do(b, ctx, chromedp.Navigate(address), chromedp.WaitReady("html[data-ready=true]"))
	}
	b.ReportMetric(js[float64](b, ctx, "tidemark.run.doc.head.events"), "events")
	b.ReportMetric(js[float64](b, ctx, "tidemark.run.n"), "rows")
}
