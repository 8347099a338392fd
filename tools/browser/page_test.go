package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// simrun builds the tool and returns its path.
func simrun(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "simrun")
	command(t, "", "go", "build", "-o", binary, "./cmd/simrun")
	return binary
}

// command runs a command in the checkout. A simrun that finds a violation says so by
// its exit code 1, which is expected of broken ones.
func command(t testing.TB, broken, name string, arguments ...string) {
	t.Helper()
	c := exec.Command(name, arguments...)
	c.Dir = filepath.Join("..", "..")
	output, err := c.CombinedOutput()
	if exit, ok := err.(*exec.ExitError); ok && broken != "" && exit.ExitCode() == 1 && strings.Contains(string(output), broken) {
		return
	}
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, output)
	}
}

// draw has simrun write a page and returns its address.
func draw(t testing.TB, arguments ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "out.html")
	command(t, "", simrun(t), append(append([]string{"report"}, arguments...), "-o", file)...)
	return "file://" + file
}

// drawBroken plants a known bug, has it found, and draws the run that found it.
func drawBroken(t testing.TB, mutant string) string {
	t.Helper()
	dir := t.TempDir()
	command(t, "", simrun(t), "mutants", "--root", ".", "--keep", dir, "--filter", "^"+mutant+"$", "--seeds-max", "200")
	plans, err := filepath.Glob(filepath.Join(dir, mutant, "out", "*.json"))
	if err != nil || len(plans) == 0 {
		t.Fatalf("%s was not found: %v", mutant, err)
	}
	file := filepath.Join(dir, "out.html")
	command(t, "violates", filepath.Join(dir, mutant, "simrun"), "report", plans[0], "-o", file)
	return "file://" + file
}

// do runs actions and fails the test if one fails.
func do(t testing.TB, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// js is the value of an expression in the page.
func js[T any](t testing.TB, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// open opens a page and waits until it has drawn.
func open(t testing.TB, ctx context.Context, address string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(address), chromedp.WaitReady("html[data-ready=true]"))
	settle(t, ctx)
}

// settle waits for two pictures to be drawn.
func settle(t testing.TB, ctx context.Context) {
	t.Helper()
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](
		"new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => r(true), 30))))",
		chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
}

// press presses keys, one after the other, as a keyboard does: what a key types comes
// with its being pressed, so that the page can prevent it.
func press(t testing.TB, ctx context.Context, keys ...string) {
	t.Helper()
	for _, key := range keys {
		r, _ := utf8.DecodeRuneInString(key)
		events := kb.Encode(r)
		down, up := *events[0], *events[len(events)-1]
		if len(events) == 3 {
			down.Text = events[1].Text
		}
		do(t, ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, down)
			if err == nil {
				_, err = cdp.Call(ctx, target, input.DispatchKeyEvent, up)
			}
			return err
		}))
	}
	settle(t, ctx)
}

// selected is the row that is chosen.
func selected(t testing.TB, ctx context.Context) int {
	t.Helper()
	return js[int](t, ctx, "tidemark.state.selected")
}

