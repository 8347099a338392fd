package sim

import "testing"

// BenchmarkHosted is a hosted world in steady state: two ingestions, an export, and
// rare faults.
func BenchmarkHosted(b *testing.B) {
	p := hostedPlan()
	p.ChaosMs = 3600_000
	p.Sources[1].UntilMs, p.Sources[1].Finish = 0, false
	for _, r := range p.Rates.Each() {
		*r.Permille = 2
	}
	w := NewWorld()
	b.ReportAllocs()
	for begun := false; b.Loop(); begun = true {
		if !begun || !w.Next() {
			w.Reset(p, Options{})
		}
	}
}
