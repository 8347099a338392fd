package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The demo is killed, again and again, once with its hosts, and goes on each time with
// nothing lost and nothing twice.
func TestDemoSurvivesKill(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the programs")
	}
	bin, data := build(t), filepath.Join(t.TempDir(), "demo")
	t.Cleanup(func() { killHosts(t, data) })
	last := 0
	for round := range 3 {
		demo, seen := startDemo(t, bin, data)
		last = await(t, demo, seen, last+1)
		if err := demo.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		demo.Wait()
		if round == 1 {
			killHosts(t, data)
		}
	}
	demo, seen := startDemo(t, bin, data)
	await(t, demo, seen, last+1)
	demo.Process.Signal(os.Interrupt)
	if err := demo.Wait(); err != nil {
		t.Fatalf("the demo ended with %v: %s", err, demo.Stderr)
	}
	if left := hosts(t, data); len(left) > 0 {
		t.Errorf("hosts %v run on after an orderly end", left)
	}
}

// A file in which something is missing, or twice, is told.
func TestCounterFileIsChecked(t *testing.T) {
	for text, want := range map[string]string{
		`{"time":1,"diff":1,"row":{"n":1}}` + "\n" + `{"time":1,"diff":1,"row":{"n":2}}` + "\n": "",
		`{"time":1,"diff":1,"row":{"n":1}}` + "\n" + `{"time":1,"diff":1,"row":{"n":3}}` + "\n": "has 3 (+1) after 1",
		`{"time":1,"diff":1,"row":{"n":1}}` + "\n" + `{"time":2,"diff":1,"row":{"n":1}}` + "\n": "has 1 (+1) after 1",
		`{"time":1,"diff":2,"row":{"n":1}}` + "\n":                                              "has 1 (+2) after 0",
		"nonsense\n": "invalid character",
	} {
		f := counterFile{path: filepath.Join(t.TempDir(), "f")}
		progress := fmt.Sprintf(`{"bytes":%d}`, len(text))
		if err := os.WriteFile(f.path, []byte(text+"behind what counts"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.path+".progress", []byte(progress), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := f.check()
		if want == "" && (err != nil || f.last != 2) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %d, %v, want %q", text, f.last, err, want)
		}
	}
}

// build builds the programs and returns their directory.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", dir+"/", ".", "../storaged").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// startDemo starts the demo; what the file has, as it says, comes through the channel.
func startDemo(t *testing.T, bin, data string) (*exec.Cmd, <-chan int) {
	t.Helper()
	demo := exec.Command(filepath.Join(bin, "controllerd"), "demo", "--data", data, "--listen", "127.0.0.1:0")
	demo.Stderr = new(bytes.Buffer)
	out, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { demo.Process.Kill() })
	seen := make(chan int, 1024)
	go func() {
		defer close(seen)
		pattern := regexp.MustCompile(`1 to (\d+), each once`)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := pattern.FindStringSubmatch(lines.Text()); m != nil {
				n, _ := strconv.Atoi(m[1])
				seen <- n
			}
		}
	}()
	return demo, seen
}

// await waits until the file has a number that is not less than least.
func await(t *testing.T, demo *exec.Cmd, seen <-chan int, least int) int {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case n, running := <-seen:
			if !running {
				demo.Wait()
				t.Fatalf("the demo ended: %s", demo.Stderr)
			}
			if n >= least {
				return n
			}
		case <-deadline:
			t.Fatalf("the file has not got to %d", least)
		}
	}
}

// hosts are the processes of managed hosts that were started for a directory.
func hosts(t *testing.T, data string) (ids []int) {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(entries) == 0 {
		t.Skip("SKIP: there is no /proc to find processes in")
	}
	for _, entry := range entries {
		text, err := os.ReadFile(entry)
		if err == nil && bytes.Contains(text, []byte(data+"/hosts/")) {
			id, _ := strconv.Atoi(filepath.Base(filepath.Dir(entry)))
			ids = append(ids, id)
		}
	}
	return ids
}

func killHosts(t *testing.T, data string) {
	for _, id := range hosts(t, data) {
		if p, err := os.FindProcess(id); err == nil {
			p.Kill()
		}
	}
}