func TestPageOfARun(t *testing.T) {
	ctx := Open(t, 1400, 900)
	open(t, ctx, draw(t, "examples/zombie.json"))

	t.Run("says what happened", func(t *testing.T) {
		text := js[string](t, ctx, "document.body.innerText")
		for _, want := range []string{"Nothing was found", "pause of controller 0", "writer 1 appends to u1", "replay examples/zombie.json"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q on the page", want)
			}
		}
		if !strings.Contains(js[string](t, ctx, "document.querySelector('.plan').textContent"), `"takeover"`) {
			t.Error("the plan is not on the page")
		}
	})
	t.Run("draws every lane", func(t *testing.T) {
		lanes := js[[]string](t, ctx, "tidemark.run.doc.lanes.map(l => l.name)")
		for _, want := range []string{"faults", "admin", "writer 1", "owner 1", "controller 0", "controller 1", "stash", "shards"} {
			if !strings.Contains(strings.Join(lanes, "|"), want) {
				t.Errorf("no lane %q among %q", want, lanes)
			}
		}
		if js[int](t, ctx, "tidemark.diagram.drawn.rows") == 0 || js[int](t, ctx, "tidemark.diagram.drawn.links") == 0 {
			t.Error("the diagram is empty")
		}
		if blank(t, ctx, "canvas.diagram") || blank(t, ctx, "canvas.curves") || blank(t, ctx, "canvas.minimap") {
			t.Error("a canvas is blank")
		}
	})
	t.Run("steps by keys", func(t *testing.T) {
		press(t, ctx, "j")
		first := selected(t, ctx)
		press(t, ctx, "j", "j", "j")
		if got := selected(t, ctx); got != first+3 {
			t.Errorf("three steps from %d lead to %d", first, got)
		}
		press(t, ctx, "k")
		if got := selected(t, ctx); got != first+2 {
			t.Errorf("a step back leads to %d", got)
		}
		lane := js[int](t, ctx, "tidemark.run.lane[tidemark.state.selected]")
		before := selected(t, ctx)
		press(t, ctx, kb.ArrowRight)
		if got := selected(t, ctx); got <= before || js[int](t, ctx, "tidemark.run.lane[tidemark.state.selected]") != lane {
			t.Errorf("a step in lane %d from %d leads to %d", lane, before, got)
		}
	})
	t.Run("shows what an event changed", func(t *testing.T) {
		js[int](t, ctx, `(() => { const r = tidemark.run; tidemark.state.select(r.texts.findIndex((x, i) => r.kind[i] === 4 && /compare-and-append.*done/.test(x))); return 0 })()`)
		do(t, ctx, chromedp.WaitVisible(".inspector .changes"))
		text := js[string](t, ctx, "document.querySelector('.inspector').innerText")
		for _, want := range []string{"What changed", "u1 upper", "In full", "persist-done", "Because of", "1 effect"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in the inspector:\n%s", want, text)
			}
		}
		at := selected(t, ctx)
		press(t, ctx, "c")
		if got := js[string](t, ctx, "tidemark.run.laneOf(tidemark.state.selected).name"); got != "shards" || selected(t, ctx) >= at {
			t.Errorf("the cause is on lane %q", got)
		}
	})
	t.Run("filters", func(t *testing.T) {
		press(t, ctx, "/")
		press(t, ctx, "w", "1", ".", "4")
		if got := js[string](t, ctx, "document.querySelector('.toolbar input').value"); got != "w1.4" {
			t.Fatalf("the filter says %q", got)
		}
		n := js[int](t, ctx, "tidemark.state.matching")
		if n < 4 || n > 40 {
			t.Errorf("%d events match", n)
		}
		press(t, ctx, kb.Enter)
		press(t, ctx, "j")
		if text := js[string](t, ctx, "tidemark.run.texts[tidemark.state.selected]"); !strings.Contains(text, "w1.4") {
			t.Errorf("stepping leads to %q", text)
		}
		press(t, ctx, kb.Escape)
		if js[bool](t, ctx, "tidemark.state.matches !== null") {
			t.Error("the filter stays")
		}
	})
	t.Run("zooms and changes its axis", func(t *testing.T) {
		press(t, ctx, "f", "+", "+")
		if js[bool](t, ctx, "tidemark.state.to - tidemark.state.from > tidemark.run.end * 0.5") {
			t.Error("it does not zoom")
		}
		press(t, ctx, "t")
		if js[string](t, ctx, "tidemark.state.axis") != "order" || blank(t, ctx, "canvas.diagram") {
			t.Error("it does not change its axis")
		}
		press(t, ctx, "t", "f")
	})
	t.Run("helps, and has two themes", func(t *testing.T) {
		press(t, ctx, "?")
		if !js[bool](t, ctx, "!document.querySelector('.help').hidden") {
			t.Error("there is no help")
		}
		press(t, ctx, "?")
		light := js[string](t, ctx, "getComputedStyle(document.body).backgroundColor")
		press(t, ctx, "d")
		if dark := js[string](t, ctx, "getComputedStyle(document.body).backgroundColor"); dark == light {
			t.Error("there is no second theme")
		}
	})
}

