// Package browser runs a headless browser for tests of the page that simrun report
// writes, and of controllerd's status page. It is a module of its own, so that nothing else is linked with it.
package browser

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// names are under which a browser may be found; CHROMIUM in the environment wins.
func names() []string {
	return []string{"chromium-headless-shell", "headless_shell", "chromium", "chromium-browser", "google-chrome"}
}

// Find is the path of a browser, or "".
func Find() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	for _, name := range names() {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Open starts a browser without a window that ends with the test, and returns the
// context of its tab. Where there is none the test is skipped; with CI=1 it fails.
func Open(t testing.TB, width, height int) context.Context {
	t.Helper()
	path := Find()
	if path == "" {
		const why = "there is no browser: apt-get install chromium-headless-shell, or set CHROMIUM to the path of one"
		if os.Getenv("CI") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	limited, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(stop)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(width, height),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, end := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(end)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	return tab
}
