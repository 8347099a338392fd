package browser

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// demo runs controllerd's demo until the test ends and returns the address of its
// status page.
func demo(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	command(t, "", "go", "build", "-o", dir+"/", "./cmd/controllerd", "./cmd/storaged")
	c := exec.Command(filepath.Join(dir, "controllerd"), "demo", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	t.Cleanup(func() {
		c.Process.Signal(os.Interrupt)
		for lines.Scan() {
		}
		if err := c.Wait(); err != nil {
			t.Errorf("the demo: %v", err)
		}
	})
	address := ""
	for lines.Scan() {
		if at, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "look"); ok {
			address = strings.TrimSpace(at)
		}
		if strings.Contains(lines.Text(), "each once") && strings.Contains(lines.Text(), "1 to ") {
			return address
		}
	}
	t.Fatalf("the demo shows nothing: %v", lines.Err())
	return ""
}

// table is what a table shows, row by row.
func table(t testing.TB, tab context.Context, id string) [][]string {
	t.Helper()
	return js[[][]string](t, tab, "[...document.querySelectorAll('#"+id+" tbody tr')].map(r => [...r.cells].map(c => c.textContent))")
}

// The status page shows collections with what holds them back, exports and hosts, and
// that they move.
func TestStatusPage(t *testing.T) {
	tab := Open(t, 1280, 800)
	do(t, tab, chromedp.Navigate("about:blank"))
	address := demo(t)
	open(t, tab, address)
	if state := js[string](t, tab, "document.getElementById('state').textContent"); state != "running, epoch 1" {
		t.Errorf("the state is %q", state)
	}
	rows := table(t, tab, "collections")
	if len(rows) != 1 || rows[0][0] != "u1" || rows[0][1] != "ingestion on u1/1" || !strings.Contains(rows[0][6], "lag 5s") {
		t.Fatalf("collections %q", rows)
	}
	if lag := rows[0][4]; !strings.HasSuffix(lag, "s") || strings.HasPrefix(lag, "−") {
		t.Errorf("the lag is %q", lag)
	}
	if rows := table(t, tab, "exports"); len(rows) != 1 || rows[0][0] != "u2" || rows[0][1] != "u1" || rows[0][5] != "u2/1" {
		t.Errorf("exports %q", rows)
	}
	if rows := table(t, tab, "hosts"); len(rows) != 2 || rows[0][0] != "u1/1" || rows[0][1] != "open" || rows[1][2] != "1" {
		t.Errorf("hosts %q", rows)
	}
	if cards := js[string](t, tab, "document.getElementById('cards').textContent"); !strings.Contains(cards, "collections1") || !strings.Contains(cards, "2 / 2all connected") {
		t.Errorf("the summary is %q", cards)
	}
	upper := rows[0][3]
	await(t, tab, "document.querySelector('#collections tbody td:nth-child(4)').textContent !== '"+upper+"'")
	// The since begins to move, too, and then the bar ends before its box does.
	await(t, tab, "document.querySelector('#collections .bar i') !== null && document.querySelector('#collections tbody td:nth-child(3)').textContent !== '0'")
	if held := table(t, tab, "collections")[0][6]; held == "" {
		t.Error("nothing is said of what holds the collection back")
	}
	if shot := os.Getenv("STATUS_PAGE"); shot != "" {
		picture, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(shot, picture, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
	do(t, tab, chromedp.SendKeys("#filter", "nothing of that name"))
	await(t, tab, "document.querySelectorAll('#collections tbody tr').length === 0 && !document.getElementById('collections-empty').hidden")
	wide := js[bool](t, tab, "document.documentElement.scrollWidth <= window.innerWidth")
	if !wide {
		t.Error("the page is wider than its window")
	}
	if outside := js[int](t, tab, "performance.getEntriesByType('resource').filter(e => !e.name.startsWith(location.origin)).length"); outside != 0 {
		t.Errorf("the page asks %d times for what is elsewhere", outside)
	}
}

// await waits until an expression is true in the page.
func await(t testing.TB, tab context.Context, expression string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !js[bool](t, tab, expression) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to be: %s", expression)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