// The page of a planted bug's run says what broke, what that means, how it came to it,
// and shows where.
func TestPageOfAFailingRun(t *testing.T) {
	ctx := Open(t, 1400, 900)
	open(t, ctx, drawBroken(t, "append-unknown-acknowledged"))
	type violation struct{ Name, Title, Statement, Meaning, Message string }
	broken := js[[]violation](t, ctx, "tidemark.run.doc.head.violations")[0]
	head := js[string](t, ctx, "document.querySelector('.head').innerText")
	for _, want := range []string{broken.Name, broken.Title, broken.Statement, broken.Meaning, broken.Message,
		"How it came to this", " shrink ", " replay ", "The cast", "Planned faults"} {
		if want == "" || !strings.Contains(head, want) {
			t.Errorf("no %q above the diagram", want)
		}
	}
	if n := js[int](t, ctx, "tidemark.run.doc.head.story.length"); n < 4 {
		t.Errorf("the story has %d lines", n)
	}
	focus := js[int](t, ctx, "tidemark.run.doc.head.focus")
	if got := selected(t, ctx); got != focus || got < 0 {
		t.Errorf("row %d is chosen, the violation is row %d", got, focus)
	}
	if text := js[string](t, ctx, "document.querySelector('.inspector').innerText"); !strings.Contains(text, broken.Name+" is violated here") {
		t.Errorf("the inspector says %q", text)
	}
	press(t, ctx, "p", "p")
	if js[int](t, ctx, "tidemark.state.selected") >= focus || !js[bool](t, ctx, "tidemark.run.story.has(tidemark.state.selected)") {
		t.Error("stepping back in the story leads nowhere")
	}
	press(t, ctx, "v")
	if got := selected(t, ctx); got != focus {
		t.Errorf("the violation's key leads to row %d", got)
	}
	do(t, ctx, chromedp.Click(".story li.cause button"))
	settle(t, ctx)
	if js[bool](t, ctx, "document.querySelector('.bench').getBoundingClientRect().top > innerHeight / 2") {
		t.Error("a click in the story does not show the diagram")
	}
}

// The page of a trial is drawn too: its machines have lanes, and there are rows on them.
func TestPageOfATrial(t *testing.T) {
	ctx := Open(t, 1400, 900)
	for of, lane := range map[string]string{"hosts": "host", "shards": "machine-0"} {
		file := filepath.Join(t.TempDir(), "trial.json")
		text := `{"version": 2, "seed": 1, "profile": "default", "trial": {"of": "` + of + `", "seed": 5}}`
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		open(t, ctx, draw(t, file))
		if !js[bool](t, ctx, `tidemark.run.doc.lanes.some(l => l.name === "`+lane+`")`) || js[int](t, ctx, "tidemark.run.at.length") < 50 {
			t.Errorf("%s: no lane is called %s, or hardly anything is on it", of, lane)
		}
		if head := js[string](t, ctx, "document.querySelector('.head').innerText"); !strings.Contains(head, "of the trial that seed 5 draws") {
			t.Errorf("%s: the head says %q", of, head)
		}
		if blank(t, ctx, "canvas") {
			t.Errorf("%s: nothing is drawn", of)
		}
	}
}

// blank reports whether a canvas has one colour only.
func blank(t testing.TB, ctx context.Context, selector string) bool {
	t.Helper()
	return js[bool](t, ctx, `(() => {
		const c = document.querySelector("`+selector+`"), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
		for (let i = 4; i < d.length; i += 4) if (d[i] !== d[0] || d[i + 3] !== d[3]) return false;
		return true;
	})()`)
}
