package connector

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tidemark/conformance"
	sinksuite "example.com/tidemark/conformance/sink"
	sourcesuite "example.com/tidemark/conformance/source"
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// fileOf is a file sink's directory, and what one of its connections leads to.
type fileOf struct {
	dir   string
	sinks *Sinks
	mu    sync.Mutex
	// fences that opened last, by connection.
	fences map[string]sink.Fence
}

func (f *fileOf) path(connection string) string {
	return filepath.Join(f.dir, strings.TrimPrefix(connection, "jsonl:"))
}

func (f *fileOf) do(c *sink.Call, r *sink.Result) { f.sinks.Do(context.Background(), c, r) }

// brokenSinks are file sinks with one thing wrong each, and the test that must see it.
func brokenSinks() []struct {
	name, caught string
	do           func(f *fileOf, c *sink.Call, r *sink.Result)
} {
	return []struct {
		name, caught string
		do           func(f *fileOf, c *sink.Call, r *sink.Result)
	}{
		{"the progress is kept for a moment only", "H-20/fence-survives-a-restart", func(f *fileOf, c *sink.Call, r *sink.Result) {
			if c.Op == sink.OpOpen {
				os.Remove(f.path(c.Connection) + ".progress")
			}
			f.do(c, r)
		}},
		{"whoever comes may write", "H-20/opening-shuts-older-copies-out", func(f *fileOf, c *sink.Call, r *sink.Result) {
			f.mu.Lock()
			defer f.mu.Unlock()
			k := *c
			if fence, opened := f.fences[c.Connection]; opened && (c.Op == sink.OpWrite || c.Op == sink.OpProgress) {
				k.Fence = fence
			}
			if f.do(&k, r); c.Op == sink.OpOpen && r.Outcome == outcome.Done {
				f.fences[c.Connection] = c.Fence
			}
		}},
		{"lines are committed before they are there", "H-21/writes-follow-each-other", func(f *fileOf, c *sink.Call, r *sink.Result) {
			k := *c
			if k.Op == sink.OpWrite && len(k.Updates) > 1 {
				k.Updates = k.Updates[:len(k.Updates)-1]
			}
			f.do(&k, r)
		}},
		{"lines are appended behind what was not committed", "H-21/repeat-is-a-mismatch", func(f *fileOf, c *sink.Call, r *sink.Result) {
			f.do(c, r)
			if c.Op == sink.OpWrite && r.Outcome == outcome.Done && len(c.Updates) > 0 {
				b, _ := os.ReadFile(f.path(c.Connection))
				os.WriteFile(f.path(c.Connection), append(b, b...), 0o666)
			}
		}},
		{"a mismatch is taken for done", "H-21/progress-that-is-not-from-is-a-mismatch", func(f *fileOf, c *sink.Call, r *sink.Result) {
			if f.do(c, r); c.Op == sink.OpWrite && r.Outcome == outcome.Mismatch {
				*r = sink.Result{Outcome: outcome.Done, Progress: c.To}
			}
		}},
		{"what is closed may be opened again", "H-20/closing-ends-the-fence", func(f *fileOf, c *sink.Call, r *sink.Result) {
			if c.Op == sink.OpClose {
				*r = sink.Result{Outcome: outcome.Done}
				return
			}
			f.do(c, r)
		}},
	}
}

func TestBrokenFileSinksFailTheirRule(t *testing.T) {
	for _, b := range brokenSinks() {
		t.Run(b.name, func(t *testing.T) {
			recorded := conformance.Record("broken", func(r conformance.T) {
				sinksuite.Rules(r, func(conformance.T) *sinksuite.Sink {
					f := &fileOf{dir: t.TempDir(), fences: map[string]sink.Fence{}}
					f.sinks = NewSinks(Config{Files: f.dir})
					return &sinksuite.Sink{
						Do:         func(c *sink.Call, r *sink.Result) { b.do(f, c, r) },
						Connection: func(n int) string { return fmt.Sprintf("jsonl:%d.jsonl", n) },
						Output: func(connection string, _ core.GlobalID) []relation.Update {
							return readLines(t, f.path(connection), everything(t, ""))
						},
					}
				})
			})
			if !slices.Contains(recorded.Failures(), b.caught) {
				t.Errorf("%s did not fail; what failed: %q\n%s", b.caught, recorded.Failures(), strings.Join(recorded.Lines(), "\n"))
			}
		})
	}
}

// A generator that depends on when it is asked, or on who asks, is not definite.
func TestBrokenGeneratorsFailTheirRule(t *testing.T) {
	began := time.Now()
	for caught, spoil := range map[string]func(c *source.Call, v *source.Record){
		"H-12/again-from-the-beginning": func(_ *source.Call, v *source.Record) {
			v.Data = relation.Row(fmt.Sprint(time.Since(began)))
		},
		"H-12/again-from-anywhere": func(c *source.Call, v *source.Record) {
			v.Data = relation.Row(fmt.Sprint(v.Offset - c.From))
		},
	} {
		recorded := conformance.Record("broken", func(r conformance.T) {
			sourcesuite.Run(r, func(conformance.T) *sourcesuite.Source {
				sources := NewSources(Config{})
				return &sourcesuite.Source{
					Patience:   time.Second,
					Connection: func(n int) string { return fmt.Sprintf("load:counter?rate=0&keep=%d", n) },
					Do: func(c *source.Call, r *source.Result) {
						sources.Do(context.Background(), c, r)
						for i := range r.Records {
							spoil(c, &r.Records[i])
						}
					},
				}
			})
		})
		if !slices.Contains(recorded.Failures(), caught) {
			t.Errorf("%s did not fail; what failed: %q", caught, recorded.Failures())
		}
	}
}
